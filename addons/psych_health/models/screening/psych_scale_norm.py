from odoo import fields, models

from ...tools import scoring


class PsychScaleNorm(models.Model):
    """A norm of a scale: a line per factor from one source.

    Another norm gives a second result beside the first: bands and rules of the scale never change by it. So a norm
    may be added to a released scale; its lines freeze with the first result computed from it.
    """

    _name = "psych.scale.norm"
    _description = "Norm of a scale"
    _order = "scale_id, sequence, id"

    scale_id = fields.Many2one("psych.scale", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    source = fields.Text()
    group = fields.Char(string="Group of the norm", help="For example adults 1986, undergraduates.")
    rule = fields.Selection(
        [("fixed", "Fixed line"), ("sd", "Mean plus k standard deviations"), ("percentile", "Percentile")],
        required=True,
        default="fixed",
    )
    k = fields.Float(default=2.0)
    percentile = fields.Float(default=95.0)
    is_default = fields.Boolean(string="Shown first")
    line_ids = fields.One2many("psych.scale.norm.line", "norm_id", string="Lines", copy=True)

    _code_uniq = models.UniqueIndex("(scale_id, code)", "Two norms carry the same code.")

    def _over(self, scores):
        """Which factors are over this norm's line.

        :param dict scores: ``{factor code: score or None}``
        :return: ``{factor code: True | False | None}`` for the factors that the norm has
        """
        self.ensure_one()
        return {
            line.factor_id.code: scoring.over_norm(
                scores.get(line.factor_id.code), line._key(), line.factor_id.higher_is_better
            )
            for line in self.line_ids
        }
