import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import scoring


class PsychScaleNormLine(models.Model):
    """The line of one factor in a norm."""

    _name = "psych.scale.norm.line"
    _description = "Line of a norm"
    _order = "norm_id, sequence, id"

    norm_id = fields.Many2one("psych.scale.norm", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    factor_id = fields.Many2one("psych.scale.factor", required=True, ondelete="cascade")
    mean = fields.Float(digits=(16, 4))
    sd = fields.Float(string="Standard deviation", digits=(16, 4))
    value = fields.Float(string="Fixed value", digits=(16, 4))
    table = fields.Text(string="Percentiles", help="[[score, percentile], …] in rising order.")
    limit = fields.Float(string="Line", compute="_compute_limit", digits=(16, 4))

    @api.depends("norm_id.rule", "norm_id.k", "norm_id.percentile", "mean", "sd", "value", "table")
    def _compute_limit(self):
        for line in self:
            line.limit = scoring.norm_limit(line._key()) or 0.0

    @api.constrains("table")
    def _check_table(self):
        for line in self:
            try:
                json.loads(line.table or "[]")
            except ValueError as fault:
                raise ValidationError(self.env._("The percentiles cannot be read.")) from fault

    def _key(self):
        """The line as :func:`scoring.over_norm` wants it."""
        norm = self.norm_id
        return {
            "rule": norm.rule,
            "k": norm.k,
            "percentile": norm.percentile,
            "value": self.value,
            "mean": self.mean if self.sd else None,
            "sd": self.sd,
            "table": json.loads(self.table or "[]"),
        }
