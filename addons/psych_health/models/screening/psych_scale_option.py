from odoo import fields, models


class PsychScaleOption(models.Model):
    """An answer that can be chosen: of every item of a scale, or of one item when it has its own."""

    _name = "psych.scale.option"
    _description = "Option of a scale"
    _inherit = ["psych.scale.part"]
    _order = "scale_id, item_id, sequence, id"
    _rec_name = "label"

    scale_id = fields.Many2one("psych.scale", required=True, index=True, ondelete="cascade")
    item_id = fields.Many2one("psych.scale.item", index="btree_not_null", ondelete="cascade")
    sequence = fields.Integer(default=10)
    value = fields.Integer(required=True)
    label = fields.Char(required=True, translate=True)
