from odoo import api, models

from ...tools import confidential


class IrActionsActWindow(models.Model):
    """Actions on confidential models keep nothing in the browser (trap 32)."""

    _inherit = "ir.actions.act_window"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._psych_uncached(vals, vals.get("res_model")) for vals in vals_list])

    def write(self, vals):
        models_named = {vals.get("res_model"), *self.mapped("res_model")}
        if any(confidential.is_confidential(self.env, name) for name in models_named):
            vals = {**vals, "cache": False}
        return super().write(vals)

    def _psych_uncached(self, vals, model):
        return {**vals, "cache": False} if confidential.is_confidential(self.env, model) else vals
