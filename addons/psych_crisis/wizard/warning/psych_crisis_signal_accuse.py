from odoo import fields, models


class PsychCrisisSignalAccuse(models.TransientModel):
    """Whom a complaint is about, said by whoever handles it."""

    _name = "psych.crisis.signal.accuse"
    _description = "Whom a complaint is about"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        string="Member of staff",
        required=True,
        domain="[('share', '=', False)]",
        ondelete="cascade",
    )

    def action_confirm(self):
        """Name the person: he is locked out at once."""
        self.signal_id._accuse(self.user_id)
        return {"type": "ir.actions.act_window_close"}
