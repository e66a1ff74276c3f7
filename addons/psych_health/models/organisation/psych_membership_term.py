from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError

from ...tools import clock


class PsychMembership(models.Model):
    """How a term goes on or ends: renewal, end with its hand-over list, moves, and the daily look at the dates."""

    _inherit = "psych.membership"

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_end(self):
        """End today: access ends with the write and the hand-over list begins.

        :raises UserError: when a term is cut short without a reason
        """
        self.check_access("write")
        today = clock.today(self.env)
        for membership in self.filtered(lambda m: m.state == "appointed"):
            if not membership.end_reason and (not membership.date_end or membership.date_end > today):
                raise UserError(
                    self.env._(
                        "%(name)s: say why the post ends before its term.", name=membership.display_name
                    )
                )
        for reason, memberships in self.grouped("end_reason").items():
            memberships._end(today, reason or "")

    def action_renew(self):
        """Lengthen the term by the post's length; clinical posts wait for a second person."""
        self.check_access("write")
        self._renew()

    def action_confirm_renewal(self):
        """Second person: confirm the longer term of a clinical post.

        :raises UserError: for the proposer and for the holder
        """
        self.check_access("write")
        for membership in self.filtered("renew_until"):
            if self.env.user in (membership.renew_proposed_by_id | membership.user_id):
                raise UserError(
                    self.env._("A second person has to confirm: neither who proposed it nor the holder.")
                )
            # named seam: rights follow the roster
            membership.sudo().write(
                {"date_end": membership.renew_until, "renew_until": False, "renew_proposed_by_id": False}
            )

    # ----------------------------------------------------------------------
    # Business
    # ----------------------------------------------------------------------

    def _end(self, date, reason):
        """End the posts on ``date`` (last day is the day before), with hand-over list and seats by office.

        A date in the future only shortens the term; the scheduled action ends it then.

        :param str reason: shown in the history
        """
        if date > clock.today(self.env):
            self.filtered(lambda m: m.state == "appointed").write(
                {"date_end": date - relativedelta(days=1), "end_reason": reason}
            )
            return
        with self._rights_at_once() as memberships:
            held = memberships.filtered(lambda m: m.state == "appointed")
            for last_day, group in held.grouped(
                lambda m: max(m.date_start, date - relativedelta(days=1))
            ).items():
                group.write({"state": "ended", "date_end": last_day, "end_reason": reason})
            memberships.filtered(lambda m: m.state in ("nominated", "trained")).write(
                {"state": "ended", "end_reason": reason}
            )
            held._make_handover()
            # named seam: rights follow the roster
            seats = (
                memberships.env["psych.membership"]
                .sudo()
                .search([("source_id", "in", self.ids), ("state", "not in", ("ended", "refused"))])
            )
            if seats:
                seats._end(date, reason)

    def _make_handover(self):
        """Create the hand-over lists of the posts."""
        # named seam: whoever ends a post starts its hand-over list
        self.env["psych.membership.handover"].sudo().create(
            [
                {"membership_id": membership.id, "name": line.strip()}
                for membership in self
                for line in (membership.post_id.handover_text or "").splitlines()
                if line.strip()
            ]
        )

    def _renewal_lack(self):
        """Return in words what stands against a renewal today (training, pledge), or an empty string."""
        self.ensure_one()
        today = clock.today(self.env)
        lacks = []
        if self.post_id.needs_training and self.training_valid_until and self.training_valid_until < today:
            lacks.append(self.env._("training lapsed"))
        if self.post_id.needs_pledge and self.pledge_valid_until and self.pledge_valid_until < today:
            lacks.append(self.env._("pledge lapsed"))
        return ", ".join(lacks)

    def _renew(self):
        """Lengthen the terms by the posts' length, from their present end; open terms stay as they are.

        A lapsed training or pledge does not stop the renewal: access ends with the lapse anyway and the roster
        shows it. Clinical terms are only proposed. Seats by office follow.
        """
        with self._rights_at_once() as memberships:
            today = clock.today(self.env)
            due = memberships.filtered(
                lambda m: m.state == "appointed" and m.date_end and m.post_id.term_months
            )
            for until, group in due.grouped(
                lambda m: max(m.date_end, today) + relativedelta(months=m.post_id.term_months)
            ).items():
                clinical = group.filtered("is_clinical")
                # named seam: the proposer is written by the system, never by the form
                clinical.sudo().write({"renew_until": until, "renew_proposed_by_id": self.env.uid})
                (group - clinical).write({"date_end": until})
                # named seam: seats that follow a post are kept by the system
                seats = memberships.sudo().search(
                    [("source_id", "in", (group - clinical).ids), ("state", "=", "appointed")]
                )
                # named seam: seats by office
                seats.filtered(lambda m: not m.is_clinical).write({"date_end": until})

    @api.model
    def _end_for_moved_students(self, students):
        """End the posts of students who no longer live in the room or sit in the class of the post (S1-Art7-a)."""
        # named seam: posts of a person in units the reader cannot see count as well
        held = self.sudo().search(
            [("student_id", "in", students.ids), ("state", "in", ("nominated", "trained", "appointed"))]
        )
        moved = held.filtered(
            lambda m: (
                (m.unit_id.role == "room" and m.unit_id != m.student_id.room_id)
                or (m.unit_id.role == "class" and m.unit_id != m.student_id.class_id)
                or m.student_id.enrolment_state not in ("enrolled",)
            )
        )
        moved._end(clock.today(self.env), self.env._("Moved or left"))

    def _move_to_unit(self, unit):
        """Carry posts to ``unit`` when units are merged; a person keeps one post of a kind there."""
        for membership in self:
            same = self.search_count(
                [
                    ("post_id", "=", membership.post_id.id),
                    ("unit_id", "=", unit.id),
                    ("state", "=", "appointed"),
                ]
            )
            if (
                membership.state == "appointed"
                and membership.post_id.max_count
                and same >= membership.post_id.max_count
            ):
                membership._end(clock.today(self.env), self.env._("Units merged"))
            membership.sudo().write({"unit_id": unit.id})  # named seam: merging keeps history

    # ----------------------------------------------------------------------
    # Scheduled actions
    # ----------------------------------------------------------------------

    @api.model
    def _cron_follow_dates(self):
        """Daily: end terms that are over, start those that begin, warn of lapses, and bring groups in line.

        Rights already follow the stored dates without this run (record rules compare dates); it tidies up.
        """
        for company in self.env["res.company"].search([("psych_unit_id", "!=", False)]):
            today = clock.today(self.env, company)
            over = self.search(
                [("company_id", "=", company.id), ("state", "=", "appointed"), ("date_end", "<", today)]
            )
            with over._rights_at_once() as memberships:
                memberships.write({"state": "ended", "end_reason": self.env._("End of term")})
                memberships._make_handover()
        self.env["psych.scope"]._sync_groups(self.env["psych.scope"]._users_with_dates_passed())
