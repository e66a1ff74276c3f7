"""Run in Odoo's shell on a test database: the staff of a college whose roster is not imported yet.

STEP=staff builds posts, people in them and a partner hospital; STEP=tutors completes the nominations that the roster
import made; STEP=code prints the entrance of the open census and the one-time code of a student, as they stand on the
printed slip. Prints one line `WORLD {json}`.
"""

import json
import os
from datetime import timedelta

from odoo.addons.psych_health.tests.common import StandingWorld
from odoo.addons.psych_health.tools import clock

LOGINS = (
    # login, post, unit, name
    ("registrar", "administrator", "root", "周管理"),
    ("centre", "psych_teacher", "centre", "何婉清"),
    ("oncall", "psych_teacher", "centre", "林一帆"),
    ("head", "centre_director", "centre", "许主任"),
    ("leader", "vice_president", "root", "郑校长"),
    ("station", "station_teacher", "station", "沈老师"),
    ("other_station", "station_teacher", "other_station", "陆老师"),
    ("desk", "duty_officer", "desk", "值班室"),
)


class World(StandingWorld):
    """Builders of the addon's tests on the real clock; nothing is undone, the database is thrown away."""


def staff(env):
    """Build posts and people. :return: what the test needs, as plain values"""
    env["ir.config_parameter"].set_param("psych_health.relax_second_factor", "1")
    company = env["res.company"].create({"name": "青禾健康职业学院（演示）"})
    company.psych_crisis_desk_phone = "0731-85550110"
    World.company = company
    World.env = env = env(context=dict(env.context, allowed_company_ids=[company.id], tracking_disable=True))
    root = company.psych_unit_id
    unit = {"root": root}
    unit["centre"] = World.make_unit("心理健康教育中心", "centre", root)
    unit["desk"] = World.make_unit("总值班室", "duty_desk", root)
    for place, college in (("station", "护理学院"), ("other_station", "药学院")):
        parent = World.make_unit(college, "college", root)
        unit[place] = World.make_unit(f"{college}辅导站", "station", parent)
    for login, post, place, name in LOGINS:
        user = World.holder(post, unit[place], login)
        user.write({"name": name, "password": f"{login}-Passw0rd", "lang": "zh_CN"})
    for login, name in (("tutor", "李老师0"), ("other_tutor", "李老师1")):
        user = World.make_staff(login)
        user.write({"name": name, "password": f"{login}-Passw0rd", "lang": "zh_CN"})
    oncall = env["res.users"].search([("login", "=", "oncall")])
    env["psych.crisis.oncall"].create(
        {
            "user_id": oncall.id,
            "phone": "13900000001",
            "start": clock.now() - timedelta(hours=1),
            "stop": clock.now() + timedelta(hours=20),
            "company_id": company.id,
        }
    )
    hospital = env["psych.hospital"].create({"name": "市脑科医院（演示）", "company_id": company.id})
    return {"company": company.id, "hospital": hospital.id}


def tutors(env):
    """Training and pledge of the tutors whom the roster names are in: appoint them."""
    rows = env["psych.membership"].search([("state", "=", "nominated"), ("post_id.code", "=", "tutor")])
    rows.write({"training_date": "2026-09-01", "training_mark": 90, "pledge_date": "2026-09-01"})
    for row in rows:
        row._do_appoint(env.ref("base.user_root"))
    return {"appointed": len(rows)}


def code(env):
    """:return: entrance and one-time code of the student with this number"""
    student = env["psych.student"].search([("number", "=", os.environ["NUMBER"])])
    member = env["psych.campaign.member"].search([("student_id", "=", student.id)], limit=1)
    coverage = env["psych.campaign.coverage"].search(
        [("campaign_id", "=", member.campaign_id.id), ("class_id", "=", student.class_id.id)], limit=1
    )
    _link, secret = member._links()[member]
    student._psych_make_portal_users()
    student.user_id.password = "student-Passw0rd"
    return {
        "entrance": coverage._entrance()["url"].split("/psych/", 1)[1],
        "code": secret,
        "student": student.id,
        "login": student.user_id.login,
    }


world = {"staff": staff, "tutors": tutors, "code": code}[os.environ["STEP"]](env)  # noqa: F821 (env is the shell's)
env.cr.commit()  # noqa: F821
env.registry.signal_changes()  # noqa: F821 (the running server forgets what it cached)
print("WORLD " + json.dumps(world))
