from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.psych_health.tools import clock


class PsychCrisisSweep(models.Model):
    """A sweep (集中排查) of one college in a key period: counts per category, or an explicit zero report.

    Leadership sees who has filed and when, never the numbers: «1 student, violence at home» in a small college is a name
    (safety rule H16, trap 38).
    """

    _name = "psych.crisis.sweep"
    _description = "Sweep of a college"
    _order = "due_date desc, college_id"
    _rec_name = "college_id"

    period_id = fields.Many2one("psych.crisis.key.period", required=True, index=True, ondelete="cascade")
    college_id = fields.Many2one(
        "psych.unit", string="College", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="period_id.company_id", store=True, precompute=True)
    due_date = fields.Date(required=True)
    line_ids = fields.One2many("psych.crisis.sweep.line", "sweep_id", string="Answers")
    state = fields.Selection(
        [("open", "Open"), ("zero", "Zero report"), ("filed", "Filed")],
        default="open",
        required=True,
        readonly=True,
    )
    filed_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    filed_at = fields.Datetime(readonly=True)
    total = fields.Integer(compute="_compute_total", string="Students")
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    _once = models.UniqueIndex(
        "(period_id, college_id)", "This college has its sweep in this period already."
    )

    @api.depends("state", "due_date")
    def _compute_is_late(self):
        for sweep in self:
            sweep.is_late = (
                sweep.state == "open"
                and bool(sweep.due_date)
                and sweep.due_date < clock.today(self.env, sweep.company_id)
            )

    @api.depends("line_ids.count")
    def _compute_total(self):
        for sweep in self:
            sweep.total = sum(sweep.line_ids.mapped("count"))

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "open"), ("due_date", "<", clock.today(self.env))]

    @api.model
    def _open_for(self, period):
        """Open one sweep per college of the school; harmless to repeat."""
        colleges = self.env["psych.unit"].search(
            [("company_id", "=", period.company_id.id), ("role", "=", "college")]
        )
        known = self.search([("period_id", "=", period.id)]).college_id
        due = min(period.date_end, fields.Date.add(period.date_start, days=7))
        categories = self.env["psych.crisis.category"].search(
            [("company_id", "in", (False, period.company_id.id))]
        )
        return self.create(
            [
                {
                    "period_id": period.id,
                    "college_id": college.id,
                    "due_date": due,
                    "line_ids": [Command.create({"category_id": row.id, "count": 0}) for row in categories],
                }
                for college in colleges - known
            ]
        )

    def action_zero(self):
        """Nothing to report: said in so many words (零报告)."""
        if any(self.line_ids.mapped("count")):
            raise UserError(self.env._("Numbers are entered: file them, or set them to zero first."))
        self._file("zero")

    def action_file(self):
        """File the answers per category."""
        for sweep in self:
            if not any(sweep.line_ids.mapped("count")):
                raise UserError(self.env._("Enter at least one category, or file a zero report."))
        self._file("filed")

    def _file(self, state):
        for sweep in self:
            sweep.check_access("write")
            if sweep.state != "open":
                raise UserError(self.env._("This sweep is filed already."))
        # named seam: stamps of the flow, which nobody types; the check stands above
        self.sudo().write({"state": state, "filed_by_id": self.env.uid, "filed_at": clock.now()})

    def write(self, vals):
        if not self.env.su and set(vals) - {"line_ids"}:
            raise UserError(self.env._("A sweep is filed by its buttons."))
        return super().write(vals)
