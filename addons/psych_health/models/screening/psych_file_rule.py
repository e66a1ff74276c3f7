from odoo import fields, models


class PsychFileRule(models.Model):
    """A part that a psychological file must have, for all students or for a tier (S1-Art21-b)."""

    _name = "psych.file.rule"
    _description = "Mandatory part of a file"
    _order = "tier, part"
    _rec_name = "part"

    tier = fields.Selection(
        [
            ("all", "All students"),
            ("daily", "Daily attention"),
            ("key", "Key attention"),
            ("crisis", "Crisis attention"),
        ],
        required=True,
        default="all",
    )
    part = fields.Selection(
        [
            ("contact", "Phone of the student"),
            ("guardian", "Guardian with phone"),
            ("room", "Room or place"),
            ("census", "A valid census sheet"),
            ("talk", "Talk after a rule fired"),
        ],
        required=True,
    )
    company_id = fields.Many2one("res.company", string="School", index="btree_not_null")

    _part_uniq = models.UniqueIndex(
        "(tier, part, COALESCE(company_id, 0))", "This part is asked for already."
    )
