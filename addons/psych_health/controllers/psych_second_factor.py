"""Second factor of clinical users: set up between password and first page. The rules stand in res.users."""

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.web.controllers.home import Home

from ..models.privacy.res_users_sign_in import SETUP


class PsychSecondFactor(Home):
    """One page: a code to scan and six digits."""

    @http.route("/psych/second-factor", type="http", auth="public", methods=["GET", "POST"], sitemap=False)
    def psych_second_factor(self, redirect=None, code=None, **kw):
        """Scan, type, go on. With a passkey on record the password alone is not enough and nothing is set up."""
        session = request.session
        if session.uid:
            return request.redirect(self._login_redirect(session.uid, redirect=redirect))
        if not session.get("pre_uid"):
            return request.redirect("/web/login")
        user = request.env["res.users"].browse(session["pre_uid"])
        error = ""
        setup = user._mfa_type() == SETUP
        if setup and code is not None and session.get("psych_secret"):
            try:
                user._psych_setup(session["psych_secret"], code)
            except AccessDenied as refused:
                error = str(refused)
            else:
                session.pop("psych_secret")
                session.finalize(request.env)
                request.update_env(user=session.uid)
                request.update_context(**session.context)
                return request.redirect(self._login_redirect(session.uid, redirect=redirect))
        if setup and not session.get("psych_secret"):
            session["psych_secret"] = user._psych_new_secret()
        secret = session.get("psych_secret") if setup else ""
        response = request.render(
            "psych_health.second_factor_page",
            {
                "setup": setup,
                "error": error,
                "redirect": redirect,
                "secret": secret,
                "picture": user._psych_setup_picture(secret) if setup else "",
            },
        )
        response.headers["Cache-Control"] = "no-store"
        return response
