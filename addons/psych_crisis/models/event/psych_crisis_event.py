from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

# minutes or hours from awareness until each report is due (facts B6, a proposal that the school may change)
REPORTS = [("college", 30), ("leader", 60), ("authority", 120), ("first", 8 * 60)]


class PsychCrisisEvent(models.Model):
    """A sudden event (突发事件): place, timeline, many students or none, reports with deadlines from *awareness*."""

    _name = "psych.crisis.event"
    _description = "Sudden event"
    _inherit = ["psych.confidential.mixin"]
    _order = "aware_at desc, id desc"
    _psych_content_right = "notes"
    _psych_student_field = None

    name = fields.Char(string="Number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [
            ("accident", "Accident"),
            ("attempt", "Self-harm"),
            ("death", "Death"),
            ("violence", "Violence"),
            ("missing", "Missing person"),
            ("other", "Other"),
        ],
        required=True,
        default="accident",
    )
    aware_at = fields.Datetime(string="Known since", required=True, default=lambda self: clock.now())
    unit_id = fields.Many2one("psych.unit", string="Place", ondelete="restrict")
    facts_text = Confidential(string="What happened")
    measures = Confidential(string="Measures taken")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], default="open", required=True, readonly=True
    )
    closed_at = fields.Datetime(readonly=True)
    ring_ids = fields.One2many("psych.crisis.event.ring", "event_id", string="Affected people")
    instruction_ids = fields.One2many("psych.crisis.instruction", "event_id", string="Decisions")
    # reports: phone first, form later
    told_college_at = fields.Datetime(string="College and centre told")
    told_leader_at = fields.Datetime(string="Leadership told")
    told_authority_at = fields.Datetime(string="Authority told")
    first_report_at = fields.Datetime(string="First report filed")
    last_progress_at = fields.Datetime(string="Last progress report")
    final_report_at = fields.Datetime(string="Final report filed")
    next_report = fields.Char(compute="_compute_next_report")
    next_report_due = fields.Datetime(compute="_compute_next_report")
    is_overdue = fields.Boolean(compute="_compute_next_report")
    # postvention checklist
    post_debrief = fields.Boolean(string="Team debriefed")
    post_relief = fields.Boolean(string="Helpers relieved of cases")
    post_ring = fields.Boolean(string="Affected people offered help")
    post_media = fields.Boolean(string="Rules for media and memorial agreed")
    post_family = fields.Boolean(string="One person for the family named")

    @api.depends(
        "aware_at",
        "told_college_at",
        "told_leader_at",
        "told_authority_at",
        "first_report_at",
        "last_progress_at",
        "final_report_at",
        "state",
    )
    def _compute_next_report(self):
        now = clock.now()
        for event in self:
            step, due = event._next_report()
            event.next_report = step
            event.next_report_due = due
            event.is_overdue = bool(due and due < now)

    def _next_report(self):
        """Return ``(what, due)`` of the next report, counted from awareness."""
        if self.state == "closed" or not self.aware_at:
            return False, False
        done = {
            "college": self.told_college_at,
            "leader": self.told_leader_at,
            "authority": self.told_authority_at,
            "first": self.first_report_at,
        }
        label = {
            "college": self.env._("Tell college and centre"),
            "leader": self.env._("Tell the leadership"),
            "authority": self.env._("Tell the authority"),
            "first": self.env._("Written first report"),
        }
        for code, minutes in REPORTS:
            if not done[code]:
                return label[code], self.aware_at + timedelta(minutes=minutes)
        if not self.final_report_at:
            last = self.last_progress_at or self.first_report_at
            progress, final = last + timedelta(days=1), self.aware_at + timedelta(days=7)
            return (
                (self.env._("Progress report"), progress)
                if progress < final
                else (self.env._("Final report"), final)
            )
        return False, False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            vals["name"] = (
                self.env["ir.sequence"].sudo().with_company(company).next_by_code("psych.crisis.event") or "?"
            )
        return super().create(vals_list)

    def action_told_college(self):
        """Told by phone just now."""
        self.write({"told_college_at": clock.now()})

    def action_told_leader(self):
        """Told by phone just now."""
        self.write({"told_leader_at": clock.now()})

    def action_told_authority(self):
        """Told just now."""
        self.write({"told_authority_at": clock.now()})

    def action_first_report(self):
        """File and print the first report (首报)."""
        self.write({"first_report_at": clock.now()})
        return self.env.ref("psych_crisis.psych_crisis_event_report").report_action(self)

    def action_progress_report(self):
        """File and print a progress report (续报)."""
        self.write({"last_progress_at": clock.now()})
        return self.env.ref("psych_crisis.psych_crisis_event_report").report_action(self)

    def action_final_report(self):
        """File the final report (终报) and close: the postvention list must be done."""
        for event in self:
            if not (event.post_debrief and event.post_ring and event.post_media):
                raise UserError(
                    self.env._(
                        "Before the final report: debriefing, help for affected people, rules for media and memorial."
                    )
                )
            event.write({"final_report_at": clock.now(), "state": "closed", "closed_at": clock.now()})
        return self.env.ref("psych_crisis.psych_crisis_event_report").report_action(self)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("An event is closed, never deleted."))
