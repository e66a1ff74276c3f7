"""Confidential content: what encryption, gate and reading log cost, and how fast the chain is checked.

    .run/venv/bin/python bench/bench_privacy.py [repeats=9] [log rows=1000000]

One server on a database of its own, one run, medians, ratios. Compared are, at the same door (`web_search_read` of
80 records, signed in): the plain columns alone; the texts through encryption and gate without the write of the log; with it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
DATABASE = "bench_privacy"

INSIDE = r'''
import os, sys, time, statistics
from odoo import SUPERUSER_ID, api
from odoo.addons.psych_health.tools import door
from odoo.addons.test_psych.models import test_psych_world

REPEATS, ROWS = int(os.environ["REPEATS"]), int(os.environ["ROWS"])
world = env["test_psych.world"].build("text of a note " * 40)
uid = world["uids"]["counsellor"]
user = env(user=uid, su=False)
user["test_psych.note"].create(
    [{"student_id": world["student"], "company_id": world["company"], "note": "text of a note " * 40} for _i in range(79)]
)
env.cr.commit()

def median(call):
    times = []
    for _i in range(REPEATS):
        env.invalidate_all()
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000

def read(fields, log):
    def call():
        with door.scope(door.Identity(door.KIND_SESSION, uid), "/bench") as scope:
            user["test_psych.note"].web_search_read([], {name: {} for name in fields}, limit=80)
            if log:
                rows = {key[1:]: what for key, what in scope.openings.items()}
                with env.registry.cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["psych.access.log"]._record(scope, rows)
    return call

def one(log):
    note = user["test_psych.note"].browse(world["note"])
    def call():
        with door.scope(door.Identity(door.KIND_SESSION, uid), "/bench") as scope:
            note.web_read({"note": {}, "name": {}})
            if log:
                rows = {key[1:]: what for key, what in scope.openings.items()}
                with env.registry.cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["psych.access.log"]._record(scope, rows)
    return call

read(["name", "note"], True)(); one(True)()
plain, text, logged = median(read(["name"], False)), median(read(["name", "note"], False)), median(read(["name", "note"], True))
one_plain = median(lambda: user["test_psych.note"].browse(world["note"]).web_read({"name": {}}))
one_text, one_logged = median(one(False)), median(one(True))
print(f"list of 80: plain {plain:.1f} ms, with texts {text:.1f} ms ({text / plain:.2f}x), texts and log {logged:.1f} ms ({logged / text:.2f}x of without log)")
print(f"one record: plain {one_plain:.1f} ms, with text {one_text:.1f} ms ({one_text / one_plain:.2f}x), text and log {one_logged:.1f} ms ({one_logged / one_text:.2f}x of without log)")

env.cr.execute("""INSERT INTO psych_access_log (at, user_id, user_name, role, unit_name, door, model, res_id, student_id, content_right, field_names, path)
    SELECT now() at time zone 'UTC', i %% 90, 'Name ' || i %% 90, 'counsellor', 'Centre', 'session', 'psych.session', i, i %% 9000, 'notes', 'note', '/web/dataset/call_kw/psych.session/web_read'
      FROM generate_series(1, %s) i""", (ROWS,))
env.cr.commit()
Seal = env["psych.access.seal"]
began = time.perf_counter(); Seal._cron_seal(); sealed = time.perf_counter() - began
env.cr.commit()
began = time.perf_counter(); result = Seal._check_chain(); checked = time.perf_counter() - began
assert result["ok"] and result["rows"] >= ROWS, result
began = time.perf_counter()
last = 0
while True:
    env.cr.execute("SELECT * FROM psych_access_log WHERE id > %s ORDER BY id LIMIT 5000", (last,))
    rows = env.cr.fetchall()
    if not rows:
        break
    last = rows[-1][0]
plainly = time.perf_counter() - began
print(f"log of {result['rows']} rows: sealed in {sealed:.1f} s, chain checked in {checked:.1f} s, the same rows read by SQL in {plainly:.1f} s (check {checked / plainly:.2f}x)")
'''


def main():
    """Make the database, measure inside one process, drop it."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as data:
        env = {
            **os.environ,
            "REPEATS": str(REPEATS),
            "ROWS": str(ROWS),
            "ODOO_DATA_DIR": data,
            "PSYCH_HEALTH_SEAL_FILE": str(Path(data, "seals")),
        }
        addons = f"{REPO / 'addons'},{REPO / 'tests' / 'addons'}"
        common = [python, "-m", "odoo"]
        options = [
            "-c",
            str(REPO / "odoo.conf"),
            "-d",
            DATABASE,
            "--addons-path",
            addons,
            "--log-level",
            "error",
        ]
        subprocess.run(["dropdb", "--if-exists", DATABASE], env=env, check=True, capture_output=True)
        subprocess.run(["createdb", DATABASE], env=env, check=True)
        try:
            subprocess.run(
                [*common, *options, "-i", "test_psych", "--stop-after-init", "--no-http"],
                env=env,
                cwd=REPO,
                check=True,
            )
            subprocess.run(
                [*common, "shell", *options, "--no-http"],
                env=env,
                cwd=REPO,
                check=True,
                input=INSIDE,
                text=True,
            )
        finally:
            subprocess.run(["dropdb", "--if-exists", "-f", DATABASE], env=env, check=True)


if __name__ == "__main__":
    main()
