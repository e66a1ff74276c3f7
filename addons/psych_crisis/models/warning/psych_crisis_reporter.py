import secrets

from odoo import fields, models

from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisReporter(models.Model):
    """Who reported: a right of its own (safety rule H4). Only the centre reads it, never tutor, leader or student.

    The row is made by the machine, so that not even ``create_uid`` names the reporter. The token opens the receipt.
    """

    _name = "psych.crisis.reporter"
    _description = "Reporter of a signal"
    _inherit = ["psych.confidential.mixin"]
    _rec_name = "signal_id"
    _psych_content_right = "reporter"
    _psych_student_field = None
    _psych_student_path = "signal_id.student_id"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="signal_id.company_id", store=True, precompute=True)
    student_id = fields.Many2one(
        "psych.student", string="Reporting student", index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", string="Reporting member of staff", ondelete="set null", index="btree_not_null"
    )
    contact = Confidential(help="Name and phone as given.")
    token = fields.Char(
        default=lambda self: secrets.token_urlsafe(18), copy=False, groups=fields.NO_ACCESS, required=True
    )

    _one_signal = models.UniqueIndex("(signal_id)", "The reporter of this signal is known already.")
    _by_token = models.UniqueIndex("(token)", "This receipt exists already.")
