from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...tools import clock, slots
from ...tools.slots import Rule, Shift

EARLIER = timedelta(days=1)  # no single meeting lasts longer, so a search by start may begin one day before

SERVICE_FIELDS = (
    "company_id",
    "resource",
    "place_kind",
    "is_urgent",
    "length",
    "pause",
    "step",
    "notice_hours",
    "horizon_days",
)
COUNSELLOR_FIELDS = (
    "user_id",
    "daily_cap",
    "availability",
    "resource_calendar_id",
    "active",
    "service_ids",
    "excluded_unit_ids",
)
PLACE_FIELDS = ("kind", "state", "active", "sequence", "name", "company_id")
SHIFT_FIELDS = ("state", "acting_id", "start", "stop", "place_id", "capacity", "kind", "service_ids")


def _ticks_sql(column):
    """A timestamp of the database as tools.slots.ticks; doubles are exact to the microsecond until the year 2255."""
    return SQL("((date_part('epoch', %s) - 946684800) * 1000000)::bigint", SQL(column))


class Frame(NamedTuple):
    """What the service and its school say about an hour, read in one statement."""

    company: int
    resource: str
    place_kind: str
    is_urgent: bool
    length: int
    pause: int
    step: int
    notice_hours: float
    horizon_days: int
    tz: str

    def rule(self):
        """Cutting rule of the slot engine."""
        return Rule(
            length=self.length,
            pause=self.pause,
            step=self.step or 0,
            notice=int((self.notice_hours or 0) * 60),
            horizon=self.horizon_days or 0,
        )


class PsychAvailability(models.AbstractModel):
    """Free hours of a school: gathers what the slot engine needs in four statements, however many counsellors.

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
        frame = self._frame(service)
        rule = frame.rule()
        if urgent:
            rule = rule._replace(notice=0)
        if frame.resource == "room":
            return self._free_rooms(service, frame, rule, first, last, student, ignore)
        people, rooms = self._people_and_rooms(service, frame, student, counsellor)
        if not people:
            return []
        caps = {} if urgent else {owner: row["cap"] for owner, row in people.items() if row["cap"]}
        busy, room_busy, client, talks = self._occupied(frame.tz, people, first, last, student, ignore)
        shifts = self._shifts(service, frame, people, rooms, first, last)
        full_days = slots.full_days(talks, caps, frame.tz) if caps and talks else {}
        free_of_limits = urgent or frame.is_urgent
        found = slots.free_slots(
            rule._replace(daily_cap=1 if full_days else 0),
            shifts,
            slots.ticks(clock.now()),
            frame.tz,
            busy=busy,
            room_busy=room_busy,
            client_busy=client,
            counts=full_days,
            shut_weeks=frozenset() if free_of_limits else self._shut_weeks(student, first, last, ignore),
            talks=talks,
        )
        return slots.between(found, first, last)

    # ------------------------------------------------------------
    # who and where
    # ------------------------------------------------------------

    @api.model
    def _frame(self, service):
        """:return: :class:`Frame` of a service; the catalogue of a school is open to its students"""
        self.env["psych.service"].flush_model(SERVICE_FIELDS)
        self.env["res.company"].flush_model(["psych_tz"])
        self.env.cr.execute(
            SQL(
                "SELECT s.company_id, s.resource, s.place_kind, s.is_urgent, s.length, s.pause, s.step, s.notice_hours,"
                " s.horizon_days, c.psych_tz FROM psych_service s JOIN res_company c ON c.id = s.company_id WHERE s.id = %s",
                service.id,
            )
        )
        return Frame(*self.env.cr.fetchone())

    @api.model
    def _people(self, service, student, counsellor):
        """{counsellor id: {user, partner, cap, hours}} who offer the service and may receive this student."""
        return self._people_and_rooms(service, self._frame(service), student, counsellor)[0]

    @api.model
    def _people_and_rooms(self, service, frame, student, counsellor):
        """People as :meth:`_people`; usable rooms {id: kind}, best first, None when the service needs none."""
        self.env["psych.counsellor"].flush_model(COUNSELLOR_FIELDS)
        statement = self._people_sql(service, student, counsellor)
        if frame.place_kind:
            self.env["psych.place"].flush_model(PLACE_FIELDS)
            statement = SQL("(%s) UNION ALL (%s)", statement, self._rooms_sql(frame.company))
        self.env.cr.execute(statement)
        people, rooms = {}, {} if frame.place_kind else None
        for kind, ref, user, partner, cap, calendar in self.env.cr.fetchall():
            if kind:
                rooms[ref] = kind
            else:
                people[ref] = {"user": user, "partner": partner, "cap": cap, "hours": calendar}
        return people, rooms

    @api.model
    def _people_sql(self, service, student, counsellor):
        where = SQL("AND c.id = %s", counsellor.id) if counsellor else SQL()
        dual = SQL("AND NOT (%s)", self._dual_sql(student)) if student else SQL()
        return SQL(
            "SELECT NULL AS kind, c.id, c.user_id, u.partner_id, c.daily_cap,"
            "  CASE WHEN c.availability = 'hours' THEN c.resource_calendar_id END"
            "  FROM psych_counsellor c JOIN res_users u ON u.id = c.user_id"
            "  JOIN psych_counsellor_psych_service_rel r ON r.psych_counsellor_id = c.id"
            " WHERE r.psych_service_id = %s AND c.active AND u.active %s %s",
            service.id,
            where,
            dual,
        )

    @api.model
    def _rooms_sql(self, company_id):
        return SQL(
            "SELECT kind, id, 0, 0, 0, 0 FROM psych_place WHERE company_id = %s AND state = 'ready' AND active"
            " ORDER BY sequence, name, id",
            company_id,
        )

    @api.model
    def _dual_sql(self, student):
        """Condition on counsellor c: tutor or teacher of this student (dual relationship).

        Named seam: whoever books for a student need not read where he studies.
        """
        student_sudo = student.sudo()
        units = tuple(filter(None, (student_sudo.class_id.id, student_sudo.college_id.id))) or (0,)
        today = clock.today(self.env, student_sudo.company_id)
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
    def _rooms(self, frame):
        """Usable rooms {id: kind}, best first."""
        self.env["psych.place"].flush_model(PLACE_FIELDS)
        self.env.cr.execute(self._rooms_sql(frame.company))
        return {row[1]: row[0] for row in self.env.cr.fetchall()}

    # ------------------------------------------------------------
    # when they receive
    # ------------------------------------------------------------

    @api.model
    def _shifts(self, service, frame, people, rooms, first, last):
        """Shifts of the engine: published duties and weekly hours."""
        shifts = self._roster_shifts(service, frame, people, rooms, first, last)
        by_hours = {owner: row["hours"] for owner, row in people.items() if row["hours"]}
        if by_hours:
            shifts += self._hour_shifts(frame, by_hours, rooms, first, last)
        return shifts

    @api.model
    def _roster_shifts(self, service, frame, people, rooms, first, last):
        owners = tuple(owner for owner, row in people.items() if not row["hours"]) or (0,)
        self.env["psych.duty.shift"].flush_model(SHIFT_FIELDS)
        self.env.cr.execute(
            SQL(
                "SELECT s.acting_id, %s, %s, s.place_id, s.capacity FROM psych_duty_shift s"
                " WHERE s.state = 'published' AND s.acting_id IN %s AND s.start >= %s AND s.start < %s AND s.stop > %s"
                "   AND (s.kind <> 'urgent' OR %s) AND (NOT EXISTS (SELECT 1 FROM psych_duty_shift_psych_service_rel r"
                "         WHERE r.psych_duty_shift_id = s.id)"
                "     OR EXISTS (SELECT 1 FROM psych_duty_shift_psych_service_rel r"
                "         WHERE r.psych_duty_shift_id = s.id AND r.psych_service_id = %s))",
                _ticks_sql("s.start"),
                _ticks_sql("s.stop"),
                owners,
                first - EARLIER,
                last,
                first,
                frame.is_urgent,
                service.id,
            )
        )
        usable, shifts = {}, []
        for owner, start, stop, place, cap in self.env.cr.fetchall():
            if place not in usable:
                usable[place] = self._shift_rooms(frame, rooms, place)
            if usable[place] is not None:
                shifts.append(Shift(owner, start, stop, usable[place], cap or 0))
        return shifts

    @api.model
    def _shift_rooms(self, frame, rooms, place):
        """Rooms of one shift: its own first, then the others of the kind; None when no room can be used."""
        if rooms is None:
            return ()
        others = [room for room, kind in rooms.items() if kind == frame.place_kind and room != place]
        return tuple(([place] if place in rooms else []) + others) or None

    @api.model
    def _hour_shifts(self, frame, calendars, rooms, first, last):
        """Weekly hours of resource calendars, holidays left out, in the time zone of the school."""
        company, tz = self.env["res.company"].browse(frame.company), frame.tz
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
        shifts, usable = [], self._shift_rooms(frame, rooms, None)
        if usable is None:
            return shifts
        for _day, start, stop, calendar in slots.weekly_spans(pattern, day_first, day_last, tz, days):
            if stop > first and start < last:
                span = slots.ticks(start), slots.ticks(stop)
                shifts += [Shift(owner, *span, usable) for owner, own in calendars.items() if own == calendar]
        return shifts

    # ------------------------------------------------------------
    # what is taken
    # ------------------------------------------------------------

    @api.model
    def _occupied(self, tz, people, first, last, student, ignore):
        """Busy spans of people, rooms and the student, and the starts of talks, in ticks of the slot engine.

        :return: (busy, rooms, client, talks): {counsellor: (starts, stops)}, {room: (starts, stops)}, (starts, stops)
            of the student, {counsellor: starts}
        """
        owner_of = {"user": {}, "partner": {}}
        for owner, row in people.items():
            owner_of["user"][row["user"]] = owner_of["partner"][row["partner"]] = owner
        owner_of["talk"] = owner_of["user"]
        users, partners = tuple(owner_of["user"]), tuple(owner_of["partner"])
        days = slots.to_local(first, tz).date(), slots.to_local(last, tz).date()
        whole = slots.day_bounds(days[0], tz)[0], slots.day_bounds(days[1], tz)[1]  # for the daily cap
        sources = [
            self._occupation_sql(users, *whole, student, ignore),
            self._calendars_sql(partners, first, last),
            self._leave_sql(partners, *days, tz),
        ]
        busy, rooms, client, talks = {}, {}, ((), ()), {}
        for kind, ref, *times in self._gathered(sources):
            if kind == "room":
                rooms[ref] = times
            elif kind == "student":
                client = times
            else:
                owner = owner_of[kind][ref]
                had = busy.get(owner, ((), ()))
                busy[owner] = [old + new for old, new in zip(had, times, strict=True)]
                if kind == "talk":
                    talks[owner] = times[0]
        return busy, rooms, client, talks

    @api.model
    def _gathered(self, sources):
        """One statement for all sources and one row for each person or room, not one for each span.

        Rows and datetimes of every span cost more than all the rest in a week that has bookings.

        :param sources: statements with the columns of :meth:`_occupation_sql`
        :return: rows (kind, ref, starts, stops), instants in ticks
        """
        self.env.cr.execute(
            SQL(
                "SELECT kind, ref_id, string_agg(timestamp_send(start), ''), string_agg(timestamp_send(stop), '')"
                "  FROM (%s) taken GROUP BY kind, ref_id",
                SQL(" UNION ALL ").join(sources),
            )
        )
        return [
            (kind, ref, slots.unpack(starts), slots.unpack(stops))
            for kind, ref, starts, stops in self.env.cr.fetchall()
        ]

    @api.model
    def _occupation_sql(self, users, first, last, student, ignore):
        """Occupied time by one range read on the start; kind "talk" is the counsellor's row of an appointment."""
        return SQL(
            "SELECT CASE WHEN kind = 'user' AND owner_model = 'psych.appointment' THEN 'talk' ELSE kind END AS kind, ref_id,"
            "   start, stop FROM psych_occupation"
            " WHERE start >= %s AND start < %s AND stop > %s AND active"
            "   AND (kind = 'user' AND ref_id IN %s OR kind = 'room' OR kind = 'student' AND ref_id = %s) %s",
            first - EARLIER,
            last,
            first,
            users or (0,),
            student.id if student else 0,
            SQL("AND owner_key <> %s", ignore.occupation_key or 0) if ignore else SQL(),
        )

    @api.model
    def _calendars_sql(self, partners, first, last):
        """Busy times of the counsellors' own Odoo calendars; events of appointments stand in psych.occupation."""
        self.env["calendar.event"].flush_model(["start", "stop", "active", "show_as", "partner_ids"])
        return SQL(
            "SELECT 'partner', r.res_partner_id, e.start, e.stop FROM calendar_event e"
            "  JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id"
            " WHERE e.psych_appointment_id IS NULL AND e.active AND e.show_as = 'busy'"
            "   AND e.stop > %s AND e.start < %s AND e.stop > e.start AND r.res_partner_id IN %s",
            first,
            last,
            partners or (0,),
        )

    @api.model
    def _leave_sql(self, partners, day_first, day_last, tz):
        """Absences that touch these days, whole days of the school."""
        self.env["psych.leave"].flush_model(["partner_id", "date_start", "date_end"])
        return SQL(
            "SELECT 'partner', partner_id, date_start::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC',"
            "   (date_end + 1)::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC'"
            "  FROM psych_leave WHERE partner_id IN %s AND date_start <= %s AND date_end >= %s",
            tz,
            tz,
            partners or (0,),
            day_last,
            day_first,
        )

    @api.model
    def _leave_spans(self, counsellors, first, last):
        """{counsellor id: spans on leave} between two dates, whole days of the school."""
        if not counsellors:
            return {}
        owner_of = {row.partner_id.id: row.id for row in counsellors.sudo()}  # named seam: absence only
        tz = counsellors.company_id[:1].psych_tz
        self.env.cr.execute(self._leave_sql(tuple(owner_of), first, last, tz))
        spans = {}
        for _kind, partner, start, stop in self.env.cr.fetchall():
            spans.setdefault(owner_of[partner], []).append((start, stop))
        return spans

    @api.model
    def _shut_weeks(self, student, first, last, ignore):
        """Weeks in which the student has used up the weekly limit; watched students have none.

        Named seam: times of the student's own appointments.
        """
        if not student:
            return frozenset()
        company = student.sudo().company_id
        limit, tz = company.psych_week_limit, company.psych_tz
        if not limit or self.env["psych.hooks"]._watched_students(student):
            return frozenset()
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
    def _free_rooms(self, service, frame, rule, first, last, student, ignore):
        """Free hours of rooms that a student uses alone (relaxation, release), by their opening hours."""
        usable = [room for room, kind in self._rooms(frame).items() if kind == frame.place_kind]
        rooms = self.env["psych.place"].sudo().browse(usable)  # named seam: as for the catalogue
        calendars = {room.id: room.resource_calendar_id.id for room in rooms if room.resource_calendar_id}
        if not calendars:
            return []
        busy, client = {}, ((), ())
        for kind, ref, *times in self._gathered([self._occupation_sql((), first, last, student, ignore)]):
            if kind == "student":
                client = times
            else:
                busy[ref] = times
        shifts = [
            shift._replace(rooms=()) for shift in self._hour_shifts(frame, calendars, None, first, last)
        ]
        now = slots.ticks(clock.now())
        found = slots.free_slots(rule, shifts, now, frame.tz, busy=busy, client_busy=client)
        return [slot._replace(room=slot.owner) for slot in slots.between(found, first, last)]
