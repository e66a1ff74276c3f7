from odoo import models
from odoo.exceptions import AccessError


class ResUsersApikeys(models.Model):
    """No API keys for clinical users: a key passes by the second factor (trap 26)."""

    _inherit = "res.users.apikeys"

    def _check_credentials(self, *, scope, key):
        uid = super()._check_credentials(scope=scope, key=key)
        if (
            uid
            and self._name == "res.users.apikeys"
            and self.env["res.users"].browse(uid)._psych_is_clinical()
        ):
            return None
        return uid

    def _generate(self, scope, name, expiration_date):
        if self._name == "res.users.apikeys" and self.env.user._psych_is_clinical():
            raise AccessError(self.env._("People with clinical rights have no API keys."))
        return super()._generate(scope, name, expiration_date)
