"""Own consents on the phone: thin routes, the rules stand in psych.consent."""

from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request


class PsychConsentPages(http.Controller):
    """See, sign, refuse and withdraw the own consents. Every change is a POST with a token of the form."""

    def _student(self):
        student = request.env["psych.student"].search([("user_id", "=", request.env.uid)], limit=1)
        if not student:
            raise NotFound()
        return student

    def _row(self, student, purpose):
        rows = request.env["psych.consent"]._portal_rows(student)
        row = next((row for row in rows if row["purpose"] == purpose), None)
        if not row:
            raise NotFound()
        return row

    def _page(self, template, student, **values):
        company = student.sudo().company_id  # named seam: the name of the own school
        return request.render(
            f"psych_health.{template}", {"student": student, "school": company.name, **values}
        )

    @http.route("/my/consents", type="http", auth="user", methods=["GET"], sitemap=False)
    def consents(self, done="", **kw):
        """All purposes and the own answers."""
        student = self._student()
        rows = request.env["psych.consent"]._portal_rows(student)
        return self._page("consents_page", student, rows=rows, done=done)

    @http.route("/my/consents/<string:purpose>", type="http", auth="user", methods=["GET"], sitemap=False)
    def consent(self, purpose, guardian="", **kw):
        """One text, to read and to sign."""
        student = self._student()
        guardian = guardian[:64]
        query = f"?{urlencode({'guardian': guardian})}" if guardian else ""
        row = self._row(student, purpose)
        return self._page("consent_page", student, row=row, guardian=guardian, guardian_query=query)

    @http.route("/my/consents/<string:purpose>/sign", type="jsonrpc", auth="user", methods=["POST"])
    def sign(self, purpose, name=None, signature=None):
        """Take name and signature of the core signature widget."""
        student = self._student()
        guardian = request.httprequest.args.get("guardian", "")[:64]
        try:
            request.env["psych.consent"]._give(student, purpose, name, signature, guardian_name=guardian)
        except UserError as error:
            return {"error": str(error)}
        return {"force_refresh": True, "redirect_url": f"/my/consents?done={purpose}"}

    @http.route(
        "/my/consents/<string:purpose>/refuse", type="http", auth="user", methods=["POST"], sitemap=False
    )
    def refuse(self, purpose, **kw):
        """Say no; nothing follows from it."""
        student = self._student()
        self._row(student, purpose)
        request.env["psych.consent"]._refuse(student, purpose)
        return request.redirect("/my/consents")

    @http.route(
        "/my/consents/<string:purpose>/withdraw",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        sitemap=False,
    )
    def withdraw(self, purpose, **kw):
        """First the consequences, then the button."""
        student = self._student()
        row = self._row(student, purpose)
        if row["consent"].state not in ("given", "waiting"):
            return request.redirect("/my/consents")
        if request.httprequest.method == "GET":
            return self._page("consent_withdraw_page", student, row=row)
        row["consent"]._withdraw()
        return request.redirect("/my/consents")
