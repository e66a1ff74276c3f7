from datetime import timedelta

from odoo import fields, models
from odoo.fields import Command

from odoo.addons.psych_health.tools import clock


class PsychCrisisCase(models.Model):
    """The call for a study meeting."""

    _inherit = "psych.crisis.case"

    meeting_ids = fields.Many2many("psych.crisis.meeting", string="Study meetings", readonly=True)

    def _call_meeting(self, caller):
        """Write the meeting of tomorrow 10:00 (local) and the instruction to hold it (machine's view)."""
        self.ensure_one()
        tz = self.company_id.psych_tz
        day = clock.local(clock.now(), tz).replace(hour=10, minute=0, second=0, tzinfo=None)
        date = clock.to_utc(day + timedelta(days=1), tz)
        people = self.member_ids.user_id | self.owner_id | self.leader_id
        meeting = self.env["psych.crisis.meeting"].create(
            {
                "date": date,
                "college_id": self.college_id.id,
                "company_id": self.company_id.id,
                "host_id": (self.owner_id or caller).id,
                "called_by_id": caller.id,
                "participant_ids": [Command.set(people.ids)],
                "case_ids": [Command.link(self.id)],
                "line_ids": [
                    Command.create({"student_id": student.id}) for student in self.subject_ids.student_id
                ],
            }
        )
        # named seam: the instruction bears the name of the caller, who need not see the team
        self.env["psych.crisis.instruction"].with_user(caller).sudo().create(
            {
                "case_id": self.id,
                "name": self.env._("Hold the study meeting"),
                "user_id": (self.owner_id or caller).id,
                "due_at": date,
            }
        )
        return meeting
