from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

TIERS = [("daily", "Daily attention"), ("key", "Key attention"), ("crisis", "Crisis attention")]
TIER_RANK = {False: 0, "daily": 1, "key": 2, "crisis": 3}


class PsychCrisisAttention(models.Model):
    """The attention tier of a student as dated entries (S1-Art22, S2-L2C-8b 重点关注学生信息库).

    One person may raise; lowering or ending needs a second reader. *Daily* is the lowest watch list, not all students.
    Never usable for dorm places, awards, Party membership or references: nothing here is exported without a reason.
    """

    _name = "psych.crisis.attention"
    _description = "Attention tier"
    _inherit = ["psych.confidential.mixin"]
    _order = "tier_rank desc, date_start desc, id desc"
    _rec_name = "id"
    _psych_content_right = "level"

    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True, index=True, ondelete="restrict")
    college_id = fields.Many2one(
        "psych.unit", string="College", readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", string="School", readonly=True, required=True, index=True)
    tier = fields.Selection(TIERS, required=True, default="daily")
    tier_rank = fields.Integer(readonly=True)
    care_reason = Confidential(string="Reason for care", help="In plain words, as the tutor needs it.")
    date_start = fields.Date(readonly=True, required=True)
    date_end = fields.Date(readonly=True)
    review_date = fields.Date(string="Look at again", help="A tag does not live for ever.")
    is_current = fields.Boolean(readonly=True, default=True)
    author_id = fields.Many2one("res.users", readonly=True, required=True, ondelete="restrict")
    state = fields.Selection(
        [
            ("in_force", "In force"),
            ("lowering", "Lowering proposed"),
            ("ended", "Ended"),
            ("refused", "Refused"),
            ("stopped", "Stopped"),
        ],
        readonly=True,
        required=True,
        default="in_force",
    )
    lower_to = fields.Selection([*TIERS, ("none", "No attention")], string="Proposed tier", readonly=True)
    lower_by_id = fields.Many2one("res.users", string="Proposed by", readonly=True, ondelete="restrict")
    second_id = fields.Many2one("res.users", string="Second reader", readonly=True, ondelete="restrict")
    detail_ids = fields.One2many("psych.crisis.attention.detail", "attention_id", string="Categories")
    advice_ids = fields.One2many("psych.crisis.advice", "attention_id", string="Advice of the centre")
    followup_ids = fields.One2many("psych.crisis.followup", "attention_id", string="Follow-ups")
    next_due = fields.Datetime(compute="_compute_next_due", string="Next follow-up")

    _one_current = models.UniqueIndex(
        "(student_id) WHERE is_current IS TRUE", "The student has a tier already: raise or lower it."
    )
    _lowering = models.Index("(college_id) WHERE is_current IS TRUE AND state = 'lowering'")
    _current_review = models.Index("(college_id, review_date) WHERE is_current IS TRUE")
    _current_class = models.Index("(class_id, tier_rank) WHERE is_current IS TRUE")

    @api.depends("student_id", "tier")
    def _compute_display_name(self):
        labels = dict(self._fields["tier"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{labels.get(row.tier, '')} · {row.student_id.display_name}"

    def _compute_next_due(self):
        open_rows = self.env["psych.crisis.followup"].search(
            [("attention_id", "in", self.ids), ("state", "=", "planned")], order="due_at desc"
        )
        due = {row.attention_id.id: row.due_at for row in open_rows}
        for row in self:
            row.next_due = due.get(row.id)

    @api.model_create_multi
    def create(self, vals_list):
        now = clock.today(self.env)
        for vals in vals_list:
            student = self.env["psych.student"].browse(vals["student_id"])
            student._psych_check_living()
            vals.update(
                company_id=student.company_id.id,
                class_id=student.class_id.id,
                college_id=student.college_id.id,
                date_start=now,
                author_id=self.env.uid,
                tier_rank=TIER_RANK[vals.get("tier") or "daily"],
                is_current=True,
                state="in_force",
            )
            vals["review_date"] = vals.get("review_date") or self.env["psych.crisis.rhythm"]._review_date(
                student.company_id, f"tier_{vals.get('tier') or 'daily'}", now
            )
        rows = super().create(vals_list)
        rows.sudo()._plan_followup()  # named seam: the rhythm is the system's
        return rows

    def write(self, vals):
        if not self.env.su and set(vals) - {
            "care_reason",
            "review_date",
            "detail_ids",
            "advice_ids",
            "followup_ids",
        }:
            raise AccessError(
                self.env._(
                    "A tier is raised or lowered by its buttons only: every change keeps its date and author."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_retention(self):
        if not self.env.su:
            raise UserError(self.env._("Tiers are ended, not deleted."))

    # ----------------------------------------------------------------------
    # Business
    # ----------------------------------------------------------------------

    @api.model
    def _set_tier(self, student, tier, only_raise=False):
        """Put ``student`` on ``tier``: a new entry, or a raise of the current one; lowering is refused here.

        :return: the entry in force
        """
        student._psych_check_living()
        current = self.search([("student_id", "=", student.id), ("is_current", "=", True)])
        if current and TIER_RANK[tier] < current.tier_rank:
            if only_raise:
                return current
            raise UserError(
                self.env._("Lowering a tier needs a second reader: propose it on the student's entry.")
            )
        if current.tier == tier:
            return current
        if current:
            current._raise_to(tier)
            return self.search([("student_id", "=", student.id), ("is_current", "=", True)])
        return self.create({"student_id": student.id, "tier": tier})

    def _raise_to(self, tier):
        """End this entry today and write a new one one or more tiers higher; categories go along."""
        self.ensure_one()
        self.check_access("write")
        if TIER_RANK[tier] <= self.tier_rank:
            raise UserError(self.env._("This is not higher than the current tier."))
        self._replace_by(tier)

    def _replace_by(self, tier):
        # named seam: the older tier ends by the machine, with its follow-ups
        row = self.sudo()
        row.write({"is_current": False, "date_end": clock.today(self.env), "state": "ended"})
        row.followup_ids.filtered(lambda f: f.state == "planned").write({"state": "cancelled"})
        self.env.flush_all()  # the unique index allows one entry in force at a time
        if tier == "none":
            return self.browse()
        new = self.create({"student_id": self.student_id.id, "tier": tier, "review_date": self.review_date})
        row.detail_ids._copy_to(new)
        return new

    def action_raise_key(self):
        """Raise to key attention."""
        for row in self:
            row._raise_to("key")

    def action_raise_crisis(self):
        """Raise to crisis attention; a case is opened or joined."""
        for row in self:
            row._raise_to("crisis")
            self.env["psych.crisis.case"]._open_for_student(row.student_id, "orange")

    def action_print_guardian_slip(self):
        """Print the slip by which the guardian takes over."""
        return self.student_id.action_print_guardian_slip()

    def action_propose_lower(self):
        """Propose one tier lower; a second reader confirms."""
        for row in self:
            row.check_access("write")
            if not row.is_current:
                raise UserError(self.env._("This tier is not in force any more."))
            lower = {"crisis": "key", "key": "daily", "daily": "none"}[row.tier]
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().write({"state": "lowering", "lower_to": lower, "lower_by_id": self.env.uid})

    def action_confirm_lower(self):
        """Second reader: agree to the lower tier.

        :raises UserError: when the proposer confirms his own proposal
        """
        for row in self:
            row.check_access("write")
            if row.state != "lowering" or not row.is_current:
                raise UserError(self.env._("Nobody has proposed a lower tier."))
            if row.lower_by_id == self.env.user:
                raise UserError(self.env._("Lowering needs two: another person has to confirm."))
            if row.tier == "crisis" and self.env["psych.crisis.case"]._open_case_of(row.student_id):
                raise UserError(self.env._("The case of this student is still open: close it first."))
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().second_id = self.env.uid
            row._replace_by(row.lower_to)

    def action_refuse_lower(self):
        """Second reader: keep the tier."""
        for row in self.filtered(lambda r: r.state == "lowering"):
            row.check_access("write")
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().write({"state": "in_force", "lower_to": False, "second_id": self.env.uid})

    def _plan_followup(self):
        """Plan the next follow-up by the rhythm of the tier, for the tutor of the class."""
        self.env.flush_all()  # the finished one leaves the unique index before the next is planned
        for row in self.filtered("is_current"):
            if row.followup_ids.filtered(lambda f: f.state == "planned"):
                continue
            holders = self.env["psych.scope"]._holders(row.company_id, "tutor", row.class_id)
            self.env["psych.crisis.followup"].create(
                {
                    "attention_id": row.id,
                    "student_id": row.student_id.id,
                    "user_id": holders[:1].id or row.author_id.id,
                    "due_at": row._next_followup_due(),
                }
            )

    def _next_followup_due(self):
        """Return until when the student is followed up next, counted from now by the rhythm of the tier."""
        since = clock.to_utc(fields.Datetime.to_datetime(self.date_start), self.company_id.psych_tz)
        return self.env["psych.crisis.rhythm"]._next_due(
            self.company_id, f"tier_{self.tier}", since, clock.now()
        )

    def _resume_after_mistake(self):
        """The newest tier that a death stopped is in force again, with its next follow-up."""
        for _student, rows in self.grouped("student_id").items():
            row = rows.sorted("id")[-1:]
            if not self.search_count([("student_id", "=", row.student_id.id), ("is_current", "=", True)]):
                row.write({"is_current": True, "state": "in_force", "date_end": False})
                row._plan_followup()

    def _stop_for_death(self):
        self.write({"is_current": False, "state": "stopped", "date_end": clock.today(self.env)})
        self.followup_ids.filtered(lambda f: f.state == "planned").write({"state": "cancelled"})
