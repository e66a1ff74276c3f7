from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import PsychCommon

FORM = [
    "name",
    "complete_name",
    "student_count",
    "child_count",
    "posts_required",
    "posts_filled",
    "posts_lapsed",
]


@tagged("post_install", "-at_install")
class TestPsychUnit(PsychCommon):
    """The tree, its figures (as many queries for a large school as for a small one), terms with real holidays."""

    def queries(self, do):
        """Return how many queries ``do`` takes on a fresh cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        do()
        return self.env.cr.sql_log_count - before

    def grow(self, count=12):
        """Add classes and rooms with a student each."""
        for index in range(count):
            unit = self.make_unit(f"Class C{index}", "class", self.college_a, entry_year=2026)
            room = self.make_unit(f"5{index:02}", "room", self.building)
            self.make_student(f"20269{index:03}", f"Newcomer {index}", unit, room)

    def test_students_are_counted_in_every_kind(self):
        floor = self.make_unit("Floor 5", "floor", self.building)
        self.make_student("20268001", "Upstairs", self.class_a1, self.make_unit("501", "room", floor))
        self.students[1].enrolment_state = "left"
        units = (
            self.class_a1 | self.room_1 | self.college_a | self.college_b | self.building | floor | self.root
        )
        units.invalidate_recordset()
        self.assertEqual(units.mapped("student_count"), [3, 3, 4, 4, 8, 1, 8])

    def test_coverage_is_the_unit_s_own(self):
        """A station counts its own teacher; the gaps of the classes and rooms below are rows of the vacancies."""
        before = self.college_a.posts_required
        self.grow(3)
        self.college_a.invalidate_recordset()
        self.assertEqual(self.college_a.posts_required, before)
        action = self.college_a.with_user(self.u_station).action_view_vacancies()
        missing = (
            self.env["psych.vacancy"]
            .with_user(self.u_station)
            .search([*action["domain"], ("missing", ">", 0)])
        )
        self.assertIn("Class C2", missing.unit_id.mapped("name"))
        self.assertNotIn(self.class_b1, missing.unit_id)

    def test_queries_do_not_grow_with_the_school(self):
        Unit = self.env["psych.unit"].with_user(self.u_centre)
        chart = [("role", "not in", ("class", "building", "floor", "room")), ("parent_id", "=", False)]
        spec = {
            "name": {},
            "posts_required": {},
            "posts_filled": {},
            "body_ids": {},
            "parent_id": {"fields": {"display_name": {}}},
        }
        pages = (
            lambda: Unit.browse(self.root.id).read(FORM),
            lambda: Unit.browse(self.college_a.id).read(FORM),
            lambda: Unit.search([]).read(FORM),
            lambda: Unit.hierarchy_read(
                chart, {key: dict(value) for key, value in spec.items()}, "parent_id", "body_ids"
            ),
        )
        for page in pages:
            page()  # fills what the registry keeps
        small = [self.queries(page) for page in pages]
        self.grow()
        self.assertEqual([self.queries(page) for page in pages], small)

    def test_chart_draws_bodies_only(self):
        self.assertIn(self.station_a, self.college_a.body_ids)
        self.assertFalse(self.college_a.body_ids & (self.class_a1 | self.class_a2))
        rows = (
            self.env["psych.unit"]
            .with_user(self.u_leader)
            .hierarchy_read(
                [("parent_id", "=", False), ("company_id", "=", self.company.id)],
                {"body_ids": {}, "parent_id": {"fields": {}}},
                "parent_id",
                "body_ids",
            )
        )
        drawn = {row["id"] for row in rows}
        self.assertIn(self.college_a.id, drawn)
        self.assertNotIn(self.building.id, drawn)

    def test_a_society_is_registered_until_a_date(self):
        """S1-Art9-a: the association is registered for a year."""
        society = self.make_unit("Society", "association", self.centre, registered_until="2026-11-03")
        wanted = [("role", "=", "association"), ("is_registered", "=", False)]
        self.assertFalse(society.is_registered)
        self.assertIn(society, self.env["psych.unit"].search(wanted))
        society.with_user(self.u_admin).registered_until = "2026-11-04"
        self.assertTrue(society.is_registered)
        self.assertNotIn(society, self.env["psych.unit"].search(wanted))

    def test_parent_must_fit(self):
        with self.assertRaises(ValidationError):
            self.make_unit("Lost room", "room", self.college_a)

    def test_merge_keeps_history(self):
        member = self.appoint("class_member", self.class_a2, self.students[1])
        self.class_a2._merge_into(self.class_a1)
        self.assertFalse(self.class_a2.active)
        self.assertEqual(self.students[1].class_id, self.class_a1)
        self.assertEqual(member.unit_id, self.class_a1)

    def test_used_unit_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.class_a1.with_user(self.u_admin).unlink()

    def test_term_loads_holidays_and_make_up_days(self):
        term = (
            self.env["psych.term"]
            .with_user(self.u_admin)
            .create(
                {
                    "year_start": 2026,
                    "semester": "1",
                    "date_start": "2026-08-31",
                    "date_end": "2027-01-22",
                    "company_id": self.company.id,
                }
            )
        )
        self.assertFalse(term._is_working_day(date(2026, 10, 1)))
        self.assertTrue(term._is_working_day(date(2026, 10, 10)), "a Saturday that makes up for the holiday")
        self.assertFalse(term._is_working_day(date(2026, 10, 17)))
        self.assertEqual(term._week_of(date(2026, 11, 4)), 10)
        count = len(term.event_ids)
        term.action_load_holidays()
        self.assertEqual(len(term.event_ids), count)
        self.assertEqual(self.env["psych.term"]._current(self.company), term)
