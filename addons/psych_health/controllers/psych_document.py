"""The one way out for encrypted documents."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request


class PsychDocumentRoute(http.Controller):
    """Gated by the record the document belongs to; logged by the dispatcher; never kept by the browser."""

    @http.route("/psych/document/<int:document_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def download(self, document_id):
        """Send the file as a download."""
        try:
            name, kind, data = request.env["psych.document"].browse(document_id)._psych_download()
        except (AccessError, ValueError):
            raise NotFound() from None
        return request.make_response(
            data,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )
