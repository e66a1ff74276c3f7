from odoo import fields, models


class PsychMembership(models.Model):
    """The rights of a post, for record rules of addressees."""

    _inherit = "psych.membership"

    scope_ids = fields.One2many(
        "psych.scope", "membership_id", bypass_search_access=True, groups=fields.NO_ACCESS, readonly=True
    )
