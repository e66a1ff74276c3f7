from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools import clock, slots
from ...tools.slots import Shift

EARLIER = timedelta(days=1)  # no single meeting lasts longer, so a search by start may begin one day before

SERVICE_FIELDS = [
    "company_id",
    "resource",
    "place_kind",
    "is_urgent",
    "length",
    "pause",
    "step",
    "notice_hours",
    "horizon_days",
]
COMPANY_FIELDS = ["psych_tz", "psych_week_limit"]


class PsychAvailability(models.AbstractModel):
    """Free hours of a school: gathers what the slot engine needs, one statement per source.

    Sources are the published duty roster, weekly hours, leave, occupied time, the counsellors' own calendars.
    The statements do not pass record rules: they return numbers and times only, and students ask them too.
    """

    _name = "psych.availability"
    _description = "Free hours"

    @api.model
    def _free(self, service, first, last, student=None, counsellor=None, urgent=False, ignore=None):
        """Free hours of a service between two instants (naive UTC).

        :param student: psych.student who asks; his own time, teachers and weekly limit count
        :param counsellor: only this psych.counsellor
        :param urgent: same-day hour: no notice, no cap, no weekly limit
        :param ignore: appointment that is being moved; its own time counts as free
        :return: list of tools.slots.Slot; owner = psych.counsellor id (or psych.place id), room = psych.place id
        """
        service_sudo = service.sudo()  # named seam: the catalogue of the own school is open to its students
        service_sudo.fetch(
            SERVICE_FIELDS
        )  # these only: a full read of service and school costs more than the engine
        company = service_sudo.company_id
        company.fetch(COMPANY_FIELDS)
        rule = service_sudo._rule()
        if urgent:
            rule = rule._replace(notice=0)
        if service_sudo.resource == "room":
            return self._free_rooms(service_sudo, rule, first, last, student, ignore)
        people = self._people(service_sudo, student, counsellor)
        if not people:
            return []
        rooms = self._rooms(service_sudo)
        busy, room_busy, client, counts = self._occupied(company, people, first, last, student, ignore)
        shifts = self._shifts(service_sudo, people, rooms, first, last)
        capped = () if urgent else {owner for owner, row in people.items() if row["cap"]}
        counts = {key: 1 for key, n in counts.items() if key[0] in capped and n >= people[key[0]]["cap"]}
        free_of_limits = urgent or service_sudo.is_urgent
        found = slots.free_slots(
            rule._replace(daily_cap=1 if counts else 0),
            shifts,
            clock.now(),
            company.psych_tz,
            busy=busy,
            room_busy=room_busy,
            client_busy=client,
            counts=counts,
            shut_weeks=frozenset() if free_of_limits else self._shut_weeks(student, first, last, ignore),
        )
        return [slot for slot in found if first <= slot.start < last]

    # ------------------------------------------------------------
    # who and where
    # ------------------------------------------------------------

    @api.model
    def _people(self, service, student, counsellor):
        """{counsellor id: {user, partner, cap, hours}} who offer the service and may receive this student."""
        where = SQL("AND c.id = %s", counsellor.id) if counsellor else SQL()
        dual = SQL("AND NOT (%s)", self._dual_sql(student)) if student else SQL()
        self.env["psych.counsellor"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT c.id, c.user_id, u.partner_id, c.daily_cap, c.availability, c.resource_calendar_id"
                "  FROM psych_counsellor c JOIN res_users u ON u.id = c.user_id"
                "  JOIN psych_counsellor_psych_service_rel r ON r.psych_counsellor_id = c.id"
                " WHERE r.psych_service_id = %s AND c.active AND u.active %s %s",
                service.id,
                where,
                dual,
            )
        )
        return {
            row[0]: {
                "user": row[1],
                "partner": row[2],
                "cap": row[3],
                "hours": row[5] if row[4] == "hours" else None,
            }
            for row in self.env.cr.fetchall()
        }

    @api.model
    def _dual_sql(self, student):
        """Condition on counsellor c: tutor or teacher of this student (dual relationship)."""
        units = tuple(filter(None, (student.sudo().class_id.id, student.sudo().college_id.id))) or (0,)
        today = clock.today(self.env, student.sudo().company_id)
        return SQL(
            "EXISTS (SELECT 1 FROM psych_scope s WHERE s.user_id = c.user_id AND s.unit_id IN %s AND s.role = 'tutor'"
            "   AND s.date_start <= %s AND s.date_end >= %s)"
            " OR EXISTS (SELECT 1 FROM psych_counsellor_psych_unit_rel t WHERE t.psych_counsellor_id = c.id"
            "   AND t.psych_unit_id IN %s)",
            units,
            today,
            today,
            units,
        )

    @api.model
    def _rooms(self, service):
        """Usable rooms {id: kind}, best first; None when the service needs none."""
        if not service.place_kind:
            return None
        self.env["psych.place"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id, kind FROM psych_place WHERE company_id = %s AND state = 'ready' AND active ORDER BY sequence, name, id",
                service.company_id.id,
            )
        )
        return dict(self.env.cr.fetchall())

    # ------------------------------------------------------------
    # when they receive
    # ------------------------------------------------------------

    @api.model
    def _shifts(self, service, people, rooms, first, last):
        """Shifts of the engine: published duties and weekly hours."""
        shifts = self._roster_shifts(service, people, rooms, first, last)
        by_hours = {owner: row["hours"] for owner, row in people.items() if row["hours"]}
        if by_hours:
            shifts += self._hour_shifts(service, by_hours, rooms, first, last)
        return shifts

    @api.model
    def _roster_shifts(self, service, people, rooms, first, last):
        owners = tuple(owner for owner, row in people.items() if not row["hours"]) or (0,)
        self.env["psych.duty.shift"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT s.acting_id, s.start, s.stop, s.place_id, s.capacity FROM psych_duty_shift s"
                " WHERE s.state = 'published' AND s.acting_id IN %s AND s.start >= %s AND s.start < %s AND s.stop > %s"
                "   AND (s.kind <> 'urgent' OR %s) AND (NOT EXISTS (SELECT 1 FROM psych_duty_shift_psych_service_rel r"
                "         WHERE r.psych_duty_shift_id = s.id)"
                "     OR EXISTS (SELECT 1 FROM psych_duty_shift_psych_service_rel r"
                "         WHERE r.psych_duty_shift_id = s.id AND r.psych_service_id = %s))",
                owners,
                first - EARLIER,
                last,
                first,
                service.is_urgent,
                service.id,
            )
        )
        found = [(*row, self._shift_rooms(service, rooms, row[3])) for row in self.env.cr.fetchall()]
        return [
            Shift(owner, start, stop, usable, cap or 0)
            for owner, start, stop, _place, cap, usable in found
            if usable is not None
        ]

    @api.model
    def _shift_rooms(self, service, rooms, place):
        """Rooms of one shift: its own first, then the others of the kind; None when no room can be used."""
        if rooms is None:
            return ()
        others = [room for room, kind in rooms.items() if kind == service.place_kind and room != place]
        return tuple(([place] if place in rooms else []) + others) or None

    @api.model
    def _hour_shifts(self, service, calendars, rooms, first, last):
        """Weekly hours of resource calendars, holidays left out, in the time zone of the school."""
        company = service.company_id
        tz = company.psych_tz
        day_first, day_last = slots.to_local(first, tz).date(), slots.to_local(last, tz).date()
        days = self.env["psych.term.event"]._days(company, day_first, day_last)
        calendar_ids = list(set(calendars.values()))
        attendances = (
            self.env["resource.calendar.attendance"]
            .sudo()
            .search_fetch(  # named seam: hours only
                [("calendar_id", "in", calendar_ids), ("display_type", "=", False)],
                ["dayofweek", "hour_from", "hour_to"],
            )
        )
        pattern = [
            (int(row.dayofweek), row.hour_from, row.hour_to, row.calendar_id.id)
            for row in attendances
            if row.day_period != "lunch"
        ]
        shifts, usable = [], self._shift_rooms(service, rooms, None)
        if usable is None:
            return shifts
        for _day, start, stop, calendar in slots.weekly_spans(pattern, day_first, day_last, tz, days):
            if stop > first and start < last:
                shifts += [
                    Shift(owner, start, stop, usable) for owner, own in calendars.items() if own == calendar
                ]
        return shifts

    # ------------------------------------------------------------
    # what is taken
    # ------------------------------------------------------------

    @api.model
    def _occupied(self, company, people, first, last, student, ignore):
        """Busy spans of people, rooms and the student, and talks per day.

        :return: ({counsellor: spans}, {room: spans}, [spans of the student], {(counsellor, date): talks})
        """
        owner_of = {row["user"]: owner for owner, row in people.items()}
        tz = company.psych_tz  # whole days, for the daily cap
        day_first = slots.day_bounds(slots.to_local(first, tz).date(), tz)[0]
        day_last = slots.day_bounds(slots.to_local(last, tz).date(), tz)[1]
        rows = self._occupation_rows(tuple(owner_of), day_first, day_last, student, ignore)
        busy, rooms, client, counts = {}, {}, [], {}
        for kind, ref, start, stop, model in rows:
            if kind == "room":
                rooms.setdefault(ref, []).append((start, stop))
            elif kind == "student":
                client.append((start, stop))
            else:
                owner = owner_of[ref]
                busy.setdefault(owner, []).append((start, stop))
                if model == "psych.appointment":
                    key = owner, slots.to_local(start, tz).date()
                    counts[key] = counts.get(key, 0) + 1
        self._add_calendars(busy, people, first, last)
        for owner, spans in self._leave_of(company, people, first, last).items():
            busy.setdefault(owner, []).extend(spans)
        return busy, rooms, client, counts

    @api.model
    def _occupation_rows(self, users, first, last, student, ignore):
        """Occupied time by one range read on the start."""
        self.env.cr.execute(
            SQL(
                "SELECT kind, ref_id, start, stop, owner_model FROM psych_occupation"
                " WHERE start >= %s AND start < %s AND stop > %s AND active"
                "   AND (kind = 'user' AND ref_id IN %s OR kind = 'room' OR kind = 'student' AND ref_id = %s)"
                "   AND owner_key <> %s",
                first - EARLIER,
                last,
                first,
                users or (0,),
                student.id if student else 0,
                ignore.occupation_key if ignore else 0,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _add_calendars(self, busy, people, first, last):
        """Busy times of the counsellors' own Odoo calendars; events of appointments stand in psych.occupation."""
        owner_of = {row["partner"]: owner for owner, row in people.items()}
        self.env["calendar.event"].flush_model(["start", "stop", "active", "show_as", "partner_ids"])
        self.env.cr.execute(
            SQL(
                "SELECT r.res_partner_id, e.start, e.stop FROM calendar_event e"
                "  JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id"
                " WHERE e.psych_appointment_id IS NULL AND e.active AND e.show_as = 'busy'"
                "   AND e.stop > %s AND e.start < %s AND r.res_partner_id IN %s",
                first,
                last,
                tuple(owner_of),
            )
        )
        for partner, start, stop in self.env.cr.fetchall():
            busy.setdefault(owner_of[partner], []).append((start, stop))

    @api.model
    def _leave_of(self, company, people, first, last):
        """{counsellor: spans on leave}, whole days of the school."""
        owner_of = {row["partner"]: owner for owner, row in people.items()}
        tz = company.psych_tz
        self.env["psych.leave"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT partner_id, date_start, date_end FROM psych_leave"
                " WHERE partner_id IN %s AND date_start <= %s AND COALESCE(date_end, '9999-12-31') >= %s",
                tuple(owner_of),
                slots.to_local(last, tz).date(),
                slots.to_local(first, tz).date(),
            )
        )
        spans = {}
        for partner, start, end in self.env.cr.fetchall():
            stop = slots.day_bounds(end, tz)[1] if end and end.year < 9000 else datetime.max
            spans.setdefault(owner_of[partner], []).append((slots.day_bounds(start, tz)[0], stop))
        return spans

    @api.model
    def _leave_spans(self, counsellors, first, last):
        """As :meth:`_leave_of`, for counsellor records and dates."""
        if not counsellors:
            return {}
        people = {
            row.id: {"partner": row.partner_id.id} for row in counsellors.sudo()
        }  # named seam: absence only
        bounds = datetime.combine(first, time(0)) - EARLIER, datetime.combine(last, time(0)) + 2 * EARLIER
        return self._leave_of(counsellors.company_id[:1], people, *bounds)

    @api.model
    def _shut_weeks(self, student, first, last, ignore):
        """Weeks in which the student has used up the weekly limit; watched students have none."""
        if not student:
            return frozenset()
        company = student.sudo().company_id
        limit, tz = company.psych_week_limit, company.psych_tz
        if not limit or self.env["psych.hooks"]._watched_students(student):
            return frozenset()
        # named seam: the student's own appointments
        own = (
            self.env["psych.appointment"]
            .sudo()
            .search(
                [
                    ("student_id", "=", student.id),
                    ("state", "not in", ("cancelled", "no_show")),
                    ("start", ">=", first - 7 * EARLIER),
                    ("start", "<", last + 7 * EARLIER),
                    ("id", "!=", ignore.id if ignore else 0),
                    ("service_id.is_urgent", "=", False),
                ]
            )
        )
        weeks = [tuple(slots.to_local(row.start, tz).date().isocalendar())[:2] for row in own]
        return frozenset(week for week in weeks if weeks.count(week) >= limit)

    # ------------------------------------------------------------
    # rooms that are booked themselves
    # ------------------------------------------------------------

    @api.model
    def _free_rooms(self, service, rule, first, last, student, ignore):
        """Free hours of rooms that a student uses alone (relaxation, release), by their opening hours."""
        usable = [room for room, kind in (self._rooms(service) or {}).items() if kind == service.place_kind]
        rooms = self.env["psych.place"].sudo().browse(usable)  # named seam: as for the catalogue
        calendars = {room.id: room.resource_calendar_id.id for room in rooms if room.resource_calendar_id}
        if not calendars:
            return []
        rows = self._occupation_rows((), first, last, student, ignore)
        busy, client = {}, []
        for kind, ref, start, stop, _model in rows:
            (client if kind == "student" else busy.setdefault(ref, [])).append((start, stop))
        shifts = [
            shift._replace(rooms=()) for shift in self._hour_shifts(service, calendars, None, first, last)
        ]
        found = slots.free_slots(
            rule,
            shifts,
            clock.now(),
            service.company_id.psych_tz,
            busy=busy,
            client_busy=client,
        )
        return [slot._replace(room=slot.owner) for slot in found if first <= slot.start < last]
