from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock

from ..warning.psych_crisis_signal import PLACES

LEVELS = [("red", "Red"), ("orange", "Orange"), ("yellow", "Yellow")]
SEVERITY = {"red": 3, "orange": 2, "yellow": 1}
UNGRADED = "orange"  # clocks and order of a case whose level nobody has decided yet
URGENCY_OF = {"red": "acute", "orange": "talk", "yellow": "watch"}
STEPS = [
    ("see", "See the student"),
    ("leader", "Name the leader in charge"),
    ("team", "Form the team"),
    ("family", "Decide whether to tell the family"),
    ("plan", "Write the plan"),
    ("approve", "Approve the plan"),
    ("guard", "Fill the gap in the guard"),
    ("refusal", "Next step with the refusing family"),
    ("safety", "Look at the safety plan again"),
    ("supervise", "Speak of it in supervision"),
    ("followup", "Follow-up"),
    ("plan_followup", "Plan the next follow-up"),
    ("referral", "Hospital's answer"),
    ("measure", "Help measure"),
    ("instruction", "Answer the instruction"),
    ("closing", "Second person confirms the closing"),
    ("review", "Term-end review"),
]


class PsychCrisisCase(models.Model):
    """An alert case (预警个案): number, college, stage, level and clocks; **no name** (see ``psych.crisis.case.subject``).

    The five ones of S1-Art23: one student, one leader, one team, one plan, followed to the end. Each has a deadline from
    the opening; what is missing is the next step, so a case always has an owner, a next step and a due time.
    """

    _name = "psych.crisis.case"
    _description = "Alert case"
    _inherit = ["psych.crisis.matter"]
    _order = "is_open desc, severity desc, unseen_since, id"
    _matter_field = "case_id"
    _matter_order = "severity DESC"

    # identity
    name = fields.Char(string="Number", readonly=True, copy=False, index=True)
    college_id = fields.Many2one(
        "psych.unit", string="College", index=True, readonly=True, ondelete="restrict"
    )
    stage_id = fields.Many2one(
        "psych.crisis.stage",
        string="Stage",
        index=True,
        required=True,
        ondelete="restrict",
        copy=False,
        group_expand="_read_group_stage_ids",
        default=lambda self: self._default_stage(),
    )
    stage_code = fields.Char(related="stage_id.code")
    level = fields.Selection(LEVELS, help="Empty: not yet graded. Decided by the triage, not by the report.")
    severity = fields.Integer(readonly=True)
    opened_at = fields.Datetime(readonly=True, required=True)
    started_at = fields.Datetime(
        readonly=True, copy=False, help="Time limits count from here: opening, or the last reopening."
    )
    stage_at = fields.Datetime(string="In this stage since", readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    days_open = fields.Integer(compute="_compute_days_open")
    reopen_count = fields.Integer(readonly=True, copy=False, string="Times reopened")
    is_stopped = fields.Boolean(
        readonly=True, copy=False, help="The student died: every automation has stopped, the file is kept."
    )

    # rubric: two axes propose a level
    danger = fields.Selection(
        [("0", "No sign"), ("1", "Thoughts, distress"), ("2", "Plan, attempt")], default="0", string="Danger"
    )
    support = fields.Selection(
        [("0", "In place"), ("1", "Little"), ("2", "Alone or refuses")], default="0", string="Support"
    )
    found_before = fields.Boolean(string="Found before the event", help="S1-Art2-d")
    found_by = fields.Selection(
        [
            ("student", "Student"),
            ("dorm", "Dorm"),
            ("class", "Class"),
            ("college", "College"),
            ("school", "School"),
        ],
        string="First found by",
    )
    outcome_grade = fields.Selection(
        [
            ("good", "Settled"),
            ("better", "Better, stays on a tier"),
            ("same", "Unchanged, handed on"),
            ("left", "Left the school"),
        ],
        readonly=True,
        copy=False,
        help="S1-Art2-e",
    )

    # the five ones
    leader_id = fields.Many2one(
        "res.users",
        string="Leader in charge",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    member_ids = fields.One2many("psych.crisis.case.member", "case_id", string="Team")
    subject_ids = fields.One2many("psych.crisis.case.subject", "case_id", string="Student")
    plan_ids = fields.One2many("psych.crisis.plan", "case_id", string="Plan")

    # seen
    last_seen_at = fields.Datetime(string="Last seen", readonly=True, copy=False)
    last_seen_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    last_seen_place = fields.Selection(PLACES, readonly=True, copy=False)

    unseen_since = fields.Datetime(
        compute="_compute_unseen_since", store=True, help="Last seen; never seen: since the case began."
    )

    # next
    next_step = fields.Selection(STEPS, readonly=True, copy=False)
    next_due = fields.Datetime(string="Next step due", readonly=True, copy=False)
    next_since = fields.Datetime(readonly=True, copy=False, help="When this step became the next one.")

    # work
    entry_ids = fields.One2many("psych.crisis.case.entry", "case_id", string="Timeline")
    instruction_ids = fields.One2many("psych.crisis.instruction", "case_id", string="Instructions")
    followup_ids = fields.One2many("psych.crisis.followup", "case_id", string="Follow-ups")
    measure_ids = fields.One2many("psych.crisis.help.measure", "case_id", string="Help measures")
    safety_plan_ids = fields.One2many("psych.crisis.safety.plan", "case_id", string="Safety plan")
    contact_ids = fields.One2many("psych.crisis.family.contact", "case_id", string="Family")
    referral_ids = fields.One2many("psych.crisis.referral", "case_id", string="Referral")
    shift_ids = fields.One2many("psych.crisis.watch.shift", "case_id", string="Guard")
    refusal_ids = fields.One2many("psych.crisis.refusal", "case_id", string="Family refuses")
    review_ids = fields.One2many("psych.crisis.review", "case_id", string="Term-end reviews")
    supervision_ids = fields.Many2many("psych.crisis.supervision", string="Supervision", readonly=True)
    closing_ids = fields.One2many("psych.crisis.closing", "case_id", string="Closing")
    transfer_ids = fields.One2many("psych.crisis.case.transfer", "case_id", string="Hand-overs")
    signal_ids = fields.One2many("psych.crisis.signal", "case_id", string="Signals")
    reveal_ids = fields.One2many("psych.crisis.case.reveal", "case_id")
    climb_ids = fields.One2many("psych.crisis.climb", "case_id", string="Climbs")
    addressee_ids = fields.One2many("psych.crisis.addressee", "case_id", string="Told")

    _board = models.Index("(company_id, severity, unseen_since) WHERE is_open IS TRUE")

    # ----------------------------------------------------------------------
    # Defaults, computes
    # ----------------------------------------------------------------------

    @api.model
    def _default_stage(self):
        return self.env["psych.crisis.stage"].search(
            [("code", "=", "assess")], order="company_id NULLS LAST", limit=1
        )

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        return self.env["psych.crisis.stage"].search([("company_id", "in", (False, self.env.company.id))])

    @api.depends("last_seen_at", "started_at")
    def _compute_unseen_since(self):
        for case in self:
            case.unseen_since = case.last_seen_at or case.started_at

    @api.depends("opened_at", "closed_at")
    def _compute_days_open(self):
        for case in self:
            case.days_open = ((case.closed_at or clock.now()) - case.opened_at).days if case.opened_at else 0

    @api.model
    def _rubric_level(self, danger, support):
        """Propose a level from the two axes: danger now, support around (a person decides)."""
        points = int(danger or 0) * 2 + int(support or 0)
        return "red" if points >= 4 else "orange" if points >= 2 else "yellow"

    # ----------------------------------------------------------------------
    # Matter
    # ----------------------------------------------------------------------

    def _clock_key(self):
        return self.env["psych.crisis.kind"], "", URGENCY_OF[self._working_level()]

    def _working_level(self):
        """Return the level by which clocks run: the decided one, else one in the middle."""
        return self.level or UNGRADED

    def _running(self):
        if not self.is_open or not self.next_due:
            return []
        gap = self._gap_now()
        return [("step", self.next_due), *([("guard", gap)] if gap else [])]

    def _urgency_of(self, stamp):
        """Nobody with a student who must not be alone is acute, whatever the level (S1-Art23)."""
        return "acute" if stamp == "guard" else super()._urgency_of(stamp)

    def _place_units(self):
        subject = self.subject_ids[:1]
        return {"class": subject.class_id, "college": self.college_id}

    def _barred_user_ids(self):
        today = clock.today(self.env, self.company_id)
        # named seam: lock-outs are readable to the head alone; ids only
        return self.env["psych.lockout"].sudo()._locked_user_ids(self.subject_ids.student_id, today)

    def _works_on(self, user):
        """True when ``user`` owns the case, leads it, is in its team, or is of the centre or of the station of its college."""
        return (
            user in self.owner_id | self.leader_id | self.member_ids.user_id
            or user._psych_has_scope(("centre", "centre_head"), company=self.company_id)
            or user._psych_has_scope("station", self.college_id)
        )

    def _is_silenced(self):
        return self.is_stopped

    def _ring(self):
        """Keep the next step true before the ladder looks at it."""
        self._refresh_next()
        super()._ring()
        if self.is_open and not self._is_silenced():
            self.shift_ids._settle()
        if self.is_open and self.next_due:
            guard = self.shift_ids._look_at(self._guard_until())
            looks = [at for at in (self.ring_at, guard) if at]
            self.write({"due_at": self.next_due, "ring_at": min(looks) if looks else False})

    def _tell(self, user, reason, urgency):
        """Send ``user`` number and link beside the ladder. Whoever was not told before gets no right on the case by it."""
        now, Addressee = clock.now(), self.env["psych.crisis.addressee"]
        told = {"case_id": self.id, "company_id": self.company_id.id, "at": now}
        climb = self.env["psych.crisis.climb"].create({**told, "started_at": now, "reason": reason})
        row = Addressee.search([("case_id", "=", self.id), ("user_id", "=", user.id)])
        if not row:
            row = Addressee.create({**told, "user_id": user.id, "climb_id": climb.id, "is_live": False})
        self.env["psych.crisis.message"]._queue(row, climb, urgency)

    @api.model
    def _door_path(self, case_id):
        """Return where the link of a message leads: to the case, or to the own guard shift of who is asked to guard only."""
        if not self.search_count([("id", "=", case_id)], limit=1):
            mine = [("case_id", "=", case_id), ("user_id", "=", self.env.uid)]
            shift = self.env["psych.crisis.watch.shift"].search(mine, order="stop desc", limit=1)
            if shift:
                return f"/odoo/action-psych_crisis.psych_crisis_watch_shift_action/{shift.id}"
        return f"/odoo/action-psych_crisis.psych_crisis_case_action/{case_id}"

    def action_print_guardian_slip(self):
        """Print the slip by which the guardian takes over, for whoever may see the student."""
        return self.subject_ids.student_id.action_print_guardian_slip()

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        now = clock.now()
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            # named seam: numbers come from the sequence of the school
            vals.update(
                company_id=company.id,
                opened_at=vals.get("opened_at") or now,
                started_at=vals.get("opened_at") or now,
                stage_at=now,
                severity=SEVERITY[vals.get("level") or UNGRADED],
                name=self.env["ir.sequence"].sudo().with_company(company).next_by_code("psych.crisis.case")
                or "?",
                due_at=now,
                ring_at=now,
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_written(vals)
        if "level" in vals:
            vals = dict(vals, severity=SEVERITY[vals["level"] or UNGRADED])
        if "stage_id" in vals:
            vals = dict(vals, stage_at=clock.now())
        result = super().write(vals)
        if {"level", "leader_id", "stage_id"} & set(vals):
            self._touch()
        return result

    def _check_written(self, vals):
        own = {"stage_id", "level", "danger", "support", "leader_id", "found_before", "found_by"}
        children = {name for name, field in self._fields.items() if field.type == "one2many"}
        if set(vals) - own - children:
            raise AccessError(self.env._("This is changed by the buttons of the case only."))
        if "level" in vals:
            self._check_level(vals["level"])
        if "stage_id" in vals:
            self._check_stage(self.env["psych.crisis.stage"].browse(vals["stage_id"]))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_retention(self):
        if self.env.su:
            return
        raise UserError(self.env._("A case is closed, never deleted: one follows it to the end."))

    def _touch(self):
        """A record around the case changed: the next step is found anew, whoever changed it."""
        self.sudo()._changed()  # named seam: clocks are the machine's

    def _changed(self):
        """Something of the case changed: find the next step and let the ladder look again."""
        for case in self.filtered("is_open"):
            case._ring()
