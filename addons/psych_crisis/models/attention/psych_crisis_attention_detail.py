from odoo import api, fields, models

from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisAttentionDetail(models.Model):
    """Categories and evidence of a tier: a model of its own, because centre and team alone may see them (trap 7)."""

    _name = "psych.crisis.attention.detail"
    _description = "Category of an attention tier"
    _inherit = ["psych.confidential.mixin"]
    _rec_name = "category_id"
    _psych_content_right = "notes"

    attention_id = fields.Many2one("psych.crisis.attention", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one(related="attention_id.student_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="attention_id.company_id", store=True, precompute=True)
    category_id = fields.Many2one("psych.crisis.category", required=True, ondelete="restrict")
    evidence = Confidential()
    expiry_date = fields.Date(compute="_compute_expiry_date", store=True, readonly=False)

    _once = models.UniqueIndex("(attention_id, category_id)", "This category is noted already.")

    @api.depends("category_id", "attention_id.date_start")
    def _compute_expiry_date(self):
        for row in self:
            start = row.attention_id.date_start
            row.expiry_date = fields.Date.add(start, months=row.category_id.months or 6) if start else False

    def _copy_to(self, attention):
        """Carry the categories to the next entry of the same student; evidence stays where it was written."""
        self.create(
            [
                {
                    "attention_id": attention.id,
                    "category_id": row.category_id.id,
                    "expiry_date": row.expiry_date,
                }
                for row in self
            ]
        )
