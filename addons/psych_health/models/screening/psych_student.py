from odoo import fields, models


class PsychStudent(models.Model):
    """Links from the register to screening, for the roles that may follow them."""

    _inherit = "psych.student"

    psych_interview_ids = fields.One2many(
        "psych.interview",
        "student_id",
        string="Talks after screening",
        groups="psych_health.group_psych_health_counsellor,psych_health.group_psych_health_centre",
    )
