"""Run in Odoo's shell on a test database: a school that receives tomorrow, students with signed links.

Prints one line `WORLD {json}`. The number of students comes from STUDENTS.
"""

import json
import os
from datetime import timedelta

from odoo.fields import Command

from odoo.addons.psych_health.tests.common import StandingWorld
from odoo.addons.psych_health.tools import clock, slots

TZ = "Asia/Shanghai"


class World(StandingWorld):
    """The small school of the addon's tests, with the real clock and keys."""


def build(env, count):
    """Build the school. :return: what the tests need, as plain values"""
    World.env = env
    World.psych_world()
    env = World.env
    company = World.company
    env.user.company_ids = [Command.link(company.id)]
    company.write({"psych_help_phone": "0731-85550120", "psych_help_place": "大学生活动中心 3 楼 301"})
    people = [
        World.holder("psych_teacher", World.centre, "ann"),
        World.holder("counsellor_part", World.centre, "ben"),
    ]
    tutor = World.holder("tutor", World.class_a1, "tutor")
    for user, name in zip([*people, tutor], ("何婉清", "林一帆", "高老师")):
        user.write({"name": name, "password": f"{user.login}-Passw0rd", "lang": "zh_CN"})
    room = env["psych.place"].create(
        [
            {"name": name, "company_id": company.id, "location": "大学生活动中心 3 楼"}
            for name in ("咨询室一", "咨询室二")
        ]
    )
    base = {"company_id": company.id, "place_kind": "counselling"}
    service = env["psych.service"].create(
        [
            {
                **base,
                "name": "初访",
                "code": "intake",
                "is_intake": True,
                "sequence": 5,
                "description": "第一次谈话：一起看看你需要什么。",
            },
            {**base, "name": "个体咨询", "code": "individual", "description": "与一位咨询师的定期谈话。"},
        ]
    )
    counsellors = env["psych.counsellor"].create(
        [
            {
                "user_id": user.id,
                "company_id": company.id,
                "service_ids": [Command.set(service.ids)],
                "title": "咨询师",
            }
            for user in people
        ]
    )
    today = clock.today(env, company)
    for ahead in range(16):
        day = today + timedelta(days=ahead)
        for person, place, first, last in zip(counsellors, room, (9, 14), (12, 17)):
            env["psych.duty.shift"].create(
                {
                    "counsellor_id": person.id,
                    "place_id": place.id,
                    "date": day,
                    "state": "published",
                    "company_id": company.id,
                    "start": slots.to_utc(day, first, TZ),
                    "stop": slots.to_utc(day, last, TZ),
                }
            )
    students = World.students | env["psych.student"].create(
        [
            {
                "number": f"R{n:04}",
                "name": f"学生{n}",
                "class_id": World.class_b1.id,
                "company_id": company.id,
            }
            for n in range(count)
        ]
    )
    students._psych_make_portal_users()
    tomorrow = today + timedelta(days=1)
    env["ir.config_parameter"].set_param(
        "psych_health.relax_second_factor", "1"
    )  # clinical users of the tests
    second = slots.to_utc(tomorrow, 11, TZ)
    interviews = env["psych.interview"].create(
        [
            {
                "company_id": company.id,
                "student_id": student.id,
                "user_id": people[0].id,
                "urgency": "talk",
                "raised_at": clock.now(),
                "due_at": second + timedelta(days=2),
                "planned_at": second,
            }
            for student in World.students[:3]
        ]
    )
    group = env["psych.group"].create(
        {"name": "成长团体", "leader_id": counsellors[0].id, "company_id": company.id}
    )
    return {
        "second": str(second),
        "interviews": interviews.ids,
        "group": group.id,
        "counsellor": counsellors[0].id,
        "person": people[0].id,
        "links": [student.user_id._psych_link() for student in students[-count:]],
        "service": service[1].id,
        "intake": service[0].id,
        "start": str(slots.to_utc(tomorrow, 9, TZ)),
        "near": "10:00",
        "company": company.id,
        "student": students[-1].id,
    }


world = build(env, int(os.environ.get("STUDENTS", "50")))  # noqa: F821 (env is the shell's)
env.cr.commit()  # noqa: F821
print("WORLD " + json.dumps(world))
