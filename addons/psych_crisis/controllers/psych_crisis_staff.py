"""Narrow phone pages of staff (tutor, night roles), links of messages, and the health of the ladder."""

from odoo import http
from odoo.http import request

from ..models.warning.psych_crisis_signal import CONDITIONS, PLACES


class PsychCrisisStaff(http.Controller):
    """Rights are those of the user: everything goes through the models without sudo."""

    def _render(self, template, **values):
        frame = request.env["psych.crisis.signal"]._page_frame(request.env.company)
        return request.render(f"psych_crisis.{template}", {**frame, **values})

    @http.route("/psych/tutor", type="http", auth="user", methods=["GET"], sitemap=False)
    def tutor(self, **kw):
        """One list in order of danger."""
        if request.env.user.share:
            return request.redirect("/psych/care")
        return self._render("tutor_page", **request.env["psych.crisis.signal"]._tutor_page())

    @http.route("/psych/night", type="http", auth="user", methods=["GET"], sitemap=False)
    def night(self, **kw):
        """Where to go, whom to look for."""
        if request.env.user.share:
            return request.redirect("/psych/care")
        return self._render("night_page", **request.env["psych.crisis.signal"]._night_page())

    @http.route("/psych/stamp", type="http", auth="user", methods=["POST"], sitemap=False)
    def stamp(self, signal_id="0", what="", place="", condition="", back="night", **kw):
        """Acknowledge, or «I have met the student»."""
        signal = (
            request.env["psych.crisis.signal"].browse(int(signal_id) if signal_id.isdigit() else 0).exists()
        )
        if signal and what == "acknowledge":
            signal.action_acknowledge()
        elif signal and what == "seen" and place in dict(PLACES) and condition in dict(CONDITIONS):
            signal._see(place, condition)
        return request.redirect("/psych/tutor" if back == "tutor" else "/psych/night")

    @http.route("/psych/guard", type="http", auth="user", methods=["POST"], sitemap=False)
    def guard(self, shift_id="0", what="", back="night", **kw):
        """The guard is with the student, or has handed over."""
        shift = (
            request.env["psych.crisis.watch.shift"]
            .browse(int(shift_id) if shift_id.isdigit() else 0)
            .exists()
        )
        if shift and what == "arrive":
            shift.action_arrive()
        elif shift and what == "over":
            shift.action_hand_over()
        return request.redirect("/psych/tutor" if back == "tutor" else "/psych/night")

    @http.route("/psych/followup", type="http", auth="user", methods=["POST"], sitemap=False)
    def followup(self, followup_id="0", result="", place="", **kw):
        """Finish a follow-up in 30 seconds, or note that nobody was reached."""
        row = (
            request.env["psych.crisis.followup"]
            .browse(int(followup_id) if followup_id.isdigit() else 0)
            .exists()
        )
        if row and result == "not_reached":
            row.action_not_reached()
        elif row and result in ("better", "same", "worse", "danger") and place in dict(PLACES):
            row._finish(result, place)
        return request.redirect("/psych/tutor")

    @http.route("/psych/contact", type="http", auth="user", methods=["POST"], sitemap=False)
    def contact(self, student_id="0", impression="", **kw):
        """A student off campus was reached by phone: one tap."""
        student = request.env["psych.student"].browse(int(student_id) if student_id.isdigit() else 0).exists()
        if student and impression in ("fine", "support", "concern", "urgent"):
            student._psych_contacted(impression)
        return request.redirect("/psych/tutor")

    @http.route(
        ["/psych/open/s/<int:matter_id>", "/psych/open/c/<int:matter_id>"],
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def open_matter(self, matter_id, **kw):
        """The link of a message: night roles to their page, others to the form."""
        if request.env.user.has_group("psych_health.group_psych_health_duty"):
            return request.redirect("/psych/night")
        if "/c/" in request.httprequest.path:
            return request.redirect(request.env["psych.crisis.case"]._door_path(matter_id))
        return request.redirect(f"/odoo/action-psych_crisis.psych_crisis_signal_action/{matter_id}")

    @http.route(
        "/psych/ladder", type="http", auth="public", methods=["GET"], sitemap=False, save_session=False
    )
    def health(self, **kw):
        """200 while the ladder beats, 503 after three missed beats: for a watchdog outside (F18)."""
        silent = request.env["psych.crisis.heartbeat"]._silent_since()
        return request.make_json_response(
            {"ladder": "silent" if silent else "ok"}, status=503 if silent else 200
        )
