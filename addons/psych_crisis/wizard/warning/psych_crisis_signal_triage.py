from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.attention.psych_crisis_attention import TIERS
from ...models.case.psych_crisis_case import LEVELS


class PsychCrisisSignalTriage(models.TransientModel):
    """Outcome of the triage (研判): case, tier, talk or no concern. The two-axis rubric proposes a level, a person decides
    (PIPL art. 24: a score never decides alone)."""

    _name = "psych.crisis.signal.triage"
    _description = "Triage"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, ondelete="cascade")
    outcome = fields.Selection(
        [
            ("case", "Open or join a case"),
            ("tier", "Put on an attention tier"),
            ("talk", "Talk and follow-up"),
            ("no_concern", "No concern"),
        ],
        required=True,
        default="talk",
    )
    danger = fields.Selection(
        [
            ("0", "No sign of danger"),
            ("1", "Thoughts or strong distress"),
            ("2", "Plan, attempt or danger to others"),
        ],
        default="0",
        string="Danger now",
    )
    support = fields.Selection(
        [
            ("0", "Family, friends, treatment in place"),
            ("1", "Little support"),
            ("2", "Alone, conflict or refuses help"),
        ],
        default="0",
        string="Support",
    )
    level = fields.Selection(LEVELS, compute="_compute_level", store=True, readonly=False)
    tier = fields.Selection(TIERS, default="daily")
    accepted_by_id = fields.Many2one(
        "res.users",
        string="Proposal accepted by",
        domain="[('share', '=', False)]",
        help="S2-L2C-9b: who accepted the proposal for first handling.",
    )

    @api.depends("danger", "support")
    def _compute_level(self):
        for wizard in self:
            wizard.level = self.env["psych.crisis.case"]._rubric_level(wizard.danger, wizard.support)

    def action_confirm(self):
        """Write the outcome; open the case or tier it needs."""
        self.ensure_one()
        signal = self.signal_id
        if self.outcome in ("case", "tier") and not signal.student_id:
            raise UserError(self.env._("First say which student it is."))
        case = self.env["psych.crisis.case"]
        if self.outcome == "case":
            case = case._open_for_signal(signal, self.level, self.danger, self.support)
        elif self.outcome == "tier":
            self.env["psych.crisis.attention"]._set_tier(signal.student_id, self.tier)
        elif self.outcome == "talk" and signal.student_id:
            self.env["psych.crisis.attention"]._set_tier(signal.student_id, "daily", only_raise=True)
        signal._triage(self.outcome, self.accepted_by_id, case)
        if case:
            return {
                "type": "ir.actions.act_window",
                "res_model": "psych.crisis.case",
                "res_id": case.id,
                "view_mode": "form",
            }
        return {"type": "ir.actions.act_window_close"}
