from odoo import fields, models


class PsychCrisisDimension(models.Model):
    """A dimension of the monthly report of a college (five by default); a school renames, adds or archives rows."""

    _name = "psych.crisis.dimension"
    _description = "Dimension of the monthly report"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    help_text = fields.Char(string="What belongs here", translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")
