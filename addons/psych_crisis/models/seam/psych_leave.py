from odoo import api, models


class PsychLeave(models.Model):
    """Absence: what the absent person owns is given to the deputy or climbs, and whom he guards has a gap, in the next minute."""

    _inherit = "psych.leave"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._psych_crisis_ring()
        return leaves

    def write(self, vals):
        before = self.sudo().partner_id.user_ids  # named seam: who was away until now, for the ladder
        result = super().write(vals)
        self._psych_crisis_ring(before)
        return result

    def unlink(self):
        before = self.sudo().partner_id.user_ids  # named seam: who is here again, for the ladder
        result = super().unlink()
        self.env["psych.crisis.watch.shift"].sudo()._ring_guarded_by(before)  # named seam: follows the roster
        return result

    def _psych_crisis_ring(self, before=None):
        # named seam: who is away, for the ladder
        users = self.sudo().partner_id.user_ids
        self.env["psych.crisis.watch.shift"].sudo()._ring_guarded_by(
            users | (before or users)
        )  # named seam: follows the roster
        for name in ("psych.crisis.signal", "psych.crisis.case"):
            self.env[name].sudo()._ring_owned_by(users)  # named seam: follows the roster
