from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisRefusalLine(models.Model):
    """One step on one path: when it is due, who did it when, how it ended and what is on paper."""

    _name = "psych.crisis.refusal.line"
    _description = "Step of a refusal path"
    _order = "refusal_id, sequence, id"
    _rec_name = "step_id"

    refusal_id = fields.Many2one("psych.crisis.refusal", required=True, index=True, ondelete="cascade")
    case_id = fields.Many2one(related="refusal_id.case_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="refusal_id.company_id", store=True, precompute=True)
    step_id = fields.Many2one("psych.crisis.refusal.step", required=True, readonly=True, ondelete="restrict")
    sequence = fields.Integer(related="step_id.sequence", store=True, precompute=True)
    evidence = fields.Selection(related="step_id.evidence")
    help_text = fields.Char(related="step_id.help_text")
    is_now = fields.Boolean(compute="_compute_is_now")
    due_at = fields.Datetime(string="Due", readonly=True)
    done_at = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True, ondelete="restrict")
    outcome = fields.Selection([("agreed", "Agreed"), ("refused", "Refused"), ("unfound", "Not found")])
    is_signed = fields.Boolean(string="Signed")
    witness_id = fields.Many2one(
        "res.users", string="Witness", domain="[('share', '=', False)]", ondelete="restrict"
    )
    witness2_id = fields.Many2one(
        "res.users", string="Second witness", domain="[('share', '=', False)]", ondelete="restrict"
    )
    decision = fields.Selection(
        [
            ("hospital", "To hospital without the family's consent"),
            ("police", "Ask the police"),
            ("community", "Ask the community"),
            ("guard", "Guard at school and try again"),
        ]
    )
    office = fields.Char(
        string="Office asked", size=80, help="Police station, community or hospital; no names."
    )

    @api.depends("refusal_id.current_line_id")
    def _compute_is_now(self):
        for line in self:
            line.is_now = line.refusal_id.current_line_id == line

    def write(self, vals):
        if not self.env.su:
            typed = {"outcome", "is_signed", "witness_id", "witness2_id", "decision", "office"}
            if set(vals) - typed or any(line.done_at for line in self):
                raise UserError(self.env._("A step that is done stays as it was."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("What was done stays on the case."))

    def action_done(self):
        """This step is done: its evidence is checked, the next step begins.

        :raises UserError: out of order, or without what must be on paper
        """
        self.ensure_one()
        self._check_may_do()
        self._check_evidence()
        line_sudo = self.sudo()  # named seam: the path moves on for whoever may do this step
        line_sudo.write({"done_at": clock.now(), "done_by_id": self.env.uid})
        line_sudo.refusal_id._after_step(line_sudo)

    def _check_may_do(self):
        if self.evidence == "decision":
            self.check_access("read")
            leader = self.case_id.sudo().leader_id == self.env.user  # named seam: who is the leader
            if not leader and not self.env.user._psych_has_scope("leader", company=self.company_id):
                raise AccessError(self.env._("The leader in charge, or the leadership, takes this decision."))
        else:
            self.check_access("write")
        # named seam: which step is now, for a leader who may only decide
        if self.done_at or not self.sudo().is_now:
            raise UserError(self.env._("The steps are done in their order."))

    def _check_evidence(self):
        if self.evidence == "decision":
            if not self.decision:
                raise UserError(self.env._("Please choose what is decided."))
            return
        if not self.outcome:
            raise UserError(self.env._("Please say how it ended: agreed, refused or not found."))
        if self.evidence == "contact" and self.outcome != "unfound" and not self._contacted():
            raise UserError(
                self.env._(
                    "Note the contact with the second guardian on the case first, after its checklist."
                )
            )
        if self.evidence == "paper" and not self.is_signed and not self._witnessed():
            raise UserError(
                self.env._("The notice is signed, or the refusal is recorded before two different witnesses.")
            )
        if self.evidence == "office" and not self.office:
            raise UserError(self.env._("Please name the office that was asked."))

    def _contacted(self):
        # named seam: whether there is a contact since the path began, not what was said
        return self.sudo().case_id.contact_ids.filtered(
            lambda row: row.kind in ("second", "arrived") and row.at >= self.refusal_id.opened_at
        )

    def _witnessed(self):
        return self.witness_id and self.witness2_id and self.witness_id != self.witness2_id

    def action_decide(self):
        """Open the small form in which the leader decides."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.crisis.refusal.decide",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Decide"),
            "context": {"default_line_id": self.id},
        }

    def _decide(self, decision):
        """The leader's decision with name and time; kept among the instructions of the case too."""
        self.ensure_one()
        self.check_access("read")
        line_sudo = (
            self.sudo()
        )  # named seam: a leader has no right to write here, only to decide; checked below
        if self.evidence != "decision":
            raise UserError(self.env._("This step asks for no decision."))
        self._check_may_do()
        line_sudo.decision = decision
        labels = dict(self._fields["decision"]._description_selection(self.env))
        self.env["psych.crisis.instruction"].create(
            {"case_id": self.case_id.id, "kind": "decision", "name": labels[decision]}
        )
        self.action_done()
