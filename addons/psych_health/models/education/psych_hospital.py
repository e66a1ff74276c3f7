from odoo import fields, models


class PsychHospital(models.Model):
    """A partner hospital with its agreement: contact, hours, green channel, valid until (facts B5, S1-Art24-a)."""

    _name = "psych.hospital"
    _description = "Partner hospital"
    _order = "sequence, name"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    department = fields.Char()
    contact = fields.Char(string="Contact person")
    phone = fields.Char()
    hours = fields.Char(string="Opening hours")
    address = fields.Char()
    green_channel = fields.Text(help="Steps of the green channel, one in a line.")
    agreement_from = fields.Date()
    agreement_until = fields.Date(help="Last day of the agreement.")
    answer_days = fields.Integer(string="Days until an answer is due", default=7)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
