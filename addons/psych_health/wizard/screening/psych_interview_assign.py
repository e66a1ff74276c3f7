from odoo import fields, models
from odoo.exceptions import UserError


class PsychInterviewAssign(models.TransientModel):
    """Give many talks to people at once: college by college, the most urgent first, evenly."""

    _name = "psych.interview.assign"
    _description = "Give talks to people"

    interview_ids = fields.Many2many("psych.interview", default=lambda self: self._default_interviews())
    user_ids = fields.Many2many("res.users", string="People who talk", domain="[('share', '=', False)]")
    interview_count = fields.Integer(compute="_compute_interview_count")

    def _default_interviews(self):
        ids = self.env.context.get("active_ids") or []
        return self.env["psych.interview"].browse(ids).filtered("is_open")

    def _compute_interview_count(self):
        for wizard in self:
            wizard.interview_count = len(wizard.interview_ids)

    def action_assign(self):
        """Share the talks out."""
        self.ensure_one()
        if not self.user_ids:
            raise UserError(self.env._("Choose at least one person."))
        self.interview_ids._share_out(self.interview_ids, self.user_ids)
        return {"type": "ir.actions.act_window_close"}
