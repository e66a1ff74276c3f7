from odoo import fields, models


class PsychSchoolSettings(models.TransientModel):
    """Rules of booking that hold for every service (facts D1); those of one service stand in the service.

    The address and key of the message channel are not here: whoever names them receives the number of every student
    who is reminded, so the operator does that on the company's form (safety H5).
    """

    _inherit = "psych.school.settings"

    # rules of booking
    psych_week_limit = fields.Integer(string="Appointments per student and week")
    psych_term_limit = fields.Integer(string="Sessions per student and semester")
    psych_no_show_limit = fields.Integer(string="Missed appointments before contact is asked")
    psych_broken_limit = fields.Integer(string="Broken appointments before contact is asked")
    psych_one_counsellor = fields.Boolean(string="One counsellor at a time")
    psych_lock_days = fields.Integer(string="Days until past appointments lock")
    psych_intake_days = fields.Integer(string="Working days to the intake talk")
    psych_offer_minutes = fields.Integer(string="Minutes an offered hour is kept")
    psych_reask_days = fields.Integer(string="Days between two questions to waiting students")
    psych_measure_items = fields.Integer(string="Items of a scale at a visit")
    # messages
    psych_reminder_hours = fields.Integer(string="Hours before an appointment to remind")
    psych_quiet_from = fields.Integer(string="Quiet from (hour)")
    psych_quiet_to = fields.Integer(string="Quiet until (hour)")
    # help that is always shown
    psych_help_phone = fields.Char(string="College help line")
    psych_help_hours = fields.Char(string="Hours of the college help line")
    psych_help_place = fields.Char(string="Where to come in person")
    psych_national_phone = fields.Char(string="National line")
    psych_ambulance_phone = fields.Char(string="Ambulance")
    psych_police_phone = fields.Char(string="Police")
    psych_national_from = fields.Float(string="National line open from")
    psych_national_to = fields.Float(string="National line open until")
    # risk
    psych_risk_line = fields.Selection(
        [("ideation", "Thoughts"), ("plan", "Plan"), ("behaviour", "Behaviour")],
        string="Risk in a session that raises a flag",
        required=True,
    )

    def action_take_over_catalogue(self):
        """Give a school without services the catalogue that is delivered."""
        self.env["psych.service"]._take_over_catalogue(self.env.company)
        return self.env["ir.actions.act_window"]._for_xml_id("psych_health.psych_service_action")
