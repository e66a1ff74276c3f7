"""Register of leaks with clocks; assessments that run out."""

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError

from ..tools import clock
from .common import PsychCommon


class TestPsychPrivacyIncident(PsychCommon):
    def make(self, user=None):
        return (
            self.env["psych.privacy.incident"]
            .with_user(user or self.u_head)
            .create({"kind": "leak", "description": "List sent to a wrong group"})
        )

    def test_steps_and_clocks(self):
        incident = self.make()
        self.assertEqual(len(incident.line_ids), 7)
        self.assertEqual(incident.next_due_at, incident.found_at + timedelta(hours=1))
        self.assertFalse(incident.is_late)
        with clock.frozen(clock.now() + timedelta(hours=2)):
            incident.invalidate_recordset()
            self.assertTrue(incident.is_late)
            incident.line_ids[0].action_done()
            incident.invalidate_recordset()
            self.assertFalse(incident.is_late)

    def test_close_needs_all_steps_or_a_reason(self):
        incident = self.make(self.u_admin)
        with self.assertRaises(UserError):
            incident.action_close()
        with self.assertRaises(ValidationError):
            incident.line_ids[3].state = "left_out"
        incident.line_ids[3].write(
            {"state": "left_out", "reason": "No harm to be expected, file was encrypted"}
        )
        (incident.line_ids - incident.line_ids[3]).action_done()
        incident.action_close()
        self.assertEqual(incident.state, "closed")
        with self.assertRaises(UserError):
            incident.sudo().unlink()

    def test_roles(self):
        self.make()
        for model in (
            "psych.privacy.incident",
            "psych.privacy.assessment",
            "psych.legal.hold",
            "psych.destruction.record",
        ):
            for user in (
                self.u_tutor,
                self.u_station,
                self.u_counsellor,
                self.u_leader,
                self.u_duty,
                self.u_student,
                self.u_centre,
            ):
                self.assertFalse(self.env[model].with_user(user).has_access("read"), (model, user.login))

    def test_assessment_is_kept_and_approved_by_another(self):
        row = (
            self.env["psych.privacy.assessment"]
            .with_user(self.u_head)
            .create({"name": "Census", "date": "2026-01-01", "valid_until": "2026-06-30"})
        )
        self.assertTrue(row.is_over)
        self.assertIn(row, row.search([("is_over", "=", True)]))
        with self.assertRaises(UserError):
            row.action_approve()
        row.with_user(self.u_head2).action_approve()
        with self.assertRaises(UserError):
            row.unlink()
