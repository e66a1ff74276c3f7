from contextlib import contextmanager

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import clock

STATES = [
    ("nominated", "Nominated"),
    ("trained", "Trained"),
    ("appointed", "Appointed"),
    ("ended", "Ended"),
    ("refused", "Not appointed"),
]


class RightsBatch(set):
    """Ids of posts whose rights are computed once at the end; only code can make one, no client can forge it."""


class PsychMembership(models.Model):
    """A person in a post of a unit between two dates: the roster from which all access follows.

    nominated → (trained) → appointed → ended. A post that carries clinical groups is confirmed by a second
    person who is neither the holder nor the one who proposed the appointment. Nothing is deleted: an end has a
    date and a reason, so that who could see what on a given day can be answered for years.
    """

    _name = "psych.membership"
    _description = "Post held"
    _psych_clear_chat = "business of a post: nomination, training, appointment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "person_name"
    _check_company_auto = True

    # who, what, where
    post_id = fields.Many2one("psych.post", required=True, index=True, ondelete="restrict", tracking=True)
    unit_id = fields.Many2one(
        "psych.unit", required=True, index=True, ondelete="restrict", tracking=True, check_company=True
    )
    holder = fields.Selection(related="post_id.holder", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Member of staff",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('psych_is_staff', '=', True)]",
    )
    student_id = fields.Many2one(
        "psych.student", string="Student", index="btree_not_null", ondelete="restrict", check_company=True
    )
    user_id = fields.Many2one("res.users", string="User", compute="_compute_user_id", store=True, index=True)
    person_name = fields.Char(string="Person", compute="_compute_person_name", store=True)
    company_id = fields.Many2one(
        "res.company", string="School", related="unit_id.company_id", store=True, index=True, precompute=True
    )
    source_id = fields.Many2one(
        "psych.membership",
        string="By office of",
        index="btree_not_null",
        ondelete="cascade",
        help="This seat follows that post: it begins and ends with it.",
    )

    # state and dates
    state = fields.Selection(
        STATES, required=True, default="nominated", index=True, tracking=True, copy=False
    )
    date_start = fields.Date(
        string="From", required=True, default=lambda self: clock.today(self.env), tracking=True
    )
    date_end = fields.Date(string="Until", tracking=True, help="Last day in the post. Empty: no end.")
    access_until = fields.Date(
        compute="_compute_access_until",
        store=True,
        index=True,
        help="Last day of access: the end of the term, or the lapse of training or pledge with its days of grace.",
    )
    is_current = fields.Boolean(compute="_compute_is_current", search="_search_is_current")
    end_reason = fields.Char(tracking=True, copy=False)

    # nomination (S1-Art6-b, S2-L4-0b)
    nominated_by = fields.Char(copy=False)
    criterion_ids = fields.Many2many("psych.post.criterion", string="Criteria met", copy=False)
    vote_for = fields.Integer(string="Votes in favour", copy=False)
    vote_total = fields.Integer(string="Votes cast", copy=False)
    vote_date = fields.Date(copy=False)
    nomination_complete = fields.Boolean(compute="_compute_nomination_complete", store=True)

    # training (S1-Art6-c), pledge (S2-L4-7, L5-5)
    training_date = fields.Date(copy=False, tracking=True)
    training_hours = fields.Float(copy=False)
    training_mark = fields.Float(copy=False, help="Mark of the training test, 0 to 100.")
    training_passed = fields.Boolean(compute="_compute_training_passed", store=True)
    training_valid_until = fields.Date(compute="_compute_validity", store=True, readonly=False, copy=False)
    pledge_date = fields.Date(copy=False, tracking=True)
    pledge_version = fields.Char(copy=False)
    pledge_signature = fields.Binary(attachment=True, copy=False)
    pledge_valid_until = fields.Date(compute="_compute_validity", store=True, readonly=False, copy=False)
    is_lapsed = fields.Boolean(compute="_compute_is_lapsed", search="_search_is_lapsed")

    # appointment
    is_editable = fields.Boolean(
        compute="_compute_is_editable", help="The signed-in person may change this post."
    )
    is_clinical = fields.Boolean(related="post_id.is_clinical")
    needs_training = fields.Boolean(related="post_id.needs_training")
    needs_pledge = fields.Boolean(related="post_id.needs_pledge")
    needs_vote = fields.Boolean(related="post_id.needs_vote")
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    letter_number = fields.Char(readonly=True, copy=False)
    renew_until = fields.Date(
        readonly=True, copy=False, help="Proposed new end; a clinical post waits for a second person."
    )
    renew_proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    deputy_ids = fields.One2many("psych.membership.deputy", "membership_id", string="Deputies")
    handover_ids = fields.One2many("psych.membership.handover", "membership_id", string="Hand-over")
    handover_done = fields.Boolean(compute="_compute_handover_done", store=True)

    _one_holder = models.Constraint(
        "check((partner_id IS NULL) <> (student_id IS NULL))",
        "A post is held by one member of staff or one student.",
    )
    _dates_ordered = models.Constraint(
        "check(date_end IS NULL OR date_end >= date_start)", "A term ends after it starts."
    )
    _staff_once = models.UniqueIndex(
        "(post_id, unit_id, partner_id) WHERE state NOT IN ('ended', 'refused') AND partner_id IS NOT NULL",
        "This person already holds this post here.",
    )
    _student_once = models.UniqueIndex(
        "(post_id, unit_id, student_id) WHERE state NOT IN ('ended', 'refused') AND student_id IS NOT NULL",
        "This student already holds this post here.",
    )

    # ----------------------------------------------------------------------
    # Computes
    # ----------------------------------------------------------------------

    @api.depends("partner_id.user_ids", "partner_id.user_ids.active", "student_id.user_id")
    def _compute_user_id(self):
        for membership in self:
            membership.user_id = membership.student_id.user_id or membership.partner_id.user_ids[:1]

    @api.depends("partner_id.name", "student_id.name")
    def _compute_person_name(self):
        for membership in self:
            membership.person_name = membership.student_id.name or membership.partner_id.name

    @api.depends("post_id.name", "unit_id.name", "person_name")
    def _compute_display_name(self):
        for membership in self:
            parts = (membership.person_name, membership.post_id.name, membership.unit_id.name)
            membership.display_name = " · ".join(part for part in parts if part)

    @api.depends("training_mark", "training_date", "post_id.pass_mark")
    def _compute_training_passed(self):
        for membership in self:
            membership.training_passed = bool(
                membership.training_date and membership.training_mark >= membership.post_id.pass_mark
            )

    @api.depends("training_date", "pledge_date", "post_id.training_months", "post_id.pledge_months")
    def _compute_validity(self):
        for membership in self:
            post = membership.post_id
            for date, months, field in (
                (membership.training_date, post.training_months, "training_valid_until"),
                (membership.pledge_date, post.pledge_months, "pledge_valid_until"),
            ):
                membership[field] = date + relativedelta(months=months) if date and months else False

    @api.depends(
        "date_end",
        "training_valid_until",
        "pledge_valid_until",
        "training_date",
        "pledge_date",
        "post_id.needs_training",
        "post_id.needs_pledge",
        "post_id.grace_days",
        "post_id.holder",
    )
    def _compute_access_until(self):
        for membership in self:
            membership.access_until = membership._access_end()

    def _access_end(self):
        """Return the last day of access (``date`` or False): the earliest of the end of the term and the lapses.

        Staff keep their access for the post's days of grace after a lapse; students lose it at once
        (the urgent report and the help page are open to every student and hang on no post).
        """
        self.ensure_one()
        post = self.post_id
        grace = relativedelta(days=post.grace_days if post.holder == "staff" else 0)
        ends = [self.date_end]
        if post.needs_training and self.training_valid_until:
            ends.append(self.training_valid_until + grace)
        if post.needs_pledge and self.pledge_valid_until:
            ends.append(self.pledge_valid_until + grace)
        ends = [end for end in ends if end]
        return min(ends) if ends else False

    @api.depends("state", "date_start", "date_end")
    def _compute_is_current(self):
        today = clock.today(self.env)
        for membership in self:
            membership.is_current = bool(
                membership.state == "appointed"
                and membership.date_start
                and membership.date_start <= today
                and (not membership.date_end or membership.date_end >= today)
            )

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = clock.today(self.env)
        return [
            ("state", "=", "appointed"),
            ("date_start", "<=", today),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", today),
        ]

    @api.depends("state", "training_valid_until", "pledge_valid_until", "post_id")
    def _compute_is_lapsed(self):
        today = clock.today(self.env)
        for membership in self:
            ends = []
            if membership.post_id.needs_training:
                ends.append(membership.training_valid_until)
            if membership.post_id.needs_pledge:
                ends.append(membership.pledge_valid_until)
            membership.is_lapsed = membership.state == "appointed" and any(
                end and end < today for end in ends
            )

    def _search_is_lapsed(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = clock.today(self.env)
        return [
            ("state", "=", "appointed"),
            "|",
            "&",
            ("post_id.needs_training", "=", True),
            ("training_valid_until", "<", today),
            "&",
            ("post_id.needs_pledge", "=", True),
            ("pledge_valid_until", "<", today),
        ]

    @api.depends("criterion_ids", "post_id.criterion_ids", "vote_for", "vote_total", "post_id.needs_vote")
    def _compute_nomination_complete(self):
        for membership in self:
            post = membership.post_id
            voted = not post.needs_vote or (
                membership.vote_total and membership.vote_for * 2 > membership.vote_total
            )
            membership.nomination_complete = bool(voted) and membership.criterion_ids >= post.criterion_ids

    @api.depends_context("uid")
    def _compute_is_editable(self):
        mine = self._filtered_access("write")
        for membership in self:
            membership.is_editable = membership in mine

    @api.depends("handover_ids.is_done")
    def _compute_handover_done(self):
        for membership in self:
            membership.handover_done = all(membership.handover_ids.mapped("is_done"))

    # ----------------------------------------------------------------------
    # Checks
    # ----------------------------------------------------------------------

    @api.constrains("post_id", "unit_id", "partner_id", "student_id")
    def _check_fit(self):
        for membership in self:
            post = membership.post_id
            if post.kind_id != membership.unit_id.kind_id:
                raise ValidationError(
                    self.env._(
                        "%(post)s is a post of a %(kind)s; %(unit)s is none.",
                        post=post.name,
                        kind=post.kind_id.name,
                        unit=membership.unit_id.name,
                    )
                )
            if (post.holder == "student") != bool(membership.student_id):
                raise ValidationError(
                    self.env._("%(post)s is held by the wrong kind of person.", post=post.name)
                )
            if post.company_id and post.company_id != membership.company_id:
                raise ValidationError(self.env._("%(post)s belongs to another school.", post=post.name))

    @api.constrains("state", "post_id", "unit_id", "date_start", "date_end")
    def _check_maximum(self):
        for membership in self.filtered(lambda m: m.state == "appointed" and m.post_id.max_count):
            if membership._count_overlapping() > membership.post_id.max_count:
                raise ValidationError(
                    self.env._(
                        "%(unit)s already has %(count)s × %(post)s in this time. End the earlier one first.",
                        unit=membership.unit_id.name,
                        count=membership.post_id.max_count,
                        post=membership.post_id.name,
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("state", "nominated") == "appointed" for vals in vals_list):
            self._check_direct_appointment(vals_list)
        memberships = super().create(vals_list)
        memberships.filtered(lambda m: m.state == "appointed")._refresh_rights()
        return memberships

    def write(self, vals):
        if vals.get("state") == "appointed":
            self._check_direct_appointment([{"post_id": m.post_id.id} for m in self])
        if {"proposed_by_id", "confirmed_by_id", "renew_until", "renew_proposed_by_id"} & set(
            vals
        ) and not self.env.su:
            raise AccessError(self.env._("Who proposed and who confirmed is written by the system alone."))
        if {"post_id", "unit_id", "partner_id", "student_id"} & set(vals) and not self.env.su:
            self._check_not_appointed()
            self.sudo().write({"proposed_by_id": False})  # named seam: another proposal, to be made anew
        if {"date_start", "date_end"} & set(vals) and not self.env.su:
            self._check_not_extended(vals)
        result = super().write(vals)
        if {
            "state",
            "date_start",
            "date_end",
            "post_id",
            "unit_id",
            "partner_id",
            "student_id",
            "training_valid_until",
            "pledge_valid_until",
            "training_date",
            "pledge_date",
        } & set(vals):
            self._refresh_rights()
        return result

    def _check_direct_appointment(self, vals_list):
        """Refuse to set the state *appointed* by hand; the buttons check training, pledge and second person."""
        if not self.env.su:
            raise UserError(
                self.env._("Use the button «Appoint»: it checks training, pledge and the second person.")
            )

    def _check_not_appointed(self):
        """A post held or once held keeps person and place: end it and nominate anew."""
        if self.filtered(lambda m: m.state in ("appointed", "ended")):
            raise UserError(
                self.env._("A post that was held keeps its person and place. End it and nominate anew.")
            )

    def _check_not_extended(self, vals):
        """A clinical term is shortened by one person; to lengthen it takes a new, confirmed appointment."""
        for membership in self.filtered(lambda m: m.state == "appointed" and m.is_clinical):
            start = fields.Date.to_date(vals.get("date_start", membership.date_start))
            end = fields.Date.to_date(vals.get("date_end", membership.date_end))
            if start < membership.date_start or (
                membership.date_end and (not end or end > membership.date_end)
            ):
                raise UserError(
                    self.env._(
                        "A longer term in a clinical post is a new appointment, confirmed by a second person."
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        if self.filtered(lambda m: m.state in ("appointed", "ended")):
            raise UserError(
                self.env._("A post that was held is ended, not deleted: its history stays readable.")
            )

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

    def action_print_letter(self):
        """Print the appointment letter (S1-Art6-c)."""
        return self.env.ref("psych_health.psych_membership_letter").report_action(self)

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
                        lacks="; ".join(lacks),
                    )
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
            for membership in memberships.filtered(
                lambda m: m.state in ("nominated", "trained", "appointed")
            ):
                was_held = membership.state == "appointed"
                last_day = (
                    max(membership.date_start, date - relativedelta(days=1))
                    if was_held
                    else membership.date_end
                )
                membership.write({"state": "ended", "date_end": last_day, "end_reason": reason})
                if was_held:
                    membership._make_handover()
            # named seam: rights follow the roster
            seats = (
                memberships.env["psych.membership"]
                .sudo()
                .search([("source_id", "in", self.ids), ("state", "not in", ("ended", "refused"))])
            )
            if seats:
                seats._end(date, reason)

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
            for membership in memberships.filtered(
                lambda m: m.state == "appointed" and m.date_end and m.post_id.term_months
            ):
                start = max(membership.date_end, clock.today(self.env))
                until = start + relativedelta(months=membership.post_id.term_months)
                if membership.is_clinical:
                    # named seam: the proposer is written by the system, never by the form
                    membership.sudo().write({"renew_until": until, "renew_proposed_by_id": self.env.uid})
                else:
                    membership.write({"date_end": until})
                    # named seam: seats that follow a post are kept by the system
                    seats = memberships.sudo().search(
                        [("source_id", "=", membership.id), ("state", "=", "appointed")]
                    )
                    seats.filtered(lambda m: not m.is_clinical).write(
                        {"date_end": until}
                    )  # named seam: seats by office

    def _make_handover(self):
        """Create the hand-over list of the post."""
        lines = [line.strip() for line in (self.post_id.handover_text or "").splitlines() if line.strip()]
        # named seam: whoever ends a post starts its hand-over list
        self.env["psych.membership.handover"].sudo().create(
            [{"membership_id": self.id, "name": line} for line in lines]
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

    def _sync_ex_officio(self):
        """Create or end the seats that follow these posts (S1-Art3, S1-Art4-0, S1-Art8-a, S2-L3-0b).

        A clinical seat is only nominated: a second person confirms it like any other.
        """
        with self._rights_at_once() as memberships:
            memberships._create_seats()

    def _create_seats(self):
        """Create the seats that follow these posts and are not there yet, all at once, and fill those that may be filled."""
        leaders = self.filtered(lambda m: m.state == "appointed" and m.post_id.follower_ids)
        if not leaders:
            return
        known = {
            (seat.source_id, seat.post_id)
            for seat in self.search([("source_id", "in", leaders.ids), ("state", "!=", "refused")])
        }
        units = {
            (post, company): post._seat_units(company)
            for post in leaders.post_id.follower_ids
            for company in leaders.company_id
        }
        wanted = [
            (membership, post, unit)
            for membership in leaders
            for post in membership.post_id.follower_ids
            if (membership, post) not in known
            and (unit := post._seat_unit(membership, units[post, membership.company_id]))
        ]
        seats = self.create([membership._seat_vals(post, unit) for membership, post, unit in wanted])
        for seat in seats.filtered("post_id.is_clinical"):
            seat.proposed_by_id = seat.source_id.confirmed_by_id
        free = seats.filtered(lambda seat: not seat.post_id.is_clinical)
        for user, group in (
            free.filtered(lambda seat: not seat.post_id.max_count)
            .grouped(lambda seat: seat.source_id.confirmed_by_id)
            .items()
        ):
            group._do_appoint(user)
        for seat in free.filtered("post_id.max_count"):
            if not seat._is_full():
                seat._do_appoint(seat.source_id.confirmed_by_id)

    def _seat_vals(self, post, unit):
        """Return the values of the seat ``post`` in ``unit`` that follows this post."""
        return {
            "post_id": post.id,
            "unit_id": unit.id,
            "partner_id": self.partner_id.id,
            "student_id": self.student_id.id,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "source_id": self.id,
            "criterion_ids": [fields.Command.set(post.criterion_ids.ids)],
        }

    def _is_full(self):
        """True when the unit has as many holders of this post in this time as it may have."""
        return bool(self.post_id.max_count) and self._count_overlapping() >= self.post_id.max_count

    def _count_overlapping(self):
        """Return how many holders of the same post in the same unit overlap this term in time."""
        return self.search_count(
            [
                ("post_id", "=", self.post_id.id),
                ("unit_id", "=", self.unit_id.id),
                ("state", "=", "appointed"),
                ("date_start", "<=", self.date_end or "9999-12-31"),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", self.date_start),
            ]
        )

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

    def _refresh_rights(self):
        """Recompute scope rows and groups after a change of the roster, in one batch."""
        batch = self.env.context.get("psych_rights_batch")
        if isinstance(batch, RightsBatch):
            batch.update(self.ids)
        else:
            self.env["psych.scope"]._rebuild(self)

    @contextmanager
    def _rights_at_once(self):
        """Give ``self`` for many changes of the roster whose rights are computed together at the end of the block."""
        if isinstance(self.env.context.get("psych_rights_batch"), RightsBatch):
            yield self
            return
        batch = RightsBatch()
        yield self.with_context(psych_rights_batch=batch)
        self.env["psych.scope"]._rebuild(self.browse(sorted(batch)).exists())

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
            for membership in over:
                membership.write({"state": "ended", "end_reason": self.env._("End of term")})
                membership._make_handover()
        self.env["psych.scope"]._sync_groups(self.env["psych.scope"]._users_with_dates_passed())
