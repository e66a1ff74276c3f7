from odoo import fields, models


class PsychTermEvent(models.Model):
    """A day or period of a semester that differs: holiday, make-up day, exam, entry, leaving, internship, event.

    The seven key periods of S1-Art21 are windows around these rows.
    """

    _name = "psych.term.event"
    _description = "Day or period of a semester"
    _order = "date_start, id"

    term_id = fields.Many2one("psych.term", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="term_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("holiday", "Holiday"),
            ("makeup", "Make-up working day"),
            ("entry", "Arrival of freshmen"),
            ("leaving", "Leaving of graduates"),
            ("internship", "Internship"),
            ("exam", "Exams"),
            ("event", "Major event"),
        ],
        required=True,
    )
    name = fields.Char(required=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Until", required=True)

    _dates_ordered = models.Constraint("check(date_end >= date_start)", "A period ends after it starts.")
