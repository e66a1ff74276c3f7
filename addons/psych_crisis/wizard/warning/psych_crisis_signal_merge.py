from odoo import fields, models


class PsychCrisisSignalMerge(models.TransientModel):
    """Which open signal is the same matter."""

    _name = "psych.crisis.signal.merge"
    _description = "Same as another signal"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, ondelete="cascade")
    student_id = fields.Many2one(related="signal_id.student_id")
    target_id = fields.Many2one(
        "psych.crisis.signal",
        string="Same as",
        required=True,
        ondelete="cascade",
        domain="[('is_open', '=', True), ('id', '!=', signal_id), ('student_id', 'in', (student_id, False))]",
    )

    def action_confirm(self):
        """Merge; both numbers stay."""
        self.signal_id._merge_into(self.target_id)
        return {"type": "ir.actions.act_window_close"}
