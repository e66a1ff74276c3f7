from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock
from ...tools.confidential import Confidential


class PsychSessionAddendum(models.Model):
    """What is added to a signed record: dated, signed by its author, never changed."""

    _name = "psych.session.addendum"
    _description = "Addendum to a counselling record"
    _inherit = ["psych.confidential.mixin"]
    _order = "id"
    _psych_content_right = "notes"

    session_id = fields.Many2one("psych.session", required=True, index=True, ondelete="restrict")
    student_id = fields.Many2one(
        "psych.student", compute="_compute_student_id", store=True, precompute=True, index=True, readonly=True
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    author_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True, required=True)
    date = fields.Datetime(default=lambda self: clock.now(), readonly=True, required=True)
    note = Confidential("Addendum")

    @api.depends("session_id")
    def _compute_student_id(self):
        for row in self:
            row.student_id = row.session_id.student_id

    @api.depends("date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._("Addendum of %(date)s", date=row.date and row.date.date() or "")

    @api.model_create_multi
    def create(self, vals_list):
        sessions = self.env["psych.session"].browse([vals.get("session_id") for vals in vals_list])
        if any(row.state == "draft" for row in sessions):
            raise UserError(self.env._("The record is still a draft: write into it directly."))
        if not self.env.su and any(not (vals.get("note") or "").strip() for vals in vals_list):
            raise UserError(
                self.env._("Please write the addendum first: afterwards it is neither changed nor deleted.")
            )
        # the text is bound to the student, so he is named before it is encrypted
        return super().create(
            [{**vals, "student_id": row.student_id.id} for vals, row in zip(vals_list, sessions, strict=True)]
        )

    def write(self, vals):
        if set(vals) - {"student_id", "company_id"} and self.ids:
            raise UserError(self.env._("An addendum is not changed. Add another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("An addendum is not deleted."))
