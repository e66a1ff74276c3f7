from odoo import api, models
from odoo.exceptions import AccessError

from ...tools import confidential

SYSTEM_TYPES = ("notification", "auto_comment", "user_notification")


class MailMessage(models.Model):
    """No chat on records of this product: people write case notes where they can (trap 13).

    Only messages of the system itself are kept there, and they carry no names. A model about the business of an
    office says ``_psych_clear_chat``.
    """

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("message_type", "comment") not in SYSTEM_TYPES:
                self._psych_check_thread(vals.get("model") or self.env.context.get("default_model"))
        return super().create(vals_list)

    def write(self, vals):
        if "body" in vals or "subject" in vals:
            for message in self:
                if message.message_type not in SYSTEM_TYPES:
                    self._psych_check_thread(message.model)
        return super().write(vals)

    @api.model
    def _psych_check_thread(self, model):
        """Refuse typed text on a model of this product.

        :raises AccessError: with the place where such text belongs
        """
        if confidential.takes_no_chat(self.env, model):
            raise AccessError(
                self.env._(
                    "Messages and notes cannot be written here. Please use the encrypted entries "
                    "of this record."
                )
            )
