from odoo import api, models


class MailComposeMessage(models.TransientModel):
    """The composer's table is plain text: it takes nothing for confidential models (trap 13)."""

    _inherit = "mail.compose.message"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            model = vals.get("model") or self.env.context.get("default_model")
            self.env["mail.message"]._psych_check_thread(model or self.env.context.get("active_model"))
        return super().create(vals_list)

    def write(self, vals):
        for model in {vals.get("model"), *self.mapped("model")}:
            self.env["mail.message"]._psych_check_thread(model)
        return super().write(vals)
