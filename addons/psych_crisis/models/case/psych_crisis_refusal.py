from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisRefusal(models.Model):
    """The family refuses hospital, coming or taking home, or cannot be found (F14): one path, step by step.

    Steps are data (``psych.crisis.refusal.step``) and done in order. *Agreed* ends the path at any step. While it is open
    the guard goes on (a gap is red and a next step), the case stays in its stage and cannot be closed.
    """

    _name = "psych.crisis.refusal"
    _description = "Path when the family refuses"
    _order = "opened_at desc, id desc"
    _rec_name = "kind"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [
            ("hospital", "Refuses the hospital"),
            ("coming", "Refuses to come"),
            ("home", "Refuses to take the student home"),
            ("unfound", "Cannot be found"),
        ],
        required=True,
        default="hospital",
    )
    opened_at = fields.Datetime(readonly=True, required=True, default=lambda self: clock.now())
    opened_by_id = fields.Many2one(
        "res.users", readonly=True, required=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    line_ids = fields.One2many("psych.crisis.refusal.line", "refusal_id", string="Steps", readonly=True)
    current_line_id = fields.Many2one(
        "psych.crisis.refusal.line", string="Now", compute="_compute_current_line_id"
    )
    current_help = fields.Char(compute="_compute_current_line_id", string="How")
    state = fields.Selection(
        [("open", "Open"), ("agreed", "Family agreed"), ("decided", "Went on without the family")],
        default="open",
        required=True,
        readonly=True,
    )
    closed_at = fields.Datetime(readonly=True)

    _one_open = models.UniqueIndex("(case_id) WHERE state = 'open'", "This path is open on the case already.")

    @api.depends("kind", "case_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.display_name = " · ".join(filter(None, (row.case_id.name, labels.get(row.kind))))

    @api.depends("line_ids.done_at", "state")
    def _compute_current_line_id(self):
        for row in self:
            waiting = row.line_ids.filtered(lambda line: not line.done_at).sorted("sequence")
            row.current_line_id = waiting[:1] if row.state == "open" else False
            row.current_help = row.current_line_id.help_text

    @api.model_create_multi
    def create(self, vals_list):
        now = clock.now()
        for vals in vals_list:
            vals.update(opened_at=now, opened_by_id=self.env.uid, state="open", closed_at=False)
            vals.pop("line_ids", None)
        rows = super().create(vals_list)
        rows._add_steps()
        rows.case_id._touch()
        return rows

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("The path moves on by the buttons of its steps."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("What was done stays on the case."))

    def _add_steps(self):
        for row in self.sudo():  # named seam: the steps are the school's, whoever opens the path
            steps = self.env["psych.crisis.refusal.step"]._of_school(row.company_id)
            row.env["psych.crisis.refusal.line"].create(
                [{"refusal_id": row.id, "step_id": step.id} for step in steps]
            )
            row._start_next(row.opened_at)

    def _start_next(self, moment):
        """Set the due time of the step that comes now, counted from ``moment``."""
        line = self.current_line_id
        if line:
            line.due_at = moment + timedelta(hours=line.step_id.hours)

    def _after_step(self, line):
        """Go on to the next step, or end the path: agreed at any step, decided after the last one."""
        now = clock.now()
        if line.outcome == "agreed":
            self.write({"state": "agreed", "closed_at": now})
        elif line.decision == "guard" or not self.current_line_id:
            self.write({"state": "decided", "closed_at": now})
        else:
            self._start_next(now)
        self.case_id._changed()

    def _leader_decided(self):
        """True when the step that asks for a leader's decision is done on one of these paths."""
        return bool(self.line_ids.filtered(lambda line: line.done_at and line.step_id.evidence == "decision"))

    def action_print_notice(self):
        """Print the written notice to the family in two copies."""
        return self.env.ref("psych_crisis.psych_crisis_refusal_notice").report_action(self)

    def _notice_signatures(self):
        """Return who signs the notice."""
        return [self.env._("Guardian"), self.env._("For the school")]
