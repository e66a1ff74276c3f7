import logging
from datetime import timedelta

from odoo import api, fields, models

from ...tools import clock

_logger = logging.getLogger(__name__)
KEEP_DAYS = 180


class PsychLoginFailure(models.Model):
    """A sign-in that failed: whom it was tried for, from where, when. For the head and the administrator.

    Written by an own cursor, because the failing request is rolled back. A name that belongs to nobody is not
    kept (people type passwords there).
    """

    _name = "psych.login.failure"
    _description = "Failed sign-in"
    _order = "id desc"
    _log_access = False
    _rec_name = "user_id"

    at = fields.Datetime(string="Time", required=True, index=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Account", index=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", string="School", index=True, readonly=True, ondelete="cascade"
    )
    way = fields.Char(readonly=True, help="password, totp, webauthn …")
    address = fields.Char(string="From", readonly=True)
    is_clinical = fields.Boolean(string="Clinical rights", readonly=True)

    @api.model
    def _note(self, login, way, address):
        """Write a row by an own cursor; a failure to write never hides the failure to sign in."""
        try:
            with self.env.registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                user = (
                    env["res.users"].with_context(active_test=False).search([("login", "=", login)], limit=1)
                )
                env[self._name].create(
                    {
                        "at": clock.now(),
                        "user_id": user.id,
                        "company_id": user.company_id.id,
                        "way": way[:20],
                        "address": address[:45],
                        "is_clinical": bool(user) and user._psych_is_clinical(),
                    }
                )
        except Exception as error:  # noqa: BLE001  the sign-in fails anyway; say it on the server log
            _logger.warning("failed sign-in not noted: %s", type(error).__name__)

    @api.autovacuum
    def _gc_failures(self):
        self.search([("at", "<", clock.now() - timedelta(days=KEEP_DAYS))], limit=10000).unlink()
