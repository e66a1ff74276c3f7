from odoo import models


class IrHttp(models.AbstractModel):
    """The backend shows the time of the school, wherever the reader's browser is."""

    _inherit = "ir.http"

    def session_info(self):
        """Add the time zone of the school for members of staff."""
        info = super().session_info()
        user = self.env.user
        if user.has_group("psych_health.group_psych_health_staff"):
            info["psych_tz"] = user.company_id.psych_tz
        return info
