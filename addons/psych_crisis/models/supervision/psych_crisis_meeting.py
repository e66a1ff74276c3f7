from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisMeeting(models.Model):
    """A study meeting (个案研判会): pick students on a tier, one decision and next step each; minutes can be printed."""

    _name = "psych.crisis.meeting"
    _description = "Study meeting"
    _order = "date desc, id desc"

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
    case_ids = fields.Many2many("psych.crisis.case", string="Called about", readonly=True, help="By number.")
    called_by_id = fields.Many2one("res.users", string="Called by", readonly=True, ondelete="restrict")
    is_held = fields.Boolean(string="Held", compute="_compute_is_held", store=True)

    @api.depends("date", "college_id")
    def _compute_display_name(self):
        for meeting in self:
            at = clock.text(meeting.date, meeting.company_id.psych_tz)
            meeting.display_name = f"{meeting.college_id.name or ''} {at}".strip()

    _to_hold = models.Index("(host_id, date) WHERE is_held IS NOT TRUE")

    @api.depends("line_ids.decision", "line_ids.is_applied")
    def _compute_is_held(self):
        for meeting in self:
            meeting.is_held = bool(meeting.line_ids) and all(meeting.line_ids.mapped("is_applied"))

    @api.model
    def _convene(self, case):
        """Call a meeting about ``case`` (召集研判会): tomorrow, owner as host, team and leader take part.

        Whoever calls sees the number only; owner and team get an instruction to hold it. An open call is used again.

        :return: action that tells when the meeting is
        """
        case.check_access("read")
        if self.env.user.share:
            raise UserError(self.env._("Staff call a study meeting."))
        case_sudo = case.sudo()  # named seam: the meeting names the team, the caller may see the number only
        # named seam: is one called already; the caller learns its hour only
        known = self.sudo().search([("case_ids", "in", case.ids), ("is_held", "=", False)], limit=1)
        meeting = known or case_sudo._call_meeting(self.env.user)
        when = clock.local(meeting.date, case_sudo.company_id.psych_tz)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "Study meeting about %(case)s: %(when)s, called in the name of %(user)s.",
                    case=case.name,
                    when=f"{when:%m-%d %H:%M}",
                    user=meeting.called_by_id.name,
                ),
                "type": "success",
                "sticky": False,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_apply_all(self):
        """Carry out every decision that is not carried out yet."""
        self.line_ids.action_apply()

    def action_print_minutes(self):
        """Print the minutes with lines to sign."""
        return self.env.ref("psych_crisis.psych_crisis_meeting_minutes").report_action(self)

    def _minutes_signatures(self):
        """Return who signs the minutes."""
        return [self.env._("Host"), self.env._("Minutes taken by")]
