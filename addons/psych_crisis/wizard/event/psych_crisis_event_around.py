from odoo import fields, models


class PsychCrisisEventAround(models.TransientModel):
    """Whose room-mates and class are affected by an event: they come onto the list at once, nobody twice."""

    _name = "psych.crisis.event.around"
    _description = "People around a student"

    event_id = fields.Many2one("psych.crisis.event", required=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", string="Around whom", required=True, ondelete="cascade")

    def action_confirm(self):
        """Put room-mates and class on the list of the event."""
        self.event_id.check_access("write")
        self.env["psych.crisis.event.ring"]._add_room_and_class(self.event_id, self.student_id)
        return {"type": "ir.actions.act_window_close"}
