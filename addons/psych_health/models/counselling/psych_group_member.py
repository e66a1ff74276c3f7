from odoo import fields, models


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
            ("applied", "Applied"),
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
    before = fields.Float(string="Before")
    after = fields.Float()

    _student_group_uniq = models.Constraint(
        "unique(group_id, student_id)", "This student is in the group already."
    )
