from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisAdvice(models.Model):
    """The centre's written advice on a watched student (S1-Art22-1c): asked → answered → read by the tutor."""

    _name = "psych.crisis.advice"
    _description = "Advice of the centre"
    _inherit = ["psych.confidential.mixin"]
    _order = "asked_at desc, id desc"
    _rec_name = "asked_at"
    _psych_content_right = "level"

    attention_id = fields.Many2one("psych.crisis.attention", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one(related="attention_id.student_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="attention_id.company_id", store=True, precompute=True)
    question = Confidential()
    answer = Confidential()
    asked_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    asked_at = fields.Datetime(readonly=True, default=lambda self: clock.now())
    answered_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    answered_at = fields.Datetime(readonly=True)
    read_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("asked", "Asked"), ("answered", "Answered"), ("read", "Read")],
        default="asked",
        readonly=True,
        required=True,
    )

    _waits = models.Index("(company_id, asked_by_id) WHERE state IN ('asked', 'answered')")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(asked_by_id=self.env.uid, asked_at=clock.now(), state="asked")
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if set(vals) - {"question", "answer"}:
                raise UserError(self.env._("Advice moves on by its buttons."))
            if any(row.state != "asked" for row in self):
                raise UserError(self.env._("This question is answered already."))
        return super().write(vals)

    def action_answered(self):
        """The centre has answered.

        :raises UserError: without an answer
        """
        self.check_access("write")
        for row in self:
            if not self.env.user._psych_has_scope(("centre", "centre_head"), company=row.company_id):
                raise AccessError(self.env._("The centre answers."))
            if row.state != "asked":
                raise UserError(self.env._("This question is answered already."))
            if not row.sudo().answer_cipher:  # named seam: that there is an answer, not what it says
                raise UserError(self.env._("Please write the answer first."))
        # named seam: stamps of the flow, which nobody types; checked above
        self.sudo().write({"state": "answered", "answered_by_id": self.env.uid, "answered_at": clock.now()})

    def action_read(self):
        """Whoever asked has read the answer."""
        self.check_access("read")
        if any(row.state != "answered" for row in self):
            raise UserError(self.env._("There is no answer yet."))
        if any(row.asked_by_id != self.env.user for row in self):
            raise UserError(self.env._("Whoever asked reads the answer."))
        # named seam: the mark of whoever asked, checked above
        self.sudo().write({"state": "read", "read_at": clock.now()})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_retention(self):
        if not self.env.su:
            raise UserError(self.env._("Advice stays with the entry."))
