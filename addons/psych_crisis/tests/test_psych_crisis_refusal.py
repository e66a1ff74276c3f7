from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common_case import CaseCommon


@tagged("psych_crisis")
class TestPsychCrisisRefusal(CaseCommon):
    """F14: parents refuse or cannot be found; the path is walked step by step, the guard goes on."""

    def setUp(self):
        super().setUp()
        self.make_ready()
        self.path = self.as_user(self.u_station, "psych.crisis.refusal").create(
            {"case_id": self.case.id, "kind": "hospital"}
        )
        self.second, self.notice, self.decision, self.authority = self.path.line_ids.sorted("sequence")

    def call_second(self):
        self.as_user(self.u_station, "psych.crisis.family.contact").create(
            {
                "case_id": self.case.id,
                "kind": "second",
                "person": "other",
                "check_decided": True,
                "check_home": True,
                "check_student": True,
            }
        )

    def walk_to_decision(self):
        self.call_second()
        self.second.outcome = "refused"
        self.second.action_done()
        self.notice.write(
            {"outcome": "refused", "witness_id": self.u_tutor.id, "witness2_id": self.u_station.id}
        )
        self.notice.action_done()

    def test_steps_in_order_with_evidence(self):
        with self.assertRaisesRegex(UserError, "order"):
            self.notice.action_done()
        with self.assertRaisesRegex(UserError, "how it ended"):
            self.second.action_done()
        self.second.outcome = "refused"
        with self.assertRaisesRegex(UserError, "second guardian"):
            self.second.action_done()
        self.call_second()
        self.second.action_done()
        self.assertEqual(self.path.current_line_id, self.notice)
        self.notice.outcome = "refused"
        with self.assertRaisesRegex(UserError, "witnesses"):
            self.notice.action_done()
        self.notice.write({"witness_id": self.u_tutor.id, "witness2_id": self.u_tutor.id})
        with self.assertRaisesRegex(UserError, "witnesses"):
            self.notice.action_done()
        self.notice.witness2_id = self.u_station
        self.notice.action_done()
        with self.assertRaises(UserError):
            self.notice.outcome = "agreed"

    def test_only_a_leader_decides(self):
        self.walk_to_decision()
        for user in (self.u_station, self.u_centre, self.u_tutor):
            with self.assertRaises(AccessError):
                self.decision.with_user(user)._decide("hospital")
        self.decision.with_user(self.u_leader)._decide("hospital")
        line = self.decision.sudo()
        self.assertEqual((line.done_by_id, line.decision), (self.u_leader, "hospital"))
        kept = self.sudo_case.instruction_ids.filtered(lambda row: row.kind == "decision")
        self.assertEqual((kept.author_id, kept.at), (self.u_leader, clock.now()))
        self.authority.write({"outcome": "agreed", "office": "Police station"})
        self.authority.action_done()
        self.assertEqual(self.path.state, "agreed")

    def test_last_step_ends_the_path_without_the_family(self):
        self.walk_to_decision()
        self.decision.with_user(self.u_leader)._decide("police")
        self.authority.outcome = "refused"
        with self.assertRaisesRegex(UserError, "office"):
            self.authority.action_done()
        self.authority.office = "Police station"
        self.authority.action_done()
        self.assertEqual((self.path.state, self.path.closed_at), ("decided", clock.now()))

    def test_case_stays_in_its_stage_until_the_path_ends(self):
        with self.assertRaisesRegex(UserError, "refusing family"):
            self.case.stage_id = self.stage["plan"]
        with self.assertRaisesRegex(UserError, "refusing family"):
            self.as_user(self.u_station, "psych.crisis.closing").create({"case_id": self.case.id})
        self.assertIn("refusing family", self.case.stage_hint)
        self.call_second()
        self.second.outcome = "agreed"
        self.second.action_done()
        self.case.stage_id = self.stage["plan"]
        self.assertEqual(self.case.stage_id.code, "plan")

    def test_guard_goes_on(self):
        """Nobody guards: red and the next step at once; also when only the next six hours are covered."""
        self.assertEqual((self.case.guard_state, self.case.family_state), ("gap", "refuses"))
        self.assertEqual(self.sudo_case.next_step, "guard")
        self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "kind": "hospital",
                "start": clock.now(),
                "stop": clock.now() + timedelta(hours=6),
            }
        )
        self.env.invalidate_all()
        self.assertEqual(self.case.guard_state, "gap")
        self.assertEqual(self.steps()["guard"], clock.now() + timedelta(hours=6))

    def test_gap_counts_from_its_beginning(self):
        with self.at(hours=3):
            self.sudo_case._changed()
            self.assertEqual(self.steps()["guard"], self.path.opened_at)
            self.assertTrue(self.sudo_case.is_overdue)

    def test_late_step_climbs(self):
        self.assertEqual(self.steps()["refusal"], clock.now() + timedelta(hours=2))
        with self.at(days=10):
            self.run_ladder()
            self.assertTrue(self.sudo_case.is_overdue)
            self.assertIn(self.u_head, self.sudo_case.addressee_ids.user_id)

    def test_leaders_basis_of_a_referral_needs_the_decision(self):
        hospital = self.env["psych.hospital"].create({"name": "H", "company_id": self.company.id})
        referral = self.as_user(self.u_station, "psych.crisis.referral").create(
            {
                "case_id": self.case.id,
                "hospital_id": hospital.id,
                "basis": "leader",
                "escort_id": self.u_tutor.id,
            }
        )
        with self.assertRaisesRegex(UserError, "leader's decision"):
            referral.action_send()
        self.walk_to_decision()
        self.decision.with_user(self.u_leader)._decide("hospital")
        referral.action_send()
        self.assertEqual(referral.state, "sent")

    def test_rights(self):
        self.assert_refused(
            (self.u_tutor_b, self.u_station_b, self.u_admin, self.u_duty, self.u_student),
            lambda user: self.path.with_user(user).read(["kind"]),
        )
        self.assertEqual(self.path.with_user(self.u_leader).read(["kind"])[0]["kind"], "hospital")
        with self.assertRaises(UserError):
            self.path.state = "agreed"
        self.path.sudo().state = "agreed"
        self.assert_refused(
            (self.u_leader, self.u_tutor_b),
            lambda user: self.as_user(user, "psych.crisis.refusal").create({"case_id": self.case.id}),
        )
        with self.assertRaises(UserError):
            self.path.unlink()
