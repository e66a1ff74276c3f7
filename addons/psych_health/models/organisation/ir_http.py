from odoo import models


class IrHttp(models.AbstractModel):
    """Tells the web client whether the school is the invented one, so that every page says so."""

    _inherit = "ir.http"

    def session_info(self):
        """Add ``psych_is_demo`` (bool)."""
        info = super().session_info()
        # named seam: a flag of the school that every page shows
        info["psych_is_demo"] = self.env.company.sudo().psych_is_demo
        return info
