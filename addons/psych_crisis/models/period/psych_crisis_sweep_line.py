from odoo import fields, models


class PsychCrisisSweepLine(models.Model):
    """How many students of one category the college looked at; numbers only."""

    _name = "psych.crisis.sweep.line"
    _description = "Answer of a sweep"
    _rec_name = "category_id"

    sweep_id = fields.Many2one("psych.crisis.sweep", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="sweep_id.company_id", store=True, precompute=True)
    category_id = fields.Many2one("psych.crisis.category", required=True, ondelete="restrict")
    count = fields.Integer(string="Students", required=True)

    _once = models.UniqueIndex("(sweep_id, category_id)", "This category is answered already.")
    _positive = models.Constraint("CHECK (count >= 0)", "A number is not negative.")
