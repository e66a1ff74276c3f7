from odoo import fields, models


class ResPartner(models.Model):
    """Staff of the network are ordinary contacts with a mark; students' contacts carry the number only."""

    _inherit = "res.partner"

    psych_is_staff = fields.Boolean(string="Staff of the school", index="btree_not_null")
    psych_staff_number = fields.Char(string="Staff number")
    psych_membership_ids = fields.One2many("psych.membership", "partner_id", string="Posts held")
    psych_qualification_ids = fields.One2many("psych.qualification", "partner_id", string="Qualifications")
