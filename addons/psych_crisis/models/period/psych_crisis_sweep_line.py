from odoo import fields, models
from odoo.exceptions import UserError


class PsychCrisisSweepLine(models.Model):
    """How many students of one category the college looked at; numbers only."""

    _name = "psych.crisis.sweep.line"
    _description = "Answer of a sweep"
    _rec_name = "category_id"

    sweep_id = fields.Many2one("psych.crisis.sweep", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="sweep_id.company_id", store=True, precompute=True)
    college_id = fields.Many2one(related="sweep_id.college_id", store=True, precompute=True)
    period_id = fields.Many2one(related="sweep_id.period_id", store=True, precompute=True)
    category_id = fields.Many2one("psych.crisis.category", required=True, ondelete="restrict")
    count = fields.Integer(string="Students", required=True, default=0)

    _once = models.UniqueIndex("(sweep_id, category_id)", "This category is answered already.")
    _positive = models.Constraint("CHECK (count >= 0)", "A number is not negative.")

    def write(self, vals):
        if not self.env.su and any(line.sweep_id.state != "open" for line in self):
            raise UserError(self.env._("This sweep is filed already."))
        return super().write(vals)
