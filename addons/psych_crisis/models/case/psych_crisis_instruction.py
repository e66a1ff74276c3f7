from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

LINE = 120  # characters of what is asked or decided
ANSWER = 200


class PsychCrisisInstruction(models.Model):
    """An instruction of a leader (交办): one line, who, until when; the answer returns to the card. *Read* is 已阅.

    One line without names or reasons: the case has its number. People write more than they should, so both lines are
    encrypted: open to who wrote it, who was asked, the team and the named leader of the case, and the centre. The card
    says *open* or *answered* to everybody who sees the case.
    """

    _name = "psych.crisis.instruction"
    _description = "Instruction"
    _inherit = ["psych.confidential.mixin"]
    _order = "at desc, id desc"
    _rec_name = "kind"
    _psych_content_right = "notes"
    _psych_student_field = None
    _psych_student_path = "case_id.subject_ids.student_id"

    case_id = fields.Many2one("psych.crisis.case", index=True, ondelete="cascade")
    event_id = fields.Many2one("psych.crisis.event", index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [("order", "Instruction"), ("read", "Read"), ("decision", "Decision")], required=True, default="order"
    )
    name = Confidential(string="What", help="One line; no name, no reason.")
    author_id = fields.Many2one(
        "res.users", readonly=True, required=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    at = fields.Datetime(readonly=True, required=True, default=lambda self: clock.now())
    due_at = fields.Datetime(string="Until", default=lambda self: clock.now() + timedelta(days=1))
    answer = Confidential()
    answered_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("answered", "Answered"), ("none", "No answer needed")],
        required=True,
        default="open",
        readonly=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # named seam: the school is that of the matter, also for somebody who works in two
            matter = (
                self.env["psych.crisis.case"].browse(vals.get("case_id"))
                or self.env["psych.crisis.event"].browse(vals.get("event_id"))
            ).sudo()
            if matter:
                vals["company_id"] = matter.company_id.id
            vals.update(
                author_id=self.env.uid,
                at=clock.now(),
                answered_at=False,
                state="open" if vals.get("kind", "order") == "order" else "none",
                due_at=vals.get("due_at") or clock.now() + timedelta(days=1),
            )
            self._check_said(vals)
        rows = super().create(vals_list)
        rows.case_id.check_access("read")
        rows.event_id.check_access("read")
        rows._check_decision()
        rows.case_id._touch()
        return rows

    @api.model
    def _check_said(self, vals):
        """An instruction says what and who, a decision says what; each in one line."""
        if vals["state"] == "open" and not (vals.get("name") and vals.get("user_id")):
            raise UserError(self.env._("An instruction says what and who."))
        if vals.get("kind") == "decision" and not vals.get("name"):
            raise UserError(self.env._("A decision says in one line what is decided."))
        self._check_length(vals)

    @api.model
    def _check_length(self, vals):
        for name, size in (("name", LINE), ("answer", ANSWER)):
            if len(vals.get(name) or "") > size:
                raise UserError(
                    self.env._("One line, please: at most %(size)s characters. Nothing was saved.", size=size)
                )

    def write(self, vals):
        if not self.env.su and set(vals) - {"answer"}:
            raise UserError(
                self.env._("An instruction stays as it was given. Answer it, or give another one.")
            )
        self._check_length(vals)
        return super().write(vals)

    def action_answer(self):
        """The person asked has done it; the answer stands on the card."""
        for row in self:
            # named seam: who owns the case
            if row.user_id != self.env.user and row.case_id.sudo().owner_id != self.env.user:
                raise UserError(self.env._("The person asked answers."))
            row_sudo = row.sudo()  # named seam: that there is an answer, not what it says
            if not row_sudo.answer_cipher:
                raise UserError(self.env._("Please write one line as the answer."))
            row_sudo.write({"state": "answered", "answered_at": clock.now()})
            row.case_id._touch()

    def _check_decision(self):
        """A decision is the leadership's, or of the leader in charge of the case."""
        for row in self.filtered(lambda row: row.kind == "decision"):
            in_charge = row.case_id.sudo().leader_id == self.env.user  # named seam: who is in charge
            if not in_charge and not self.env.user._psych_has_scope("leader", company=row.company_id):
                raise UserError(self.env._("The leadership decides; others write a note."))

    def _said(self):
        """Return the line with its answer, for papers."""
        answer = f" → {self.answer}" if self.state == "answered" and self.answer else ""
        return (
            f"{self.name or dict(self._fields['kind']._description_selection(self.env))[self.kind]}{answer}"
        )

    def _state_now(self):
        """Return open, answered or none for the card."""
        orders = self.filtered(lambda row: row.kind == "order")
        if orders.filtered(lambda row: row.state == "open"):
            return "open"
        return "answered" if orders else "none"
