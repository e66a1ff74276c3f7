"""Free hours, booking and the portal page: ours and OCA resource_booking on the same data, in one run, as ratios.

    .run/venv/bin/python bench/bench_counselling.py [repeats=15]

Ten counsellors, Monday to Friday 8-12 and 13-17, hours of 60 minutes (50 and 10), 0, 1,000 and 10,000 bookings with
their calendar events. The peer is installed from PyPI into a throw-away folder and a throw-away database; both are
removed at the end (KEEP=1 keeps them). CPU counts Python and the PostgreSQL backend of the connection.

PGHOST, PGPORT, PGUSER, PGPASSWORD say where; ODOO_DIST is the folder that holds the `odoo` package.
"""

import contextlib
import datetime as dt
import http.cookiejar
import json
import os
import pathlib
import secrets
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
ODOO = pathlib.Path(os.environ.get("ODOO_DIST", ROOT / ".run/odoo/root/usr/lib/python3/dist-packages"))
PEERS = pathlib.Path(os.environ.get("BENCH_PEERS", ROOT / ".run/bench/peers"))
PACKAGES = (
    "odoo-addon-resource-booking==19.0.*",
    "odoo-addon-web_calendar_slot_duration==19.0.*",
    "cssselect",
)
REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
DB = f"bench_counselling_{secrets.token_hex(4)}"
COUNSELLORS, HOURS = 10, (8, 9, 10, 11, 13, 14, 15, 16)
TZ_HOURS = 8  # the school's time is UTC+8
CLK = os.sysconf("SC_CLK_TCK")


def install_peers():
    """Fetch the peer once, without its dependencies: Odoo itself is here already."""
    if not (PEERS / "odoo/addons/resource_booking").exists():
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(PEERS), *PACKAGES],
            check=True,
        )


def boot():
    """Odoo in this process, on a fresh database with our addon and the peer."""
    sys.path.insert(0, str(ODOO))
    sys.path.append(str(PEERS))  # cssselect
    from odoo.tools import config

    config.parse_config(
        [
            "-d",
            DB,
            "--addons-path",
            f"{ROOT}/addons,{PEERS}/odoo/addons",
            "--data-dir",
            f"/tmp/{DB}",
            "--db_host",
            os.environ.get("PGHOST", "127.0.0.1"),
            "--db_port",
            os.environ.get("PGPORT", "5432"),
            "--db_user",
            os.environ.get("PGUSER", "odoo"),
            "--db_password",
            os.environ.get("PGPASSWORD", "odoo"),
            "--max-cron-threads",
            "0",
            "--log-level",
            "error",
            "--no-http",
            "--smtp",
            "127.0.0.1",
            "--smtp-port",
            "1",
        ]
    )
    from odoo.modules.registry import Registry
    from odoo.service.db import _create_empty_database

    _create_empty_database(DB)
    Registry.new(DB, update_module=True, install_modules=["psych_health", "resource_booking"])


@contextlib.contextmanager
def environment():
    import odoo
    from odoo.modules.registry import Registry

    with Registry(DB).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": False})


def backend_cpu(cr):
    """CPU seconds of the PostgreSQL backend of a cursor."""
    cr.execute("SELECT pg_backend_pid()")
    try:
        parts = pathlib.Path(f"/proc/{cr.fetchone()[0]}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / CLK
    except OSError:
        return 0.0


def measure(env, call, repeats=REPEATS, before=None):
    """Median wall ms, mean CPU ms (Python + PostgreSQL), queries."""
    wall, cpu, queries = [], [], []
    pg0 = None
    for index in range(repeats + 1):
        env.invalidate_all()
        if before:
            before(index)
        if index == 1:
            pg0 = backend_cpu(env.cr)
        count, start, busy = env.cr.sql_log_count, time.perf_counter(), time.process_time()
        result = call(index)
        if index:  # the first warms up
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - busy)
            queries.append(env.cr.sql_log_count - count)
    pg = (backend_cpu(env.cr) - pg0) / repeats
    return {
        "wall_ms": statistics.median(wall) * 1e3,
        "cpu_ms": (statistics.mean(cpu) + pg) * 1e3,
        "pg_cpu_ms": pg * 1e3,
        "queries": statistics.median(queries),
        "result": result,
    }


class World:
    """The same ten people, weeks and bookings for both sides."""

    def __init__(self, env):
        self.env = env
        today = dt.date.today()
        self.monday = today + dt.timedelta(days=14 + (7 - today.weekday()) % 7)
        self.people()
        self.peer()
        self.ours()
        env.cr.commit()

    def at(self, day, hour):
        """UTC of an hour of the school; also used by the peer, whose calendar runs in the same zone."""
        return dt.datetime.combine(day, dt.time(hour)) - dt.timedelta(hours=TZ_HOURS)

    def slots(self, weeks, step=1):
        days = [self.monday + dt.timedelta(days=7 * week + day) for week in weeks for day in range(5)]
        return [
            (self.at(day, hour), person) for day in days for hour in HOURS for person in range(COUNSELLORS)
        ][::step]

    def people(self):
        env = self.env
        self.company = env.company
        self.users = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "name": f"Counsellor {i}",
                        "login": f"c{i}",
                        "email": f"c{i}@example.com",
                        "tz": "Asia/Shanghai",
                    }
                    for i in range(COUNSELLORS)
                ]
            )
        )
        self.calendar = env["resource.calendar"].create(
            {
                "name": "counselling",
                "tz": "Asia/Shanghai",
                "attendance_ids": [(5,)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": f"{day}{period}",
                            "dayofweek": str(day),
                            "hour_from": first,
                            "hour_to": last,
                            "day_period": period,
                        },
                    )
                    for day in range(5)
                    for period, first, last in (("morning", 8, 12), ("afternoon", 13, 17))
                ],
            }
        )
        self.partners = env["res.partner"].create(
            [{"name": f"Student {i}", "email": f"s{i}@example.com"} for i in range(400)]
        )
        self.students = env["psych.student"].create(
            [
                {"number": f"B{i:05}", "name": f"Student {i}", "company_id": self.company.id}
                for i in range(400)
            ]
        )

    def peer(self):
        env = self.env
        resources = env["resource.resource"].create(
            [
                {
                    "name": user.name,
                    "resource_type": "user",
                    "user_id": user.id,
                    "calendar_id": self.calendar.id,
                    "tz": "Asia/Shanghai",
                }
                for user in self.users
            ]
        )
        self.combos = env["resource.booking.combination"].create(
            [{"resource_ids": [(6, 0, row.ids)]} for row in resources]
        )
        self.peer_type = env["resource.booking.type"].create(
            {
                "name": "talk",
                "duration": 1.0,
                "slot_duration": 1.0,
                "resource_calendar_id": self.calendar.id,
                "modifications_deadline": 0.0,
                "combination_assignment": "random",
                "combination_rel_ids": [
                    (0, 0, {"sequence": n, "combination_id": combo.id}) for n, combo in enumerate(self.combos)
                ],
            }
        )
        self.probe = env["resource.booking"].create(
            {
                "type_id": self.peer_type.id,
                "partner_ids": [(6, 0, self.partners[0].ids)],
                "user_id": self.users[0].id,
            }
        )

    def ours(self):
        env = self.env
        self.place = env["psych.place"].create(
            [{"name": f"Room {i}", "company_id": self.company.id} for i in range(COUNSELLORS)]
        )
        self.service = env["psych.service"].create(
            {
                "name": "talk",
                "code": "bench",
                "company_id": self.company.id,
                "place_kind": "counselling",
                "horizon_days": 0,
                "notice_hours": 0,
                "needs_consent": False,
            }
        )
        self.counsellors = env["psych.counsellor"].create(
            [
                {
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "service_ids": [(6, 0, self.service.ids)],
                    "daily_cap": 0,
                }
                for user in self.users
            ]
        )
        self.company.psych_week_limit = self.company.psych_term_limit = 0
        env["psych.duty.shift"].create(
            [
                {
                    "counsellor_id": person.id,
                    "date": day,
                    "start": self.at(day, first),
                    "stop": self.at(day, last),
                    "state": "published",
                    "company_id": self.company.id,
                    "place_id": self.place[n].id,
                }
                for week in range(-1, 60)
                for weekday in range(5)
                for day in [self.monday + dt.timedelta(days=7 * week + weekday)]
                for n, person in enumerate(self.counsellors)
                for first, last in ((8, 12), (13, 17))
            ]
        )

    def add(self, rows):
        """Bookings with their events for both sides, by SQL in the shape the modules write."""
        starts = [start for start, _person in rows]
        values = {
            "start": starts,
            "combo": [self.combos[p].id for _s, p in rows],
            "uid": [self.users[p].id for _s, p in rows],
            "upart": [self.users[p].partner_id.id for _s, p in rows],
            "person": [self.counsellors[p].id for _s, p in rows],
            "part": [self.partners[n % 400].id for n in range(len(rows))],
            "room": [self.place[p].id for _s, p in rows],
            "student": [self.students[(n * 7 + n // 400) % 400].id for n in range(len(rows))],
            "type": self.peer_type.id,
            "company": self.company.id,
            "service": self.service.id,
        }
        self.env.cr.execute(PEER_SQL, values)
        self.env.cr.execute(OURS_SQL, values)
        self.env.cr.commit()
        # bookings come over months and autovacuum follows them; here it is done at once, for both sides
        self.env.cr._cnx.autocommit = True
        for table in (
            "calendar_event",
            "calendar_attendee",
            "resource_booking",
            "calendar_event_res_partner_rel",
            "psych_occupation",
            "psych_appointment",
            "res_partner_resource_booking_rel",
        ):
            self.env.cr.execute(f"VACUUM ANALYZE {table}")
        self.env.cr._cnx.autocommit = False


SOURCE = """WITH src AS (SELECT * FROM unnest(%(start)s::timestamp[], %(combo)s::int[], %(uid)s::int[], %(upart)s::int[],
    %(part)s::int[], %(person)s::int[], %(student)s::int[], %(room)s::int[]) AS s(start, combo, uid, upart, part, person, student, room)),"""
EVENTS = """ev AS (INSERT INTO calendar_event (id, user_id, name, show_as, privacy, active, allday, start, stop, duration,
        create_uid, create_date, res_id {extra}) SELECT eid, uid, 'Occupied', 'busy', 'private', true, false, start,
        start + interval '{length}', 1, 1, now(), 0 {value} FROM numbered RETURNING id)"""
PEER_SQL = (
    SOURCE
    + """numbered AS (SELECT *, nextval('calendar_event_id_seq')::int AS eid, nextval('resource_booking_id_seq')::int AS bid FROM src),
  """
    + EVENTS.format(extra="", value="", length="1 hour")
    + """,
  rel AS (INSERT INTO calendar_event_res_partner_rel (calendar_event_id, res_partner_id)
    SELECT eid, upart FROM numbered UNION ALL SELECT eid, part FROM numbered RETURNING 1),
  att AS (INSERT INTO calendar_attendee (event_id, partner_id, state, access_token, create_uid, create_date)
    SELECT eid, upart, 'accepted', md5(eid::text||'u'), 1, now() FROM numbered UNION ALL
    SELECT eid, part, 'accepted', md5(eid::text||'p'), 1, now() FROM numbered RETURNING 1),
  bk AS (INSERT INTO resource_booking (id, meeting_id, combination_id, user_id, type_id, state, active, combination_auto_assign, start, stop, duration, create_uid, create_date)
    SELECT bid, eid, combo, uid, %(type)s, 'confirmed', true, true, start, start + interval '1 hour', 1, 1, now() FROM numbered RETURNING id)
  INSERT INTO res_partner_resource_booking_rel (resource_booking_id, res_partner_id) SELECT bid, part FROM numbered"""
)
# our calendar events carry the appointment, so they are not read as busy times of the own calendar; the events the
# peer's bookings made above are, of course: they are the counsellors' other meetings, at the same hours
OURS_SQL = (
    SOURCE
    + """numbered AS (SELECT *, nextval('psych_appointment_id_seq')::int AS aid FROM src),
  ap AS (INSERT INTO psych_appointment (id, occupation_key, number, company_id, student_id, service_id, counsellor_id, place_id, urgency, channel, start, stop, state, requested_at)
    SELECT aid, aid, 'B' || aid, %(company)s, student, %(service)s, person, room, 'normal', 'portal', start, start + interval '50 minutes', 'confirmed', now() FROM numbered RETURNING id)
  INSERT INTO psych_occupation (kind, ref_id, start, stop, owner_model, owner_key, company_id, active)
    SELECT 'user', uid, start, start + interval '1 hour', 'psych.appointment', aid, %(company)s, true FROM numbered UNION ALL
    SELECT 'room', room, start, start + interval '50 minutes', 'psych.appointment', aid, %(company)s, true FROM numbered UNION ALL
    SELECT 'student', student, start, start + interval '50 minutes', 'psych.appointment', aid, %(company)s, true FROM numbered"""
)


def free_hours(env, world, results):
    """One week's free hours at 0, 1,000 and 10,000 bookings; both sides must find the same."""
    import pytz

    first = world.at(world.monday, 0)
    last = first + dt.timedelta(days=7)
    week, others = world.slots([0], 2), world.slots([*range(-30, -2), *range(6, 8)])
    for label, rows in (("0", []), ("1,000", week + others[:800]), ("10,000", others[800:9800])):
        if rows:
            world.add(rows)
        peer = measure(
            env,
            lambda _i: (
                env["resource.booking"]
                .browse(world.probe.id)
                ._get_available_slots(pytz.utc.localize(first), pytz.utc.localize(last))
            ),
        )
        ours = measure(env, lambda _i: env["psych.availability"]._free(world.service, first, last))
        found = {slot.start for slot in ours.pop("result")}
        theirs = {
            slot["start"].astimezone(pytz.utc).replace(tzinfo=None) if isinstance(slot, dict) else None
            for day in peer.pop("result").values()
            for slot in day
        }
        results[f"free hours, {label} bookings"] = {
            "ours": ours,
            "peer": peer,
            "starts": [len(found), len(theirs)],
            "wall_ratio": peer["wall_ms"] / ours["wall_ms"],
            "cpu_ratio": peer["cpu_ms"] / ours["cpu_ms"],
        }
    ours = [results[f"free hours, {label} bookings"]["ours"] for label in ("0", "10,000")]
    results["flat"] = {
        "wall": ours[1]["wall_ms"] / ours[0]["wall_ms"],
        "cpu": ours[1]["cpu_ms"] / ours[0]["cpu_ms"],
    }


def booking(env, world, results):
    """One booking with its calendar event, committed."""

    def prepare(index):
        booking = env["resource.booking"].create(
            {
                "type_id": world.peer_type.id,
                "partner_ids": [(6, 0, [world.partners[index + 50].id])],
                "user_id": world.users[0].id,
            }
        )
        env.flush_all()
        env.cr.commit()
        env.invalidate_all()
        prepare.booking = env["resource.booking"].browse(booking.id)

    def confirm(index):
        prepare.booking.start = world.at(
            world.monday + dt.timedelta(days=70 + index // 8 * 7), HOURS[index % 8]
        )
        prepare.booking.action_confirm()
        env.flush_all()
        env.cr.commit()

    def ours(index):
        start = world.at(world.monday + dt.timedelta(days=210 + index // 8 * 7), HOURS[index % 8])
        env["psych.appointment"]._portal_book(world.students[index + 100], world.service, start)
        env.flush_all()
        env.cr.commit()

    peer = measure(env, confirm, before=prepare)
    mine = measure(env, ours)
    peer.pop("result"), mine.pop("result")
    results["one booking with its event"] = {
        "ours": mine,
        "peer": peer,
        "wall_ratio": peer["wall_ms"] / mine["wall_ms"],
        "cpu_ratio": peer["cpu_ms"] / mine["cpu_ms"],
    }


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def portal(env, world, results):
    """The page with all free hours of four weeks, over HTTP."""
    student = world.students[399]
    student._psych_make_portal_users()
    link = student.user_id._psych_link()
    token = world.probe._portal_ensure_token()
    probe, monday, service = world.probe.id, world.monday, world.service
    service.horizon_days = 42
    service_id = service.id
    env.flush_all()
    env.cr.commit()
    port = free_port()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "odoo",
            "-d",
            DB,
            "--addons-path",
            f"{ROOT}/addons,{PEERS}/odoo/addons",
            "--data-dir",
            f"/tmp/{DB}",
            "--db_host",
            os.environ.get("PGHOST", "127.0.0.1"),
            "--db_port",
            os.environ.get("PGPORT", "5432"),
            "--db_user",
            os.environ.get("PGUSER", "odoo"),
            "--db_password",
            os.environ.get("PGPASSWORD", "odoo"),
            "--max-cron-threads",
            "0",
            "--log-level",
            "error",
            "--http-interface",
            "127.0.0.1",
            "--http-port",
            str(port),
        ],
        env={**os.environ, "PYTHONPATH": f"{ODOO}:{PEERS}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    try:
        wait_for(opener, base)
        page = opener.open(base + link).read().decode()
        csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
        opener.open(base + link, data=f"csrf_token={csrf}".encode()).read()
        mine, mine_size, mine_cpu = fetch(opener, server, f"{base}/psych/booking/hours?service={service_id}")
        theirs, their_size, their_cpu = fetch(
            opener,
            server,
            f"{base}/my/bookings/{probe}/schedule/{monday.year}/{monday.month}?access_token={token}",
        )
    finally:
        server.terminate()
        server.wait(30)
    results["portal page with a month of hours"] = {
        "ours": {"wall_ms": mine, "cpu_ms": mine_cpu, "bytes": mine_size},
        "peer": {"wall_ms": theirs, "cpu_ms": their_cpu, "bytes": their_size},
        "wall_ratio": theirs / mine,
        "cpu_ratio": their_cpu / mine_cpu,
    }


def wait_for(opener, base):
    for _try in range(240):
        try:
            opener.open(base + "/web/login", timeout=60).read()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the server did not start")


def fetch(opener, server, url):
    """Median ms, size and server CPU ms of a page."""
    stat = pathlib.Path(f"/proc/{server.pid}/stat")

    def cpu():
        parts = stat.read_text().rsplit(")", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / CLK

    opener.open(url).read()
    times, busy = [], cpu()
    for _index in range(REPEATS):
        start = time.perf_counter()
        body = opener.open(url).read()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3, len(body), (cpu() - busy) / REPEATS * 1e3


TARGETS = {
    "free hours, 10,000 bookings": ("wall_ratio", 20),
    "portal page with a month of hours": ("wall_ratio", 5),
    "one booking with its event": ("cpu_ratio", 5),
}


def report(results):
    print(f"{'what':40} {'ours':>22} {'peer':>24} {'wall':>7} {'CPU':>7}")
    for name, row in results.items():
        if name == "flat":
            print(
                f"{'flat, 10,000 against 0 bookings':40} wall {row['wall']:.2f}x, CPU {row['cpu']:.2f}x (target ≤ 1.3x)"
            )
            continue
        text = [
            f"{row[side]['wall_ms']:.2f} ms"
            + (
                f", {row[side]['queries']:.0f} queries"
                if "queries" in row[side]
                else f", {row[side]['bytes'] // 1024} KB"
            )
            for side in ("ours", "peer")
        ]
        target = f"  (target {TARGETS[name][0]} ≥ {TARGETS[name][1]}x)" if name in TARGETS else ""
        print(
            f"{name:40} {text[0]:>22} {text[1]:>24} {row['wall_ratio']:6.1f}x {row['cpu_ratio']:6.1f}x{target}"
        )


def main():
    install_peers()
    boot()
    results = {}
    try:
        with environment() as env:
            world = World(env)
            free_hours(env, world, results)
            booking(env, world, results)
            portal(env, world, results)
    finally:
        report(results)
        if not os.environ.get("KEEP"):
            from odoo.service.db import exp_drop
            from odoo.sql_db import close_db

            close_db(DB)
            exp_drop(DB)
    out = ROOT / ".run/bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "counselling.json").write_text(json.dumps(results, indent=1, default=str))


if __name__ == "__main__":
    main()
