import base64
import io
import os

import qrcode

from odoo import models
from odoo.exceptions import AccessDenied, AccessError
from odoo.http import request

SEAM = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""
SETUP = "psych_setup"
PASSKEY = "psych_passkey"


class ResUsers(models.Model):
    """Sign-in of people with clinical groups: a real second factor, no API keys, resets with the head (trap 26).

    TOTP or passkey is demanded; codes by mail and API keys are refused. Who has none yet sets it up between
    password and first page. ``psych_health.relax_second_factor`` (system parameter, for a demo only, a banner says
    so) lets clinical users in without; nothing else is relaxed by it.
    """

    _inherit = "res.users"

    # ----------------------------------------------------------------------
    # Who needs it
    # ----------------------------------------------------------------------
    def _psych_is_clinical(self):
        """Whether the user holds a clinical group now."""
        self.ensure_one()
        # sudo seam: group definitions only; _get_group_ids is cached per user
        clinical = self.env["res.groups"]._psych_clinical_groups()
        return bool(set(self._get_group_ids()) & set(clinical.ids))

    def _psych_needs_second_factor(self):
        return self._psych_is_clinical() and not self.env["ir.http"]._psych_relaxed()

    def _mfa_type(self):
        kind = super()._mfa_type()
        if kind == "totp" or not self._psych_needs_second_factor():
            return kind
        # sudo: asked before anybody is signed in; only whether there is a passkey
        return PASSKEY if self.sudo().auth_passkey_key_ids else SETUP

    def _mfa_url(self):
        if self._mfa_type() in (SETUP, PASSKEY):
            return "/psych/second-factor"
        return super()._mfa_url()

    def _get_auth_methods(self):
        return [method for method in super()._get_auth_methods() if method not in (SETUP, PASSKEY)]

    def _rpc_api_keys_only(self):
        return self._psych_needs_second_factor() or super()._rpc_api_keys_only()

    def _check_credentials(self, credential, env):
        if credential.get("type") == "totp_mail" and self.env.user._psych_needs_second_factor():
            raise AccessDenied(
                self.env._("A code by mail is not enough for your post. Use your authenticator app.")
            )
        return super()._check_credentials(credential, env)

    # ----------------------------------------------------------------------
    # First time: set up the authenticator app between password and first page
    # ----------------------------------------------------------------------
    def _psych_setup_picture(self, secret):
        """Return the QR code of a new secret as base64 PNG."""
        # named seam: the own login, for the own second factor
        url = f"otpauth://totp/{self.env.company.id}:{self.sudo().login}?secret={secret}&issuer=psych_health"
        output = io.BytesIO()
        qrcode.make(url, box_size=5, border=2).save(output, format="PNG")
        return base64.b64encode(output.getvalue()).decode()

    @staticmethod
    def _psych_new_secret():
        return base64.b32encode(os.urandom(20)).decode()

    def _psych_setup(self, secret, code):
        """Keep the secret when ``code`` fits; only for who has no second factor yet.

        :raises AccessDenied: the code is wrong, or there is a second factor already
        """
        self.ensure_one()
        user = self.with_user(self)
        if user._mfa_type() != SETUP:
            raise AccessDenied()
        user._totp_rate_limit("code_check")
        if not (code or "").strip().isdigit() or not user._totp_try_setting(secret, int(code)):
            raise AccessDenied(self.env._("The code does not fit. Wait for the next one and type it again."))
        user._totp_rate_limit_purge("code_check")

    # ----------------------------------------------------------------------
    # Resets: with the head of the centre, and on record
    # ----------------------------------------------------------------------
    def write(self, vals):
        if "password" in vals or "new_password" in vals:
            self._psych_check_reset("password")
        return super().write(vals)

    def _change_password(self, new_passwd):
        self._psych_check_reset("password")
        return super()._change_password(new_passwd)

    def action_totp_disable(self):
        self._psych_check_reset("second_factor")
        return super().action_totp_disable()

    def _psych_check_reset(self, kind):
        """Refuse to touch the credentials of another clinical user; the way is ``psych.credential.reset``.

        Code in sudo (set-up, shell of the operator) passes and leaves a row.

        :raises AccessError: for everybody else
        """
        if self.env.context.get("psych_reset") is SEAM:
            return
        for user in self.filtered(
            lambda u: u.id and u != self.env.user and u.with_user(u)._psych_is_clinical()
        ):
            if not self.env.su:
                raise AccessError(
                    self.env._(
                        "This person has clinical rights: a reset needs the head of the centre. Ask for it under "
                        "Privacy, Sign-in, Resets."
                    )
                )
            self.env["psych.credential.reset"]._note(user, kind)

    # sudo seam: called by psych.credential.reset after the head approved
    def _psych_reset(self, kind, password=None):
        user = self.sudo().with_context(psych_reset=SEAM)
        if kind == "password":
            user._change_password(password)
        else:
            user._revoke_all_devices()
            user.auth_passkey_key_ids.sudo().unlink()
            user.write({"totp_secret": False})

    # ----------------------------------------------------------------------
    # Failed sign-ins
    # ----------------------------------------------------------------------
    def _login(self, credential, user_agent_env):
        try:
            return super()._login(credential, user_agent_env)
        except AccessDenied:
            address = request.httprequest.environ.get("REMOTE_ADDR", "") if request else ""
            self.env["psych.login.failure"]._note(
                credential.get("login") or "", credential.get("type") or "", address
            )
            raise
