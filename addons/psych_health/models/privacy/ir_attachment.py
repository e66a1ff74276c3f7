from odoo import api, models
from odoo.exceptions import AccessError

from ...tools import confidential


class IrAttachment(models.Model):
    """No plain file on a record of this product: files about students are ``psych.document`` (trap 31)."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._psych_check_plain_file(vals.get("res_model"), vals)
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("res_model"):
            self._psych_check_plain_file(vals["res_model"], vals)
        return super().write(vals)

    def _psych_check_plain_file(self, model, vals):
        if not confidential.takes_no_chat(self.env, model):
            return
        if vals.get("res_field") and not confidential.is_confidential(self.env, model):
            return  # a field of the model itself: a scan, a signature
        if not isinstance(vals.get("description"), confidential.Sealed):
            raise AccessError(
                self.env._("Files on this record are kept encrypted: please add them as documents.")
            )
