from odoo import fields, models


class PsychPostCriterion(models.Model):
    """A criterion that a nomination for a post is checked against (S1-Art6-b, S2-L4-0b, S2-L5-0b)."""

    _name = "psych.post.criterion"
    _description = "Criterion of a post"
    _order = "sequence, id"

    post_id = fields.Many2one("psych.post", required=True, index=True, ondelete="cascade")
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
