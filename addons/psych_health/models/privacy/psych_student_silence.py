from odoo import api, fields, models
from odoo.tools import email_normalize

from ...tools import clock


class PsychStudent(models.Model):
    """A death stops every message to the student's and the family's addresses and keeps the file (safety H1)."""

    _inherit = "psych.student"

    left_on = fields.Date(
        readonly=True, copy=False, help="Day on which the school knew that the student left."
    )
    legal_hold_ids = fields.One2many("psych.legal.hold", "student_id")

    def _may_message(self):
        """Return the students of ``self`` that may get automatic messages: all but the deceased.

        Seam for all rooms: ``if student._may_message():`` before anything is queued or sent.
        """
        return self.filtered(lambda student: student.enrolment_state != "deceased")

    def write(self, vals):
        dying = self.browse()
        if vals.get("enrolment_state") == "deceased":
            dying = self.filtered(lambda student: student.enrolment_state != "deceased")
        result = super().write(vals)
        if dying:
            dying._on_deceased()
        return result

    def _on_deceased(self):
        """Hold the file, take back what waits to be sent. Runs with the change of state."""
        Hold = self.env["psych.legal.hold"].sudo()  # named seam: the hold follows from the state
        for student in self:
            Hold.create(
                {
                    "student_id": student.id,
                    "reason": "deceased",
                    "date_start": clock.today(self.env, student.company_id),
                }
            )
        partners, emails = self._addresses()
        # named seam: mails that wait are stopped, not read
        waiting = self.env["mail.mail"].sudo().search([("state", "=", "outgoing")])
        waiting._psych_silence(partners, emails)

    def _addresses(self):
        """Return (partner ids, normalised e-mail addresses) of these students and their families."""
        # named seam: a death stops messages whoever records it
        students = self.sudo()
        partners = students.partner_id
        found = partners.mapped("email_normalized") + [
            email_normalize(email or "")
            for email in students.with_context(active_test=False).family_contact_ids.mapped("email")
        ]
        return set(partners.ids), {email for email in found if email}

    @api.model
    def _silenced(self, partner_ids, emails):
        """Return those of the addresses that belong to a deceased student or the family: (ids, e-mails).

        An address that a living student's contact shares (a sibling at the same school) is silenced too: better
        one message less.
        """
        # named seam: addresses that get nothing any more; they leave to the mail queue only
        gone = self.sudo().with_context(active_test=False)
        found = gone.search([("enrolment_state", "=", "deceased"), ("partner_id", "in", list(partner_ids))])
        mails = set()
        wanted = {mail for mail in map(lambda e: email_normalize(e or ""), emails) if mail}
        if wanted:
            # named seam: addresses of the family of the deceased get nothing; they leave to the mail queue only
            family = (
                self.env["psych.family.contact"]
                .sudo()
                .with_context(active_test=False)
                .search([("student_id.enrolment_state", "=", "deceased"), ("email", "!=", False)])
            )
            mails = wanted & {email_normalize(email or "") for email in family.mapped("email")}
            own = gone.search(
                [
                    ("enrolment_state", "=", "deceased"),
                    ("partner_id.email_normalized", "in", list(wanted)),
                ]
            )
            mails |= wanted & set(own.partner_id.mapped("email_normalized"))
        return set(found.partner_id.ids), mails
