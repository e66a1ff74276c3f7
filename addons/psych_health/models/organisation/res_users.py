from odoo import api, fields, models
from odoo.exceptions import AccessError

ROSTER = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""


class ResUsers(models.Model):
    """Users of the network: their posts give them their groups; clinical groups come in no other way."""

    _inherit = "res.users"

    psych_membership_ids = fields.One2many("psych.membership", "user_id", string="Posts held")

    def _psych_write_groups(self, command):
        """Apply one group command (``Command.link`` or ``Command.unlink``) for all users in one write."""
        self.with_context(psych_roster=ROSTER).write({"group_ids": [command]})

    def _init_odoobot(self):
        """Open no chat with the bot: it would invite staff to type into a box that nothing encrypts."""
        return self.env["discuss.channel"]

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._psych_check_clinical(set())
        # named seam: posts of the users whose rights are rebuilt
        memberships = self.env["psych.membership"].sudo().search([("user_id", "in", users.ids)])
        memberships._refresh_rights()  # named seam: rights follow the roster
        return users

    def write(self, vals):
        by_roster = self.env.context.get("psych_roster") is ROSTER
        guarded = {"group_ids", "role", "all_group_ids"} & set(vals) and not by_roster
        before = self._psych_clinical_held() if guarded else None
        Membership = self.env["psych.membership"].sudo()  # named seam: rights follow the roster
        held = Membership.search([("user_id", "in", self.ids)]) if "active" in vals else Membership
        result = super().write(vals)
        if guarded:
            self._psych_check_clinical(before)
        if "active" in vals:
            (held | Membership.search([("user_id", "in", self.ids)]))._refresh_rights()
        return result

    def _psych_home_action(self):
        """Return the page to land on: the user's own choice, else that of the first group with one, else none."""
        self.ensure_one()
        # named seam: which page belongs to one's own groups
        return self.action_id or self.sudo().all_group_ids.psych_home_action_id[:1]

    def _psych_clinical_held(self):
        clinical = self.env["res.groups"]._psych_clinical_groups()
        # named seam: who holds which of our groups, to compare before and after
        return {(user.id, group.id) for user in self.sudo() for group in user.all_group_ids & clinical}

    def _psych_check_clinical(self, before):
        """Refuse clinical groups that did not come from the roster.

        :raises AccessError: when a user holds a clinical group that is not in ``before``
        """
        if self.env.context.get("psych_roster") is ROSTER:
            return
        if not self._psych_clinical_held() <= before:
            raise AccessError(self.env["res.groups"]._psych_refusal())

    def _psych_has_scope(self, roles, unit=None, company=None):
        """True when this user holds one of ``roles`` today: in ``unit`` when given, else anywhere (or in ``company``)."""
        self.ensure_one()
        roles = (roles,) if isinstance(roles, str) else roles
        domain = self.env["psych.scope"]._valid_domain(self, roles)
        if unit:
            domain.append(("unit_id", "=", unit.id))
        if company:
            domain.append(("company_id", "=", company.id))
        return bool(
            self.env["psych.scope"].sudo().search_count(domain, limit=1)
        )  # named seam: reads own rights
