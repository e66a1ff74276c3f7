#!/usr/bin/env python3
"""Live through a semester with the demo college: ``make simulate`` (promise 2, long).

    SIM_STUDENTS=10000 SIM_DAYS=140 SIM_SEED=1 SIM_PER_DAY=10 SIM_FLOOD=500 make simulate

Builds the college in a throw-away copy of the test template (made when it is missing), lives the semester in one transaction
under the virtual clock and prints the report as JSON, also to ``RUN_DIR/log/simulation.json``. Ends with 1 when a promise
breaks, and says at which moment. SIM_LIMIT_MINUTES (90) bounds the real time.
"""

import os
import subprocess
import sys
from pathlib import Path

import run_tests

DATABASE = "simulation"
CODE = """
import json, os
from datetime import timedelta
from odoo.addons.psych_health.demo_college import build
from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_crisis.tests.simulation import Semester
number = lambda name, default: int(os.environ.get(name) or default)
seed = number("SIM_SEED", 1)
company = env["res.company"].create({"name": "Simulation"})
env = env(user=1, context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))
build(env, size=number("SIM_STUDENTS", 10000), seed=seed)
mine = [("company_id", "=", company.id)]
students = env["psych.student"].search(mine + [("enrolment_state", "=", "enrolled")])
for name in ("psych.crisis.signal", "psych.crisis.case"):
    env[name].search(mine + [("is_open", "=", True)]).write({"is_open": False})
env["psych.crisis.message"].search(mine + [("state", "=", "queued")]).write({"state": "cancelled"})
print("built", len(students), "students", flush=True)
semester = Semester(env, company, students, clock.now() + timedelta(minutes=1), number("SIM_DAYS", 140), seed=seed,
                    per_day=number("SIM_PER_DAY", 10), flood=number("SIM_FLOOD", 500))
semester.progress = lambda day, figures: print(day, json.dumps(figures), flush=True)
report = {"students": len(students), "days": semester.days, **semester.run()}
print("REPORT" + json.dumps(report, ensure_ascii=False), flush=True)
env.cr.rollback()
"""


def prepare():
    """Start the test cluster and copy the template, building it when it is missing."""
    run_tests.CLUSTER = run_tests.RUN / "simulation-pg"  # tests may run beside it and stop theirs
    run_tests.LOGS.mkdir(parents=True, exist_ok=True)
    run_tests.start_cluster()
    os.environ.setdefault("REUSE", "update")
    steps = [("tpl_health", "psych_health", None), ("tpl_crisis", "psych_crisis", "tpl_health")]
    for name, addon, base in steps[-1:] if run_tests.database_exists("tpl_crisis") else steps:
        if run_tests.template(name, addon, base).failed:
            raise SystemExit(f"{name} could not be built: see {run_tests.LOGS}")
    run_tests.database("drop", DATABASE)
    run_tests.database("create", DATABASE, "tpl_crisis")


def live(log: Path) -> int:
    """Run the semester in Odoo's shell, its output in ``log``.

    :return: the exit code
    """
    guarded = (
        "import os, traceback\n"
        f"try:\n    exec(compile({CODE!r}, 'simulation', 'exec'))\n"
        "except BaseException:\n    traceback.print_exc()\n    os._exit(1)\n"
    )
    command = [
        run_tests.PYTHON,
        "-m",
        "odoo",
        "shell",
        "-c",
        str(run_tests.REPO / "odoo.conf"),
        "-d",
        DATABASE,
    ]
    command += ["--no-http", "--shell-interface=python", "--log-level=error"]
    environment = run_tests.environment(run_tests.addons_path(), DATABASE)
    environment["ODOO_DATA_DIR"] = str(run_tests.RUN / "simulation-data")
    minutes = int(os.environ.get("SIM_LIMIT_MINUTES") or 90)
    with open(log, "w", encoding="utf-8") as output:
        return subprocess.run(
            command,
            input=guarded,
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=run_tests.REPO,
            env=environment,
            timeout=minutes * 60,
            check=False,
        ).returncode


def main() -> int:
    """:return: 0 when every promise was kept"""
    prepare()
    log = run_tests.RUN / "log" / "simulation.log"
    code = live(log)
    text = log.read_text(encoding="utf-8", errors="replace")
    report = next((line.split("REPORT", 1)[1] for line in text.splitlines() if "REPORT" in line), None)
    if report:
        (log.parent / "simulation.json").write_text(report, encoding="utf-8")
    print(report or text[-4000:])
    run_tests.database("drop", DATABASE)
    return code if code else int(report is None)


if __name__ == "__main__":
    sys.exit(main())
