from odoo import fields, models


class PsychTopic(models.Model):
    """What a talk is about, in the words of a student. Shared by all schools, or added by one."""

    _name = "psych.topic"
    _description = "Topic of counselling"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        string="School",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: shared by all schools.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This code is taken.")
