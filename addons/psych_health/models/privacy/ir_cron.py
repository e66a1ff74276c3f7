from odoo import models

from ...tools import door


class IrCron(models.Model):
    """The gate is shut while a scheduled action runs (odoo-traps 1)."""

    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        with door.shut("scheduled action"):
            return super()._callback(cron_name, server_action_id)
