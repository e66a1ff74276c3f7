from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock, forms
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisClosing(models.Model):
    """Closing assessment (结案评估) with an outcome grade, confirmed by a second person; a reopened case keeps it."""

    _name = "psych.crisis.closing"
    _description = "Closing assessment"
    _inherit = ["psych.confidential.mixin"]
    _order = "proposed_at desc, id desc"
    _rec_name = "grade"
    _psych_content_right = "notes"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    grade = fields.Selection(
        [
            ("good", "Settled"),
            ("better", "Better, stays on a tier"),
            ("same", "Unchanged, handed on"),
            ("left", "Left the school"),
        ],
        required=True,
        default="better",
    )
    assessment = Confidential()
    proposed_by_id = fields.Many2one(
        "res.users", readonly=True, required=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    proposed_at = fields.Datetime(readonly=True, required=True, default=lambda self: clock.now())
    confirmed_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    confirmed_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("proposed", "Waits for a second person"),
            ("confirmed", "Confirmed"),
            ("refused", "Not yet"),
            ("reopened", "Reopened later"),
        ],
        default="proposed",
        readonly=True,
        required=True,
    )

    _waiting = models.Index("(case_id) WHERE state = 'proposed'")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            case = (
                self.env["psych.crisis.case"].browse(vals.get("case_id")).sudo()
            )  # named seam: student binding
            self._check_closable(case, vals.get("grade"))
            vals.update(
                student_id=case.subject_ids.student_id[:1].id, proposed_by_id=self.env.uid, state="proposed"
            )
        rows = super().create(vals_list)
        rows.case_id._touch()
        return rows

    def write(self, vals):
        if not self.env.su and (
            set(vals) - {"assessment", "grade"} or any(row.state != "proposed" for row in self)
        ):
            raise UserError(self.env._("A closing moves on by its buttons."))
        return super().write(vals)

    @api.model
    def _check_closable(self, case, grade):
        """Refuse while something is open.

        :raises UserError: says what
        """
        lack = case._lack_to_close(grade)
        if lack:
            raise UserError(
                self.env._("The case cannot be closed yet: %(lack)s.", lack=forms.listed(self.env.lang, lack))
            )

    def action_confirm(self):
        """Second person: the case closes, unless something was opened since the proposal.

        :raises UserError: when the proposer confirms his own proposal, or something is open
        """
        for row in self:
            row._check_second()
            row_sudo = row.sudo()  # named seam: closing ends rows of several rights
            row._check_closable(row_sudo.case_id, row.grade)
            row_sudo.write(
                {"state": "confirmed", "confirmed_by_id": self.env.uid, "confirmed_at": clock.now()}
            )
            row_sudo.case_id._close(row.grade)

    def action_refuse(self):
        """Second person: not yet."""
        for row in self:
            row._check_second()
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().write(
                {"state": "refused", "confirmed_by_id": self.env.uid, "confirmed_at": clock.now()}
            )
            row.case_id._touch()

    def _check_second(self):
        self.check_access("write")
        if self.state != "proposed":
            raise UserError(self.env._("This closing does not wait for a second person."))
        if self.proposed_by_id == self.env.user:
            raise UserError(self.env._("Another person than the proposer confirms a closing."))
