from odoo import fields, models

from ...models.period.psych_crisis_report_line import FEELINGS


class PsychCrisisMonthLine(models.TransientModel):
    """One dimension on the page of the month."""

    _name = "psych.crisis.month.line"
    _description = "Dimension on the page of the month"

    month_id = fields.Many2one("psych.crisis.month", required=True, ondelete="cascade")
    dimension_id = fields.Many2one("psych.crisis.dimension", required=True, ondelete="cascade")
    help_text = fields.Char(related="dimension_id.help_text")
    value = fields.Selection(FEELINGS, required=True, default="good")
