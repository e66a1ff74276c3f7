from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..counselling.psych_occupation import Taken


class PsychInterviewSlot(models.Model):
    """The hour of a talk occupies the person and the student, in the one table that rules out double booking."""

    _name = "psych.interview"
    _inherit = ["psych.interview", "psych.occupant"]

    minutes = fields.Integer(default=50)

    def action_plan(self):
        """Plan the talk: person and student are occupied for the hour.

        :raises UserError: hour or person missing, or one of them is taken
        """
        result = super().action_plan()
        Occupation = self.env["psych.occupation"].sudo()  # sudo seam: the table has no rights of its own
        for interview in self:
            stop = interview.planned_at + timedelta(minutes=interview.minutes or 50)
            rows = [
                ("user", interview.user_id.id, interview.planned_at, stop),
                ("student", interview.student_id.id, interview.planned_at, stop),
            ]
            try:
                Occupation._move(interview, rows)
            except Taken:
                raise UserError(
                    self.env._("This hour is taken, for the person or the student. Choose another one.")
                ) from None
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("done", "refused", "not_reached", "left", "todo"):
            self.env["psych.occupation"].sudo()._release(self)  # sudo seam: as above
        return result

    def action_open_file(self):
        """Open the psychological file of the student."""
        self.ensure_one()
        file = self.env["psych.file"]._of(self.student_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.file",
            "res_id": file.id,
            "view_mode": "form",
        }
