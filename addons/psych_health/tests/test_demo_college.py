import os
import re
import stat
import tempfile
from collections import Counter
from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.psych_health.demo_college import build, shape
from odoo.addons.psych_health.demo_college.accounts import ROLES
from odoo.addons.psych_health.demo_college.semester import WEEKS
from odoo.addons.psych_health.demo_college.world import World
from odoo.addons.psych_health.tools import clock


@tagged("post_install", "-at_install")
class TestDemoCollege(TransactionCase):
    """The generator at 600 students: counts as told, re-running harmless, nobody and nothing real."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("password.hashing.rounds", "1")
        cls.company = cls.env["res.company"].create({"name": "Empty school"})
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = os.path.join(cls.folder.name, "demo-accounts.txt")
        cls.world = build(cls.env, size=600, seed=7, password_file=cls.file)
        cls.shape = cls.world.shape

    def test_log_of_changes_rests_only_while_building(self):
        mine = [("model_model", "=", "psych.unit"), ("res_id", "=", self.world.centre.id)]
        self.assertFalse(self.env["auditlog.log"].search(mine))
        self.world.centre.phone = "00000"
        self.assertTrue(self.env["auditlog.log"].search(mine))

    def held(self, code, state="appointed"):
        return self.env["psych.membership"].search(
            [
                ("company_id", "=", self.company.id),
                ("post_id", "=", self.world.post(code).id),
                ("state", "=", state),
            ]
        )

    def lapsed(self, code):
        today = clock.today(self.env, self.company)
        return self.held(code).filtered(lambda m: m.access_until and m.access_until < today)

    def test_name_says_demo(self):
        for name in (self.company.name, self.company.psych_unit_id.name):
            self.assertIn("（演示）", name)
        self.assertTrue(self.company.psych_is_demo)

    def test_students(self):
        students = self.world.students()
        self.assertEqual(len(students), 600)
        grades = Counter(students.mapped("entry_year"))
        self.assertEqual(grades, {self.world.year: 216, self.world.year - 1: 204, self.world.year - 2: 180})
        self.assertEqual(students.class_id.college_id, self.env["psych.unit"].union(*self.world.colleges))
        for student in students[::37]:
            self.assertEqual(student.college_id, student.class_id.college_id)
            self.assertEqual(student.programme_id, student.class_id.programme_id)
            self.assertRegex(student.number, r"^20\d{10}$")

    def test_whereabouts(self):
        students = self.world.students()
        third = students.filtered(lambda s: s.entry_year == self.world.year - 2)
        self.assertEqual(
            len(third.filtered(lambda s: s.whereabouts_state == "internship")), round(180 * 0.94)
        )
        self.assertEqual(len(students.filtered(lambda s: s.whereabouts_state == "day")), round(420 * 0.015))
        for student in students:
            self.assertEqual(bool(student.room_id), student.whereabouts_state == "dorm", student.number)

    def test_rooms_are_lived_in_by_one_gender(self):
        for room in self.world.rooms:
            self.assertTrue(1 <= len(room.resident_ids) <= room.capacity, room.name)
            self.assertEqual(len(set(room.resident_ids.mapped("gender"))), 1, room.name)

    def test_copied_students_equal_orm_students(self):
        """The COPY path leaves no column unlike the ORM would have left it."""
        copied = self.world.students(limit=1)
        made = self.env["psych.student"].create({"number": "x", "name": "x", "class_id": copied.class_id.id})
        own = {
            "id",
            "number",
            "name",
            "gender",
            "birth_date",
            "ethnicity",
            "phone",
            "guardian_name",
            "guardian_phone",
            "programme_id",
            "entry_year",
            "room_id",
            "whereabouts_state",
            "whereabouts_from",
            "whereabouts_until",
            "whereabouts_place",
            "user_id",
            "partner_id",
            "write_date",
            "write_uid",
            "create_date",
            "create_uid",
        }
        stored = [n for n, f in made._fields.items() if f.store and f.column_type and n not in own]
        self.env.flush_all()
        names = ", ".join(f'"{name}"' for name in stored)
        self.env.cr.execute(
            f"SELECT {names} FROM psych_student WHERE id IN %s ORDER BY id", ((copied.id, made.id),)
        )
        first, second = self.env.cr.fetchall()
        self.assertEqual(dict(zip(stored, first, strict=True)), dict(zip(stored, second, strict=True)))

    def test_vacancies_and_lapses_as_told(self):
        shape_ = self.shape
        classes, rooms = shape_.class_count, shape_.rooms
        self.assertEqual(len(self.held("class_member")), classes - shape_.vacant_members)
        self.assertEqual(len(self.lapsed("class_member")), shape_.lapsed_members)
        self.assertEqual(len(self.held("dorm_informant")), rooms - shape_.vacant_informants)
        self.assertEqual(len(self.lapsed("dorm_informant")), shape_.lapsed_informants)
        self.assertEqual(len(self.held("class_member", "nominated")), min(2, shape_.vacant_members))
        self.assertEqual(len(self.held("station_teacher")), len(self.world.colleges) - 1)
        self.assertLess(len(self.held("tutor").unit_id), classes)
        self.assertEqual(len(self.held("class_teacher")), shape_.class_teachers)

    def test_every_other_post_of_every_unit_is_filled(self):
        """Required posts without holder are exactly the told ones."""
        told = {
            "tutor",
            "station_teacher",
            "station_counsellor",
            "class_member",
            "dorm_informant",
            "union_branch_guide",
        }
        posts = self.env["psych.post"].search([("min_count", ">", 0), ("company_id", "=", False)])
        for post in posts.filtered(lambda p: p.code not in told):
            units = self.env["psych.unit"].search(
                [("kind_id", "=", post.kind_id.id), ("company_id", "=", self.company.id)]
            )
            self.assertTrue(units, post.code)
            held = Counter(membership.unit_id.id for membership in self.held(post.code))
            for unit in units:
                self.assertGreaterEqual(held[unit.id], post.min_count, f"{post.code} in {unit.name}")

    def test_nobody_clinical_without_second_person(self):
        clinical = self.env["psych.membership"].search(
            [
                ("company_id", "=", self.company.id),
                ("post_id.is_clinical", "=", True),
                ("state", "=", "appointed"),
            ]
        )
        self.assertTrue(clinical)
        for membership in clinical:
            self.assertNotIn(membership.confirmed_by_id, membership.proposed_by_id | membership.user_id)

    def test_two_seats_changed_by_office(self):
        for code in ("personnel", "finance"):
            old, new = self.held(f"lg_member_{code}", "ended"), self.held(f"lg_member_{code}")
            self.assertEqual((len(old), len(new)), (1, 1))
            self.assertEqual(old.date_end + timedelta(days=1), new.date_start)
            self.assertEqual(new.source_id, self.held(f"head_{code}"))

    def test_roles_see_what_their_post_gives(self):
        """The rights of the demo's accounts come from its roster."""
        counts = {}
        for login in ("tutor", "station", "centre", "counsellor", "manager", "student"):
            env = self.env(user=self.world.accounts[login], su=False)
            counts[login] = env["psych.student"].search_count([("company_id", "=", self.company.id)])
        classes = (
            self.env["psych.membership"].search([("user_id", "=", self.world.accounts["tutor"].id)]).unit_id
        )
        self.assertEqual(counts["tutor"], len(classes.student_ids))
        self.assertEqual(
            counts["station"], len(self.world.students([("college_id", "=", self.world.colleges[0].id)]))
        )
        self.assertEqual(
            [counts[k] for k in ("centre", "counsellor", "manager", "student")], [600, 600, 600, 1]
        )
        with self.assertRaises(AccessError):
            self.env(user=self.world.accounts["leader"], su=False)["psych.student"].search_count([])

    def test_accounts_file(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        with open(self.file, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertTrue(lines[0].startswith("http"))
        for (login, role), line in zip(ROLES, lines[2:], strict=True):
            self.assertTrue(line.startswith(role), line)
            self.assertEqual(line.split()[-2:], [login, self.world.passwords[login]])
        self.assertEqual(len(set(self.world.passwords.values())), len(ROLES))
        without = self.world.staff_users - self.env["res.users"].union(*self.world.accounts.values())
        self.env.cr.execute(
            "SELECT count(*) FROM res_users WHERE password IS NOT NULL AND id IN %s", (tuple(without.ids),)
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_portal_contact_carries_the_number_only(self):
        for student in self.world.students([("user_id", "!=", False)]):
            self.assertEqual(student.partner_id.name, student.number)
            self.assertFalse(student.partner_id.phone or student.partner_id.email)

    def test_nothing_real(self):
        """No number that rings, no address that receives, no institution but invented or generic ones."""
        for student in self.world.students():
            self.assertTrue(student.phone.startswith("00000") and student.guardian_phone.startswith("00000"))
        for user in self.world.staff_users:
            self.assertTrue(user.email.endswith(".example"))
        text = " ".join(
            self.env["psych.unit"].search([("company_id", "=", self.company.id)]).mapped("name")
            + [name or "" for name in self.world.students().mapped("whereabouts_place")]
            + [
                name or ""
                for name in self.env["psych.qualification"]
                .search([("company_id", "=", self.company.id)])
                .mapped("issuer")
            ]
        )
        named = set(re.findall(r"[\u4e00-\u9fff]{2}(?:省|市|县)", text))
        self.assertTrue(all("禾" in name for name in named), named)
        self.assertFalse(re.search(r"大学(?!生)|长沙|湖南|北京|上海", text))

    def test_run_again_changes_nothing(self):
        count = self.env["psych.membership"].search_count([])
        self.assertIsNone(build(self.env, size=600, seed=7))
        self.assertEqual(self.env["psych.membership"].search_count([]), count)

    def test_a_school_with_students_is_refused(self):
        other = self.env["res.company"].create({"name": "Living school"})
        self.env["psych.student"].create({"number": "1", "name": "A", "company_id": other.id})
        with self.assertRaises(UserError):
            build(self.env(context={"allowed_company_ids": other.ids}), size=600)


@tagged("post_install", "-at_install")
class TestDemoPlan(TransactionCase):
    """Sizes and dates, without building anything."""

    def test_sizes_of_the_table(self):
        plan = shape.shape_of(3000)
        self.assertEqual(
            (len(plan.colleges), sum(len(c[3]) for c in plan.colleges), plan.class_count), (4, 9, 66)
        )
        self.assertEqual((plan.grades, plan.classes), ((1080, 1020, 900), (24, 22, 20)))
        self.assertEqual((plan.rooms, plan.buildings, plan.tutors, plan.class_teachers), (365, 5, 15, 48))
        self.assertEqual((plan.vacant_members, plan.lapsed_members), (3, 2))
        self.assertEqual(365 - plan.vacant_informants - plan.lapsed_informants, 344)
        plan = shape.shape_of(10000)
        self.assertEqual(
            (len(plan.colleges), sum(len(c[3]) for c in plan.colleges), plan.class_count), (6, 17, 214)
        )
        self.assertEqual((plan.vacant_members, plan.lapsed_members), (6, 10))
        self.assertEqual(sum(shape.shape_of(100000).grades), 100000)

    def test_week_eleven_on_any_day_of_the_year(self):
        """An installation in July, at New Year or on a Sunday looks alive too."""
        for offset in range(0, 366, 5):
            today = date(2026, 1, 1) + timedelta(days=offset)
            with clock.frozen(datetime(today.year, today.month, today.day, 2)):
                world = World(self.env, 600, 1, shape.shape_of(600), today)
            self.assertEqual(world.monday.weekday(), 0)
            self.assertTrue(world.day(11, 1) <= today <= world.day(11, 7))
            self.assertLess(world.day(11, 7), world.monday + timedelta(weeks=WEEKS))
            self.assertIn(world.year, (today.year, today.year - 1))
