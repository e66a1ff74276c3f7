from odoo import fields, models

from odoo.addons.psych_health.tools.confidential import Confidential


class TestPsychNote(models.Model):
    """A note about a student, as a session note would be: own entries, centre, lock-out."""

    _name = "test_psych.note"
    _inherit = ["psych.confidential.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Toy note"
    _psych_content_right = "notes"

    name = fields.Char(default="N-1")
    case_id = fields.Many2one("test_psych.case", index=True)
    student_id = fields.Many2one("psych.student")
    author_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    note = Confidential()
    plan = Confidential(help="What comes next")
