from odoo import fields, models

from .psych_crisis_kind import LINES


class PsychCrisisSource(models.Model):
    """Where a signal comes from; the source decides with whom it starts (safety rule F3).

    Confidential sources (answers, booking, session, self-referral, anonymous) start at the centre; network sources
    (dorm, class, teachers) at the tutor, with station and on-call person in parallel when it is acute.
    """

    _name = "psych.crisis.source"
    _description = "Source of a signal"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")
    line = fields.Selection(LINES, required=True, default="centre")
    found_by = fields.Selection(
        [
            ("student", "Student"),
            ("dorm", "Dorm"),
            ("class", "Class"),
            ("college", "College"),
            ("school", "School"),
        ],
        help="S2-P-2: level of the network that found it first.",
    )

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This source exists already.")
