"""Own data on the phone: copy as PDF and JSON, requests to correct. The rules stand in the models."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request


class PsychOwnDataPages(http.Controller):
    """See, take away, ask to correct."""

    def _student(self):
        student = request.env["psych.student"].search([("user_id", "=", request.env.uid)], limit=1)
        if not student:
            raise NotFound()
        return student

    def _file(self, content, kind, name):
        headers = [
            ("Content-Type", kind),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(content, headers)

    @http.route("/my/data", type="http", auth="user", methods=["GET"], sitemap=False)
    def data(self, sent="", error="", **kw):
        """What is kept, what can be asked, what was answered."""
        student = self._student()
        requests = request.env["psych.correction.request"].search(
            [("student_id", "=", student.id)], order="id desc"
        )
        answers = [(row, row.answer if row.state != "open" else "", row.wish) for row in requests]
        # named seam: the name of the own school
        return request.render(
            "psych_health.own_data_page",
            {
                "student": student,
                "school": student.sudo().company_id.name,
                "answers": answers,
                "sent": sent,
                "error": error,
            },
        )

    @http.route("/my/data/copy.pdf", type="http", auth="user", methods=["GET"], sitemap=False)
    def copy_pdf(self, **kw):
        """The own data as a readable paper."""
        return self._file(
            request.env["psych.subject.copy"]._as_pdf(self._student()), "application/pdf", "my-data.pdf"
        )

    @http.route("/my/data/copy.json", type="http", auth="user", methods=["GET"], sitemap=False)
    def copy_json(self, **kw):
        """The same for machines."""
        return self._file(
            request.env["psych.subject.copy"]._as_json(self._student()), "application/json", "my-data.json"
        )

    @http.route("/my/data/ask", type="http", auth="user", methods=["POST"], sitemap=False)
    def ask(self, kind="correct", wish="", **kw):
        """Ask to correct, add, delete or explain."""
        try:
            request.env["psych.correction.request"]._ask(self._student(), kind, wish)
        except UserError:
            return request.redirect("/my/data?error=1")
        return request.redirect("/my/data?sent=1")
