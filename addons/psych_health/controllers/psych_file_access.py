"""The student's own-file list: who opened the file, in plain sentences."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request


class PsychFileAccess(http.Controller):
    """One page, read-only."""

    @http.route("/my/file-access", type="http", auth="user", methods=["GET"], sitemap=False, readonly=True)
    def file_access(self, **kw):
        """Who opened the own file in the last year: role, unit, reason, day."""
        student = request.env["psych.student"].search([("user_id", "=", request.env.uid)], limit=1)
        if not student:
            raise NotFound()
        return request.render(
            "psych_health.file_access_page",
            {
                "rows": student._own_file_rows(),
                "school": student.sudo().company_id.name,  # named seam: the name of the own school
            },
        )
