"""The door of the signed link: a student enters without a password."""

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

HOME = "/psych/booking"


class PsychLink(http.Controller):
    """Opening the link shows a button; only pressing it signs in, so a preview in a chat does nothing."""

    @http.route("/psych/in/<string:token>", type="http", auth="public", methods=["GET"], sitemap=False)
    def look(self, token, to=HOME, **kw):
        """Whose link it is is not said; an ended link says what to do."""
        user = request.env["res.users"]._psych_link_user(token)
        company = user.company_id or request.env["psych.appointment"]._portal_company()
        frame = request.env["psych.appointment"]._portal_frame(company)
        return request.render(
            "psych_health.link_page", {**frame, "valid": bool(user), "token": token, "to": self._inside(to)}
        )

    @http.route("/psych/in/<string:token>", type="http", auth="public", methods=["POST"], sitemap=False)
    def enter(self, token, to=HOME, **kw):
        """Sign in."""
        user = request.env["res.users"]._psych_link_user(token)
        try:
            request.session.authenticate(
                request.env, {"type": "psych_link", "login": user.login or "", "token": token}
            )
        except AccessDenied:
            return request.redirect(f"/psych/in/{token}")
        return request.redirect(self._inside(to))

    def _inside(self, target):
        """Only pages of our own."""
        return target if target.startswith("/psych/") and "//" not in target and "\\" not in target else HOME
