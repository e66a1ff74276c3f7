"""Warning: from the red flag on the phone to the committed addressee, the ladder and the screens when the work has grown.

    .run/venv/bin/python bench/run.py crisis        (BENCH_TEMPLATE=name copies a database that has psych_crisis)

In one run on one machine:

* a sheet with a fired rule against the same sheet without, over HTTP: median of the submit; after each answer the signal
  and its addressees must stand committed;
* the ladder with 100,000 open and 100 due against 1,000 open and 100 due (limit 1.3x), the better of two turns;
* inbox (as the centre) and kanban (as leadership) over HTTP at 100,000 closed + 200 open against 1,000 + 200 (limit 1.3x).
"""

import os
import re
import statistics
import sys
import time

import requests
from odoo_process import Database, Server

DB = Database("bench_crisis")
SHEETS = int(os.environ.get("BENCH_SHEETS") or 60)
SMALL, LARGE = 1_000, int(os.environ.get("BENCH_LARGE") or 100_000)
REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
OPEN = [("is_open", "=", True)]

PREPARE = """
import json
from datetime import timedelta
from odoo.addons.psych_health.tests.common import StandingWorld as World
from odoo.addons.psych_health.tools import clock
env["ir.config_parameter"].set_param("psych_health.relax_second_factor", "1")
World.env = env
World.psych_world()
env, company = World.env, World.company
for login, post, unit in (("centre", "psych_teacher", World.centre), ("head", "centre_director", World.centre),
                          ("leader", "vice_president", World.root), ("station", "station_teacher", World.station_b),
                          ("tutor", "tutor", World.class_b1), ("desk", "duty_officer", World.desk)):
    World.holder(post, unit, login).password = login + "-Passw0rd"
students = env["psych.student"].create([{"number": f"B{i:06}", "name": f"Student {i}", "class_id": World.class_b1.id,
    "entry_year": 2025, "company_id": company.id} for i in range(COUNT)])
ref = lambda code: env.ref("psych_health.psych_scale_" + code)
campaign = env["psych.campaign"].create({"name": "Bench", "company_id": company.id, "entry_years": "2025", "expected_share": 1,
    "date_open": clock.now() - timedelta(hours=1), "date_close": clock.now() + timedelta(days=3),
    "scale_ids": [(6, 0, (ref("phq_9") | ref("gad_7")).ids)], "followup_scale_id": ref("safe_5").id})
campaign.action_open()
print("RESULT" + json.dumps({"phq": ref("phq_9").id, "gad": ref("gad_7").id, "company": company.id, "campaign": campaign.id}))
env.cr.commit()
"""

# a process of its own: the builders of the tests sign with test keys
TOKENS = """
import json
members = env["psych.campaign"].browse(CAMPAIGN).member_ids.filtered(lambda member: member.student_id.number.startswith("B"))
print("RESULT" + json.dumps([link.split("#")[1] for link, _code in members._links().values()]))
"""

# one real row as pattern, the others by SQL; every open one has an owner and a time to look again
GROW = """
import json, time
from odoo.addons.psych_health.tools import clock
from odoo.tools import SQL
company = env["res.company"].browse(COMPANY)
env = env(context=dict(env.context, allowed_company_ids=company.ids))
student = env["psych.student"].search([("company_id", "=", company.id)], limit=1)
Signal = env["psych.crisis.signal"]
pattern = Signal._report(company, {"kind": "concern", "source": "dorm", "urgency": "talk", "student_id": student.id}).signal_id
env.flush_all()
def copies(table, pattern_id, count, **values):
    if table == "psych_crisis_signal":
        values = {"row_key": "md5(random()::text || i)", **values}
    names = [name for name, in env.execute_query(SQL("SELECT column_name FROM information_schema.columns WHERE table_name = %s", table))]
    taken = [name for name in names if name not in ("id", "name", *values)]
    env.cr.execute("INSERT INTO %s (name, %s) SELECT 'B-' || i, %s FROM %s, generate_series(1, %d) i WHERE %s.id = %d" % (
        table, ", ".join([*taken, *values]), ", ".join([table + "." + name for name in taken] + list(values.values())), table, count, table, pattern_id))
"""

LADDER = (
    GROW
    + """
later = "now() at time zone 'utc' + interval '9 days'"
def measure(open_count, due):
    env.cr.execute("SAVEPOINT size")
    copies("psych_crisis_signal", pattern.id, open_count, ring_at=later, due_at=later)
    env.cr.execute("UPDATE psych_crisis_signal SET ring_at = now() at time zone 'utc' - interval '1 minute' WHERE id IN (SELECT id FROM psych_crisis_signal WHERE name LIKE 'B-%%' ORDER BY id LIMIT %d)" % due)
    env.cr.execute("ANALYZE psych_crisis_signal")
    times = []
    for _repeat in range(REPEATS):
        env.cr.execute("SAVEPOINT run")
        env.invalidate_all()
        began = time.process_time(), time.perf_counter()
        handled, failed = env["psych.crisis.ladder"]._climb()
        env.flush_all()
        times.append((time.perf_counter() - began[1], time.process_time() - began[0]))
        assert handled >= due and not failed, (handled, failed)
        env.cr.execute("ROLLBACK TO SAVEPOINT run")
        env.invalidate_all()
    env.cr.execute("ROLLBACK TO SAVEPOINT size")
    env.invalidate_all()
    return sorted(times)[len(times) // 2]
measure(SMALL, 100)
rows = {"small": [], "large": []}
for _turn in range(2):
    rows["small"].append(measure(SMALL, 100))
    rows["large"].append(measure(LARGE, 100))
print("RESULT" + json.dumps(rows))
env.cr.rollback()
"""
)

SCREENS = (
    GROW
    + """
centre = env["res.users"].search([("login", "=", "centre")])
if FIRST:
    env["psych.crisis.signal"].search([("is_open", "=", True)]).write({"is_open": False})
    case = env["psych.crisis.case"].with_user(centre)._open_for_student(student, "orange").sudo()
    env.flush_all()
    copies("psych_crisis_signal", pattern.id, 200, is_open="true", raised_at="now() at time zone 'utc' - i * interval '1 minute'")
    copies("psych_crisis_case", case.id, 200)
else:
    pattern.write({"is_open": False})
    case = env["psych.crisis.case"].search([("is_open", "=", True)], order="id", limit=1)
env.flush_all()
closed = env.ref("psych_crisis.psych_crisis_stage_closed").id
def close(count):
    copies("psych_crisis_signal", pattern.id, count, is_open="false", state="'closed'")
    copies("psych_crisis_case", case.id, count, is_open="false", stage_id=str(closed))
    env.cr.execute('''INSERT INTO psych_crisis_case_subject (case_id, student_id, company_id, class_id, college_id, is_open)
        SELECT c.id, s.student_id, s.company_id, s.class_id, s.college_id, false FROM psych_crisis_case c, psych_crisis_case_subject s
         WHERE s.case_id = %s AND NOT EXISTS (SELECT 1 FROM psych_crisis_case_subject o WHERE o.case_id = c.id)''', [case.id])
    env.cr.execute("ANALYZE psych_crisis_signal")
    env.cr.execute("ANALYZE psych_crisis_case")
    env.cr.execute("ANALYZE psych_crisis_case_subject")
close(ADD)
env.cr.commit()
print("RESULT" + json.dumps({}))
"""
)


def set_up():
    DB.create("psych_crisis", os.environ.get("BENCH_TEMPLATE"))
    world = DB.shell(PREPARE, COUNT=2 * SHEETS + 10)
    return {**world, "tokens": DB.shell(TOKENS, CAMPAIGN=world["campaign"])}


class Door(Server):
    """One Odoo process, with sessions."""

    def session(self, login):
        """:return: a signed-in session"""
        session = requests.Session()
        self.rpc(session, "/web/session/authenticate", db=DB.name, login=login, password=f"{login}-Passw0rd")
        return session

    def rpc(self, session, path, **params):
        answer = session.post(
            self.url + path,
            json={"jsonrpc": "2.0", "id": 1, "method": "call", "params": params},
            timeout=300,
        ).json()
        assert "result" in answer, str(answer)[:1500]
        return answer["result"]

    def call(self, session, model, method, *args, **kwargs):
        return self.rpc(
            session,
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs=kwargs,
        )


def submits(server, world):
    """Median seconds of one submit without and with a fired rule; every flag has its addressees committed."""
    session = requests.Session()

    def send(token, item9):
        sheets = [
            {"scale": world["phq"], "answers": [1] * 8 + [item9], "seconds": 60},
            {"scale": world["gad"], "answers": [1] * 7, "seconds": 40},
        ]
        began = time.perf_counter()
        answer = session.post(
            f"{server.url}/psych/answer/submit", json={"token": token, "sheets": sheets}, timeout=120
        )
        spent = time.perf_counter() - began
        assert answer.json()["ok"], answer.text[:300]
        return spent

    count = """SELECT count(DISTINCT s.id), count(a.id) FROM psych_crisis_signal s
                 JOIN psych_crisis_addressee a ON a.signal_id = s.id WHERE s.is_open IS TRUE AND s.owner_id IS NOT NULL"""
    tokens = iter(world["tokens"])
    for item9 in (0, 2, 0, 2):
        send(next(tokens), item9)
    before = DB.sql(count)[0]
    times = {0: [], 2: []}
    for index in range(SHEETS - 2):
        for item9 in (0, 2):
            times[item9].append(send(next(tokens), item9))
        after = DB.sql(count)[0]
        assert after[0] == before[0] + index + 1 and after[1] > before[1] + index, (before, after)
    return {name: statistics.median(rows) for name, rows in times.items()}


def specification(views, kind, model):
    """What the web client asks for: the fields of the view, records with their names."""
    fields = views["models"][model]["fields"]
    names = set(re.findall(r"<field name=\"(\w+)\"", views["views"][kind]["arch"])) & set(fields)
    return {
        name: {"fields": {"display_name": {}}} if fields[name]["type"] == "many2one" else {} for name in names
    }


def screens(server):
    """Median seconds of the first load of inbox and kanban, as the web client asks."""
    inbox, board = server.session("centre"), server.session("leader")
    views = server.call(inbox, "psych.crisis.signal", "get_views", [[False, "list"]])
    listed = specification(views, "list", "psych.crisis.signal")
    views = server.call(board, "psych.crisis.case", "get_views", [[False, "kanban"]])
    card = specification(views, "kanban", "psych.crisis.case")

    def load_inbox():
        page = server.call(
            inbox, "psych.crisis.signal", "web_search_read", OPEN, listed, limit=80, count_limit=201
        )
        assert len(page["records"]) == 80, len(page["records"])

    def load_board():
        groups = server.call(
            board,
            "psych.crisis.case",
            "web_read_group",
            OPEN,
            ["stage_id"],
            ["__count"],
            auto_unfold=True,
            unfold_read_specification=card,
            unfold_read_default_limit=80,
        )
        assert sum(group["__count"] for group in groups["groups"]) >= 200

    result = {}
    for name, load in (("inbox", load_inbox), ("kanban", load_board)):
        load()
        times = []
        for _repeat in range(REPEATS * 2 + 1):
            began = time.perf_counter()
            load()
            times.append(time.perf_counter() - began)
        result[name] = statistics.median(times)
    return result


def ms(seconds):
    return f"{seconds * 1000:.0f} ms"


def main():
    world = set_up()
    numbers = {"COMPANY": world["company"], "REPEATS": 1, "SMALL": SMALL, "LARGE": LARGE}
    with Door(DB) as server:
        times = submits(server, world)
    print(
        f"submit without a flag {ms(times[0])}, with signal and addressees {ms(times[2])}: {times[2] / times[0]:.2f}x"
    )
    print(
        f"  every one of {SHEETS - 2} flags had its signal and addressees committed when the phone had its answer"
    )
    rows = DB.shell(LADDER, **numbers)
    small, large = (min(row[0] for row in rows[name]) for name in ("small", "large"))
    cpu = [min(row[1] for row in rows[name]) for name in ("small", "large")]
    print(
        f"ladder, 100 due: {SMALL} open {ms(small)}, {LARGE} open {ms(large)}: {large / small:.2f}x wall, {cpu[1] / cpu[0]:.2f}x CPU (limit 1.3)"
    )
    DB.shell(SCREENS, ADD=SMALL, FIRST=True, **numbers)
    # the ladder's rolled back rows lie in the indexes; autovacuum would take them away
    DB.sql("VACUUM ANALYZE")
    with Door(DB) as server:
        before = screens(server)
    DB.shell(SCREENS, ADD=LARGE - SMALL, FIRST=False, **numbers)
    DB.sql("VACUUM ANALYZE")
    with Door(DB) as server:
        after = screens(server)
    for name in before:
        print(
            f"{name}: {SMALL} closed + 200 open {ms(before[name])}, {LARGE} + 200 {ms(after[name])}: {after[name] / before[name]:.2f}x (limit 1.3)"
        )
    DB.drop()


if __name__ == "__main__":
    main()
