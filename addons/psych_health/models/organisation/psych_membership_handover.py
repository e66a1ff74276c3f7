from odoo import fields, models


class PsychMembershipHandover(models.Model):
    """An item of the hand-over list of a post that ended."""

    _name = "psych.membership.handover"
    _description = "Hand-over item"
    _order = "id"

    membership_id = fields.Many2one("psych.membership", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="membership_id.company_id", store=True, index=True, precompute=True)
    name = fields.Char(required=True)
    is_done = fields.Boolean(string="Done")
    note = fields.Char(string="Remark")
