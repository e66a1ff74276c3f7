"""Run in Odoo's shell on a test database: the small school of the addon's tests with on-call, desk, cadre and gateway.

STEP=school builds it; STEP=signal raises one urgent report and commits it. Prints one line `WORLD {json}`.
"""

import json
import os
from datetime import timedelta

from odoo.addons.psych_health.tests.common import StandingWorld
from odoo.addons.psych_health.tools import clock


class World(StandingWorld):
    """Builders of the addon's tests on the real clock; nothing is undone, the database is thrown away."""


def school(env):
    """Build the school. :return: ids and logins"""
    env["ir.config_parameter"].set_param("psych_health.relax_second_factor", "1")
    World.env = env
    World.psych_world()
    env, company = World.env, World.company
    env.user.company_ids = [(4, company.id)]
    url = os.environ.get("GATEWAY")
    company.write(
        {
            "name": "青禾健康职业学院（演示）",
            "psych_crisis_desk_phone": "0731-85550110",
            "psych_crisis_centre_phone": "0731-85550120",
            "psych_crisis_webhook_url": url and f"{url}/chat",
            "psych_crisis_voice_url": url and f"{url}/voice",
        }
    )
    users = {}
    for login, post, unit in (
        ("tutor", "tutor", World.class_a1),
        ("station", "station_teacher", World.station_a),
        ("centre", "psych_teacher", World.centre),
        ("head", "centre_director", World.centre),
        ("desk", "duty_officer", World.desk),
        ("leader", "vice_president", World.root),
        ("registrar", "administrator", World.root),
    ):
        users[login] = World.holder(post, unit, login)
        users[login].write({"password": f"{login}-Passw0rd", "lang": "zh_CN"})
    env["psych.crisis.oncall"].create(
        {
            "user_id": users["centre"].id,
            "phone": "13900000001",
            "start": clock.now() - timedelta(hours=1),
            "stop": clock.now() + timedelta(hours=20),
            "company_id": company.id,
        }
    )
    for student, post, unit in (
        (World.students[0], "dorm_informant", World.room_1),
        (World.students[1], "class_member", World.class_a2),
    ):
        user = World.make_portal(student)
        user.write({"password": f"{user.login}-Passw0rd", "lang": "zh_CN"})
        World.appoint(post, unit, student)
    names = ("张小雨", "李晨", "王思远", "刘一诺", "陈可", "杨帆", "赵晓", "黄梓涵")
    for student, name in zip(World.students, names):
        student.name = name
    env["psych.crisis.care.request"].create(
        {"unit_id": World.room_2.id, "cadre_id": World.students[0].id, "company_id": company.id}
    )
    return {
        "company": company.id,
        "room": World.room_1.id,
        "informant": World.students[0].user_id.login,
        "member": World.students[1].user_id.login,
        "students": World.students.ids,
        "number": World.students[4].number,
        "users": {login: user.id for login, user in users.items()},
    }


def signal(env):
    """Raise what a fellow student would report about the student ABOUT (URGENCY, SOURCE). :return: the signal"""
    student = env["psych.student"].browse(int(os.environ["ABOUT"]))
    row = env["psych.crisis.signal"]._report(
        student.company_id,
        {
            "kind": "urgent",
            "source": os.environ.get("SOURCE", "dorm"),
            "urgency": os.environ.get("URGENCY", "acute"),
            "student_id": student.id,
            "fact": "很难过",
        },
    )
    return {"signal": row.signal_id.id, "name": row.signal_id.name, "token": row.token}


def case(env):
    """A case of the station whose family refuses, walked to the leader's decision; a student in key attention; an event."""
    env.registry.clear_cache()
    users = {
        user.login: user
        for user in env["res.users"].search([("login", "in", ("tutor", "station", "centre", "leader"))])
    }
    student = env["psych.student"].browse(int(os.environ["ABOUT"]))

    def by(login, model):
        return env(user=users[login].id, context={"allowed_company_ids": student.company_id.ids})[model]

    row = by("station", "psych.crisis.case")._open_for_student(student, "red")
    row.leader_id = users["leader"].id
    by("station", "psych.crisis.case.member").create({"case_id": row.id, "user_id": users["tutor"].id})
    path = by("station", "psych.crisis.refusal").create({"case_id": row.id, "kind": "hospital"})
    second, notice, _decision, _authority = path.line_ids.sorted("sequence")
    by("station", "psych.crisis.family.contact").create(
        {
            "case_id": row.id,
            "kind": "second",
            "person": "other",
            "check_decided": True,
            "check_home": True,
            "check_student": True,
        }
    )
    second.outcome = "refused"
    second.action_done()
    notice.write({"outcome": "refused", "witness_id": users["tutor"].id, "witness2_id": users["station"].id})
    notice.action_done()
    by("centre", "psych.crisis.attention")._set_tier(student, "key", only_raise=True)
    event = by("centre", "psych.crisis.event").create({"kind": "accident", "facts_text": "校门口事故"})
    return {"case": row.id, "path": path.id, "number": row.name, "event": event.id}


def card(env):
    """A graded case of ABOUT with leader, team and a submitted plan, seen today: it may go to the plan, not yet further."""
    users = {
        user.login: user
        for user in env["res.users"].search([("login", "in", ("tutor", "station", "leader"))])
    }
    student = env["psych.student"].browse(int(os.environ["ABOUT"]))

    def as_station(model):
        return env(user=users["station"].id, context={"allowed_company_ids": student.company_id.ids})[model]

    row = as_station("psych.crisis.case")._open_for_student(student, "orange")
    row.leader_id = users["leader"].id
    as_station("psych.crisis.case.member").create({"case_id": row.id, "user_id": users["tutor"].id})
    as_station("psych.crisis.plan").create({"case_id": row.id, "goals": "睡眠"}).action_submit()
    return {"case": row.id, "number": row.name}


world = {"school": school, "signal": signal, "case": case, "card": card}[os.environ["STEP"]](env)  # noqa: F821 (env is the shell's)
env.cr.commit()  # noqa: F821
env.registry.signal_changes()  # noqa: F821 (the running server forgets what it cached)
print("WORLD " + json.dumps(world))
