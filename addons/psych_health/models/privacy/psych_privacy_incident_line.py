from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import clock


class PsychPrivacyIncidentLine(models.Model):
    """One step of one incident: due, done by whom and when, or left out with a reason."""

    _name = "psych.privacy.incident.line"
    _description = "Step of a leak"
    _order = "due_at, id"
    _rec_name = "step_id"

    incident_id = fields.Many2one("psych.privacy.incident", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="incident_id.company_id", store=True, index=True)
    step_id = fields.Many2one("psych.privacy.step", required=True, readonly=True, ondelete="restrict")
    clause = fields.Char(related="step_id.clause")
    help_text = fields.Text(related="step_id.help_text")
    due_at = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("left_out", "Left out")], required=True, default="open"
    )
    done_at = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Char(
        help="Why the step is left out, for example: law allows not to tell because no harm is to be expected."
    )

    @api.constrains("state", "reason")
    def _check_reason(self):
        for line in self:
            if line.state == "left_out" and not (line.reason or "").strip():
                raise ValidationError(self.env._("Please say why the step is left out."))

    def action_done(self):
        """Done now, by me."""
        self.write({"state": "done", "done_at": clock.now(), "done_by_id": self.env.uid})
