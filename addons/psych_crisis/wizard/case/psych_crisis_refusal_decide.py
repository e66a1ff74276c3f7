from odoo import fields, models


class PsychCrisisRefusalDecide(models.TransientModel):
    """The leader's decision when the family refuses: one choice, kept with name and time."""

    _name = "psych.crisis.refusal.decide"
    _description = "Decision when the family refuses"

    line_id = fields.Many2one("psych.crisis.refusal.line", required=True, ondelete="cascade")
    decision = fields.Selection(
        selection=lambda self: (
            self.env["psych.crisis.refusal.line"]._fields["decision"]._description_selection(self.env)
        ),
        required=True,
    )

    def action_decide(self):
        """Take the decision."""
        self.line_id._decide(self.decision)
