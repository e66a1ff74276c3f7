from odoo import fields, models

from ...models.warning.psych_crisis_signal import CONDITIONS, PLACES


class PsychCrisisSignalSeen(models.TransientModel):
    """Where and in which state staff met the student. No text here: a wizard's table is not encrypted (trap 13)."""

    _name = "psych.crisis.signal.seen"
    _description = "Student seen"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, ondelete="cascade")
    place = fields.Selection(PLACES, required=True, default="dorm")
    condition = fields.Selection(CONDITIONS, required=True, default="calm", string="State")

    def action_confirm(self):
        """Stamp the signal."""
        self.signal_id._see(self.place, self.condition)
        return {"type": "ir.actions.act_window_close"}
