from odoo import Command, api, fields, models


class PsychUnitMerge(models.TransientModel):
    """Merge units (classes, rooms, colleges): students and posts go to one unit, the others are archived."""

    _name = "psych.unit.merge"
    _description = "Merge units"

    unit_ids = fields.Many2many("psych.unit", string="Units to merge", required=True)
    target_id = fields.Many2one("psych.unit", string="Into", required=True, domain="[('id', 'in', unit_ids)]")
    student_count = fields.Integer(string="Students that move", compute="_compute_student_count")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "psych.unit":
            values["unit_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values

    @api.depends("unit_ids", "target_id")
    def _compute_student_count(self):
        for wizard in self:
            others = wizard.unit_ids - wizard.target_id
            wizard.student_count = sum(others.mapped("student_count"))

    def action_merge(self):
        """Merge and open the unit that stays.

        :raises UserError: when the kinds differ
        """
        self.ensure_one()
        (self.unit_ids - self.target_id)._merge_into(self.target_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.unit",
            "res_id": self.target_id.id,
            "view_mode": "form",
        }
