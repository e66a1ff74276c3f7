from odoo import models

from ...tools import door


class IrActionsServer(models.Model):
    """The gate is shut while a server action or an automation runs (odoo-traps 1)."""

    _inherit = "ir.actions.server"

    def _run(self, records, eval_context):
        with door.shut("server action"):
            return super()._run(records, eval_context)
