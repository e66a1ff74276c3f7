from odoo import models


class IrHttp(models.AbstractModel):
    """Tells the web client where this person starts, and whether the school is the invented one."""

    _inherit = "ir.http"

    def session_info(self):
        """Add ``psych_is_demo`` (bool), and the first page of the person's groups where none was chosen."""
        info = super().session_info()
        if "home_action_id" in info:
            info["home_action_id"] = self.env.user._psych_home_action().id
        # named seam: a flag of the school that every page shows
        info["psych_is_demo"] = self.env.company.sudo().psych_is_demo
        return info
