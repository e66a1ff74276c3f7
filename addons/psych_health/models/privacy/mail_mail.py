from odoo import models
from odoo.tools import email_normalize, email_split


class MailMail(models.Model):
    """No mail leaves for a deceased student or the family (safety H1), whoever made it."""

    _inherit = "mail.mail"

    def send(self, *args, **kwargs):
        # named seam: who would receive the mail; nothing leaves but a stop
        mails = self.sudo()
        emails = {
            email for mail in mails for email in email_split(f"{mail.email_to or ''},{mail.email_cc or ''}")
        }
        partners, silent = self.env["psych.student"]._silenced(mails.recipient_ids.ids, emails)
        stopped = mails._psych_silence(partners, silent) if partners or silent else mails.browse()
        return super(MailMail, self - self.browse(stopped.ids)).send(*args, **kwargs)

    def _psych_silence(self, partner_ids, emails):
        """Take these addresses out; return the mails nobody is left on, which are cancelled.

        :param set partner_ids: ids of partners; :param set emails: normalised addresses
        """
        stopped = self.browse()
        for mail in self:
            addresses = [a for a in email_split(mail.email_to or "") if a]
            left = [a for a in addresses if email_normalize(a) not in emails]
            kept = mail.recipient_ids.filtered(
                lambda p: p.id not in partner_ids and p.email_normalized not in emails
            )
            if left == addresses and kept == mail.recipient_ids:
                continue
            mail.write({"email_to": ", ".join(left) or False, "recipient_ids": [(6, 0, kept.ids)]})
            if not left and not kept:
                mail.write({"state": "cancel", "failure_reason": False})
                stopped |= mail
        return stopped
