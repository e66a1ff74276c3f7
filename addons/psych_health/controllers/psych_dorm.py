"""Dorm visits on the phone: buildings, floors, one tap a room. The rules stand in psych.talk."""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..tools.forms import number


class PsychDormPages(http.Controller):
    """Two small pages without bundle for tutors and stations in a corridor with a bad network."""

    def _page(self, template, **values):
        response = request.render(f"psych_health.{template}", {"school": request.env.company.name, **values})
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route("/psych/dorm", type="http", auth="user", methods=["GET"], sitemap=False)
    def buildings(self, **kw):
        """The buildings in which the own students live, and how far this month's round has come."""
        Talk = request.env["psych.talk"]
        if not Talk.has_access("create"):
            return self._page(
                "dorm_refused", message=request.env._("Dorm visits are noted by tutors and stations.")
            )
        return self._page("dorm_buildings", buildings=Talk._dorm_buildings())

    @http.route("/psych/dorm/<int:building_id>", type="http", auth="user", methods=["GET"], sitemap=False)
    def floors(self, building_id, everything="", **kw):
        """The rooms of one building by floor; those of the own students, or all of them."""
        Talk = request.env["psych.talk"]
        building = request.env["psych.unit"].search(
            [("id", "=", building_id), ("role", "in", ("building", "floor"))], limit=1
        )
        if not building or not Talk.has_access("create"):
            return request.redirect("/psych/dorm")
        return self._page(
            "dorm_floors",
            building=building,
            floors=Talk._dorm_floors(building, bool(everything)),
            everything=bool(everything),
        )

    @http.route("/psych/dorm/tick", type="http", auth="user", methods=["POST"], sitemap=False)
    def tick(self, room_id="", impression="fine", quiet="", **kw):
        """One tap. `quiet`: asked by the page itself, which marks the room when this answers."""
        room = request.env["psych.unit"].browse(number(room_id)).exists()
        try:
            talk = request.env["psych.talk"]._tick_room(room, impression)
        except (AccessError, UserError) as error:
            return self._page("dorm_refused", message=str(error))
        if quiet:
            return request.make_response("ok", [("Cache-Control", "no-store")])
        return request.redirect(f"/psych/dorm/{talk.room_id.parent_id.id}#room_{room.id}")
