from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PsychCrisisAddressee(models.Model):
    """A person who was told about a matter, through which post, when; committed together with the matter.

    Rules let an addressee read the matter as long as he holds the post by which he was told.
    """

    _name = "psych.crisis.addressee"
    _description = "Addressee of a matter"
    _order = "at, id"
    _rec_name = "user_id"

    signal_id = fields.Many2one("psych.crisis.signal", index="btree_not_null", ondelete="cascade")
    case_id = fields.Many2one("psych.crisis.case", index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    membership_id = fields.Many2one("psych.membership", string="As", ondelete="set null")
    climb_id = fields.Many2one("psych.crisis.climb", ondelete="set null", index="btree_not_null")
    at = fields.Datetime(string="Told at", required=True)
    acknowledged_at = fields.Datetime(string="Acknowledged")
    is_live = fields.Boolean(default=True)

    _one_signal_user = models.UniqueIndex(
        "(signal_id, user_id) WHERE signal_id IS NOT NULL", "This person was told already."
    )
    _one_case_user = models.UniqueIndex(
        "(case_id, user_id) WHERE case_id IS NOT NULL", "This person was told already."
    )
    _of_one_matter = models.Constraint(
        "CHECK ((signal_id IS NULL) <> (case_id IS NULL))", "An addressee belongs to one signal or one case."
    )

    @api.constrains("user_id")
    def _check_staff(self):
        for row in self:
            if row.user_id.share:
                raise ValidationError(self.env._("A student is never a rung of the ladder."))
