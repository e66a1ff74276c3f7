import logging

import requests

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock, slots

_logger = logging.getLogger(__name__)

TRIES = 5
TIMEOUT = 5  # seconds; a slow messenger must not hold the queue


class PsychOutbox(models.Model):
    """Messages to students and staff that leave the house: neutral text, number and link, nothing else.

    A row is written in the business transaction, so it disappears with it; a scheduled action sends. One key per
    message makes sending twice impossible. Nothing is sent in the quiet hours, and nothing to the dead.
    """

    _name = "psych.outbox"
    _description = "Outgoing message"
    _order = "send_at, id"
    _rec_name = "number"

    key = fields.Char(required=True, readonly=True)
    student_id = fields.Many2one("psych.student", readonly=True, index="btree_not_null", ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Member of staff", readonly=True, index="btree_not_null")
    number = fields.Char(readonly=True, help="Number of the matter, all that the message names.")
    text = fields.Char(readonly=True, required=True)
    link = fields.Char(readonly=True)
    send_at = fields.Datetime(required=True, readonly=True)
    sent_at = fields.Datetime(readonly=True)
    tries = fields.Integer(readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("dropped", "Dropped"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, index=True)

    _key_uniq = models.UniqueIndex("(key)", "This message has been prepared already.")
    _due_idx = models.Index("(send_at) WHERE state = 'waiting'")

    @api.model
    def _put(self, company, key, text, send_at, student=None, user=None, number="", link="/psych/booking"):
        """Prepare one message, once per key; out of the quiet hours it is moved to their end.

        A message that was taken back before it left may be prepared again: an hour that returns to its old time.
        """
        send_at = slots.quiet(send_at, company.psych_tz, company.psych_quiet_from, company.psych_quiet_to)
        self.env.cr.execute(
            SQL(
                "INSERT INTO psych_outbox (key, student_id, user_id, number, text, link, send_at, state, tries, company_id,"
                " create_date) VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', 0, %s, %s)"
                " ON CONFLICT (key) DO UPDATE SET state = 'waiting', text = EXCLUDED.text, send_at = EXCLUDED.send_at"
                " WHERE psych_outbox.state = 'dropped'",
                key,
                student.id if student else None,
                user.id if user else None,
                number,
                text,
                link,
                send_at,
                company.id,
                clock.now(),
            )
        )
        self.invalidate_model()

    @api.model
    def _drop(self, prefix):
        """Take back what has not been sent, for keys that begin with `prefix`."""
        self.env.cr.execute(
            SQL(
                "UPDATE psych_outbox SET state = 'dropped' WHERE state = 'waiting' AND key LIKE %s",
                f"{prefix}%",
            )
        )
        self.invalidate_model()

    # ------------------------------------------------------------
    # sending
    # ------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Send what is due; each message for itself, a failure is tried again and never stops the others."""
        now = clock.now()
        due = self.search([("state", "=", "waiting"), ("send_at", "<=", now)], limit=500)
        for row in due:
            company = row.company_id
            later = slots.quiet(now, company.psych_tz, company.psych_quiet_from, company.psych_quiet_to)
            if later != now:
                row.send_at = later
            elif row.student_id.enrolment_state in ("deceased", "left", "graduated"):
                row.state = "dropped"
            else:
                row._send()
        return len(due)

    def _send(self):
        """Send one message by mail and by the channel of the school."""
        self.ensure_one()
        self.tries += 1
        sent = self._send_webhook() | self._send_mail()
        if sent:
            self.write({"state": "sent", "sent_at": clock.now()})
        elif self.tries >= TRIES:
            self.state = "failed"

    def _send_webhook(self):
        """POST number, text and link to the channel of the school; the key lets it refuse doubles."""
        company = self.company_id
        if not company.psych_webhook_url:
            return False
        payload = {
            "key": self.key,
            "to": self.student_id.number or self.user_id.login,
            "number": self.number,
            "text": self.text,
            "link": company.get_base_url() + (self.link or ""),
        }
        headers = (
            {"Authorization": f"Bearer {company.psych_webhook_token}"} if company.psych_webhook_token else {}
        )
        try:
            answer = requests.post(company.psych_webhook_url, json=payload, headers=headers, timeout=TIMEOUT)
            return answer.ok
        except requests.RequestException as error:
            _logger.info("message %s not sent: %s", self.id, type(error).__name__)
            return False

    def _send_mail(self):
        """Queue a plain mail without names when an address is known; the queue itself keeps the quiet hours."""
        email = self.user_id.email or self.env["psych.reminder.address"]._of(self.student_id)
        if not email:
            return False
        lang = (self.user_id or self.student_id.user_id).lang or self.company_id.partner_id.lang
        words = self.with_context(lang=lang)
        body = f"<p>{self.text}</p><p><a href='{self.company_id.get_base_url()}{self.link or ''}'>{self.number or ''}</a></p>"
        self.env["mail.mail"].create(
            {
                "subject": words.env._("Notice %(number)s", number=self.number or ""),
                "body_html": body,
                "email_to": email,
                "auto_delete": True,
                "psych_quiet_company_id": self.company_id.id,
            }
        )
        return True
