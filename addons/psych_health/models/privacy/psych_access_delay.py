from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import clock

MAX_DAYS = 30


class PsychAccessDelay(models.Model):
    """The centre lets a student see later who opened the own file (safety H15).

    In an acute phase "twelve people read me at three in the morning" feeds fear. At most 30 days and
    with a reason; rows of that time are not lost, they appear when the delay ends.
    """

    _name = "psych.access.delay"
    _description = "Later display of the own-file list"
    _order = "date_start desc, id desc"
    _rec_name = "student_id"

    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", related="student_id.company_id", store=True, index=True)
    date_start = fields.Datetime(
        "From", required=True, default=lambda self: clock.now(), help="Openings from here on are shown later."
    )
    date_until = fields.Datetime(
        "Until",
        required=True,
        default=lambda self: clock.now() + timedelta(days=MAX_DAYS),
        help="At most 30 days after the start.",
    )
    reason = fields.Selection(
        [
            ("acute", "Acute phase"),
            ("safety", "Safety of a member of staff"),
            ("family", "Someone else may look at the student's phone"),
        ],
        required=True,
    )

    @api.constrains("date_start", "date_until")
    def _check_span(self):
        for delay in self:
            if not delay.date_start < delay.date_until <= delay.date_start + timedelta(days=MAX_DAYS):
                raise ValidationError(self.env._("The list may be shown later by at most 30 days."))

    @api.model
    def _hidden_from(self, student):
        """Return the moment from which openings are not shown to the student yet, None when all are."""
        now = clock.now()
        rows = self.search(
            [("student_id", "=", student.id), ("date_start", "<=", now), ("date_until", ">", now)]
        )
        return min(rows.mapped("date_start"), default=None)
