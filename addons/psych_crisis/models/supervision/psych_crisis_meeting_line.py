from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisMeetingLine(models.Model):
    """What a study meeting decided about one student: keep, raise, propose lower, open a case; next step and until when."""

    _name = "psych.crisis.meeting.line"
    _description = "Decision of a study meeting"
    _inherit = ["psych.confidential.mixin"]
    _rec_name = "student_id"
    _psych_content_right = "notes"

    meeting_id = fields.Many2one("psych.crisis.meeting", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="meeting_id.company_id", store=True, precompute=True)
    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    class_id = fields.Many2one("psych.unit", readonly=True, index=True, ondelete="restrict")
    college_id = fields.Many2one("psych.unit", readonly=True, index=True, ondelete="restrict")
    decision = fields.Selection(
        [
            ("keep", "Keep as it is"),
            ("key", "Raise to key attention"),
            ("crisis", "Raise to crisis attention"),
            ("lower", "Propose lower"),
            ("case", "Open a case"),
        ],
        required=True,
        default="keep",
    )
    next_step = Confidential()
    due_date = fields.Date(default=lambda self: fields.Date.add(clock.today(self.env), days=14))
    is_applied = fields.Boolean(readonly=True)

    _once = models.UniqueIndex("(meeting_id, student_id)", "This student is on the list already.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            student = self.env["psych.student"].browse(vals["student_id"])
            vals.update(class_id=student.class_id.id, college_id=student.college_id.id)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and any(line.is_applied for line in self) and set(vals) - {"next_step"}:
            raise UserError(self.env._("This decision was carried out. The next meeting decides anew."))
        return super().write(vals)

    def action_apply(self):
        """Carry out the decision, with the rights of the person who presses."""
        Attention = self.env["psych.crisis.attention"]
        for line in self.filtered(lambda row: not row.is_applied):
            if line.student_id.enrolment_state == "deceased":
                line.sudo().is_applied = True  # named seam: nothing is carried out about the dead (H1)
                continue
            if line.decision in ("key", "crisis"):
                Attention._set_tier(line.student_id, line.decision, only_raise=True)
            elif line.decision == "lower":
                Attention.search(
                    [("student_id", "=", line.student_id.id), ("is_current", "=", True)]
                ).action_propose_lower()
            elif line.decision == "case":
                self.env["psych.crisis.case"]._open_for_student(line.student_id, "orange")
            line._take_next_step()
            line.sudo().is_applied = True  # named seam: the mark is the machine's

    def _take_next_step(self):
        """The next step with its date becomes a follow-up of the tutor's tier entry, when one is planned later."""
        entry = (
            self.env["psych.crisis.attention"]
            .sudo()  # named seam: due time of the planned follow-up, nothing is read
            .search([("student_id", "=", self.student_id.id), ("is_current", "=", True)])
        )
        if self.due_date and entry:
            due = clock.to_utc(datetime.combine(self.due_date, time(18)), self.company_id.psych_tz)
            late = entry.followup_ids.filtered(lambda row: row.state == "planned" and row.due_at > due)
            late.write({"due_at": due})
