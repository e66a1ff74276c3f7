from odoo import fields, models

from odoo.addons.psych_health.tools import confidential
from odoo.addons.psych_health.tools.confidential import Confidential


@confidential.scorer("test_psych.sheet.length")
def length(text):
    """Score of a toy sheet: how long the answer is."""
    return {"length": len(text)}


class TestPsychSheet(models.Model):
    """An answer sheet: the student opens the own one, also by a signed link."""

    _name = "test_psych.sheet"
    _inherit = ["psych.confidential.mixin"]
    _description = "Toy sheet"
    _psych_content_right = "answers"
    _psych_link_opens = True

    student_id = fields.Many2one("psych.student", required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    answers = Confidential()
