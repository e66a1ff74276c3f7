from odoo import api, fields, models


class PsychLockout(models.Model):
    """Lock-out (回避) of a named person from everything about a student; wins over every right.

    A complaint against a teacher, kinship or another tie: the person sees nothing of the student's
    matters as long as the row is in force. Written by the head of the centre.
    """

    _name = "psych.lockout"
    _description = "Lock-out of a person"
    _order = "date_start desc, id desc"
    _rec_name = "student_id"

    user_id = fields.Many2one("res.users", string="Person", required=True, index=True, ondelete="restrict")
    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    reason = fields.Selection(
        [
            ("kin", "Kinship"),
            ("complaint", "Complaint about this person"),
            ("relation", "Another close relation"),
            ("wish", "Wish of the student"),
            ("other", "Other"),
        ],
        required=True,
    )
    date_start = fields.Date(required=True, default=fields.Date.context_today)
    date_end = fields.Date(help="Last day; empty while it is open.")
    company_id = fields.Many2one("res.company", related="student_id.company_id", store=True, index=True)

    @api.model
    def _in_force(self, uid):
        """Return the domain of the rows in force today for the user ``uid``."""
        return [
            ("user_id", "=", uid),
            ("date_start", "<=", "today"),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", "today"),
        ]

    @api.model
    def _locked_student_ids(self, uid):
        """Return the ids of the students from whom the user is locked out today."""
        return self.search(self._in_force(uid)).student_id.ids

    @api.model
    def _locked_user_ids(self, students, day):
        """Return the set of ids of the users who are locked out of one of ``students`` on ``day``."""
        in_force = [("date_start", "<=", day), "|", ("date_end", "=", False), ("date_end", ">=", day)]
        return set(self.search([("student_id", "in", students.ids), *in_force]).user_id.ids)
