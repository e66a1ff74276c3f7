from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResGroups(models.Model):
    """Clinical groups are given by the roster alone; a change by hand is refused (design §5, trap 1)."""

    _inherit = "res.groups"

    psych_home_action_id = fields.Many2one(
        "ir.actions.act_window",
        string="First page",
        ondelete="set null",
        help="Where members land after signing in, unless they chose a page of their own. Empty: the workbench.",
    )

    @api.model
    def _psych_clinical_groups(self):
        """Return all groups of the clinical privilege, also those that an upper addon adds."""
        privilege = self.env.ref("psych_health.res_groups_privilege_clinical", raise_if_not_found=False)
        # named seam: which groups are ours
        return self.sudo().search([("privilege_id", "=", privilege.id)]) if privilege else self.browse()

    def _psych_clinical_pairs(self):
        """Return the set of (group id, user id) of the clinical groups, with implied ones."""
        clinical = self._psych_clinical_groups()
        if not clinical:
            return set()
        self.env["res.users"].flush_model(["group_ids"])
        givers = {giver: group.id for group in clinical for giver in group.all_implied_by_ids.ids}
        self.env.cr.execute("SELECT gid, uid FROM res_groups_users_rel WHERE gid IN %s", (tuple(givers),))
        return {(givers[gid], uid) for gid, uid in self.env.cr.fetchall()}

    def write(self, vals):
        if not {"user_ids", "implied_ids", "implied_by_ids", "all_user_ids", "privilege_id"} & set(vals):
            return super().write(vals)
        before = self._psych_clinical_pairs()
        result = super().write(vals)
        self.env.flush_all()
        if not self._psych_clinical_pairs() <= before:
            raise AccessError(self._psych_refusal())
        return result

    @api.model_create_multi
    def create(self, vals_list):
        before = self._psych_clinical_pairs()
        groups = super().create(vals_list)
        if any({"user_ids", "implied_ids", "implied_by_ids"} & set(vals) for vals in vals_list):
            self.env.flush_all()
            if not self._psych_clinical_pairs() <= before:
                raise AccessError(self._psych_refusal())
        return groups

    def _psych_refusal(self):
        return self.env._(
            "Clinical rights follow the roster: appoint the person to a post and let a second person confirm it."
        )
