from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon
from .simulation import Semester


@tagged("psych_crisis", "simulation")
class TestSimulation(CrisisCommon):
    """Promise 2 in short: two weeks of a small school with everything going wrong (``make simulate`` lives a semester)."""

    def test_two_weeks(self):
        for post, unit in (
            ("tutor", self.class_a2),
            ("tutor", self.class_b2),
            ("dorm_manager", self.building),
            ("security_desk", self.desk),
        ):
            kind = self.env.ref(f"psych_health.psych_post_{post}").kind_id
            if unit.kind_id == kind:
                self.holder(post, unit)
        self.appoint("duty_officer", self.desk, self.make_staff("duty_second"))
        self.put_on_call(self.u_counsellor, hours=24 * 20)
        semester = Semester(
            self.env,
            self.company,
            self.students,
            clock.now() + timedelta(minutes=1),
            days=14,
            seed=7,
            per_day=4,
            flood=12,
        )
        report = semester.run()
        self.assertGreater(report["checks"], 300)
        self.assertGreater(report["faults"], 5)
        self.assertEqual(report["acute never seen"], 0)
        self.assertLessEqual(report["acute to seen"]["median"], 30)
