from odoo import api, models

from odoo.addons.psych_health.tools import clock


class PsychScope(models.Model):
    """When rights change, open matters of the people concerned are looked at in the next minute."""

    _inherit = "psych.scope"

    @api.model
    def _rebuild(self, memberships):
        before = self._users_of(tuple(memberships.ids)) if memberships else self.env["res.users"]
        super()._rebuild(memberships)
        for name in ("psych.crisis.signal", "psych.crisis.case"):
            self.env[name].sudo()._ring_owned_by(before)  # named seam: follows the roster
        # named seam: as above; who led a case and left is missing on it from now on
        cases = self.env["psych.crisis.case"].sudo()
        led = cases.search([("is_open", "=", True), ("leader_id", "in", before.ids)]) if before else cases
        led.write({"ring_at": clock.now()})
        after = self._users_of(tuple(memberships.ids)) if memberships else before
        self.env["psych.crisis.watch.shift"].sudo()._ring_guarded_by(before | after)  # named seam: as above
