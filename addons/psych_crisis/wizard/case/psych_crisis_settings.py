from odoo import api, fields, models

CASE_NAMES = ("psych_crisis_guard_grace", "psych_crisis_supervision_hours")


class PsychCrisisSettings(models.TransientModel):
    """Limits of the work on cases, beside those of the warning work."""

    _inherit = "psych.crisis.settings"

    psych_crisis_guard_grace = fields.Integer(
        string="Minutes until a guard who has not arrived counts as missing"
    )
    psych_crisis_supervision_hours = fields.Float(string="Supervision: least hours a month")

    @api.model
    def default_get(self, fields):
        company = self._company()
        values = super().default_get(fields)
        return values | {name: company[name] for name in CASE_NAMES if name in fields}

    def action_confirm(self):
        """Write what was changed, the limits of cases too."""
        company = self._company()
        company.write({name: self[name] for name in CASE_NAMES if self[name] != company[name]})
        return super().action_confirm()
