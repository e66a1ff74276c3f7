from odoo import api, fields, models


class PsychTermAssistantLine(models.TransientModel):
    """A class or a post in the assistant «New semester», with what shall happen to it."""

    _name = "psych.term.assistant.line"
    _description = "Line of the new semester"

    wizard_id = fields.Many2one("psych.term.assistant", required=True, ondelete="cascade")
    unit_id = fields.Many2one("psych.unit", string="Class")
    membership_id = fields.Many2one("psych.membership", string="Post held")
    choice = fields.Selection(
        [("keep", "Leave as it is"), ("leave", "Leaves"), ("renew", "Renew")], required=True, default="keep"
    )
    student_count = fields.Integer(related="unit_id.student_count", string="Students")
    date_end = fields.Date(related="membership_id.date_end", string="Until")
    lack = fields.Char(compute="_compute_lack", string="Lacks")

    @api.depends("membership_id")
    def _compute_lack(self):
        for line in self:
            line.lack = line.membership_id._renewal_lack() if line.membership_id else False
