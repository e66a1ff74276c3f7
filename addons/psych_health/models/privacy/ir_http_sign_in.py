from odoo import models
from odoo.tools import str2bool


class IrHttp(models.AbstractModel):
    """Tells the pages whether the second factor is relaxed (demo), so that a banner says so."""

    _inherit = "ir.http"

    def _psych_relaxed(self):
        """Whether ``psych_health.relax_second_factor`` is set: a demo, never a school with real students."""
        value = (
            # named seam: one setting that every page shows as a banner
            self.env["ir.config_parameter"].sudo().get_param("psych_health.relax_second_factor")
        )  # reading a setting
        return str2bool(value or "0", default=False)

    def session_info(self):
        info = super().session_info()
        if self.env.user._is_internal():
            info["psych_relaxed"] = self._psych_relaxed()
        return info
