import time

from odoo import fields, models
from odoo.exceptions import AccessDenied, UserError
from odoo.tools import consteq, hmac

SCOPE = "psych_link"


class ResUsers(models.Model):
    """Sign-in by a signed link, for students only: no password to remember, nothing to hash, nothing stored.

    A link names user and end of validity and is signed with the secret of the database; raising the serial ends
    all links of a student. Members of staff can never use one.
    """

    _inherit = "res.users"

    psych_link_serial = fields.Integer(default=0, groups=fields.NO_ACCESS)

    def _psych_link(self, hours=72):
        """Path of a sign-in link of this student.

        :param hours: how long it is valid
        :raises UserError: for a member of staff
        """
        self.ensure_one()
        if not self.share:
            raise UserError(self.env._("Only students sign in by a link."))
        until = int(time.time()) + int(hours * 3600)
        return f"/psych/in/{self.id}.{until}.{self._psych_link_signature(until)}"

    def _psych_link_signature(self, until):
        user = self.sudo()  # named seam: the serial and the secret of the database
        return hmac(user.env, SCOPE, (user.id, until, user.psych_link_serial))

    def _psych_revoke_links(self):
        """End all links of these students."""
        for user in self.sudo():  # named seam: as above
            user.psych_link_serial += 1

    def _psych_link_user(self, token):
        """User behind a token that is still valid, else an empty recordset."""
        try:
            uid, until, signature = token.split(".")
            uid, until = int(uid), int(until)
        except ValueError:
            return self.browse()
        user = self.sudo().browse(uid).exists()  # named seam: nobody is signed in yet
        valid = user and user.active and user.share and until >= time.time()
        return user if valid and consteq(user._psych_link_signature(until), signature) else self.browse()

    def _check_credentials(self, credential, env):
        if credential["type"] != "psych_link":
            return super()._check_credentials(credential, env)
        if self._psych_link_user(credential.get("token", "")) != self.env.user:
            raise AccessDenied(self.env._("This link has ended. Please ask for a new one."))
        return {"uid": self.env.uid, "auth_method": "psych_link", "mfa": "skip"}
