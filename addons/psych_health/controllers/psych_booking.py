"""Booking on the phone: thin routes, the rules stand in psych.appointment (portal part)."""

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.counselling.psych_appointment import HourTaken
from ..models.counselling.psych_appointment_portal import SHOWN_OF_STUDENT
from ..tools import clock
from ..tools.forms import number


class PsychBooking(http.Controller):
    """Own hours: see, book, move, cancel, wait. Every change is a POST with a token of the form."""

    # ------------------------------------------------------------
    # helpers
    # ------------------------------------------------------------

    def _student(self):
        """The student who is signed in."""
        student = request.env["psych.student"].search_fetch(
            [("user_id", "=", request.env.uid)], SHOWN_OF_STUDENT, limit=1
        )
        if not student:
            raise NotFound()
        return student

    def _start(self, text):
        """An instant out of an address or a form, of these years."""
        try:
            start = fields.Datetime.to_datetime(text)
        except ValueError:
            start = None
        if not start or abs((start - clock.now()).days) > 1000:
            raise NotFound()
        return start

    def _page(self, template, student, **values):
        return request.render(
            f"psych_health.{template}",
            {
                **request.env["psych.appointment"]._portal_frame(student.company_id),
                "student": student,
                **values,
            },
        )

    def _service(self, student, service):
        found = request.env["psych.appointment"]._portal_services(student, number(service))
        if not found:
            raise NotFound()
        return found

    def _own(self, model, student, record_id):
        record = (
            request.env[model]
            .sudo()
            .search(  # named seam: own row only
                [("id", "=", record_id), ("student_id", "=", student.id)], limit=1
            )
        )
        if not record:
            raise NotFound()
        return record

    def _again(self, student, service, error, move=None, kept=None):
        """The hour was taken, or cannot be booked: say so and show what there is.

        :param move: the own hour that was to be moved; another choice moves it, and books no second one
        :param kept: answers that were given already and are not asked again
        """
        near = getattr(error, "nearest", [])
        return self._page(
            "booking_taken",
            student,
            service=service,
            move=move,
            kept=kept,
            message=str(error) if not near else "",
            near=request.env["psych.appointment"]._portal_hours(student.company_id, near),
        )

    def _summary(self, student, service, start, counsellor, topic, urgency):
        """What the summary before a booking shows and hands on."""
        Appointment = request.env["psych.appointment"]
        return {
            "service": service,
            "start": start,
            "counsellor": number(counsellor),
            "topic": number(topic),
            "urgency": urgency,
            "hour": Appointment._portal_hour_text(student.company_id, self._start(start)),
            "consent": Appointment._portal_consent(student, service),
            "message": "",
        }

    def _hour(self, student, own, email, message=""):
        """The page of one own hour."""
        return self._page(
            "booking_one",
            student,
            row=own,
            hour=own._portal_hour_text(student.company_id, own.start),
            email=email,
            message=message,
        )

    # ------------------------------------------------------------
    # look
    # ------------------------------------------------------------

    @http.route("/psych/booking", type="http", auth="user", methods=["GET"], sitemap=False)
    def home(self, **kw):
        """Own hours, and the next free ones."""
        student = self._student()
        return self._page("booking_home", student, **request.env["psych.appointment"]._portal_home(student))

    @http.route("/psych/booking/hours", type="http", auth="user", methods=["GET"], sitemap=False)
    def hours(self, service=None, counsellor=None, move=None, **kw):
        """All free hours of one service, by day."""
        student = self._student()
        chosen = self._service(student, service)
        own = self._own("psych.appointment", student, number(move)) if move else None
        values = request.env["psych.appointment"]._portal_hours_page(student, chosen, number(counsellor), own)
        return self._page("booking_hours", student, service=chosen, move=own, **values)

    @http.route("/psych/booking/how", type="http", auth="user", methods=["GET"], sitemap=False)
    def how(self, service="", start="", counsellor="", **kw):
        """Two short questions: what about, and how urgent."""
        student = self._student()
        chosen = self._service(student, service)
        return self._page(
            "booking_how",
            student,
            service=chosen,
            start=start,
            counsellor=number(counsellor),
            hour=request.env["psych.appointment"]._portal_hour_text(student.company_id, self._start(start)),
            topics=request.env["psych.appointment"]._portal_topics(student),
        )

    @http.route(
        "/psych/booking/<int:appointment_id>", type="http", auth="user", methods=["GET"], sitemap=False
    )
    def one(self, appointment_id, **kw):
        """One own hour: where, when, with whom, how to change."""
        student = self._student()
        own = self._own("psych.appointment", student, appointment_id)
        return self._hour(student, own, request.env["psych.reminder.address"]._of(student))

    @http.route(
        "/psych/booking/<int:appointment_id>.ics", type="http", auth="user", methods=["GET"], sitemap=False
    )
    def ics(self, appointment_id, **kw):
        """The hour for the phone's own calendar."""
        own = self._own("psych.appointment", self._student(), appointment_id)
        headers = [("Content-Type", "text/calendar; charset=utf-8"), ("Cache-Control", "no-store")]
        return request.make_response(own._portal_ics(), headers)

    # ------------------------------------------------------------
    # change
    # ------------------------------------------------------------

    @http.route("/psych/booking/check", type="http", auth="user", methods=["POST"], sitemap=False)
    def check(self, service="", start="", counsellor="", topic="", urgency="normal", seen="", **kw):
        """Summary before the booking; whoever may hurt himself sees help first, and is never refused."""
        student = self._student()
        chosen = self._service(student, service)
        values = self._summary(student, chosen, start, counsellor, topic, urgency)
        if urgency == "danger" and not seen:
            request.env["psych.call.request"]._ask(
                student.company_id, "booking", student=student, danger=True
            )
            return self._page("booking_safe", student, **values)
        return self._page("booking_check", student, **values)

    @http.route("/psych/booking/book", type="http", auth="user", methods=["POST"], sitemap=False)
    def book(self, service="", start="", counsellor="", topic="", urgency="normal", consent="", **kw):
        """Book."""
        student = self._student()
        chosen = self._service(student, service)
        Appointment, when = request.env["psych.appointment"], self._start(start)
        try:
            Appointment._portal_agree(student, chosen, bool(consent))
        except UserError as error:
            values = self._summary(student, chosen, start, counsellor, topic, urgency)
            return self._page("booking_check", student, **{**values, "message": str(error)})
        try:
            booked = Appointment._portal_book(
                student,
                chosen,
                when,
                urgency=urgency if urgency in dict(Appointment._fields["urgency"].selection) else "normal",
                counsellor=request.env["psych.counsellor"].browse(number(counsellor)),
                topic=Appointment._portal_topics(student).filtered(lambda row: row.id == number(topic)),
                channel=Appointment._portal_channel(request),
            )
        except (HourTaken, UserError) as error:
            kept = {"topic": number(topic), "urgency": urgency, "seen": "1"}
            return self._again(student, chosen, error, kept=kept)
        return request.redirect(f"/psych/booking/{booked.id}?new=1")

    @http.route(
        "/psych/booking/<int:appointment_id>/move", type="http", auth="user", methods=["POST"], sitemap=False
    )
    def move(self, appointment_id, start="", **kw):
        """Move the own hour."""
        student = self._student()
        own, when = self._own("psych.appointment", student, appointment_id), self._start(start)
        try:
            own._portal_move(student, when)
        except (HourTaken, UserError) as error:
            return self._again(student, own.service_id, error, move=own)
        return request.redirect(f"/psych/booking/{own.id}?new=1")

    @http.route(
        "/psych/booking/<int:appointment_id>/cancel",
        type="http",
        auth="user",
        methods=["POST"],
        sitemap=False,
    )
    def cancel(self, appointment_id, **kw):
        """Cancel the own hour."""
        student = self._student()
        try:
            self._own("psych.appointment", student, appointment_id)._portal_cancel(student)
        except UserError:  # pylint: disable=except-pass
            pass  # cancelled or over already: the list shows it
        return request.redirect("/psych/booking?gone=1")

    @http.route(
        "/psych/booking/<int:appointment_id>/remind",
        type="http",
        auth="user",
        methods=["POST"],
        sitemap=False,
    )
    def remind(self, appointment_id, email="", **kw):
        """Where to send the reminder."""
        student = self._student()
        own = self._own("psych.appointment", student, appointment_id)
        try:
            request.env["psych.reminder.address"]._set(student, email)
        except UserError as error:
            return self._hour(student, own, email[:254], str(error))
        return request.redirect(f"/psych/booking/{own.id}?kept=1")

    @http.route("/psych/booking/wait", type="http", auth="user", methods=["POST"], sitemap=False)
    def wait(self, service="", **kw):
        """Onto the waiting list."""
        student = self._student()
        request.env["psych.waiting"]._portal_wait(student, self._service(student, service))
        return request.redirect("/psych/booking")

    @http.route(
        "/psych/booking/wait/<int:waiting_id>/take", type="http", auth="user", methods=["POST"], sitemap=False
    )
    def take(self, waiting_id, **kw):
        """Take the hour that was offered."""
        student = self._student()
        row = self._own("psych.waiting", student, waiting_id)
        try:
            booked = row._portal_accept(student)
        except (HourTaken, UserError) as error:
            return self._again(student, row.service_id, error)
        return request.redirect(f"/psych/booking/{booked.id}?new=1")

    @http.route(
        "/psych/booking/wait/<int:waiting_id>/worse",
        type="http",
        auth="user",
        methods=["POST"],
        sitemap=False,
    )
    def worse(self, waiting_id, **kw):
        """'It got worse.'"""
        student = self._student()
        self._own("psych.waiting", student, waiting_id)._portal_worse(student)
        return request.redirect("/psych/help?called=1")

    @http.route(
        "/psych/booking/group/<int:group_id>/<any(apply,leave):what>",
        type="http",
        auth="user",
        methods=["POST"],
        sitemap=False,
    )
    def group(self, group_id, what, **kw):
        """Ask for a place in a group, or give it back."""
        student = self._student()
        group = request.env["psych.group"].browse(group_id)
        if group not in [row for row, _state in group._portal_groups(student)]:
            raise NotFound()
        getattr(group, f"_portal_{what}")(student)
        return request.redirect("/psych/booking#groups")

    @http.route("/psych/booking/call", type="http", auth="user", methods=["POST"], sitemap=False)
    def call(self, phone="", **kw):
        """'Please call me', by a student who is signed in."""
        student = self._student()
        request.env["psych.call.request"]._ask(
            student.company_id, "booking", student=student, phone=phone[:32]
        )
        return request.redirect("/psych/help?called=1")
