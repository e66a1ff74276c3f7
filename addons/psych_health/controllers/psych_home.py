"""The student's home page instead of core's portal home."""

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class PsychHome(CustomerPortal):
    """What a student can do here, as a few large cards; everybody else keeps core's page."""

    @http.route()
    def home(self, **kw):
        student = request.env["psych.student"]._of_user()
        if not student:
            return super().home(**kw)
        cards = request.env["psych.hooks"]._home_cards(student)
        return request.render(
            "psych_health.student_home",
            {"student": student, "cards": cards, "school": student.company_id.name},
        )
