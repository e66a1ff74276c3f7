from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock
from ...tools.confidential import Confidential

ANSWER_DAYS = 15


class PsychCorrectionRequest(models.Model):
    """A student says that something about them is wrong, incomplete or should be deleted (PIPL art. 46, 47).

    Asked on the portal, answered by the centre within 15 days, with reasons when refused. Both texts are
    encrypted; the student reads the answer on the own page.
    """

    _name = "psych.correction.request"
    _inherit = ["psych.confidential.mixin"]
    _description = "Request to correct data"
    _order = "due_on, id"
    _rec_name = "number"
    _psych_grantable = False

    number = fields.Char(readonly=True, copy=False)
    student_id = fields.Many2one(
        "psych.student", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("correct", "Correct something"),
            ("complete", "Add something"),
            ("delete", "Delete something"),
            ("explain", "Explain something"),
        ],
        required=True,
        readonly=True,
        default="correct",
    )
    wish = Confidential(string="Wish of the student")
    answer = Confidential(string="Answer to the student")
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("refused", "Not done, with reason")],
        required=True,
        default="open",
        readonly=True,
    )
    asked_at = fields.Datetime(readonly=True)
    due_on = fields.Date(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    answered_by_id = fields.Many2one("res.users", readonly=True)

    @api.model
    def _ask(self, student, kind, wish):
        """Take the request of ``student``; the caller has checked that the student is signed in.

        :raises UserError: without text
        """
        if len((wish or "").strip()) < 3:
            raise UserError(self.env._("Please say what is wrong. Nothing was sent."))
        # named seam: the school of the student
        company = student.sudo().company_id
        return self.sudo().create(
            {  # sudo seam: students have no right to create rows
                "number": self.env["ir.sequence"].sudo().next_by_code("psych.correction.request"),
                "student_id": student.id,
                "company_id": company.id,
                "asked_at": clock.now(),
                "kind": kind if kind in dict(self._fields["kind"].selection) else "correct",
                "wish": wish.strip()[:4000],
                "due_on": clock.today(self.env, company) + timedelta(days=ANSWER_DAYS),
            }
        )

    def write(self, vals):
        if not self.env.su and set(vals) - {"answer"}:
            raise AccessError(self.env._("Only the answer is written here; the buttons close the request."))
        return super().write(vals)

    def _close(self, state):
        for request in self:
            request.check_access("write")
            if request.state != "open":
                raise UserError(self.env._("This request is answered already."))
            if not request.sudo().answer_cipher:  # sudo: only whether there is one
                raise UserError(self.env._("Please write the answer first; the student reads it."))
        # named seam: the answer, after the caller has checked who answers
        self.sudo().write({"state": state, "answered_at": clock.now(), "answered_by_id": self.env.uid})

    def action_done(self):
        """Close: done as the student wished."""
        self._close("done")

    def action_refused(self):
        """Close: not done; the reasons stand in the answer."""
        self._close("refused")
