from odoo import models


class MailThread(models.AbstractModel):
    """Nobody is notified in the place of a deceased student (safety H1)."""

    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        ids = [recipient["id"] for recipient in recipients if recipient.get("id")]
        silent, _emails = self.env["psych.student"]._silenced(ids, []) if ids else (set(), set())
        return (
            [recipient for recipient in recipients if recipient.get("id") not in silent]
            if silent
            else recipients
        )
