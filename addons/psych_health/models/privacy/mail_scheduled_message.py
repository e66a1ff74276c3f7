from odoo import api, models


class MailScheduledMessage(models.Model):
    """No messages for later on confidential models either (trap 13)."""

    _inherit = "mail.scheduled.message"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["mail.message"]._psych_check_thread(vals.get("model"))
        return super().create(vals_list)
