from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class PsychMembershipDeputy(models.Model):
    """Who stands in for the holder of a post between two dates (AB角); rights hold for these dates only.

    A deputy of a clinical post either holds a clinical post already or is confirmed by a second person.
    """

    _name = "psych.membership.deputy"
    _description = "Deputy of a post"
    _order = "date_start desc, id desc"

    membership_id = fields.Many2one("psych.membership", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="membership_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Deputy",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('psych_is_staff', '=', True)]",
    )
    user_id = fields.Many2one("res.users", compute="_compute_user_id", store=True, index=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Until", required=True)
    leave_id = fields.Many2one("psych.leave", ondelete="set null", index="btree_not_null")
    is_clinical = fields.Boolean(related="membership_id.is_clinical")
    proposed_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.uid, copy=False
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    _dates_ordered = models.Constraint("check(date_end >= date_start)", "A period ends after it starts.")

    @api.depends("partner_id.user_ids", "partner_id.user_ids.active")
    def _compute_user_id(self):
        for deputy in self:
            deputy.user_id = deputy.partner_id.user_ids[:1]

    @api.constrains("partner_id", "membership_id")
    def _check_person(self):
        for deputy in self:
            if deputy.membership_id.post_id.holder != "staff":
                raise ValidationError(self.env._("Posts of students have no deputies."))
            if deputy.partner_id == deputy.membership_id.partner_id:
                raise ValidationError(self.env._("Nobody stands in for himself."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(proposed_by_id=self.env.uid, confirmed_by_id=False)
        deputies = super().create(vals_list)
        deputies.membership_id._refresh_rights()
        return deputies

    def write(self, vals):
        if not self.env.su:
            vals = dict(vals, confirmed_by_id=False, proposed_by_id=self.env.uid)
        result = super().write(vals)
        self.membership_id._refresh_rights()
        return result

    def unlink(self):
        memberships = self.membership_id
        result = super().unlink()
        memberships._refresh_rights()
        return result

    def action_confirm(self):
        """Second person: confirm the deputy of a clinical post.

        :raises UserError: when the confirmer proposed the deputy or is the deputy
        """
        self.check_access("write")
        if any(self.env.user in (deputy.proposed_by_id | deputy.user_id) for deputy in self):
            raise UserError(
                self.env._("A second person has to confirm: neither who proposed the deputy nor the deputy.")
            )
        self.sudo().write({"confirmed_by_id": self.env.uid})  # named seam: rights follow the roster
