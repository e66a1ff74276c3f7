from odoo import fields, models


class PsychCrisisCategory(models.Model):
    """Why a student is on a tier: the neutral list by default, the documented lists as archived rows to switch on.

    Visible to centre and team only; a tag has an expiry. Orientation is no category and never becomes one.
    """

    _name = "psych.crisis.category"
    _description = "Key-attention category"
    _order = "list_code, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    list_code = fields.Char(required=True, default="neutral", help="Which list this row belongs to.")
    plain_reason = fields.Char(translate=True, help="Reason for care in plain words, as the tutor sees it.")
    months = fields.Integer(default=6, help="Months until the tag is looked at again.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")

    _code_uniq = models.UniqueIndex(
        "(list_code, code, COALESCE(company_id, 0))", "This category exists already."
    )
