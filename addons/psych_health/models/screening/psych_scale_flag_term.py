from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PsychScaleFlagTerm(models.Model):
    """One comparison of a rule: an item or a factor against a value."""

    _name = "psych.scale.flag.term"
    _description = "Term of a rule"
    _inherit = ["psych.scale.part"]
    _order = "flag_id, sequence, id"

    flag_id = fields.Many2one("psych.scale.flag", required=True, index=True, ondelete="cascade")
    scale_id = fields.Many2one("psych.scale", related="flag_id.scale_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    item_id = fields.Many2one("psych.scale.item", ondelete="cascade")
    factor_id = fields.Many2one("psych.scale.factor", ondelete="cascade")
    operator = fields.Selection(
        [
            (">=", "at least"),
            (">", "more than"),
            ("<=", "at most"),
            ("<", "less than"),
            ("=", "equal to"),
            ("answered", "is answered"),
            ("missing", "is not answered"),
        ],
        required=True,
        default=">=",
    )
    value = fields.Float()

    def _scales(self):
        return self.flag_id.scale_id

    @api.constrains("item_id", "factor_id")
    def _check_one_side(self):
        for term in self:
            if bool(term.item_id) == bool(term.factor_id):
                raise ValidationError(self.env._("A term compares one item or one factor."))

    def _key(self):
        side = {"item": self.item_id.code} if self.item_id else {"factor": self.factor_id.code}
        return {**side, "op": self.operator, "value": self.value}
