from odoo import api, fields, models

from ...tools.slots import ONE_DAY, Days

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class PsychTermEvent(models.Model):
    """Make-up days say whose timetable holds on them."""

    _inherit = "psych.term.event"

    makeup_weekday = fields.Selection(
        WEEKDAYS,
        string="Timetable of",
        help="On a make-up day the hours of this weekday hold. Empty: its own weekday.",
    )

    @api.model
    def _days(self, company, first, last):
        """Holidays and make-up days of a school between two dates, for the slot engine."""
        rows = self.sudo().search(
            [  # named seam: the calendar of the school is no secret, students ask it too
                ("company_id", "=", company.id),
                ("kind", "in", ("holiday", "makeup")),
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ]
        )
        closed, moved = set(), {}
        for row in rows:
            day = row.date_start
            while day <= row.date_end:
                if row.kind == "holiday":
                    closed.add(day)
                else:
                    moved[day] = int(row.makeup_weekday) if row.makeup_weekday else day.weekday()
                day += ONE_DAY
        return Days(frozenset(closed), moved)
