from odoo import api, models
from odoo.exceptions import AccessError

from ...tools import confidential


class IrDefault(models.Model):
    """No stored default for a confidential field: it would stand in clear in the database."""

    _inherit = "ir.default"

    @api.model
    def set(self, model_name, field_name, value, user_id=False, company_id=False, condition=False):
        model = self.env.get(model_name)
        if model is not None and field_name in confidential.confidential_names(model):
            raise AccessError(self.env._("A confidential field has no default."))
        return super().set(
            model_name, field_name, value, user_id=user_id, company_id=company_id, condition=condition
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # named seam: which model a field is of, nothing else
            field = self.env["ir.model.fields"].sudo().browse(vals.get("field_id"))
            model = self.env.get(field.model) if field else None
            if model is not None and field.name in confidential.confidential_names(model):
                raise AccessError(self.env._("A confidential field has no default."))
        return super().create(vals_list)
