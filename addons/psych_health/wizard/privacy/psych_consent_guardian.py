from odoo import fields, models


class PsychConsentGuardian(models.TransientModel):
    """Record that a minor's guardian agreed (PIPL art. 31; school policy for 14 to 17 years)."""

    _name = "psych.consent.guardian"
    _description = "Record a guardian's consent"

    consent_id = fields.Many2one(
        "psych.consent", required=True, readonly=True, default=lambda self: self.env.context.get("active_id")
    )
    name = fields.Char(
        string="Name of the guardian", required=True, default=lambda self: self._default_name()
    )
    way = fields.Selection(
        [("paper", "On paper"), ("present", "In person"), ("phone", "By telephone, written down")],
        required=True,
        default="paper",
    )

    def _default_name(self):
        return self.env["psych.consent"].browse(self.env.context.get("active_id")).guardian_name

    def action_record(self):
        """Record the guardian's consent; the consent counts from now."""
        self.ensure_one()
        self.consent_id.check_access("read")
        self.consent_id._guardian_agreed(self.name, self.way)
        return {"type": "ir.actions.act_window_close"}
