from odoo import api, fields, models

from .psych_session import RISKS, URGENCY_OF, risk_to_flag


class PsychGroupMember(models.Model):
    """A student in a counselling group. Membership is counselling: nobody outside reads it (H5)."""

    _name = "psych.group.member"
    _description = "Member of a counselling group"
    _order = "id"
    _rec_name = "student_id"
    _check_company_auto = True

    group_id = fields.Many2one("psych.group", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", required=True, index=True, check_company=True)
    company_id = fields.Many2one(related="group_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("applied", "Asked for a place"),
            ("member", "Member"),
            ("declined", "Not now"),
            ("left", "Left"),
            ("finished", "Finished"),
        ],
        default="member",
        required=True,
    )
    needs_talk = fields.Boolean(
        string="Talk alone advised", help="After the group somebody meets this student alone."
    )
    risk = fields.Selection(
        RISKS,
        string="Risk seen",
        help="Seen in a meeting. At or above the school's line it is passed on without text.",
    )
    tell_ids = fields.Many2many(
        "psych.telling", string="Others are told", help="The minimum that goes with the risk."
    )
    flagged_risk = fields.Selection(RISKS, readonly=True, copy=False)
    before = fields.Float(string="Before")
    after = fields.Float()

    _student_group_uniq = models.Constraint(
        "unique(group_id, student_id)", "This student is in the group already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._raise_risk()
        members.filtered("tell_ids")._tell_minimum()
        return members

    def write(self, vals):
        result = super().write(vals)
        if "risk" in vals:
            self._raise_risk()
        if "tell_ids" in vals or "risk" in vals:
            self._tell_minimum()
        return result

    def _raise_risk(self):
        """As in a session: flag risk once per level, with the member's row and no narrative (F11)."""
        for row in self.filtered("risk"):
            if risk_to_flag(row):
                row.flagged_risk = row.risk
                self.env["psych.hooks"]._psych_flag_raised(row, f"group.{row.risk}", URGENCY_OF[row.risk])

    def _tell_minimum(self):
        """As in a session: what the leader chose for others to know goes with the flag."""
        for row in self.filtered(lambda member: member.risk in URGENCY_OF and member.flagged_risk):
            self.env["psych.telling"]._pass_on(row)
