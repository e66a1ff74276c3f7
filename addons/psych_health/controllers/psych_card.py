"""Emergency card on the phone of who is on call: find, one tap, card. The rules stand in psych.emergency.card."""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request


class PsychCardPages(http.Controller):
    """Three small pages without bundle, so that the card stands there in ten seconds (safety F20)."""

    def _page(self, template, **values):
        response = request.render(f"psych_health.{template}", {"school": request.env.company.name, **values})
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route("/psych/card", type="http", auth="user", methods=["GET"], sitemap=False)
    def find(self, q="", **kw):
        """Look a student up, by name, number or room; each line carries the reasons to tap."""
        Card = request.env["psych.emergency.card"]
        if not Card.has_access("read"):
            return self._page("card_refused_page", message=request.env._("The card is for staff on call."))
        return self._page("card_find_page", q=q, found=Card.find(q), reasons=Card.reasons())

    @http.route("/psych/card/open", type="http", auth="user", methods=["POST"], sitemap=False)
    def open(self, student_id, reason_id, **kw):
        """One tap: open the card, on the log with the reason."""
        try:
            values = request.env["psych.emergency.card"].open_card(int(student_id), int(reason_id))
        except (AccessError, UserError) as error:
            return self._page("card_refused_page", message=str(error))
        return self._page("card_page", card=values)
