from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.psych_health.tools import clock


class PsychCrisisCaseReveal(models.Model):
    """A leader who is not the named one showed himself the name, with a reason; for one day, on the log (safety rule H17)."""

    _name = "psych.crisis.case.reveal"
    _description = "Name of a case shown"
    _order = "at desc, id desc"
    _rec_name = "user_id"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    reason = fields.Selection(
        [
            ("decision", "I have to decide on this case"),
            ("authority", "The authority asks"),
            ("emergency", "Emergency"),
            ("family", "Talk with the family"),
        ],
        required=True,
    )
    at = fields.Datetime(readonly=True, required=True, default=lambda self: clock.now())
    date_until = fields.Date(readonly=True, required=True, default=lambda self: clock.today(self.env))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(user_id=self.env.uid, at=clock.now(), date_until=clock.today(self.env))
        rows = super().create(vals_list)
        rows.case_id.check_access("read")
        # named seam: who is locked out of the student; nothing of it is shown
        if rows.filtered(lambda r: r.user_id.id in r.case_id.sudo()._barred_user_ids()):
            raise AccessError(self.env._("This content is not open to you."))
        return rows

    def write(self, vals):  # pylint: disable=method-required-super
        raise ValidationError(self.env._("What was shown stays on the log as it is."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise ValidationError(self.env._("What was shown stays on the log as it is."))
