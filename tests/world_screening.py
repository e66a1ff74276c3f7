"""Run in Odoo's shell on a test database: the small school of the addon's tests, with people who can sign in.

Prints one line `WORLD {json}`.
"""

import json

from odoo.fields import Command

from odoo.addons.psych_health.tests.common import StandingWorld


class World(StandingWorld):
    """The small school, with the real clock and keys."""


def build(env):
    """Build the school. :return: what the test needs, as plain values"""
    World.env = env
    World.psych_world()
    company = World.company
    World.env.user.company_ids = [Command.link(company.id)]
    company.write({"name": "测试学院", "psych_help_phone": "0731-00000120"})
    World.college_a.name, World.class_a1.name = "护理学院", "2026级护理1班"
    people = {
        "ann": World.holder("psych_teacher", World.centre, "ann"),
        "ben": World.holder("psych_teacher", World.centre, "ben"),
        "tutor": World.holder("tutor", World.class_a1, "tutor"),
    }
    for (login, user), name in zip(people.items(), ("何婉清", "林一帆", "高老师"), strict=True):
        user.write({"name": name, "password": f"{login}-Passw0rd", "lang": "zh_CN"})
    return {
        "students": {student.number: student.name for student in World.students},
        "year": World.class_a1.entry_year,
    }


world = build(env)  # noqa: F821 (env is the shell's)
env.cr.commit()  # noqa: F821
print("WORLD " + json.dumps(world))
