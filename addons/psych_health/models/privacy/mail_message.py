from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import is_html_empty

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
            if self._psych_is_typed(vals):
                self._psych_check_thread(vals.get("model") or self.env.context.get("default_model"))
        return super().create(vals_list)

    def _psych_is_typed(self, vals):
        """Whether a person may have typed this: every type a client may send, and any words that no code wrote.

        ``message_post`` and ``message_notify`` are open to RPC and take the type *notification*; code of ours that
        writes words into such a message does so at a seam with ``sudo()``.
        """
        if vals.get("message_type", "comment") not in SYSTEM_TYPES:
            return True
        return not self.env.su and bool(vals.get("subject") or not is_html_empty(vals.get("body")))

    def write(self, vals):
        if "body" in vals or "subject" in vals:
            for message in self:
                if message.message_type not in SYSTEM_TYPES or not self.env.su:
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
