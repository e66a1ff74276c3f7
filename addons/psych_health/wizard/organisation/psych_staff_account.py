import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock

ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


class PsychStaffAccount(models.TransientModel):
    """The school administrator makes accounts for staff here, without being a system administrator.

    An account carries no right by itself: rights follow the posts. Whoever already holds a clinical post gets the
    account from the head of the centre, since the first password is known to the one who makes it.
    """

    _name = "psych.staff.account"
    _description = "Account of a member of staff"

    partner_id = fields.Many2one(
        "res.partner",
        string="Known person",
        domain="[('psych_is_staff', '=', True), ('user_ids', '=', False)]",
    )
    name = fields.Char(compute="_compute_person", store=True, readonly=False, required=True)
    staff_number = fields.Char(compute="_compute_person", store=True, readonly=False)
    phone = fields.Char(compute="_compute_person", store=True, readonly=False)
    login = fields.Char(required=True, help="Staff number or e-mail address, used to sign in.")
    post_id = fields.Many2one("psych.post", string="Nominate for", domain="[('holder', '=', 'staff')]")
    unit_id = fields.Many2one("psych.unit", string="In")
    user_id = fields.Many2one("res.users", readonly=True)
    is_first = fields.Boolean(string="First administrator", default=lambda self: self._is_first())

    @api.model
    def _is_first(self):
        """True for the operator while the school has no administrator yet: this account becomes the first one."""
        if not self.env.user.has_group("base.group_system"):
            return False
        # named seam: staff accounts
        return (
            not self.env["psych.scope"]
            .sudo()
            .search_count([("company_id", "=", self.env.company.id), ("role", "=", "admin")], limit=1)
        )

    @api.depends("partner_id")
    def _compute_person(self):
        for wizard in self:
            partner = wizard.partner_id
            wizard.name = partner.name or wizard.name
            wizard.staff_number = partner.psych_staff_number or wizard.staff_number
            wizard.phone = partner.phone or wizard.phone

    def action_create(self):
        """Create contact and user, nominate for the post, and show the first password once.

        :raises AccessError: for others than the administrator (clinical persons: the head of the centre)
        :raises UserError: when the login is taken
        """
        self.ensure_one()
        self._check_right()
        login = (self.login or "").strip()
        Users = (
            self.env["res.users"].sudo().with_context(active_test=False, no_reset_password=True)
        )  # named seam: staff accounts
        if Users.search_count([("login", "=ilike", login)], limit=1):
            raise UserError(
                self.env._("Somebody already signs in as %(login)s. Choose another name.", login=login)
            )
        password = "".join(secrets.choice(ALPHABET) for _digit in range(14))
        # named seam: the contact of a new member of staff, after the right to make accounts was checked
        partner = self.partner_id.sudo() or self.env["res.partner"].sudo().create({"name": self.name})
        partner.write(
            {
                "psych_is_staff": True,
                "psych_staff_number": self.staff_number,
                "phone": self.phone,
                "email": login if "@" in login else False,
            }
        )
        company = self.env.company
        user = Users.create(
            {
                "partner_id": partner.id,
                "name": self.name,
                "login": login,
                "password": password,
                "company_id": company.id,
                "company_ids": [fields.Command.set(company.ids)],
                "lang": self.env.user.lang,
                "tz": company.psych_tz,
                "group_ids": [fields.Command.set([self.env.ref("base.group_user").id])],
            }
        )
        if self._is_first():
            self._appoint_first(partner)
        elif self.post_id and self.unit_id:
            self.env["psych.membership"].create(
                {"post_id": self.post_id.id, "unit_id": self.unit_id.id, "partner_id": partner.id}
            )
        self.write({"user_id": user.id})
        return self._show_once(password)

    def _appoint_first(self, partner):
        """Put the first administrator into the post; the operator stands as the one who confirmed."""
        # named seam: staff accounts
        membership = (
            self.env["psych.membership"]
            .sudo()
            .create(
                {
                    "post_id": self.env.ref("psych_health.psych_post_administrator").id,
                    "unit_id": self.env.company.psych_unit_id.id,
                    "partner_id": partner.id,
                    "pledge_date": clock.today(self.env),
                }
            )
        )
        membership._do_appoint(self.env.user)

    def _check_right(self):
        if self._is_first():
            return
        clinical = (
            self.env["psych.membership"]
            .sudo()
            .search_count(  # named seam: staff accounts
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("state", "=", "appointed"),
                    ("post_id.is_clinical", "=", True),
                ],
                limit=1,
            )
            if self.partner_id
            else 0
        )
        if not self.env.user._psych_has_scope(
            "centre_head" if clinical else "admin", company=self.env.company
        ):
            raise AccessError(
                self.env._("Whoever holds a clinical post gets the account from the head of the centre.")
                if clinical
                else self.env._("Only the administrator of the school makes accounts.")
            )

    def _show_once(self, password):
        """Return a notification that stays until closed; the password is not written to the wizard's table."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "sticky": True,
                "title": self.env._("Account of %(name)s", name=self.name),
                "message": self.env._("First password, shown only now: %(password)s", password=password),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
