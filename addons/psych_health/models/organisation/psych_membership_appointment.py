from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools import clock, forms


class PsychMembership(models.Model):
    """From the nomination to the letter: training, pledge, appointment, the second person of clinical posts."""

    _inherit = "psych.membership"

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_mark_trained(self):
        """Nominated → trained, where the training test was passed (S1-Art6-c)."""
        for membership in self.filtered(lambda m: m.state == "nominated"):
            if not membership.training_passed:
                raise UserError(
                    self.env._(
                        "%(name)s: enter the training date and a mark of at least %(mark)s first.",
                        name=membership.person_name,
                        mark=membership.post_id.pass_mark,
                    )
                )
        self.filtered(lambda m: m.state == "nominated").write({"state": "trained"})

    def action_sign_pledge(self):
        """Record today's signature of the pledge in its present version."""
        for membership in self:
            membership.write(
                {"pledge_date": clock.today(self.env), "pledge_version": membership.post_id.pledge_version}
            )

    def action_appoint(self):
        """Appoint, or propose the appointment where a second person has to confirm (clinical posts)."""
        self.check_access("write")
        self._check_ready()
        clinical = self.filtered("is_clinical")
        # named seam: the proposer is written by the system, never by the form
        clinical.sudo().write({"proposed_by_id": self.env.uid, "confirmed_by_id": False})
        clinical._notify_confirmation()
        # named seam: the caller has checked who proposes; clinical posts go to a second person
        (self - clinical).sudo()._do_appoint(self.env.user)

    def action_confirm(self):
        """Second person: confirm a proposed appointment to a clinical post."""
        self.check_access("write")
        for membership in self:
            if not membership.proposed_by_id or membership.state not in ("nominated", "trained"):
                raise UserError(
                    self.env._("There is nothing to confirm: the appointment was not proposed yet.")
                )
            if self.env.user in (membership.proposed_by_id | membership.user_id):
                raise UserError(
                    self.env._(
                        "A second person has to confirm: neither who proposed the appointment nor its holder."
                    )
                )
        self._check_ready()
        self.sudo()._do_appoint(self.env.user)  # named seam: rights follow the roster

    def action_refuse(self):
        """Close a nomination that does not lead to an appointment."""
        self.filtered(lambda m: m.state in ("nominated", "trained")).write({"state": "refused"})

    def action_print_letter(self):
        """Print the appointment letter (S1-Art6-c)."""
        return self.env.ref("psych_health.psych_membership_letter").report_action(self)

    def _letter_words(self):
        """Return what the appointment letter says in whole sentences: whom it addresses, the text, its date."""
        self.ensure_one()

        def day(date):
            return date and format_date(self.env, date, date_format="long") or ""

        values = {
            "unit": self.unit_id.name,
            "post": self.post_id.name,
            "start": day(self.date_start),
            "stop": day(self.date_end),
        }
        if self.date_end:
            text = self.env._(
                "You are hereby appointed %(post)s of %(unit)s, from %(start)s until %(stop)s.", **values
            )
        else:
            text = self.env._("You are hereby appointed %(post)s of %(unit)s, from %(start)s.", **values)
        return {
            "to": self.env._("Dear %(name)s:", name=self.person_name),
            "text": text,
            "date": values["start"],
        }

    def _pledge_signatures(self):
        """Return the labels of the lines to sign on the pledge."""
        return [self.env._("Signature"), self.env._("Received by")]

    # ----------------------------------------------------------------------
    # Business
    # ----------------------------------------------------------------------

    def _check_ready(self):
        """Raise UserError naming what a nomination still lacks: criteria and vote, training, pledge."""
        for membership in self:
            post = membership.post_id
            lacks = []
            if membership.state not in ("nominated", "trained"):
                lacks.append(self.env._("it is not a nomination"))
            if not membership.nomination_complete:
                lacks.append(self.env._("the criteria or the vote are incomplete"))
            if post.needs_training and not membership.training_passed:
                lacks.append(self.env._("the training test is not passed"))
            if post.needs_pledge and not membership.pledge_date:
                lacks.append(self.env._("the pledge is not signed"))
            if lacks:
                raise UserError(
                    self.env._(
                        "%(name)s cannot be appointed yet: %(lacks)s.",
                        name=membership.person_name,
                        lacks=forms.listed(self.env.lang, lacks),
                    )
                )

    def _notify_confirmation(self):
        """Give the proposal to the confirmers as one activity (number and link only)."""
        for membership in self:
            head = self.env["psych.scope"]._holders(membership.company_id, "centre_head") - self.env.user
            if head:
                membership.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=head[0].id,
                    summary=self.env._("Confirm an appointment"),
                )

    def _do_appoint(self, user):
        """Make the appointment effective; ``user`` is who appointed or confirmed. Called by the named seam."""
        with self._rights_at_once() as memberships:
            memberships.filtered(lambda m: not m.letter_number)._number_letters()
            common = {"state": "appointed", "confirmed_by_id": user.id, "confirmed_at": clock.now()}
            for end, group in memberships.grouped(lambda m: m.date_end or m._end_of_term()).items():
                term = {"date_end": end} if any(m.date_end != end for m in group) else {}
                group.write(common | term)
            memberships._sync_ex_officio()

    def _end_of_term(self):
        """Return the last day of a term that begins on the start date, False for a post without term."""
        months = self.post_id.term_months
        return months and self.date_start + relativedelta(months=months, days=-1)

    def _number_letters(self):
        """Give the letters of appointment their numbers, from the sequence of each school, in one statement.

        One write each would have the log of changes read every field of every post twice; the appointment that follows
        is on it.
        """
        if not self:
            return
        rows = []
        for company, memberships in self.grouped("company_id").items():
            sequence = self.env["ir.sequence"].with_company(company)
            rows += [(m.id, sequence.next_by_code("psych.membership.letter")) for m in memberships]
        self.flush_recordset(["letter_number"])
        self.env.cr.execute_values(
            "UPDATE psych_membership m SET letter_number = v.number FROM (VALUES %s) v(id, number) WHERE m.id = v.id",
            rows,
        )
        self.invalidate_recordset(["letter_number"])
