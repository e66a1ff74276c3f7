import json
import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from psycopg2 import OperationalError

from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock, slots

RETRY_MINUTES = (1, 2, 5, 15, 60)
TIMEOUT = 5
AT_ONCE = 10  # messages fetched before it is asked again what is most urgent
RUN_SECONDS = 50


class PsychCrisisMessage(models.Model):
    """One outgoing message: a number and a link, never a name or a reason (safety rule H10).

    A row of a queue, committed with the matter; sent after the commit by a scheduled action (trap 39), tried again with
    growing pauses, with one idempotency key and the proof of delivery that the other side returned.
    """

    _name = "psych.crisis.message"
    _description = "Outgoing message"
    _order = "id desc"
    _rec_name = "key"

    addressee_id = fields.Many2one("psych.crisis.addressee", required=True, index=True, ondelete="cascade")
    climb_id = fields.Many2one("psych.crisis.climb", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True)
    channel = fields.Selection(
        [("mail", "E-mail"), ("webhook", "Chat webhook"), ("voice", "SMS or voice webhook")], required=True
    )
    key = fields.Char(
        default=lambda self: uuid.uuid4().hex, required=True, copy=False, help="Idempotency key."
    )
    state = fields.Selection(
        [("queued", "Waiting"), ("sent", "Sent"), ("failed", "Given up"), ("cancelled", "Cancelled")],
        required=True,
        default="queued",
    )
    is_acute = fields.Boolean(help="Leaves before everything else.")
    send_at = fields.Datetime(required=True, help="Not before this time.")
    attempts = fields.Integer()
    sent_at = fields.Datetime()
    proof = fields.Char(help="What the other side returned as proof of delivery.")
    error = fields.Char()

    _once = models.UniqueIndex("(addressee_id, climb_id, channel)", "This was sent already.")
    _waiting = models.Index("(send_at) WHERE state = 'queued'")

    @api.model
    def _queue(self, addressees, climb, urgency, delay=timedelta()):
        """Queue the messages of one climb to its addressees on the channels of the school, in one insert; the screens are
        told at commit.

        :param addressees: of one matter
        :param timedelta delay: not before this time has gone
        """
        if not addressees:
            return
        company = climb.company_id
        send_at = self._send_time(company, urgency == "acute", clock.now() + delay)
        known = {
            (row.addressee_id.id, row.channel)
            for row in self.search([("climb_id", "=", climb.id), ("addressee_id", "in", addressees.ids)])
        }
        self.create(
            [
                {
                    "addressee_id": addressee.id,
                    "climb_id": climb.id,
                    "user_id": addressee.user_id.id,
                    "company_id": company.id,
                    "channel": channel,
                    "send_at": send_at,
                    "is_acute": urgency == "acute",
                }
                for addressee in addressees
                for channel in self._channels(company, addressee.user_id, urgency)
                if (addressee.id, channel) not in known
            ]
        )
        if send_at <= clock.now():
            number = self._number_of(addressees[0])
            for user in addressees.user_id:
                user._bus_send("psych_crisis", {"number": number})
            self._wake()

    @api.model
    def _wake(self):
        cron = self.env.ref("psych_crisis.ir_cron_ladder", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()  # named seam: sending begins right after the commit

    @api.model
    def _channels(self, company, user, urgency):
        channels = ["mail"] if user.email else []
        if company.psych_crisis_webhook_url:
            channels.append("webhook")
        if urgency == "acute" and company.psych_crisis_voice_url:
            channels.append("voice")
        return channels

    @api.model
    def _send_time(self, company, is_acute, instant=None):
        """Return when a message may leave from ``instant`` (now) on: then, or at the end of the school's quiet hours when
        nothing is acute (H8)."""
        instant = instant or clock.now()
        if is_acute:
            return instant
        return slots.quiet(instant, company.psych_tz, company.psych_quiet_from, company.psych_quiet_to)

    @api.model
    def _number_of(self, addressee):
        return (addressee.signal_id or addressee.case_id).display_name

    # ----------------------------------------------------------------------
    # Sending
    # ----------------------------------------------------------------------

    @api.model
    def _send_due(self, limit=400):
        """Send what is due, acute first, chat and voice before mail; each in an own savepoint, failures are tried later.

        The next few are asked for again and again, so that something acute which comes in meanwhile does not wait behind
        a flood; after a minute the job ends and is called again, because a gateway that dawdles must not hold the ladder.
        """
        tried, until = set(), time.monotonic() + RUN_SECONDS
        while len(tried) < limit and time.monotonic() < until:
            # named seam: the queue is the machine's
            rows = self.sudo().search(
                [("state", "=", "queued"), ("send_at", "<=", clock.now()), ("id", "not in", list(tried))],
                limit=AT_ONCE,
                order="is_acute desc, channel desc, send_at, id",
            )
            if not rows:
                return
            for row in rows:
                tried.add(row.id)
                row._try()
                self.env["psych.crisis.ladder"]._commit(1)
        self._wake()

    def _try(self):
        """Send one in a savepoint; note what went wrong."""
        try:
            with self.env.cr.savepoint():
                self._send()
        except OperationalError:
            return
        except Exception as error:
            self._failed(type(error).__name__)

    def _send(self):
        """Hand one message to its channel."""
        self.ensure_one()
        if self._is_stopped():
            self.write({"state": "cancelled"})
            return
        send_at = self._send_time(self.company_id, self.is_acute)
        if send_at > clock.now():  # the job is late, or the message was tried again, and the night has begun
            self.send_at = send_at
            return
        proof = self._send_mail() if self.channel == "mail" else self._send_webhook()
        self.write(
            {
                "state": "sent",
                "sent_at": clock.now(),
                "attempts": self.attempts + 1,
                "proof": proof,
                "error": False,
            }
        )

    def _is_stopped(self):
        matter = self.addressee_id.signal_id or self.addressee_id.case_id
        return matter._is_silenced() or not self.user_id.active

    def _failed(self, error):
        attempts = self.attempts + 1
        values = {"attempts": attempts, "error": error[:200]}
        if attempts > len(RETRY_MINUTES):
            values["state"] = "failed"
        else:
            again = clock.now() + timedelta(minutes=RETRY_MINUTES[attempts - 1])
            values["send_at"] = self._send_time(self.company_id, self.is_acute, again)
        self.write(values)

    def _text(self):
        """Return ``(subject, link)``: number and link only, neutral on any lock screen (H10)."""
        addressee = self.addressee_id
        subject = self.env._("Please open %(number)s", number=self._number_of(addressee))
        return subject, f"{self.get_base_url()}{self._path()}"

    def _path(self):
        addressee = self.addressee_id
        if addressee.signal_id:
            return f"/psych/open/s/{addressee.signal_id.id}"
        return f"/psych/open/c/{addressee.case_id.id}"

    def _send_mail(self):
        subject, link = self._text()
        mail = (
            self.env["mail.mail"]
            .sudo()  # named seam: staff have no right on the outgoing mail
            .create(
                {
                    "subject": subject,
                    "body_html": f'<p><a href="{link}">{link}</a></p>',
                    "email_to": self.user_id.email_formatted,
                    "message_id": self._message_id(),
                    "auto_delete": False,
                }
            )
        )
        mail.send(raise_exception=True)  # now: the queue of the mail app may wait for an hour
        return mail.message_id or f"mail.mail {mail.id}"

    def _message_id(self):
        """Return the mail's idempotency key: a mail that is handed over again after a power cut is known as the same one."""
        return f"<{self.key}@{urlsplit(self.get_base_url()).hostname}>"

    def _send_webhook(self):
        """Post to the school's gateway; proof is the id it returns. Called by the scheduled action only."""
        company = self.company_id
        url = company.psych_crisis_voice_url if self.channel == "voice" else company.psych_crisis_webhook_url
        subject, link = self._text()
        oncall = (
            self.env["psych.crisis.oncall"]
            ._shifts_at(company, clock.now())
            .filtered(lambda s: s.user_id == self.user_id)
        )
        payload = {
            "text": f"{subject} {link}",
            "to": oncall[:1].phone or self.user_id.phone or self.user_id.login,
        }
        answer = requests.post(
            url,
            data=json.dumps(payload),
            timeout=TIMEOUT,
            headers={"Content-Type": "application/json", "Idempotency-Key": self.key},
        )
        answer.raise_for_status()
        return (answer.text or "")[:200]

    @api.model
    def _cancel_for(self, signals, cases):
        """Cancel what waits for these matters (a student died: nothing more leaves)."""
        self.search(
            [
                ("state", "=", "queued"),
                "|",
                ("addressee_id.signal_id", "in", signals.ids),
                ("addressee_id.case_id", "in", cases.ids),
            ]
        ).write({"state": "cancelled"})
