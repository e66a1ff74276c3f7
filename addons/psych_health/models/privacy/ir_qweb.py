from odoo import api, models

from ...tools import door


class IrQweb(models.AbstractModel):
    """The gate is shut while a template renders: pages and reports get texts, never records.

    A view in the database can be changed by whoever holds the settings, so it must not be able to
    read with the eyes of the person who looks at it (odoo-traps 1).
    """

    _inherit = "ir.qweb"

    @api.model
    def _render(self, template, values=None, **options):
        with door.shut("template"):
            return super()._render(template, values, **options)
