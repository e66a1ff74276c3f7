"""A short scale at a visit: on the counsellor's screen or handed over on a tablet. The rules stand in the model."""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..tools.forms import number


class PsychMeasure(http.Controller):
    """Two pages that keep nothing in plain: answers go from the form straight into the encrypted row."""

    def _page(self, session, error="", scale="", given=None):
        try:
            values = session._measure_page(number(scale))
        except (AccessError, UserError) as fault:
            values, error = {"scale": None, "scales": [], "items": []}, str(fault)
        response = request.render(
            "psych_health.measure_page",
            {
                "school": request.env.company.name,
                "session": session,
                "error": error,
                "given": given or {},
                **values,
            },
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route(
        "/psych/measure/<model('psych.session'):session>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def choose(self, session, scale="", **kw):
        """Choose a scale, or fill it in."""
        return self._page(session, scale=scale)

    @http.route(
        "/psych/measure/<model('psych.session'):session>",
        type="http",
        auth="user",
        methods=["POST"],
        sitemap=False,
    )
    def take(self, session, scale="", **answers):
        """Keep it, and say thank you without a number: the page may be in the client's hands (H7)."""
        chosen = request.env["psych.scale"].browse(number(scale)).exists()
        given = {
            name.removeprefix("item_"): value
            for name, value in answers.items()
            if name.startswith("item_") and value.strip()
        }
        try:
            request.env["psych.session.measure"]._take(session, chosen, given)
        except (AccessError, UserError) as fault:
            return self._page(session, error=str(fault), scale=scale, given=given)
        return request.render("psych_health.measure_thanks", {"school": request.env.company.name})
