from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from ...tools import clock, slots
from .psych_appointment import OPEN_STATES, HourTaken

SHOWN_OF_SERVICE = (
    "name",
    "description",
    "sequence",
    "company_id",
    "resource",
    "length",
    "horizon_days",
    "is_intake",
    "is_urgent",
    "cancel_hours",
    "needs_consent",
)
SHOWN_OF_STUDENT = ("company_id", "class_id", "college_id", "enrolment_state", "phone")


class PsychAppointment(models.Model):
    """What a student does with appointments on the phone. Thin routes call these methods with the student's row.

    The student has no right to write appointments; each method checks whose they are and then acts for him (the
    named seam `sudo` of this file). Refusals are kind, and never stand before urgent hours and the help page.
    """

    _inherit = "psych.appointment"

    # ------------------------------------------------------------
    # what is on offer
    # ------------------------------------------------------------

    @api.model
    def _portal_services(self, student, service_id=None):
        """Services a student books himself, the intake talk first for whoever has not been here.

        Named seam: the catalogue of the own school, and whether the student has been here.

        :param service_id: only this one, when it is among them
        """
        domain = [("company_id", "=", student.company_id.id), ("on_portal", "=", True)]
        if service_id is not None:
            domain.append(("id", "=", service_id))
        services = self.env["psych.service"].sudo().search_fetch(domain, SHOWN_OF_SERVICE)
        if service_id is not None:
            return services
        known = self.sudo().search_count([("student_id", "=", student.id), ("state", "=", "done")], limit=1)
        return services.sorted(
            lambda service: (service.is_intake if known else not service.is_intake, service.sequence)
        )

    @api.model
    def _portal_free(self, service, student, counsellor=None, ignore=None):
        """Free hours of a service within its horizon. Named seam: the catalogue."""
        now = clock.now()
        last = now + timedelta(days=service.sudo().horizon_days or 28)
        return self.env["psych.availability"]._free(
            service, now, last, student, counsellor, service.is_urgent, ignore
        )

    @api.model
    def _portal_first_free(self, service, student, count=3):
        """The next hours, the least loaded counsellor first."""
        return self._portal_spread(
            student, self._portal_free(service, student, self._portal_only_with(student, service)), count
        )

    @api.model
    def _portal_spread(self, student, found, count):
        """One of the free hours per start, with the least loaded counsellor."""
        several = len({slot.owner for slot in found}) > 1
        return slots.first_free(found, count, self._load(student.company_id) if several else None)

    @api.model
    def _load(self, company):
        """{counsellor id: open talks ahead}. Named seam: numbers only."""
        groups = self.sudo()._read_group(
            [("company_id", "=", company.id), ("state", "in", OPEN_STATES), ("start", ">", clock.now())],
            ["counsellor_id"],
            ["__count"],
        )
        return {counsellor.id: count for counsellor, count in groups}

    @api.model
    def _portal_refusal(self, student, service):
        """Why this student cannot book this service online now; empty when he can. Worded kindly, never 'blocked'.

        Named seam: rules of the school and of the service.
        """
        service, company = service.sudo(), student.company_id.sudo()
        if student.enrolment_state not in ("enrolled", "on_leave"):
            return self.env._("Online booking is for students of this school. Please call us.")
        if service.is_urgent or self.env["psych.hooks"]._watched_students(student):
            return ""
        term = self.env["psych.term"].sudo()._current(company)
        since = (
            slots.day_bounds(term.date_start, company.psych_tz)[0]
            if term
            else clock.now() - timedelta(days=180)
        )
        counts = self._portal_counts(student, since)
        broken_off = (company.psych_no_show_limit and counts["missed"] >= company.psych_no_show_limit) or (
            company.psych_broken_limit and counts["broken"] >= company.psych_broken_limit
        )
        if broken_off and not self._talked_since(student, since):
            return self.env._("Please call or visit us once, then we look for a time together.")
        taken = counts["taken"]
        if company.psych_term_limit and taken >= company.psych_term_limit:
            return self.env._(
                "You have used the usual number of talks this semester. Please ask us: more is possible."
            )
        return ""

    @api.model
    def _portal_counts(self, student, since):
        """Appointments of a student since an instant: missed, broken (also cancelled late), taken.

        Named seam: numbers of the own hours.
        """
        rows = self.sudo()._read_group(
            [("student_id", "=", student.id), ("start", ">=", since)], ["state", "cancel_kind"], ["__count"]
        )
        counts = {"missed": 0, "broken": 0, "taken": 0}
        for state, cancel_kind, number in rows:
            missed = state in ("no_show", "late")
            counts["missed"] += number * missed
            counts["broken"] += number * (missed or cancel_kind == "late")
            counts["taken"] += number * (state in (*OPEN_STATES, "done"))
        return counts

    @api.model
    def _talked_since(self, student, since):
        """True when staff booked for the student after the last broken hour was closed: contact was made.

        Named seam: the own hours.
        """
        broken = self.sudo().search(
            [
                ("student_id", "=", student.id),
                ("start", ">=", since),
                "|",
                ("state", "in", ("no_show", "late")),
                ("cancel_kind", "=", "late"),
            ]
        )
        last = max(row.closed_at or row.start for row in broken)
        return bool(
            self.sudo().search_count(
                [
                    ("student_id", "=", student.id),
                    ("channel", "not in", ("portal", "yiban")),
                    ("requested_at", ">", last),
                ],
                limit=1,
            )
        )

    # ------------------------------------------------------------
    # book, move, cancel
    # ------------------------------------------------------------

    @api.model
    def _portal_book(
        self, student, service, start, counsellor=None, topic=None, urgency="normal", channel="portal"
    ):
        """Book one hour for a student.

        The hour must be on offer; among the counsellors free then the least loaded is tried first, and when somebody
        was faster the next. Named seam: students write no appointments themselves.

        :raises HourTaken: nobody is free any more; carries the nearest hours in `nearest`
        """
        refusal = self._portal_refusal(student, service)
        if refusal:
            raise UserError(refusal)
        counsellor = self._portal_only_with(student, service, counsellor)
        service_sudo = service.sudo()
        load = self._load(service_sudo.company_id)
        offered = self.env["psych.availability"]._free(
            service,
            start,
            start + timedelta(minutes=service_sudo.length),
            student,
            counsellor,
            service_sudo.is_urgent,
        )
        offered = sorted(
            (s for s in offered if s.start == start), key=lambda s: (load.get(s.owner, 0), s.owner)
        )
        for slot in offered:
            try:
                with self.env.cr.savepoint():
                    return (
                        self.sudo()
                        .create(self._portal_vals(student, service_sudo, slot, topic, urgency, channel))
                        .sudo(self.env.su)
                    )
            except HourTaken:
                continue
        only = self._portal_only_with(student, service)
        raise self._taken(service_sudo, start, student.id, counsellor=only)

    @api.model
    def _portal_only_with(self, student, service, counsellor=None):
        """The counsellor whom a student may book now: the one of the hour ahead when there is one (facts D1).

        Named seam: rules of the school, and the own hours.

        :raises UserError: when another one was asked for
        """
        service, company = service.sudo(), student.company_id.sudo()
        free = service.is_urgent or service.resource != "counsellor" or not company.psych_one_counsellor
        if free or self.env["psych.hooks"]._watched_students(student):
            return counsellor
        ahead = self.sudo().search_fetch(
            [
                ("student_id", "=", student.id),
                ("state", "in", OPEN_STATES),
                ("start", ">", clock.now()),
                ("counsellor_id.service_ids", "in", service.ids),
                ("service_id.is_urgent", "=", False),
                ("service_id.is_intake", "=", False),
            ],
            ["counsellor_id"],
            limit=1,
        )
        if not ahead:
            return counsellor
        if counsellor and counsellor != ahead.counsellor_id:
            raise UserError(
                self.env._(
                    "You have an hour with %(name)s ahead. Please talk about a change with each other first, or call us.",
                    name=ahead.counsellor_id.name,
                )
            )
        return ahead.counsellor_id.sudo(self.env.su)

    def _portal_vals(self, student, service, slot, topic, urgency, channel):
        return {
            "student_id": student.id,
            "service_id": service.id,
            "start": slot.start,
            "counsellor_id": slot.owner if service.resource == "counsellor" else False,
            "place_id": slot.room or False,
            "topic_id": topic.id if topic else False,
            "urgency": urgency,
            "channel": channel,
            "state": "requested" if service.needs_confirmation else "confirmed",
        }

    def _portal_may_change(self):
        """True while the student may move or cancel this hour online. Named seam: the own hour."""
        self.ensure_one()
        row = self.sudo()
        edge = clock.now() + timedelta(hours=row.service_id.cancel_hours)
        return row.state in ("requested", "confirmed") and row.start >= edge

    def _portal_move(self, student, start):
        """Move the student's own hour to another one on offer. Named seam: whose it is was checked."""
        self.ensure_one()
        self._check_own(student)
        if not self._portal_may_change():
            raise UserError(self.env._("It is too late to move this hour online. Please call us."))
        row = self.sudo()
        stop = start + timedelta(minutes=row.service_id.length)
        found = self.env["psych.availability"]._free(
            row.service_id,
            start,
            stop,
            student,
            row.counsellor_id or None,
            row.service_id.is_urgent,
            ignore=row,
        )
        if not any(slot.start == start for slot in found):
            only = row.counsellor_id or None
            raise self._taken(row.service_id, start, student.id, counsellor=only, moved=row)
        row._reschedule(start, by_student=True)

    def _portal_cancel(self, student):
        """Cancel the student's own hour; after the limit it counts as late, and is possible all the same.

        Named seam: whose it is was checked.
        """
        self.ensure_one()
        self._check_own(student)
        in_time = self._portal_may_change()
        row = self.sudo()
        row._check_state("requested", "confirmed")
        row.write({"state": "cancelled", "cancel_kind": "in_time" if in_time else "late"})
        self.env["psych.waiting"]._offer_freed(row)

    def _check_own(self, student):
        """Refuse other people's hours. Named seam: only whose it is."""
        if self.sudo().student_id != student:
            raise UserError(self.env._("This appointment cannot be found."))

    def _portal_ics(self):
        """The appointment as an iCalendar file: neutral words, in UTC, so every phone shows its own time.

        Named seam: the own hour.
        """
        self.ensure_one()
        row = self.sudo()
        stamp = "%Y%m%dT%H%M%SZ"
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//psych_health//EN",
            "BEGIN:VEVENT",
            f"UID:{row.number}-{row.id}@psych",
            f"DTSTAMP:{clock.now():{stamp}}",
            f"DTSTART:{row.start:{stamp}}",
            f"DTEND:{row.stop:{stamp}}",
            f"SUMMARY:{row.number}",
            f"LOCATION:{row.place_id.location or ''}",
            "CLASS:PRIVATE",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
        return "\r\n".join(lines)
