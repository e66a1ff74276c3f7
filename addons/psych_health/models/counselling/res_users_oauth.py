import json
import time

from odoo import api, models
from odoo.exceptions import AccessDenied

TOKEN = "psych:"
SECONDS = 60  # between the answer of the service and the sign-in: one redirect in the same request


class ResUsers(models.Model):
    """Sign-in of students by the school's own service (core auth_oauth).

    The service says the number, the roster says who that is: the portal user made beforehand in a batch. Nobody is
    created, and nothing is written to the user, since every such write empties the caches of all processes.
    Members of staff never enter this way: they have a second factor.
    """

    _inherit = "res.users"

    @api.model
    def _auth_oauth_validate(self, provider, access_token):
        validation = super()._auth_oauth_validate(provider, access_token)
        service = self.env["auth.oauth.provider"].browse(provider)
        if service.psych_for_students and not service._psych_meant_for_us(validation):
            raise AccessDenied(self.env._("This sign-in was meant for another application."))
        return validation

    @api.model
    def _auth_oauth_signin(self, provider, validation, params):
        service = self.env["auth.oauth.provider"].browse(provider)
        if not service.psych_for_students:
            return super()._auth_oauth_signin(provider, validation, params)
        return self._psych_oauth_user(service, service._psych_number(validation)).login

    @api.model
    def _psych_oauth_user(self, service, number):
        """Portal user of the student with this number.

        :raises AccessDenied: unknown number, a student who has left, or one without a portal user
        """
        student = (
            self.env["psych.student"]
            .sudo()  # named seam: nobody is signed in yet
            .search([("company_id", "=", service.psych_company_id.id), ("number", "=", number)], limit=1)
        )
        user = student.user_id
        if (
            not number
            or student.enrolment_state not in ("enrolled", "on_leave")
            or not (user.active and user.share)
        ):
            raise AccessDenied(self.env._("This student number is not known here yet."))
        return user

    @api.model
    def auth_oauth(self, provider, params):
        """As core; the key for a student is signed here and ends after a minute, so that nothing need be stored."""
        database, login, key = super().auth_oauth(provider, params)
        if self.env["auth.oauth.provider"].browse(provider).psych_for_students:
            user = self.sudo().search([("login", "=", login)], limit=1)  # named seam: as above
            until = int(time.time()) + SECONDS
            key = f"{TOKEN}{user.id}.{until}.{user._psych_link_signature(until)}"
        return database, login, key

    def _check_credentials(self, credential, env):
        token = credential.get("token") or ""
        if credential["type"] != "oauth_token" or not token.startswith(TOKEN):
            return super()._check_credentials(credential, env)
        if self._psych_link_user(token.removeprefix(TOKEN)) != self.env.user:
            raise AccessDenied()
        return {"uid": self.env.uid, "auth_method": "psych_oauth", "mfa": "skip"}

    @api.model
    def _psych_oauth_service(self, params):
        """Service of an answer when it signs students in, else empty; the state is what the browser brought back."""
        try:
            provider = int(json.loads(params.get("state") or "{}").get("p") or 0)
        except (ValueError, TypeError, AttributeError):
            provider = 0
        service = self.env["auth.oauth.provider"].sudo().browse(provider).exists()  # named seam: as above
        return service if service.psych_for_students and service.enabled else service.browse()
