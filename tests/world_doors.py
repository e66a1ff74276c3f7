"""Run in Odoo's shell on a test database: the small school with a sample of every row the access matrix knows.

Each student gets a *twin* in the same class and room about whom nothing is known: `tests/addons/test_psych` moves
what a person may not read from the one to the other and looks whether he can tell. Prints one line `WORLD {json}`.
"""

import json

from psycopg2 import IntegrityError

from odoo.exceptions import UserError

from odoo.addons.psych_crisis.tests import access_matrix as of_crisis
from odoo.addons.psych_health.tests import access_matrix as of_health
from odoo.addons.psych_health.tests.common import StandingWorld
from odoo.addons.psych_health.tests.test_access_matrix import POSTS, MatrixCase

PASSWORD = "Test-Passw0rd-1"
EDGE = {  # further people, beside one for each role of the matrix
    "class_teacher": ("class_teacher", "class_a1"),
    "tutor_b": ("tutor", "class_b1"),
    "station_b": ("station_teacher", "station_b"),
    "college": ("college_secretary", "college_a"),
    "security": ("security_desk", "security_office"),
    "dorm_manager": ("dorm_manager", "building"),
}
CADRES = {"cadre_class": ("class_member", "class_a1", 0), "cadre_dorm": ("dorm_informant", "room_1", 1)}


class World(StandingWorld):
    """Builders of the addon's tests on the real clock; nothing is undone, the database is thrown away."""


def people(env):
    """Everybody who knocks. :return: ``{role: user}``"""
    env["psych.post"].search([]).write({"max_count": 0})
    World.security_office = World.make_unit("Security", "security", World.root)
    World.u_stranger = World.holder("duty_officer", World.desk, "stranger")
    World.u_centre = World.holder("psych_teacher", World.centre, "centre_teacher")
    World.u_station = World.holder("station_teacher", World.station_a, "station_a")
    World.u_station_b = World.holder("station_teacher", World.station_b, "station_b2")
    World.u_tutor_b = World.holder("tutor", World.class_b1, "tutor_b2")
    World.u_nobody = World.make_staff("nobody")
    World.u_student = World.make_portal(World.students[0])
    MatrixCase._second_school.__func__(World)
    users = {"nobody": World.make_staff("without_post")}
    for role, (post, unit) in {**POSTS, **EDGE}.items():
        users[role] = World.holder(post, getattr(World, unit), f"door_{role}")
    for role, (post, unit, index) in CADRES.items():
        student = World.students[index]
        users[role] = student.user_id or World.make_portal(student)
        World.appoint(post, getattr(World, unit), student)
    users["student"] = World.make_portal(World.students[4])
    users["foreign"] = World.foreign_staff
    return users


def samples(users):
    """One row of each table and place; *self* once for each role. :return: how many"""
    World.made = {}
    count = 0
    for matrix in (of_health, of_crisis):
        for room in matrix.rooms():
            builders = matrix.samples(room)
            for key in matrix.load(room):
                for place in of_health.PLACES:
                    owners = users.values() if place == "self" else [users["nobody"]]
                    for user in owners:
                        count += made(builders[key], place, user)
    return count


def made(builder, place, user):
    """Make one sample. :return: whether; some exist once for a student, whoever asks"""
    try:
        with World.env.cr.savepoint():
            return bool(builder(World, place, user))
    except (IntegrityError, UserError):
        World.env.invalidate_all()
        return False


def twins(env):
    """A student of the same class and room for each one; a portal user where the other has one."""
    for student in env["psych.student"].search([("company_id", "=", World.company.id)]):
        twin = World.make_student(
            f"T{student.number}", f"Twin {student.name}", student.class_id, student.room_id
        )
        if student.user_id:
            World.make_portal(twin)


def build(env):
    """Build the school. :return: logins"""
    World.env = env
    World.psych_world()
    env = World.env
    env["ir.config_parameter"].set_param("psych_health.relax_second_factor", "1")
    users = people(env)
    count = samples(users)
    twins(World.env)
    first = users["nobody"]
    first.password = PASSWORD
    env.flush_all()
    env.cr.execute(
        "UPDATE res_users SET password = (SELECT password FROM res_users WHERE id = %s) WHERE id IN %s",
        (first.id, tuple(user.id for user in users.values())),
    )
    return {
        "logins": {role: user.login for role, user in users.items()},
        "password": PASSWORD,
        "samples": count,
    }


world = build(env)  # noqa: F821 (env is the shell's)
env.cr.commit()  # noqa: F821
env.registry.signal_changes()  # noqa: F821
print("WORLD " + json.dumps(world))
