from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisMonth(models.TransientModel):
    """The month of a college on one page: what came in is counted already, one touch per dimension, one sentence."""

    _name = "psych.crisis.month"
    _description = "Monthly report of a college"

    college_id = fields.Many2one("psych.unit", string="College", required=True, ondelete="cascade")
    date_start = fields.Date(readonly=True)
    class_text = fields.Char(string="Classes that reported", compute="_compute_counts")
    room_text = fields.Char(string="Rooms that reported", compute="_compute_counts")
    line_ids = fields.One2many("psych.crisis.month.line", "month_id", string="Dimensions")
    sentence = fields.Char(size=200, help="One sentence, no names.")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        college = self._own_college()
        values["college_id"] = values.get("college_id") or college.id
        company = college.company_id or self.env.company
        values["date_start"] = self.env["psych.crisis.report"]._period(company, "college")[0]
        dimensions = self.env["psych.crisis.dimension"].search([("company_id", "in", (False, company.id))])
        values["line_ids"] = [
            (0, 0, {"dimension_id": dimension.id, "value": "good"}) for dimension in dimensions
        ]
        return values

    @api.model
    def _own_college(self):
        """Return the college of which the user is station today, the first when there are several."""
        today = clock.today(self.env)
        scopes = (
            self.env["psych.scope"]
            .sudo()  # named seam: own posts of the user
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("role", "=", "station"),
                    ("date_start", "<=", today),
                    ("date_end", ">=", today),
                ]
            )
        )
        return scopes.unit_id.filtered(lambda unit: unit.role == "college")[:1]

    @api.depends("college_id")
    def _compute_counts(self):
        for month in self:
            month.class_text = month._count("class")
            month.room_text = month._count("room")

    def _count(self, kind):
        """Return «18 of 20»: units of the college that reported at least once this month."""
        Report = self.env["psych.crisis.report"]
        filed = Report.search(
            [
                ("college_id", "=", self.college_id.id),
                ("kind", "=", kind),
                ("date_start", ">=", self.date_start or clock.today(self.env).replace(day=1)),
            ]
        ).unit_id
        units = self._units(kind)
        return self.env._("%(filed)s of %(all)s", filed=len(filed & units), all=len(units))

    def _units(self, kind):
        if kind == "class":
            return self.env["psych.unit"].search(
                [("college_id", "=", self.college_id.id), ("role", "=", "class")]
            )
        students = (
            self.env["psych.student"]
            .sudo()  # named seam: rooms where students of the own college live, no names
            .search([("college_id", "=", self.college_id.id), ("enrolment_state", "=", "enrolled")])
        )
        return students.room_id

    def action_file(self):
        """File the month; the centre reads it and leaves a read receipt."""
        self.ensure_one()
        if not self.college_id:
            raise UserError(self.env._("The station of the college files this report."))
        values = {line.dimension_id.id: line.value for line in self.line_ids}
        self.env["psych.crisis.report"].action_file_college(
            self.college_id.id, {"dimensions": values, "sentence": self.sentence}
        )
        return self.env["ir.actions.act_window"]._for_xml_id("psych_crisis.psych_crisis_report_action")
