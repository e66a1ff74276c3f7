from odoo import fields, models

FEELINGS = [("good", "Good"), ("fair", "Fair"), ("watch", "To be watched")]


class PsychCrisisReportLine(models.Model):
    """How one dimension looks in the month of a college: three steps, about the college and never about a person."""

    _name = "psych.crisis.report.line"
    _description = "Dimension in a monthly report"
    _order = "report_id, sequence, id"
    _rec_name = "dimension_id"

    report_id = fields.Many2one("psych.crisis.report", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="report_id.company_id", store=True, precompute=True)
    college_id = fields.Many2one(related="report_id.college_id", store=True, precompute=True)
    dimension_id = fields.Many2one("psych.crisis.dimension", required=True, ondelete="restrict")
    sequence = fields.Integer(related="dimension_id.sequence", store=True, precompute=True)
    value = fields.Selection(FEELINGS, required=True)

    _once = models.UniqueIndex("(report_id, dimension_id)", "This dimension is reported already.")
