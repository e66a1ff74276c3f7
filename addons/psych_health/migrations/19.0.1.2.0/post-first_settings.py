from odoo import SUPERUSER_ID, api

from odoo.addons.psych_health.hooks import post_init_hook


def migrate(cr, version):
    """Weeks begin on Monday and sign-up is by invitation, as after a new installation."""
    post_init_hook(api.Environment(cr, SUPERUSER_ID, {}))
