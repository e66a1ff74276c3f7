from werkzeug.exceptions import NotFound

from odoo import models
from odoo.http import Response, request


class IrHttp(models.AbstractModel):
    """The backend shows the time of the school, wherever the reader's browser is; students read a page in their words."""

    _inherit = "ir.http"

    @classmethod
    def _handle_error(cls, exception):
        """A page of ours that is not there says what to do now, with the strip to the help page below."""
        ours = request.httprequest.path.startswith("/psych/") and request.dispatcher.routing_type == "http"
        if not ours or not isinstance(exception, NotFound) or exception.response:
            return super()._handle_error(exception)
        request.env.cr.rollback()
        if not request.env.uid:
            cls._auth_method_public()
        env = request.env
        frame = env["psych.appointment"]._portal_frame(env.company)
        response = Response(
            env["ir.ui.view"]._render_template("psych_health.page_missing", frame),
            status=404,
            content_type="text/html;charset=utf-8",
        )
        cls._post_dispatch(response)
        return response

    def session_info(self):
        """Add the time zone of the school for members of staff."""
        info = super().session_info()
        user = self.env.user
        if user.has_group("psych_health.group_psych_health_staff"):
            info["psych_tz"] = user.company_id.psych_tz
        return info
