from odoo import api, models


class PsychLockout(models.Model):
    """Whoever is locked out of a student guards him no more: the gap is told in the next minute."""

    _inherit = "psych.lockout"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._psych_crisis_ring()
        return rows

    def write(self, vals):
        result = super().write(vals)
        self._psych_crisis_ring()
        return result

    def _psych_crisis_ring(self):
        self.env["psych.crisis.watch.shift"].sudo()._ring_guarded_by(
            self.user_id
        )  # named seam: for the ladder
