from odoo import models


class PsychConsent(models.Model):
    """Withdrawing the consent to counselling cancels the open hours."""

    _inherit = "psych.consent"

    def _on_withdrawn(self):
        result = super()._on_withdrawn()
        if self.purpose == "counselling":
            self.env["psych.hooks"]._stop_counselling(self.student_id, tell=True)
        return result
