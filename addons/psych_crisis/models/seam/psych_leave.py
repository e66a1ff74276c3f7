from odoo import api, models


class PsychLeave(models.Model):
    """Absence: what the absent person owns is given to the deputy or climbs, in the next minute."""

    _inherit = "psych.leave"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._psych_crisis_ring()
        return leaves

    def write(self, vals):
        result = super().write(vals)
        self._psych_crisis_ring()
        return result

    def _psych_crisis_ring(self):
        # named seam: who is away, for the ladder
        users = self.sudo().partner_id.user_ids
        for name in ("psych.crisis.signal", "psych.crisis.case"):
            self.env[name].sudo()._ring_owned_by(users)  # named seam: follows the roster
