from odoo import fields, models


class PsychAccessReason(models.Model):
    """The short list of reasons for an emergency opening or for the emergency card (S1-Art20-a).

    The student reads the reason in the own-file list, so it is a plain word without clinical content.
    """

    _name = "psych.access.reason"
    _description = "Reason of an opening"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    use = fields.Selection(
        [("record", "Emergency opening of a record"), ("card", "Emergency card"), ("both", "Both")],
        required=True,
        default="both",
    )
    needs_text = fields.Boolean(
        default=True, help="An emergency opening for this reason also asks for a sentence."
    )
    company_id = fields.Many2one(
        "res.company", string="School", index=True, help="Empty: shared by all schools."
    )
