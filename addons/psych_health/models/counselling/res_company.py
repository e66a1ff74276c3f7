from odoo import api, fields, models

PUBLIC_LINES = ("psych_ambulance_phone", "psych_police_phone")  # the order on every page


class ResCompany(models.Model):
    """Booking rules of a school that hold for every service (facts: S1-Art15 to 17, defaults of practice)."""

    _inherit = "res.company"

    # rules of booking
    psych_week_limit = fields.Integer(
        string="Appointments per student and week", default=1, help="0 switches the limit off."
    )
    psych_term_limit = fields.Integer(
        string="Sessions per student and semester",
        default=10,
        help="More by agreement with the counsellor. Never applied to a student with an open matter. 0: no limit.",
    )
    psych_no_show_limit = fields.Integer(
        string="Missed appointments before contact is asked",
        default=2,
        help="After so many missed appointments in a semester the student is asked to contact the centre before "
        "booking online again. Urgent hours and the help page stay open. 0: never.",
    )
    psych_broken_limit = fields.Integer(
        string="Broken appointments before contact is asked",
        default=3,
        help="Missed, too late and cancelled late together, in a semester (facts D1: three in one case). 0: never.",
    )
    psych_one_counsellor = fields.Boolean(
        string="One counsellor at a time",
        default=True,
        help="A student with an hour ahead books no other counsellor online (facts D1). Urgent hours stay open.",
    )
    psych_lock_days = fields.Integer(
        string="Days until past appointments lock", default=7, help="0: they never lock."
    )
    psych_offer_minutes = fields.Integer(string="Minutes an offered hour is kept", default=240)
    psych_reask_days = fields.Integer(string="Days between two questions to waiting students", default=7)
    psych_intake_days = fields.Integer(string="Working days to the intake talk", default=3)
    psych_measure_items = fields.Integer(
        string="Items of a scale at a visit",
        default=20,
        help="Released scales with at most so many items are offered.",
    )
    # messages
    psych_reminder_hours = fields.Integer(string="Hours before an appointment to remind", default=24)
    psych_quiet_from = fields.Integer(string="Quiet from (hour)", default=22)
    psych_quiet_to = fields.Integer(string="Quiet until (hour)", default=8)
    psych_webhook_url = fields.Char(
        string="Address of the message channel",
        help="Receives a POST with number, text and link of each reminder. Empty: mail only.",
    )
    psych_webhook_token = fields.Char(string="Key of the message channel", groups="base.group_system")
    # help that is always shown
    psych_help_phone = fields.Char(string="College help line", help="Shown on every page for students.")
    psych_help_hours = fields.Char(string="Hours of the college help line", default="24 h", translate=True)
    psych_help_place = fields.Char(string="Where to come in person", translate=True)
    psych_national_phone = fields.Char(string="National line", default="12356")
    psych_ambulance_phone = fields.Char(string="Ambulance", default="120")
    psych_police_phone = fields.Char(string="Police", default="110")
    psych_national_from = fields.Float(string="National line open from", default=8.0)
    psych_national_to = fields.Float(
        string="National line open until",
        default=26.0,
        help="Hours after midnight count on: 26 is 2 o'clock.",
    )
    # risk
    psych_risk_line = fields.Selection(
        [("ideation", "Thoughts"), ("plan", "Plan"), ("behaviour", "Behaviour")],
        string="Risk in a session that raises a flag",
        default="ideation",
        required=True,
    )

    def _psych_public_lines(self):
        """Return ``[(who, number)]`` of the lines that answer everywhere, day and night: the one place of these numbers."""
        company_sudo = self.sudo()  # named seam: public phones
        words = {name: self._fields[name]._description_string(self.env) for name in PUBLIC_LINES}
        return [(words[name], company_sudo[name]) for name in PUBLIC_LINES if company_sudo[name]]

    @api.model
    def _psych_national_open(self, company, local_hour):
        """True when the national line answers at `local_hour` (0-24, school time)."""
        start, stop = company.psych_national_from, company.psych_national_to
        return start <= local_hour < stop or start <= local_hour + 24 < stop
