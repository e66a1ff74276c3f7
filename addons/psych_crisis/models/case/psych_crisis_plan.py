from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

from .psych_crisis_case import LEVELS


class PsychCrisisPlan(models.Model):
    """A version of the plan (干预方案): written by one, approved by another; an approved version never changes."""

    _name = "psych.crisis.plan"
    _description = "Plan version"
    _inherit = ["psych.confidential.mixin"]
    _order = "version desc, id desc"
    _rec_name = "version"
    _psych_content_right = "notes"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    version = fields.Integer(readonly=True, default=1)
    goals = Confidential()
    measures = Confidential()
    proposed_level = fields.Selection(LEVELS, help="A lower level comes into force with the approval.")
    author_id = fields.Many2one(
        "res.users", readonly=True, required=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    submitted_at = fields.Datetime(readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    approved_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Waits for approval"),
            ("approved", "Approved"),
            ("returned", "Returned"),
            ("replaced", "Replaced"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )

    _one_approved = models.UniqueIndex("(case_id) WHERE state = 'approved'", "A case has one approved plan.")
    _waiting = models.Index("(case_id) WHERE state = 'submitted'")
    _version_once = models.UniqueIndex("(case_id, version)", "This version exists already.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            case = (
                self.env["psych.crisis.case"].browse(vals.get("case_id")).sudo()
            )  # named seam: next version, student binding
            vals.update(
                author_id=self.env.uid,
                version=max(case.plan_ids.mapped("version") or [0]) + 1,
                state="draft",
                student_id=case.subject_ids.student_id[:1].id,
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if set(vals) - {"goals", "measures", "proposed_level"}:
                raise UserError(self.env._("A plan moves on by its buttons."))
            if any(plan.state not in ("draft", "returned") for plan in self):
                raise UserError(self.env._("A submitted plan does not change: write a new version."))
        return super().write(vals)

    def action_submit(self):
        """Ask for approval."""
        for plan in self:
            plan.check_access("write")
            if plan.state not in ("draft", "returned"):
                raise UserError(self.env._("This version is submitted already."))
            # named seam: stamps of the flow, which nobody types; the check stands above
            plan.sudo().write({"state": "submitted", "submitted_at": clock.now()})
            plan.case_id._touch()

    def action_approve(self):
        """Approve as another person: leader in charge or head of the centre.

        :raises UserError: for the author, or somebody without this right
        """
        for plan in self:
            plan._check_may_decide()
            plan_sudo = (
                plan.sudo()
            )  # named seam: approving replaces the version before and may lower the level
            (plan_sudo.case_id.plan_ids.filtered(lambda p: p.state == "approved")).write(
                {"state": "replaced"}
            )
            plan_sudo.flush_model(["state"])
            plan_sudo.write({"state": "approved", "approved_by_id": self.env.uid, "approved_at": clock.now()})
            if plan.proposed_level and plan.proposed_level != plan_sudo.case_id.level:
                plan_sudo.case_id.write({"level": plan.proposed_level})
            plan_sudo.case_id._changed()

    def action_return(self):
        """Send back to the author."""
        for plan in self:
            plan._check_may_decide()
            # named seam: stamps of the flow, which nobody types; the check stands above
            plan.sudo().write({"state": "returned"})
            plan.case_id._touch()

    def _check_may_decide(self):
        self.check_access("read")
        if self.state != "submitted":
            raise UserError(self.env._("This version does not wait for approval."))
        if self.author_id == self.env.user:
            raise UserError(self.env._("Another person than the author approves a plan."))
        leader = self.case_id.leader_id == self.env.user
        if not leader and not self.env.user._psych_has_scope("centre_head", company=self.company_id):
            raise UserError(self.env._("The leader in charge or the head of the centre approves a plan."))
