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
    """Figures of units: right for every kind, and as many queries for a large school as for a small one."""

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
        small = [self.queries(page) for page in pages]
        self.grow()
        self.assertEqual([self.queries(page) for page in pages], small)

    def test_chart_draws_bodies_only(self):
        self.assertIn(self.station_a, self.college_a.body_ids)
        self.assertFalse(self.college_a.body_ids & (self.class_a1 | self.class_a2))
        self.assertNotIn(self.building, self.root.body_ids)
