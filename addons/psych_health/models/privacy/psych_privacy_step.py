from odoo import fields, models


class PsychPrivacyStep(models.Model):
    """A step that every leak goes through, with its clock (PIPL art. 57). Data, so that a school adds its own."""

    _name = "psych.privacy.step"
    _description = "Step after a leak"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    hours = fields.Integer(
        string="Due after (hours)", required=True, help="Counted from the moment it was found."
    )
    clause = fields.Char(string="Law or clause")
    help_text = fields.Text(string="What to do", translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", index=True, help="Empty: for all schools.")
