from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon
from .simulation import Broken, Semester

HAPPENS = {
    "people away",
    "deputies of each other away",
    "whole unit away",
    "meetings without phones",
    "posts vacant",
    "scheduler stopped",
    "power cuts",
    "ladder killed",
    "mails lost",
    "mail server down",
    "gateway down",
    "gateway lied",
    "students left",
}


@tagged("psych_crisis", "simulation")
class TestSimulation(CrisisCommon):
    """Promise 2 in short: two weeks of a small school with everything going wrong (``make simulate`` lives a semester)."""

    def setUp(self):
        super().setUp()
        for post, unit in (
            ("tutor", self.class_a2),
            ("tutor", self.class_b2),
            ("dorm_manager", self.building),
            ("security_desk", self.desk),
        ):
            if unit.kind_id == self.env.ref(f"psych_health.psych_post_{post}").kind_id:
                self.holder(post, unit)
        self.appoint("duty_officer", self.desk, self.make_staff("duty_second"))
        term = self.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-09-07",
                "date_end": "2027-01-17",
                "company_id": self.company.id,
            }
        )
        self.env["psych.term.event"].create(
            {
                "term_id": term.id,
                "kind": "holiday",
                "name": "Holiday",
                "date_start": "2026-11-09",
                "date_end": "2026-11-11",
            }
        )

    def semester(self, **options):
        """Return two weeks of this school."""
        options = {"days": 14, "seed": 7, "per_day": 4, "flood": 12, **options}
        return Semester(self.env, self.company, self.students, clock.now() + timedelta(minutes=1), **options)

    def test_two_weeks(self):
        report = self.semester().run()
        self.assertGreater(report["checks"], 300)
        self.assertEqual(HAPPENS - set(report["faults"]), set(), "everything that can go wrong did")
        self.assertEqual(report["acute never seen"], 0)
        self.assertLessEqual(report["acute to seen"]["median"], 30)

    def test_a_broken_promise_is_found(self):
        """The checks are no decoration: each notices what it is for."""
        semester = self.semester()
        signal = self.raise_signal("acute")
        semester.check()
        for table_column, value in (("owner_id", "NULL"), ("ring_at", "NULL"), ("due_at", "NULL")):
            with self.assertRaises(Broken), self.env.cr.savepoint():
                self.env.cr.execute(
                    f"UPDATE psych_crisis_signal SET {table_column} = {value} WHERE id = %s", [signal.id]
                )
                semester.check()
        with self.assertRaises(Broken), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE psych_crisis_signal SET owner_id = %s WHERE id = %s", [self.u_student.id, signal.id]
            )
            semester.check()
