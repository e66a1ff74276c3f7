"""Taking an approved list with names, once. The rules stand in psych.export.request."""

import base64

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request


class PsychExportPages(http.Controller):
    """One page: the password, shown once, and the file."""

    @http.route("/psych/export/<int:request_id>", type="http", auth="user", methods=["POST"], sitemap=False)
    def take(self, request_id, **kw):
        """Make the file and show its password once."""
        row = request.env["psych.export.request"].browse(request_id).exists()
        try:
            row.check_access("read")
            content, password = row._take()
        except (AccessError, UserError) as error:
            return request.render("psych_health.card_refused_page", {"school": "", "message": str(error)})
        response = request.render(
            "psych_health.export_page",
            {
                "school": request.env.company.name,
                "row": row,
                "password": password,
                "content": base64.b64encode(content).decode(),
                "ending": row._file_kind()[0],
                "media": row._file_kind()[1],
            },
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route("/psych/export/<int:request_id>", type="http", auth="user", methods=["GET"], sitemap=False)
    def ask(self, request_id, **kw):
        """Ask once more: the list can be taken one time only."""
        row = request.env["psych.export.request"].browse(request_id).exists()
        row.check_access("read")
        return request.render(
            "psych_health.export_take_page", {"school": request.env.company.name, "row": row}
        )
