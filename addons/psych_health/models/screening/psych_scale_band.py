from odoo import api, fields, models


class PsychScaleBand(models.Model):
    """A range of a factor with a name in words. A score belongs to the last band whose lower bound it reached."""

    _name = "psych.scale.band"
    _description = "Band of a factor"
    _inherit = ["psych.scale.part"]
    _order = "factor_id, min_score, id"

    scale_id = fields.Many2one("psych.scale", related="factor_id.scale_id", store=True, index=True)
    factor_id = fields.Many2one("psych.scale.factor", required=True, index=True, ondelete="cascade")
    min_score = fields.Float(string="From", required=True)
    max_score = fields.Float(string="To", help="For the reader; the next band's lower bound decides.")
    name = fields.Char(required=True, translate=True)
    severity = fields.Integer(
        help="0 = nothing; a higher number is graver whatever the direction of the score."
    )
    is_over = fields.Boolean(string="Over the line", help="Counts as a result that calls for a look.")

    _range_check = models.Constraint(
        "CHECK (max_score >= min_score)", "A band ends where it begins or above."
    )

    def _scales(self):
        return self.factor_id.scale_id

    @api.depends("factor_id.name", "name")
    def _compute_display_name(self):
        for band in self:
            band.display_name = band.name

    def _key(self):
        return {
            "id": self.id,
            "min": self.min_score,
            "max": self.max_score,
            "rank": self.severity,
            "over_line": self.is_over,
        }
