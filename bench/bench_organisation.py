"""Organisation at 1,000 and at 100,000 students, side by side in one run: pages, and rights that follow the roster.

Pages are measured as the web client asks for them (the same methods, as a signed-in user, rules included, a fresh cache
each time), in turn on both databases. The unbounded list is also set beside core's own page of that size, the contact
list with as many contacts. Rights: one changed membership among few and among many users; two thousand posts at once.

    PGHOST=… PGPORT=… PGUSER=… PGPASSWORD=… ODOO_DIST=… python bench/bench_organisation.py [SMALL LARGE REPEATS]

BENCH_TEMPLATE names a database with psych_health installed and no students; without it one is made.
"""

import logging
import os
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
if os.environ.get("ODOO_DIST"):
    sys.path.insert(0, os.environ["ODOO_DIST"])
sys.path.insert(0, str(REPO / "scripts"))

import database  # noqa: E402

import odoo  # noqa: E402
from odoo.orm.registry import Registry  # noqa: E402
from odoo.tools import config  # noqa: E402

SMALL, LARGE, REPEATS = (
    int(value) for value in (sys.argv[1:] + ["1000", "100000", "15"][len(sys.argv) - 1 :])
)
TEMPLATE = os.environ.get("BENCH_TEMPLATE")
NAMES = {SMALL: "bench_organisation_small", LARGE: "bench_organisation_large"}
LIST = {
    "number": {}, "name": {}, "gender": {}, "whereabouts_state": {}, "enrolment_state": {},
    "class_id": {"fields": {"display_name": {}}}, "room_id": {"fields": {"display_name": {}}},
}  # fmt: skip
FORM = {
    "name": {}, "role": {}, "code": {}, "complete_name": {}, "student_count": {}, "child_count": {}, "posts_required": {},
    "posts_filled": {}, "kind_id": {"fields": {"display_name": {}}}, "parent_id": {"fields": {"display_name": {}}},
    "membership_ids": {"fields": {"post_id": {"fields": {"display_name": {}}}, "person_name": {}, "state": {}, "date_start": {}, "date_end": {}, "is_lapsed": {}}, "limit": 40},
}  # fmt: skip
CHART = {
    "name": {},
    "kind_id": {"fields": {"display_name": {}}},
    "posts_required": {},
    "posts_filled": {},
    "parent_id": {"fields": {"display_name": {}}},
    "body_ids": {},
}
PRESENT = [("enrolment_state", "=", "enrolled")]


def prepare():
    """Make both databases with their demo colleges; the large one also gets as many contacts as students."""
    config.parse_config(
        ["--addons-path", f"{os.path.dirname(odoo.__path__[0])}/odoo/addons,{REPO}/addons", "--no-http", "--log-level", "error",
         "--data-dir", str(REPO / ".run" / "bench_data"), "--db_host", os.environ["PGHOST"], "--db_port", os.environ["PGPORT"],
         "--db_user", os.environ["PGUSER"], "--db_password", os.environ["PGPASSWORD"]]
    )  # fmt: skip
    template = TEMPLATE or "bench_organisation_base"
    if not TEMPLATE and not database.run("exists", template):
        database.run("create", template)
        Registry.new(template, update_module=True, install_modules=["psych_health"])
        odoo.sql_db.close_db(template)
    for size, name in NAMES.items():
        database.run("drop", name)
        database.run("create", name, template)
        started = time.perf_counter()
        with environment(name, commit=True) as env:
            from odoo.addons.psych_health.demo_college import build, rooms

            rooms.BUILDERS = ()  # the organisation alone: appointments and answers of later rooms are not measured here
            env["ir.config_parameter"].set_param("password.hashing.rounds", "1")
            build(env, size=size)
            if size == LARGE:
                env.cr.execute(
                    "INSERT INTO res_partner (name, active, type, company_id, create_date) SELECT 'Contact ' || i, true, 'contact', %s, now()"
                    " FROM generate_series(1, %s) i",
                    (env.company.id, LARGE),
                )
        with environment(name, commit=True) as env:
            env["psych.vacancy"]._refresh()  # as the first reader does
        with environment(name) as env:
            env.cr._cnx.commit()
            env.cr._cnx.autocommit = True
            env.cr.execute("VACUUM ANALYZE")
        print(f"{size:>7} students: college built in {time.perf_counter() - started:.0f} s", flush=True)


@contextmanager
def environment(name, user=None, commit=False):
    """Give an environment on database ``name``, of ``user`` (login) or the superuser; without ``commit`` nothing stays."""
    with Registry(name).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {"tracking_disable": True})
        if user:
            person = env["res.users"].search([("login", "=", user)])
            env = env(
                user=person,
                su=False,
                context={"allowed_company_ids": person.company_ids.ids, "lang": "en_US"},
            )
        yield env
        cr.commit() if commit else cr.rollback()


def page_student_list(env):
    return env["psych.student"].web_search_read(PRESENT, LIST, limit=80, count_limit=1001)


def page_contacts(env):
    spec = {"name": {}, "email": {}, "phone": {}, "company_id": {"fields": {"display_name": {}}}}
    return env["res.partner"].web_search_read([("name", "like", "Contact")], spec, limit=80, count_limit=1001)


def search_page(text):
    """Return the page of the list after ``text`` was typed into its search box."""

    def page(env):
        domain = PRESENT + [("display_name", "ilike", text)]
        return env["psych.student"].web_search_read(domain, LIST, limit=80, count_limit=1001)

    return page


def unit_form(role):
    """Return the page of the form of the first unit with this role."""

    def page(env):
        unit = env["psych.unit"].search([("role", "=", role)], limit=1, order="id")
        return unit.web_read(FORM)

    return page


def page_chart(env):
    domain = [("role", "not in", ("class", "building", "floor", "room")), ("parent_id", "=", False)]
    return env["psych.unit"].hierarchy_read(domain, CHART, "parent_id", "body_ids")


def page_coverage(env):
    return env["psych.vacancy"].web_search_read(
        [("missing", ">", 0)],
        {"unit_id": {"fields": {"display_name": {}}}, "missing": {}},
        limit=80,
        count_limit=1001,
    )


def page_coverage_marked(env):
    """The vacancies right after a post of one unit was written: the reader works this unit out anew."""
    env.cr.execute("INSERT INTO psych_vacancy_stale (unit_id) SELECT max(unit_id) FROM psych_membership")
    return page_coverage(env)


PAGES = (
    ("student list, tutor (own classes)", "tutor", page_student_list),
    ("student list, station (own college)", "station", page_student_list),
    ("student list, centre (whole school)", "centre", page_student_list),
    ("student search, two signs of a name, centre", "centre", search_page("欣怡")),
    ("student search, three signs, centre", "centre", search_page("陈欣怡")),
    ("student search, part of a number, centre", "centre", search_page("0999")),
    ("unit form: a class, tutor", "tutor", unit_form("class")),
    ("unit form: a room, dorm manager", "dorm", unit_form("room")),
    ("unit form: a station, station", "station", unit_form("station")),
    ("unit form: a college, station", "station", unit_form("college")),
    ("unit form: the school, leader", "leader", unit_form("school")),
    ("organisation chart, centre", "centre", page_chart),
    ("vacancies, centre", "centre", page_coverage),
    ("vacancies, a post just changed, centre", "centre", page_coverage_marked),
)


def measure(name, user, page):
    """Milliseconds of one page on a fresh cache."""
    with environment(name, user) as env:
        env.user.has_group("base.group_user")
        started = time.perf_counter()
        page(env)
        return (time.perf_counter() - started) * 1000


def pages():
    """Print every page at both sizes, the contact list as core's own page."""
    print(f"\n{'page (median ms of ' + str(REPEATS) + ')':<42}{SMALL:>10}{LARGE:>10}{'ratio':>8}")
    for label, user, page in PAGES:
        times = {name: [] for name in NAMES.values()}
        for _repeat in range(REPEATS + 2):
            for name in NAMES.values():
                times[name].append(measure(name, user, page))
        small, large = (statistics.median(times[name][2:]) for name in NAMES.values())
        print(f"{label:<42}{small:>10.1f}{large:>10.1f}{large / small:>8.2f}", flush=True)
        if page is page_student_list and user == "centre":
            core = [measure(NAMES[LARGE], user, page_contacts) for _repeat in range(REPEATS + 2)]
            core = statistics.median(core[2:])
            print(
                f"{'  core: contact list of as many rows':<42}{'':>10}{core:>10.1f}{large / core:>8.2f}  (ours / core's own)"
            )


def one_membership(name, code):
    """Return users, rights, milliseconds and queries of one changed end of term, and of an end that takes the group."""
    result = []
    for change in ("term", "end"):
        times, queries = [], 0
        for _repeat in range(REPEATS):
            with environment(name) as env:
                post = env.ref(f"psych_health.psych_post_{code}")
                # the last one by number of posts: a person with this post alone, so that the group goes too
                env.cr.execute(
                    "SELECT max(id) FROM psych_membership WHERE post_id = %s AND state = 'appointed' GROUP BY user_id"
                    " HAVING count(*) = 1 ORDER BY 1 DESC LIMIT 1",
                    (post.id,),
                )
                membership = env["psych.membership"].browse(env.cr.fetchone()[0])
                membership.mapped("user_id.name")  # read before the clock starts
                before, started = env.cr.sql_log_count, time.perf_counter()
                if change == "term":
                    membership.date_end = "2099-12-31"
                else:
                    membership._end(odoo.fields.Date.today(), "bench")
                env.flush_all()
                times.append((time.perf_counter() - started) * 1000)
                queries = env.cr.sql_log_count - before
        result.append((statistics.median(times[1:]), queries))
    return result


def rights():
    """Print the cost of one changed membership in both colleges."""
    counts = {}
    for name in NAMES.values():
        with environment(name) as env:
            counts[name] = (env["res.users"].search_count([]), env["psych.scope"].search_count([]))
    small, large = NAMES.values()
    print(f"\n{'one changed membership':<42}{'small':>16}{'large':>16}{'ratio':>8}")
    print(
        f"{'  users / rows of rights':<42}{'{} / {}'.format(*counts[small]):>16}{'{} / {}'.format(*counts[large]):>16}"
    )
    first, second = one_membership(small, "class_teacher"), one_membership(large, "class_teacher")
    for label, (ms_small, q_small), (ms_large, q_large) in zip(
        ("  term lengthened (ms, queries)", "  post ended, group taken (ms, queries)"),
        first,
        second,
        strict=True,
    ):
        print(
            f"{label:<42}{f'{ms_small:.1f}, {q_small}':>16}{f'{ms_large:.1f}, {q_large}':>16}{ms_large / ms_small:>8.2f}",
            flush=True,
        )


def year_change(count=2000):
    """Print the renewal and the new appointment of ``count`` posts in one batch, and one by one for fifty of them."""
    print(
        f"\n{'a year' + chr(39) + 's change, large college':<42}{'posts':>10}{'seconds':>10}{'ms/post':>10}"
    )
    for label, number, single in (("one batch", count, False), ("one by one", 50, True)):
        with environment(NAMES[LARGE]) as env:
            post = env.ref("psych_health.psych_post_class_teacher") | env.ref("psych_health.psych_post_tutor")
            old = env["psych.membership"].search(
                [("post_id", "in", post.ids), ("state", "=", "appointed")], limit=number
            )
            old.mapped("partner_id.name")
            old.mapped("unit_id.name")
            today = odoo.fields.Date.today()
            started = time.perf_counter()
            for memberships in old if single else [old]:
                rows = [
                    {"post_id": m.post_id.id, "unit_id": m.unit_id.id, "partner_id": m.partner_id.id, "date_start": today, "pledge_date": today}
                    for m in memberships
                ]  # fmt: skip
                memberships._end(today, "New school year")
                env["psych.membership"].create(rows)._do_appoint(env.user)
            env.flush_all()
            seconds = time.perf_counter() - started
            print(
                f"{'  ended and appointed anew, ' + label:<42}{len(old):>10}{seconds:>10.1f}{seconds / len(old) * 1000:>10.1f}",
                flush=True,
            )


def main():
    """Make the databases, measure, drop them."""
    prepare()
    logging.disable(logging.WARNING)
    pages()
    rights()
    year_change()
    for name in NAMES.values():
        odoo.sql_db.close_db(name)
        database.run("drop", name)


if __name__ == "__main__":
    main()
