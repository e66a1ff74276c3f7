from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import clock, confidential
from .psych_scale_flag import URGENCIES

RANK = {"acute": 2, "talk": 1, "watch": 0}
OPEN = ("todo", "planned", "not_reached")


class PsychInterview(models.Model):
    """A talk with a student after a census: why in plain words, by whom, until when (S1-Art18-c, S1-Art22-1b).

    One per campaign and student, made from the rules that fired. The urgency follows the two-step logic: what the
    follow-up questions gave counts before what opened them. *Not reached* stays open. The result and the proposal of
    a tier are a person's, never the machine's (PIPL art. 24). Refusing is an answer.
    """

    _name = "psych.interview"
    _description = "Talk after screening"
    _inherit = ["psych.confidential.mixin"]
    _psych_content_right = "notes"
    _psych_clear_text = {"place": "a room"}
    _order = "urgency_rank desc, due_at, id"
    _check_company_auto = True
    _rec_name = "student_id"

    # identity
    company_id = fields.Many2one("res.company", string="School", required=True, index=True, readonly=True)
    campaign_id = fields.Many2one("psych.campaign", index=True, readonly=True, ondelete="restrict")
    student_id = fields.Many2one(
        "psych.student", required=True, index=True, readonly=True, ondelete="restrict"
    )
    college_id = fields.Many2one(
        "psych.unit", string="College", index=True, readonly=True, ondelete="restrict"
    )
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True, ondelete="restrict")
    flag_ids = fields.One2many(
        "psych.response.flag", "interview_id", string="Rules that fired", readonly=True
    )
    why = fields.Text(compute="_compute_why")

    # who and when
    user_id = fields.Many2one(
        "res.users", string="Who talks", index="btree_not_null", domain="[('share', '=', False)]"
    )
    urgency = fields.Selection(URGENCIES, required=True, readonly=True, index=True)
    urgency_rank = fields.Integer(readonly=True)
    raised_at = fields.Datetime(required=True, readonly=True)
    due_at = fields.Datetime(string="Due", required=True)
    planned_at = fields.Datetime(string="Planned for")
    place = fields.Char()
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")
    phone = fields.Char(related="student_id.phone", string="Phone")

    # state
    state = fields.Selection(
        [
            ("todo", "To arrange"),
            ("planned", "Planned"),
            ("not_reached", "Not reached"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("left", "Left the school"),
        ],
        required=True,
        default="todo",
        index=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True, index=True)
    attempt_count = fields.Integer(string="Attempts", readonly=True)
    last_attempt_at = fields.Datetime(readonly=True)
    next_step = fields.Char(compute="_compute_next_step")
    done_at = fields.Datetime(readonly=True)

    # what a person found
    outcome = fields.Selection(
        [
            ("none", "No concern"),
            ("support", "Support agreed"),
            ("counselling", "Counselling agreed"),
            ("hospital", "Advised to see a hospital"),
            ("immediate", "Immediate protection needed"),
        ],
    )
    is_confirmed = fields.Selection([("yes", "Yes"), ("no", "No")], string="Did the rule point right?")
    proposed_tier = fields.Selection(
        [
            ("none", "None"),
            ("daily", "Daily attention"),
            ("key", "Key attention"),
            ("crisis", "Crisis attention"),
        ]
    )
    note = confidential.Confidential(string="What was said")

    _campaign_student_uniq = models.UniqueIndex("(campaign_id, student_id) WHERE campaign_id IS NOT NULL")
    _open_due = models.Index("(company_id, due_at) WHERE is_open IS TRUE")

    # ----------------------------------------------------------------------
    # Computes
    # ----------------------------------------------------------------------

    @api.depends("student_id", "urgency")
    def _compute_display_name(self):
        labels = dict(self._fields["urgency"]._description_selection(self.env))
        for interview in self:
            interview.display_name = (
                f"{interview.student_id.display_name} · {labels.get(interview.urgency, '')}"
            )

    @api.depends("flag_ids")
    def _compute_why(self):
        for interview in self:
            # sudo seam: names of rules; who reads the interview may know why
            interview.why = "\n".join(dict.fromkeys(interview.sudo().flag_ids.flag_id.mapped("name")))

    @api.depends("state")
    def _compute_is_open(self):
        for interview in self:
            interview.is_open = interview.state in OPEN

    @api.depends("due_at", "state")
    def _compute_is_overdue(self):
        now = clock.now()
        for interview in self:
            interview.is_overdue = bool(
                interview.state in OPEN and interview.due_at and interview.due_at < now
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("is_open", "=", True), ("due_at", "<", clock.now())]
        return late if True in value else ["|", ("is_open", "=", False), ("due_at", ">=", clock.now())]

    @api.depends("attempt_count", "state")
    def _compute_next_step(self):
        for interview in self:
            step = ""
            if interview.state == "not_reached":
                step = (
                    self.env._("Call again today, at another hour.")
                    if interview.attempt_count < 2
                    else self.env._("Go to the room or ask the tutor to look in.")
                    if interview.attempt_count == 2
                    else self.env._("Treat as missing: call friends, dorm manager and the duty officer now.")
                )
            interview.next_step = step

    # ----------------------------------------------------------------------
    # From rules to talks
    # ----------------------------------------------------------------------

    @api.model
    def _follow_up(self, flags):
        """Make or sharpen the interview of one student from the rules that fired; running it again is harmless.

        :param flags: ``psych.response.flag`` rows of one campaign and student
        """
        campaign, student = flags.campaign_id, flags.student_id
        interview = self.search([("campaign_id", "=", campaign.id), ("student_id", "=", student.id)], limit=1)
        every = self.env["psych.response.flag"].search(
            [("campaign_id", "=", campaign.id), ("student_id", "=", student.id)]
        )
        urgency = self._urgency(campaign, student, every)
        if not interview:
            raised_at = min(every.mapped("raised_at"))
            interview = self.create(
                {
                    "company_id": campaign.company_id.id,
                    "campaign_id": campaign.id,
                    "student_id": student.id,
                    "college_id": student.college_id.id,
                    "class_id": student.class_id.id,
                    "urgency": urgency,
                    "urgency_rank": RANK[urgency],
                    "raised_at": raised_at,
                    "due_at": self._due(campaign.company_id, urgency, raised_at),
                }
            )
        elif interview.urgency != urgency:
            interview._sharpen(urgency, max(every.mapped("raised_at")))
        self.env.cr.execute(
            SQL(
                "UPDATE psych_response_flag SET interview_id = %s WHERE id IN %s",
                interview.id,
                tuple(every.ids),
            )
        )
        every.invalidate_recordset(["interview_id"])
        return interview

    def _sharpen(self, urgency, moment):
        """Another urgency came in: the due time follows; a talk that is over opens again when it is graver."""
        graver = RANK[urgency] > self.urgency_rank
        vals = {"urgency": urgency, "urgency_rank": RANK[urgency]}
        if graver or self.state == "todo":
            vals["due_at"] = self._due(self.company_id, urgency, moment)
        if graver and not self.is_open:
            vals["state"] = "todo"
        self.write(vals)

    @api.model
    def _urgency(self, campaign, student, flags):
        """Two-step: an acute rule is acute; else the follow-up decides about the rules that opened it; the rest stands."""
        if "acute" in flags.mapped("urgency"):
            return "acute"
        answered = (
            self.env["psych.response"].search_count(
                [
                    ("campaign_id", "=", campaign.id),
                    ("student_id", "=", student.id),
                    ("scale_id", "=", campaign.followup_scale_id.id),
                    ("state", "=", "valid"),
                ],
                limit=1,
            )
            if campaign.followup_scale_id
            else 0
        )
        counted = flags.filtered(
            lambda flag: flag.is_followup or not (answered and flag.flag_id.opens_followup)
        )
        return max(counted.mapped("urgency"), key=RANK.get, default="watch")

    @api.model
    def _due(self, company, urgency, moment):
        """When the talk is due: acute within hours, needs a talk and watch by working and calendar days of the school."""
        if urgency == "acute":
            return moment + timedelta(hours=company.psych_acute_hours)
        local = clock.local(moment, company.psych_tz)
        if urgency == "watch":
            day = local.date() + timedelta(days=company.psych_watch_days)
        else:
            day = self._working_day(company, local.date(), company.psych_talk_days)
        return clock.to_utc(datetime.combine(day, time(18, 0)), company.psych_tz)

    @api.model
    def _working_day(self, company, day, count):
        """The ``count``-th working day after ``day``; holidays and make-up days of the semester are honoured."""
        events = self.env["psych.term.event"].search(
            [
                ("company_id", "=", company.id),
                ("kind", "in", ("holiday", "makeup")),
                ("date_end", ">=", day),
                ("date_start", "<=", day + timedelta(days=60)),
            ]
        )
        spans = [(event.kind, event.date_start, event.date_end) for event in events]
        while count > 0:
            day += timedelta(days=1)
            kinds = {kind for kind, start, end in spans if start <= day <= end}
            if "makeup" in kinds or (day.weekday() < 5 and "holiday" not in kinds):
                count -= 1
        return day

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_assign_to_me(self):
        """Take the talks."""
        self.write({"user_id": self.env.uid})

    def action_plan(self):
        """Mark as planned; the hour stands in the form."""
        for interview in self:
            if not interview.planned_at:
                raise UserError(self.env._("Enter the hour of the talk first."))
            if not interview.user_id:
                raise UserError(self.env._("Enter who talks first."))
            interview.state = "planned"

    def action_not_reached(self):
        """Not reached: stays open, counts the attempt, says the next step."""
        for interview in self:
            interview.write(
                {
                    "state": "not_reached",
                    "attempt_count": interview.attempt_count + 1,
                    "last_attempt_at": clock.now(),
                }
            )

    def action_done(self):
        """The talk took place.

        :raises UserError: outcome or hit missing
        """
        for interview in self:
            if not interview.outcome or not interview.is_confirmed:
                raise UserError(self.env._("Enter the outcome and whether the rule pointed right."))
            interview.write(
                {"state": "done", "done_at": clock.now(), "user_id": interview.user_id.id or self.env.uid}
            )
            self.env["psych.file"]._of(interview.student_id)
            if interview.proposed_tier in ("key", "crisis") or interview.outcome == "immediate":
                interview._tell_proposal()

    def _tell_proposal(self):
        """A person proposes a tier: told to the upper addon, which leaves the decision to a second person."""
        urgency = "acute" if self.outcome == "immediate" or self.proposed_tier == "crisis" else "talk"
        self.env["psych.hooks"]._psych_flag_raised(
            self, f"interview:{self.proposed_tier or self.outcome}", urgency
        )

    def action_refused(self):
        """The student does not want a talk. For an acute matter that does not end it."""
        for interview in self:
            if interview.urgency == "acute":
                raise UserError(
                    self.env._(
                        "An acute matter does not end with a refusal. Agree with the head of the centre what happens now."
                    )
                )
            interview.write({"state": "refused", "done_at": clock.now()})

    def action_reopen(self):
        """Open again, for example after a slip."""
        self.write({"state": "todo", "done_at": False})

    @api.model
    def _share_out(self, interviews, users):
        """Give talks to people, college by college, the most urgent first, evenly. Returns ``{user: count}``."""
        counts = dict.fromkeys(users, 0)
        for _college, group in (
            interviews.sorted(lambda i: (-i.urgency_rank, i.due_at)).grouped("college_id").items()
        ):
            for interview in group:
                user = min(users, key=lambda user: (counts[user], user.id))
                interview.user_id = user
                counts[user] += 1
        return counts

    @api.model
    def _cron_students_gone(self):
        """Talks with students who left or died end by themselves and leave every list (H1)."""
        gone = self.search(
            [("is_open", "=", True), ("student_id.enrolment_state", "in", ("graduated", "left", "deceased"))]
        )
        gone.write({"state": "left", "done_at": clock.now()})
        return len(gone)
