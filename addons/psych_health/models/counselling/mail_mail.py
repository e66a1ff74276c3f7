from odoo import fields, models

from ...tools import clock, slots


class MailMail(models.Model):
    """A reminder that waited in the mail queue until the quiet hours waits for their end (safety rule H8)."""

    _inherit = "mail.mail"

    psych_quiet_company_id = fields.Many2one(
        "res.company", string="Not in the quiet hours of", readonly=True, ondelete="set null"
    )

    def send(self, *args, **kwargs):
        # named seam: whose quiet hours count; nothing leaves but a later time
        held = self.sudo().filtered(lambda mail: mail.state == "outgoing" and mail._psych_hold())
        return super(MailMail, self - self.browse(held.ids)).send(*args, **kwargs)

    def _psych_hold(self):
        """Move the mail to the end of the quiet hours of its school; True when it lies in them now."""
        company, now = self.psych_quiet_company_id, clock.now()
        if not company:
            return False
        later = slots.quiet(now, company.psych_tz, company.psych_quiet_from, company.psych_quiet_to)
        if later == now:
            return False
        self.scheduled_date = later
        return True
