from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ...tools import clock

STATES = [
    ("nominated", "Nominated"),
    ("trained", "Trained"),
    ("appointed", "Appointed"),
    ("ended", "Ended"),
    ("refused", "Not appointed"),
]


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
        for membership in self._over_maximum()[:1]:
            raise ValidationError(
                self.env._(
                    "%(unit)s already has %(count)s × %(post)s in this time. End the earlier one first.",
                    unit=membership.unit_id.name,
                    count=membership.post_id.max_count,
                    post=membership.post_id.name,
                )
            )

    def _over_maximum(self):
        """Return those held together with more others of the same post, unit and time than the post allows; one query."""
        limited = self.filtered(lambda m: m.state == "appointed" and m.post_id.max_count)
        if not limited:
            return limited
        self.flush_model(["state", "post_id", "unit_id", "date_start", "date_end"])
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id FROM psych_membership m
                     JOIN psych_post p ON p.id = m.post_id
                     JOIN psych_membership o ON o.unit_id = m.unit_id AND o.post_id = m.post_id AND o.state = 'appointed'
                          AND o.date_start <= COALESCE(m.date_end, '9999-12-31'::date)
                          AND COALESCE(o.date_end, '9999-12-31'::date) >= m.date_start
                    WHERE m.id IN %s GROUP BY m.id, p.max_count HAVING count(*) > p.max_count ORDER BY m.id""",
                tuple(limited.ids),
            )
        )
        return self.browse([row[0] for row in rows])

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
