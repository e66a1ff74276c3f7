from odoo import fields, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisMeeting(models.Model):
    """A study meeting (个案研判会): pick students on a tier, one decision and next step each; minutes can be printed."""

    _name = "psych.crisis.meeting"
    _description = "Study meeting"
    _order = "date desc, id desc"
    _rec_name = "date"

    date = fields.Datetime(required=True, default=lambda self: clock.now())
    college_id = fields.Many2one(
        "psych.unit", string="College", domain="[('role', '=', 'college')]", index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    host_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.uid,
        domain="[('share', '=', False)]",
        ondelete="restrict",
    )
    participant_ids = fields.Many2many("res.users", string="Participants", domain="[('share', '=', False)]")
    line_ids = fields.One2many("psych.crisis.meeting.line", "meeting_id", string="Students")
