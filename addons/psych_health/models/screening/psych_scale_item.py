from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.scoring import MISSING

KIND_LIMITS = {"time": 95, "hours": 96}


class PsychScaleItem(models.Model):
    """One question of a scale. Its answer is one number from 0 to 254 (one byte of the sheet).

    ``time`` counts quarter hours of the day, ``hours`` quarter hours of a duration, ``number`` whole units.
    """

    _name = "psych.scale.item"
    _description = "Item of a scale"
    _inherit = ["psych.scale.part"]
    _order = "scale_id, sequence, id"
    _rec_name = "code"

    scale_id = fields.Many2one("psych.scale", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    code = fields.Char(string="Number", required=True)
    text = fields.Text(string="Wording", translate=True)
    hint = fields.Char(
        string="What it must ask", translate=True, help="For whoever loads the licensed wording."
    )
    kind = fields.Selection(
        [("choice", "One choice"), ("number", "Number"), ("time", "Time of day"), ("hours", "Hours")],
        required=True,
        default="choice",
    )
    unit = fields.Char(translate=True)
    min_value = fields.Integer(string="Lowest value")
    max_value = fields.Integer(string="Highest value", default=3)
    is_reverse = fields.Boolean(string="Reversed", help="Counts as lowest + highest - answer.")
    is_scored = fields.Boolean(string="Scored", default=True)
    option_ids = fields.One2many("psych.scale.option", "item_id", string="Own options", copy=True)

    _code_uniq = models.UniqueIndex("(scale_id, code)", "Two items carry the same number.")

    @api.constrains("min_value", "max_value")
    def _check_limits(self):
        for item in self:
            if not 0 <= item.min_value <= item.max_value < MISSING:
                raise ValidationError(self.env._("Item %(item)s: values go from 0 to 254.", item=item.code))

    @api.depends("code", "text")
    def _compute_display_name(self):
        for item in self:
            text = (item.text or item.hint or "").strip()
            item.display_name = f"{item.code} {text[:40]}".strip()

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind in KIND_LIMITS:
            self.min_value, self.max_value = 0, KIND_LIMITS[self.kind]

    def _key(self):
        """The item as the scoring key wants it."""
        return {
            "code": self.code,
            "kind": self.kind,
            "min": self.min_value,
            "max": self.max_value,
            "reverse": self.is_reverse,
            "scored": self.is_scored,
        }

    def _form(self):
        """The item as the answering page wants it: texts in the language of the environment."""
        options = self.option_ids or self.scale_id.option_ids.filtered(lambda option: not option.item_id)
        return {
            "code": self.code,
            "kind": self.kind,
            "text": self.text or self.hint or self.code,
            "unit": self.unit or "",
            "min": self.min_value,
            "max": self.max_value,
            "options": [[option.value, option.label] for option in options] if self.kind == "choice" else [],
        }
