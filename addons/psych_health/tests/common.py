"""Common ground of the tests: a small school with one holder for every role. Fixed dates, no demo data."""

from datetime import datetime

from odoo.tests import TransactionCase, new_test_user

from odoo.addons.psych_health.tools import clock

from .door import door_as, use_test_keys  # noqa: F401  (door_as: for the test files)

NOW = datetime(2026, 11, 4, 2, 0)  # Wednesday of week 10, 10:00 in Shanghai


class PsychWorld:
    """Builders that work on any test case with ``cls.env``: units, people in posts, students."""

    @classmethod
    def psych_freeze(cls, moment=NOW):
        """Stop the product's clock at ``moment`` (naive UTC) for the whole class."""
        frozen = clock.frozen(moment)
        frozen.__enter__()
        cls.addClassCleanup(frozen.__exit__, None, None, None)

    @classmethod
    def psych_world(cls):
        """Build school, centre, two colleges with two classes each, a building with two rooms, eight students."""
        cls.psych_freeze()
        cls.psych_keys = use_test_keys(cls)
        cls.company = cls.env["res.company"].create({"name": "Test school"})
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=[cls.company.id], tracking_disable=True)
        )
        cls.root = cls.company.psych_unit_id
        cls.centre = cls.make_unit("Centre", "centre", cls.root)
        cls.office = cls.make_unit("Student affairs", "student_affairs", cls.root)
        cls.group = cls.make_unit("Leading group", "leading_group", cls.root)
        cls.desk = cls.make_unit("Duty desk", "duty_desk", cls.root)
        cls.college_a = cls.make_unit("College A", "college", cls.root)
        cls.college_b = cls.make_unit("College B", "college", cls.root)
        cls.station_a = cls.make_unit("Station A", "station", cls.college_a)
        cls.station_b = cls.make_unit("Station B", "station", cls.college_b)
        cls.branch_a = cls.make_unit("Union branch A", "union_branch", cls.college_a)
        cls.class_a1, cls.class_a2 = (
            cls.make_unit(f"Class A{i}", "class", cls.college_a, entry_year=2026) for i in (1, 2)
        )
        cls.class_b1, cls.class_b2 = (
            cls.make_unit(f"Class B{i}", "class", cls.college_b, entry_year=2025) for i in (1, 2)
        )
        cls.building = cls.make_unit("Building 1", "building", cls.root)
        cls.room_1, cls.room_2 = (cls.make_unit(f"40{i}", "room", cls.building, capacity=6) for i in (1, 2))
        cls.students = cls.env["psych.student"]
        for index, unit in enumerate((cls.class_a1, cls.class_a2, cls.class_b1, cls.class_b2) * 2):
            cls.students |= cls.make_student(
                f"20260{index:03}", f"Student {index}", unit, cls.room_1 if index < 4 else cls.room_2
            )

    @classmethod
    def make_unit(cls, name, kind, parent, **vals):
        """Create a unit of the kind with this code under ``parent``."""
        return cls.env["psych.unit"].create(
            {
                "name": name,
                "parent_id": parent.id,
                "company_id": parent.company_id.id,
                "kind_id": cls.env.ref(f"psych_health.psych_unit_kind_{kind}").id,
                **vals,
            }
        )

    @classmethod
    def make_student(cls, number, name, unit, room=None, **vals):
        """Create a student of class ``unit``."""
        return cls.env["psych.student"].create(
            {
                "number": number,
                "name": name,
                "class_id": unit.id,
                "room_id": room.id if room else False,
                "entry_year": unit.entry_year,
                "company_id": unit.company_id.id,
                **vals,
            }
        )

    @classmethod
    def make_staff(cls, login, company=None):
        """Create an internal user without any post; the partner is marked as staff."""
        company = company or cls.company
        user = new_test_user(
            cls.env,
            login,
            groups="base.group_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            tz="Asia/Shanghai",
            context={"allowed_company_ids": company.ids, "no_reset_password": True},
        )
        user.partner_id.psych_is_staff = True
        return user

    @classmethod
    def make_portal(cls, student):
        """Give ``student`` a portal user, whose contact carries the student number only."""
        user = new_test_user(
            cls.env,
            f"s{student.number}",
            groups="base.group_portal,psych_health.group_psych_health_student",
            name=student.number,
            company_id=student.company_id.id,
            company_ids=[(6, 0, student.company_id.ids)],
            context={"no_reset_password": True},
        )
        student.write({"user_id": user.id, "partner_id": user.partner_id.id})
        return user

    @classmethod
    def appoint(cls, post, unit, person, **vals):
        """Put a user (staff) or a student into a post as the seams do, all conditions fulfilled.

        :param str post: code of the post; :param person: ``res.users`` or ``psych.student``
        """
        post = cls.env.ref(f"psych_health.psych_post_{post}")
        is_student = person._name == "psych.student"
        membership = cls.env["psych.membership"].create(
            {
                "post_id": post.id,
                "unit_id": unit.id,
                "date_start": "2026-09-01",
                "student_id": person.id if is_student else False,
                "partner_id": False if is_student else person.partner_id.id,
                "training_date": "2026-09-01",
                "training_mark": 90,
                "pledge_date": "2026-09-01",
                "criterion_ids": [(6, 0, post.criterion_ids.ids)],
                "vote_for": 20,
                "vote_total": 30,
                **vals,
            }
        )
        membership._do_appoint(cls.env.ref("base.user_root"))
        return membership

    @classmethod
    def holder(cls, post, unit, login=None):
        """Create a user who holds ``post`` in ``unit`` and return it."""
        user = cls.make_staff(login or f"{post}_{unit.id}", unit.company_id)
        cls.appoint(post, unit, user)
        return user


class StandingWorld(PsychWorld):
    """The same builders on a database that is thrown away: nothing is undone, and the real clock runs."""

    @classmethod
    def addClassCleanup(cls, *args, **kwargs):
        """Nothing to undo."""

    @classmethod
    def psych_freeze(cls, moment=None):
        """The real clock runs."""


class PsychCommon(PsychWorld, TransactionCase):
    """Test case with the small school and one user for each role (``cls.u_<role>``)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.psych_world()
        cls.u_admin = cls.holder("administrator", cls.root, "admin_school")
        cls.u_leader = cls.holder("vice_president", cls.root, "leader")
        cls.u_head = cls.holder("centre_director", cls.centre, "centre_head")
        cls.u_head2 = cls.holder("centre_vice_director", cls.centre, "centre_head2")
        cls.u_centre = cls.holder("psych_teacher", cls.centre, "centre_teacher")
        cls.u_counsellor = cls.holder("counsellor_part", cls.centre, "counsellor")
        cls.u_station = cls.holder("station_teacher", cls.station_a, "station_a")
        cls.u_station_b = cls.holder("station_teacher", cls.station_b, "station_b")
        cls.u_tutor = cls.holder("tutor", cls.class_a1, "tutor_a1")
        cls.u_tutor_b = cls.holder("tutor", cls.class_b1, "tutor_b1")
        cls.u_office = cls.holder("head_student_affairs", cls.office, "office")
        cls.u_duty = cls.holder("duty_officer", cls.desk, "duty")
        cls.u_nobody = cls.make_staff("nobody")
        cls.u_student = cls.make_portal(cls.students[0])
        cls.u_student2 = cls.make_portal(cls.students[1])
