from odoo import fields, models


class TestPsychCase(models.Model):
    """A matter without a name: what a one2many of confidential notes hangs on."""

    _name = "test_psych.case"
    _description = "Toy case"

    name = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    note_ids = fields.One2many("test_psych.note", "case_id")
