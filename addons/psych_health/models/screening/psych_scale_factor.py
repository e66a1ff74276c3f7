import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PsychScaleFactor(models.Model):
    """A number computed from the answers: total, subscale, standard score, class.

    Computed in order, so a factor may use the ones before it. ``steps`` turns a number into a grade:
    ``[["le", 15, 0], ["le", 30, 1], ["else", 0, 2]]``.
    """

    _name = "psych.scale.factor"
    _description = "Factor of a scale"
    _inherit = ["psych.scale.part"]
    _order = "scale_id, sequence, id"

    # identity
    scale_id = fields.Many2one("psych.scale", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    is_main = fields.Boolean(string="Main result", help="The number that lists and the file show first.")

    # computation
    method = fields.Selection(
        [
            ("sum", "Sum"),
            ("mean", "Mean"),
            ("count", "Count of answers from a threshold on"),
            ("max", "Highest"),
            ("weighted", "Weighted sum"),
            ("ratio", "First divided by second"),
            ("span_ratio", "Percent asleep of the time between two times of day"),
            ("flags", "Weight of the gravest rule"),
        ],
        required=True,
        default="sum",
    )
    item_ids = fields.Many2many("psych.scale.item", string="Items")
    part_ids = fields.Many2many(
        "psych.scale.factor", "psych_scale_factor_part_rel", "factor_id", "part_id", string="Factors used"
    )
    flag_ids = fields.Many2many("psych.scale.flag", string="Rules used")
    item_order = fields.Char(
        string="Order",
        help="Numbers of the items, then codes of the factors, where order matters (ratio, weighted).",
    )
    weights = fields.Char(help="Comma-separated, items first, then factors.")
    threshold = fields.Float()
    multiplier = fields.Float(default=1.0, digits=(16, 6))
    offset = fields.Float(digits=(16, 6))
    rounding = fields.Selection(
        [("none", "None"), ("floor", "Integer part"), ("nearest", "Nearest whole number")],
        default="none",
        required=True,
    )
    steps = fields.Char(help='For example [["le", 15, 0], ["le", 30, 1], ["else", 0, 2]].')

    # missing answers and meaning
    missing_max = fields.Integer(string="Answers that may be missing")
    missing_how = fields.Selection(
        [("none", "Leave them out"), ("prorate", "Sum x items / answered")], default="none", required=True
    )
    higher_is_better = fields.Boolean()
    reliable_change = fields.Float(help="Points from which a change is larger than measurement error.")
    band_ids = fields.One2many("psych.scale.band", "factor_id", string="Bands", copy=True)

    _code_uniq = models.UniqueIndex("(scale_id, code)", "Two factors carry the same code.")

    @api.constrains("steps", "weights")
    def _check_texts(self):
        for factor in self:
            try:
                json.loads(factor.steps or "[]")
                for weight in filter(str.strip, (factor.weights or "").split(",")):
                    float(weight)
            except ValueError as fault:
                raise ValidationError(
                    self.env._("Factor %(factor)s: steps or weights cannot be read.", factor=factor.code)
                ) from fault

    def _ordered_codes(self, parts):
        """Codes of items or factors, in the stated order when there is one."""
        codes = parts.sorted(lambda part: (part.sequence, part.id)).mapped("code")
        order = [code.strip() for code in (self.item_order or "").split(",") if code.strip()]
        return sorted(codes, key=order.index) if set(codes) <= set(order) else codes

    def _key(self):
        """The factor as the scoring key wants it."""
        return {
            "code": self.code,
            "method": self.method,
            "items": self._ordered_codes(self.item_ids),
            "factors": self._ordered_codes(self.part_ids),
            "flags": self.flag_ids.sorted(lambda flag: (flag.sequence, flag.id)).mapped("code"),
            "weights": [float(weight) for weight in (self.weights or "").split(",") if weight.strip()],
            "threshold": self.threshold,
            "multiplier": self.multiplier,
            "offset": self.offset,
            "rounding": self.rounding,
            "steps": json.loads(self.steps or "[]"),
            "missing_max": self.missing_max,
            "missing_how": self.missing_how,
            "higher_is_better": self.higher_is_better,
            "reliable_change": self.reliable_change,
            "main": self.is_main,
            "bands": [band._key() for band in self.band_ids],
        }
