from odoo import fields, models

LINES = [
    ("centre", "Confidential: starts at the centre"),
    ("network", "Network: starts at the tutor"),
    ("discipline", "About staff: passes the whole line by"),
]
CENTRE_ROLES = ("centre", "centre_head", "counsellor")
URGENCIES = [("acute", "At once"), ("talk", "Needs a talk"), ("watch", "Watch")]
URGENCY_RANK = {"acute": 1, "talk": 2, "watch": 3}


class PsychCrisisKind(models.Model):
    """What a signal is about: missing person, concern, complaint about staff … Kinds may have clocks of their own."""

    _name = "psych.crisis.kind"
    _description = "Kind of signal"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")
    line = fields.Selection(LINES, help="Empty: the line of the source.")
    urgency = fields.Selection(
        URGENCIES, required=True, default="talk", help="Proposed when nobody says otherwise."
    )
    needs_student = fields.Boolean(default=True, help="Off: may concern nobody in particular.")
    bars_centre = fields.Boolean(
        string="Kept from the centre",
        help="Nobody of the centre, its head included, reads it or is called: for complaints about the centre.",
    )
    checklist = fields.Text(translate=True, help="First steps, one in a line, shown to whoever acts.")

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This kind exists already.")
