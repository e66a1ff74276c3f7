from odoo import fields, models


class PsychStudent(models.Model):
    """What the privacy room adds to a student: the lock-outs, for record rules of other rooms."""

    _inherit = "psych.student"

    # record rules of clinical models name this path; nobody reads the rows by it
    lockout_ids = fields.One2many(
        "psych.lockout", "student_id", bypass_search_access=True, groups=fields.NO_ACCESS
    )
