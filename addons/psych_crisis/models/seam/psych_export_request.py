from odoo import fields, models


class PsychExportRequest(models.Model):
    """The key-attention database (S2-L2C-8b 重点关注学生信息库) as a registered list: reason, recipient, second person, password.

    Tier, dates and who follows up; never categories, reasons for care or notes (safety rule H11).
    """

    _inherit = "psych.export.request"

    kind = fields.Selection(
        selection_add=[("attention", "Key-attention database")], ondelete={"attention": "cascade"}
    )

    def _rows(self):
        if self.kind != "attention":
            return super()._rows()
        domain = [("company_id", "=", self.company_id.id), ("is_current", "=", True), ("tier", "!=", "daily")]
        if self.unit_id:
            domain += ["|", ("class_id", "=", self.unit_id.id), ("college_id", "=", self.unit_id.id)]
        rows = self.env["psych.crisis.attention"].search(domain)
        return self._cells(
            rows, ("student_id", "class_id", "college_id", "tier", "date_start", "review_date", "author_id")
        )
