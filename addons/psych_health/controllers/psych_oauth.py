"""The way back from the school's own sign-in service: students land on their pages, refusals are in plain words."""

import json

from odoo import http
from odoo.http import request

from odoo.addons.auth_oauth.controllers.main import OAuthController, fragment_to_query_string

HOME = "/my"


class PsychOauth(OAuthController):
    """Core's door with our words: it says what happened and what to do, and never offers to make an account."""

    @http.route()
    @fragment_to_query_string
    def signin(self, **kw):
        if not self._is_ours(kw.get("state")):
            return request.redirect("/psych/sign-in/later")
        answer = super().signin(**kw)
        if not getattr(request, "db", None) or not request.env["res.users"]._psych_oauth_service(kw):
            return answer
        target = answer.location or ""
        if "oauth_error=" in target:
            reason = "unknown" if target.endswith("oauth_error=3") else "later"
            answer.location = f"/psych/sign-in/{reason}"
        elif target.rstrip("/") == "" or target.endswith(("/web", "/odoo")):
            answer.location = HOME
        return answer

    def _is_ours(self, state):
        """Whether the service sent back what we gave it: core trips over anything else."""
        try:
            given = json.loads(state or "")
        except ValueError:
            return False
        return isinstance(given, dict) and {"d", "p"} <= given.keys()

    @http.route(
        "/psych/sign-in/<any(unknown,later):reason>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def refused(self, reason, **kw):
        """Why nobody was signed in, and what to do now."""
        Appointment = request.env["psych.appointment"]
        frame = Appointment._portal_frame(Appointment._portal_company())
        return request.render("psych_health.oauth_refused", {**frame, "reason": reason})
