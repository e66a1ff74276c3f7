from odoo import fields, models

from ...models.privacy.psych_consent_text import PURPOSES


class PsychConsentPaper(models.TransientModel):
    """Record what a student signed on paper; the centre keeps the sheet."""

    _name = "psych.consent.paper"
    _description = "Record a consent on paper"

    student_id = fields.Many2one("psych.student", required=True)
    purpose = fields.Selection(PURPOSES, required=True)
    answer = fields.Selection(
        [("given", "Agrees"), ("refused", "Does not agree")], required=True, default="given"
    )
    guardian_name = fields.Char(help="Only for a minor.")

    def action_record(self):
        """Record the answer; the transient row is dropped at once."""
        self.ensure_one()
        self.student_id.check_access("read")
        Consent = self.env["psych.consent"]
        if self.answer == "given":
            consent = Consent._give(
                self.student_id,
                self.purpose,
                self.student_id.name,
                way="paper",
                guardian_name=self.guardian_name or "",
            )
        else:
            consent = Consent._refuse(self.student_id, self.purpose)
        self.unlink()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.consent",
            "res_id": consent.id,
            "view_mode": "form",
        }
