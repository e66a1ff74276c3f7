from odoo import models


class PsychAccessLog(models.Model):
    """Rows of an emergency opening or card: the chosen word as reason, and the role of who opened.

    Without a role the student's own-file list would leave the row out.
    """

    _inherit = "psych.access.log"

    def _grant_reason(self, grant):
        # named seam: the reason goes on the log, whoever opens
        return grant.sudo().reason_id.name or super()._grant_reason(grant)

    def _why(self, record, right, who, scope):
        why = super()._why(record, right, who, scope)
        if why["grant_id"] and not why["role"]:
            # sudo environment of the log writer
            user = self.env["res.users"].browse(who.uid)
            Scope = self.env["psych.scope"]
            roles = [role for role, _label in Scope._fields["role"].selection if role != "none"]
            held = Scope.search(Scope._valid_domain(user, roles), limit=1)
            why.update({"role": held.role or "duty", "unit_name": held.unit_id.name or ""})
        return why
