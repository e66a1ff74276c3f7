from odoo import fields, models


class PsychCrisisSignalRelink(models.TransientModel):
    """The right student of a signal that named a namesake."""

    _name = "psych.crisis.signal.relink"
    _description = "Correct the student of a signal"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", string="Right student", required=True, ondelete="cascade")

    def action_confirm(self):
        """Correct with a trace."""
        self.signal_id._relink(self.student_id)
        return {"type": "ir.actions.act_window_close"}
