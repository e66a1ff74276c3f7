from odoo import fields, models


class PsychProgramme(models.Model):
    """A major (专业) of a college, with the talent training scheme that its students follow (S1-Art4-7b, 10-a)."""

    _name = "psych.programme"
    _description = "Programme"
    _order = "name, id"

    name = fields.Char(required=True)
    code = fields.Char()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    unit_id = fields.Many2one("psych.unit", string="College", domain="[('role', '=', 'college')]", index=True)
    years = fields.Integer(string="Length in years", default=3)
    scheme_name = fields.Char(
        string="Talent training scheme", help="Title and version of the scheme in force."
    )
    scheme_year = fields.Integer(string="Scheme of entry year")
    scheme_has_course = fields.Boolean(
        string="Contains the mental-health course",
        help="S1-Art10-a: the course is a public compulsory course of every training scheme.",
    )
    scheme_hours = fields.Integer(string="Class hours of the course", help="S1-Art10-b: 32 to 36 hours.")
    class_ids = fields.One2many("psych.unit", "programme_id", string="Classes")

    _name_company_uniq = models.Constraint(
        "unique(name, company_id)", "A programme with this name exists already in this school."
    )
