from odoo import fields, models


class PsychStaffMixin(models.AbstractModel):
    """Head of every record that says something about one member of staff: who, and in which school."""

    _name = "psych.staff.mixin"
    _description = "Record about a member of staff"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member of staff",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('psych_is_staff', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
