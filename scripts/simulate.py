#!/usr/bin/env python3
"""Live through a semester with the demo college: ``make simulate`` (promise 2, long).

    SIM_STUDENTS=10000 SIM_DAYS=140 SIM_SEED=1 make simulate

Runs in an Odoo shell on a database with psych_crisis (ODOO_DB, default the one of ``make run``); everything is rolled
back at the end. Ends with 1 when a promise breaks, and says at which moment.
"""

import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
CODE = """
import json, os
from datetime import timedelta
from odoo.addons.psych_health.demo_college import build
from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_crisis.tests.simulation import Semester
env = env(context=dict(env.context, tracking_disable=True))
company = env["res.company"].create({"name": "Simulation"})
env = env(user=1, context=dict(env.context, allowed_company_ids=company.ids))
world = build(env, size=int(os.environ.get("SIM_STUDENTS", 10000)), seed=int(os.environ.get("SIM_SEED", 1)))
company.write({"psych_is_demo": True})
students = env["psych.student"].search([("company_id", "=", company.id), ("enrolment_state", "=", "enrolled")])
env["psych.crisis.signal"].search([("company_id", "=", company.id), ("is_open", "=", True)]).write({"is_open": False})
env["psych.crisis.case"].search([("company_id", "=", company.id), ("is_open", "=", True)]).write({"is_open": False})
days = int(os.environ.get("SIM_DAYS", 140))
semester = Semester(env, company, students, clock.now() + timedelta(minutes=1), days, seed=int(os.environ.get("SIM_SEED", 1)), per_day=10, flood=500)
print(json.dumps(semester.run(), indent=1, ensure_ascii=False))
env.cr.rollback()
"""


def main():
    """Feed the code to ``make shell``.

    :return: exit code of the shell
    """
    shell = subprocess.run(
        [str(REPO / "scripts" / "run.sh"), "shell"],
        input=CODE,
        text=True,
        cwd=REPO,
        env=os.environ,
        check=False,
    )
    return shell.returncode


if __name__ == "__main__":
    sys.exit(main())
