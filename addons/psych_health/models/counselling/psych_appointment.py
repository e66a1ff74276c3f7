from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import clock, slots
from .psych_occupant import Key
from .psych_occupation import Taken

STATES = [
    ("requested", "To be confirmed"),
    ("confirmed", "Booked"),
    ("arrived", "Arrived"),
    ("done", "Done"),
    ("late", "Too late"),
    ("no_show", "Missed"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("requested", "confirmed", "arrived")
CHANNELS = [
    ("portal", "Phone portal"),
    ("yiban", "Yiban app"),
    ("phone", "Telephone"),
    ("walk_in", "Walk-in"),
    ("staff", "By staff"),
    ("interview", "After an interview"),
]
MOVING = {"start", "service_id", "counsellor_id", "place_id", "student_id", "stop"}


class HourTaken(UserError):
    """The hour went to somebody else a moment ago; the message names the nearest free ones."""


class PsychAppointment(models.Model):
    """One hour of a student with a counsellor, or in a room of the centre (S1-Art16).

    requested → confirmed → arrived → done; or late, missed, cancelled: then a new hour is booked (S1-Art16-e).
    Whoever creates or moves one, by whatever door, occupies counsellor, room and student first
    (psych.occupation); the calendar event, messages and the rest come after. Nobody outside counselling can read
    these rows: who comes is not existence of a matter (H5).
    """

    _name = "psych.appointment"
    _description = "Appointment"
    _inherit = ["psych.occupant"]
    _order = "start desc, id desc"
    _rec_name = "number"
    _check_company_auto = True

    # identity
    number = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    # who, where, what
    student_id = fields.Many2one(
        "psych.student", required=True, index=True, check_company=True, ondelete="restrict"
    )
    service_id = fields.Many2one("psych.service", required=True, check_company=True, ondelete="restrict")
    counsellor_id = fields.Many2one("psych.counsellor", index=True, check_company=True, ondelete="restrict")
    place_id = fields.Many2one("psych.place", string="Room", check_company=True, ondelete="restrict")
    topic_id = fields.Many2one("psych.topic", ondelete="restrict")
    urgency = fields.Selection(
        [("normal", "Can wait"), ("soon", "Soon please"), ("danger", "May hurt themselves")],
        default="normal",
        required=True,
    )
    channel = fields.Selection(CHANNELS, default="staff", required=True)
    # time and state
    start = fields.Datetime(required=True, index=True)
    stop = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(STATES, default="confirmed", required=True, index=True)
    requested_at = fields.Datetime(default=lambda self: clock.now(), readonly=True)
    handled_at = fields.Datetime(readonly=True, help="When the request was answered (S1-Art16-c).")
    is_same_day = fields.Boolean(string="Answered the same day", compute="_compute_is_same_day", store=True)
    wait_days = fields.Float(string="Days waited", compute="_compute_wait_days", store=True, aggregator="avg")
    arrived_at = fields.Datetime(readonly=True)
    is_late = fields.Boolean(string="Came late", readonly=True)
    closed_at = fields.Datetime(readonly=True, help="When it was cancelled, or found missed or too late.")
    cancel_kind = fields.Selection(
        [
            ("in_time", "By the student, in time"),
            ("late", "By the student, late"),
            ("centre", "By the centre"),
        ],
        string="Cancelled how",
        readonly=True,
    )
    # links
    event_id = fields.Many2one(
        "calendar.event", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    previous_id = fields.Many2one(
        "psych.appointment", string="Booked instead of", readonly=True, index="btree_not_null"
    )
    series_key = fields.Char(readonly=True, index="btree_not_null", copy=False)
    # on screen
    client_label = fields.Char(string="Client", compute="_compute_client_label")
    is_today = fields.Boolean(compute="_compute_is_today", search="_search_is_today")

    _stop_after_start = models.Constraint("CHECK (stop > start)", "A meeting ends after it starts.")
    _counsellor_start_idx = models.Index("(counsellor_id, start)")
    _student_start_idx = models.Index("(student_id, start)")

    # ------------------------------------------------------------
    # computed
    # ------------------------------------------------------------

    @api.depends("requested_at", "handled_at")
    def _compute_is_same_day(self):
        for row in self:
            tz = row.company_id.psych_tz or clock.DEFAULT_TZ
            both = row.requested_at and row.handled_at
            row.is_same_day = bool(both) and (
                slots.to_local(row.requested_at, tz).date() == slots.to_local(row.handled_at, tz).date()
            )

    @api.depends("requested_at", "start")
    def _compute_wait_days(self):
        for row in self:
            both = row.requested_at and row.start
            row.wait_days = max((row.start - row.requested_at).total_seconds() / 86400, 0) if both else 0

    @api.depends("student_id", "number")
    @api.depends_context("uid")
    def _compute_client_label(self):
        """Name of the client for those who may read the student, the number for others."""
        for row in self:
            student = row.student_id._filtered_access("read")
            row.client_label = f"{student.name} · {(student.number or '')[-4:]}" if student else row.number

    @api.depends("number", "client_label")
    @api.depends_context("uid", "psych_client_label")
    def _compute_display_name(self):
        """The number; in the calendar of counselling the name, for whoever may read the student anyway."""
        for row in self:
            row.display_name = row.client_label if self.env.context.get("psych_client_label") else row.number

    def _compute_is_today(self):
        for row in self:
            first, last = slots.day_bounds(clock.today(self.env, row.company_id), row.company_id.psych_tz)
            row.is_today = bool(row.start) and first <= row.start < last

    def _search_is_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        first, last = slots.day_bounds(clock.today(self.env), self.env.company.psych_tz)
        domain = fields.Domain("start", ">=", first) & fields.Domain("start", "<", last)
        return domain if True in value else ~domain

    # ------------------------------------------------------------
    # CRUD: occupy first, then write
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        prepared = []
        for vals in vals_list:
            vals = self._prepare_vals(vals)
            vals["occupation_key"] = self._occupy(vals)
            # named seam: numbers are drawn by a sequence that nobody may edit
            vals["number"] = self.env["ir.sequence"].sudo().next_by_code("psych.appointment")
            prepared.append(vals)
        appointments = super().create(prepared)
        appointments._make_event()
        appointments._announce()
        return appointments

    def write(self, vals):
        if not (MOVING & vals.keys()) and "state" not in vals:
            return super().write(vals)
        self._check_unlocked()
        if vals.get("state") in ("cancelled", "late", "no_show"):
            vals = {**vals, "closed_at": clock.now()}
        if MOVING & vals.keys():
            for row in self:
                row._write_moving(vals)
            return True
        result = super().write(vals)
        if vals["state"] in ("cancelled", "late", "no_show"):
            self._release()
        return result

    def _write_moving(self, vals):
        """Write the time, person or room of one appointment: occupied anew first, event after."""
        self.ensure_one()
        vals = dict(vals)
        service = self.env["psych.service"].browse(vals.get("service_id", self.service_id.id))
        start = fields.Datetime.to_datetime(vals.get("start", self.start))
        vals["stop"] = start + timedelta(minutes=service.length)
        merged = {name: vals.get(name, self[name].id) for name in ("student_id", "counsellor_id", "place_id")}
        if self.state in OPEN_STATES:
            try:
                self.env["psych.occupation"]._move(self, self._occupation_rows(service, start, merged))
            except Taken:
                raise self._taken(service, start, merged["student_id"], moved=self) from None
        super().write(vals)
        self._follow_event("counsellor_id" in vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Appointments are cancelled, not deleted."))

    def _prepare_vals(self, vals):
        """Complete the values of a new appointment."""
        vals = dict(vals)
        service = self.env["psych.service"].browse(vals.get("service_id"))
        start = fields.Datetime.to_datetime(vals.get("start"))
        if not service or not start:
            raise ValidationError(self.env._("An appointment needs a service and a time."))
        if service.resource == "counsellor" and not vals.get("counsellor_id"):
            raise ValidationError(self.env._("An appointment needs a counsellor."))
        vals["company_id"] = service.company_id.id
        vals["stop"] = start + timedelta(minutes=service.length)
        vals.setdefault("state", "confirmed")
        if vals["state"] == "confirmed":
            vals.setdefault("handled_at", clock.now())
        return vals

    def _occupy(self, vals):
        service = self.env["psych.service"].browse(vals["service_id"])
        if vals["state"] not in OPEN_STATES:
            return Key()
        rows = self._occupation_rows(service, vals["start"], vals)
        try:
            return self.env["psych.occupation"]._occupy(service.company_id, rows, self._name)
        except Taken:
            raise self._taken(service, vals["start"], vals["student_id"]) from None

    @api.model
    def _occupation_rows(self, service, start, vals):
        """What an appointment occupies: the counsellor with the pause after it, room and student without."""
        start = fields.Datetime.to_datetime(start)
        stop = start + timedelta(minutes=service.length)
        rows = [("student", vals["student_id"], start, stop)]
        if vals.get("counsellor_id"):
            user = self.env["psych.counsellor"].browse(vals["counsellor_id"]).user_id
            rows.append(("user", user.id, start, stop + timedelta(minutes=service.pause)))
        if vals.get("place_id"):
            rows.append(("room", vals["place_id"], start, stop))
        return rows

    def _taken(self, service, start, student_id, **which):
        """The error for a lost race, with the nearest free hours in the school's time.

        :param which: only these hours count, see :meth:`_nearest`
        """
        student = self.env["psych.student"].browse(student_id)
        near = self._nearest(service, fields.Datetime.to_datetime(start), student, **which)
        tz = service.company_id.psych_tz
        hours = ", ".join(slots.to_local(slot.start, tz).strftime("%m-%d %H:%M") for slot in near)
        message = self.env._("This hour has just been taken.")
        if near:
            message = self.env._("This hour has just been taken. Nearest free hours: %(hours)s", hours=hours)
        error = HourTaken(message)
        error.nearest = near
        return error

    @api.model
    def _nearest(self, service, start, student=None, count=3, counsellor=None, moved=None):
        """Free hours closest to an instant, within two weeks around it.

        :param counsellor: only with this psych.counsellor
        :param moved: appointment that is being moved; its own hour stands in nobody's way
        """
        around = timedelta(days=7)
        found = self.env["psych.availability"]._free(
            service, max(start - around, clock.now()), start + around, student, counsellor, ignore=moved
        )
        return slots.nearest(found, start, count)

    def _release(self):
        """Give the hour free: persons, room, calendar, reminders."""
        self.env["psych.occupation"]._release(self)
        rows_sudo = self.sudo()  # named seam: the event of the appointment goes with it
        events = rows_sudo.event_id
        rows_sudo.event_id = False
        events.with_context(dont_notify=True).unlink()
        for row in self:
            self.env["psych.outbox"]._drop(f"appointment:{row.id}:")

    def _check_unlocked(self):
        """Past appointments are history after some days."""
        for company, rows in self.grouped("company_id").items():
            limit = company.psych_lock_days
            edge = clock.now() - timedelta(days=limit)
            if limit and any(row.stop < edge for row in rows) and not self.env.su:
                raise UserError(self.env._("Appointments older than %(days)s days are locked.", days=limit))

    # ------------------------------------------------------------
    # calendar event and messages
    # ------------------------------------------------------------

    def _make_event(self):
        """Show these appointments in the counsellor's calendar: neutral title, only the counsellor invited.

        Named seam: students and reception book into a calendar that is not theirs.
        """
        open_rows = self.filtered(lambda row: row.counsellor_id and row.state in OPEN_STATES)
        Event = (
            self.env["calendar.event"]
            .sudo()
            .with_context(
                dont_notify=True,
                no_mail_to_attendees=True,
                mail_create_nolog=True,
                mail_create_nosubscribe=True,
                tracking_disable=True,
                skip_contact_description=True,
            )
        )
        for row in open_rows.sudo():
            user = row.counsellor_id.user_id
            row.event_id = Event.create(
                {
                    "name": self.env._("Occupied"),
                    "start": row.start,
                    "stop": row.stop,
                    "user_id": user.id,
                    "partner_ids": [fields.Command.set(user.partner_id.ids)],
                    "privacy": "private",
                    "show_as": "busy",
                    "attendee_ids": [
                        fields.Command.create({"partner_id": user.partner_id.id, "state": "accepted"})
                    ],
                    "alarm_ids": [fields.Command.clear()],
                    "psych_appointment_id": row.id,
                }
            )

    def _follow_event(self, person_changed):
        """Bring the event where the appointment is; another counsellor gets an event of his own."""
        for row in self.sudo():  # named seam: as in _make_event
            event = row.event_id
            if person_changed and event:
                row.event_id = False
                event.with_context(dont_notify=True).unlink()
                row._make_event()
            elif event and (event.start, event.stop) != (row.start, row.stop):
                event.with_context(
                    dont_notify=True, skip_attendee_notification=True, tracking_disable=True
                ).write({"start": row.start, "stop": row.stop})

    def _announce(self):
        """Prepare the messages of a new time: booked, and the reminder before it."""
        Outbox = self.env["psych.outbox"]
        for row in self.filtered(lambda r: r.state in ("requested", "confirmed")):
            remind_at = row.start - timedelta(hours=row.company_id.psych_reminder_hours)
            stamp = f"{row.start:%Y%m%d%H%M}"
            if remind_at > clock.now():
                Outbox._put(
                    row.company_id,
                    f"appointment:{row.id}:remind:{stamp}",
                    row._reminder_text(),
                    remind_at,
                    student=row.student_id,
                    number=row.number,
                    link=f"/psych/booking/{row.id}",
                )

    def _reminder_text(self):
        """Neutral, readable on a lock screen: no word of counselling, no name."""
        local = slots.to_local(self.start, self.company_id.psych_tz)
        return self.env._(
            "Reminder %(number)s: %(time)s", number=self.number, time=local.strftime("%m-%d %H:%M")
        )

    # ------------------------------------------------------------
    # actions of staff
    # ------------------------------------------------------------

    def action_confirm(self):
        """Answer a request with yes."""
        self.filtered(lambda row: row.state == "requested").write(
            {"state": "confirmed", "handled_at": clock.now()}
        )

    def action_arrive(self):
        """The client is here."""
        self._check_state("requested", "confirmed")
        self.write({"state": "arrived", "arrived_at": clock.now()})

    def action_late(self):
        """The client comes late: within the tolerance the talk takes place, after it the hour is booked anew."""
        self._check_state("requested", "confirmed")
        for row in self:
            too_late = clock.now() > row.start + timedelta(minutes=row.service_id.late_minutes)
            row.write(
                {"state": "late" if too_late else "arrived", "arrived_at": clock.now(), "is_late": True}
            )

    def action_no_show(self):
        """The client did not come. A student with an open matter raises a flag; everybody books again."""
        self._check_state("requested", "confirmed")
        if any(row.start > clock.now() for row in self):
            raise UserError(self.env._("The hour has not begun yet."))
        self.state = "no_show"
        watched = self.env["psych.hooks"]._watched_students(self.student_id)
        for row in self:
            if row.student_id in watched:
                self.env["psych.hooks"]._psych_flag_raised(row, "appointment.no_show", "talk")
            self.env["psych.outbox"]._put(
                row.company_id,
                f"appointment:{row.id}:missed",
                self.env._(
                    "%(number)s: the time has passed. You are welcome to choose another one.",
                    number=row.number,
                ),
                clock.now(),
                student=row.student_id,
                number=row.number,
            )

    def action_done(self):
        """The talk took place."""
        self._check_state("arrived")
        self.state = "done"

    def action_series(self):
        """Look at a row of hours with the same client from next week on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("psych_health.psych_series_action")
        return {
            **action,
            "context": {
                "default_student_id": self.student_id.id,
                "default_service_id": self._following_service().id,
                "default_counsellor_id": self.counsellor_id.id,
                "default_place_id": self.place_id.id,
                "default_previous_id": self.id,
                "default_start": fields.Datetime.to_string(self._same_time_ahead()),
            },
        }

    def _same_time_ahead(self):
        """This weekday and hour in the first week after this one that lies ahead."""
        passed = int((clock.now() - self.start) // timedelta(weeks=1)) + 1
        return self.start + timedelta(weeks=max(1, passed))

    def _following_service(self):
        """After an intake talk the ordinary service of the same counsellor follows."""
        if not self.service_id.is_intake:
            return self.service_id
        ordinary = [
            ("company_id", "=", self.company_id.id),
            ("resource", "=", "counsellor"),
            ("is_intake", "=", False),
            ("is_urgent", "=", False),
            ("counsellor_ids", "in", self.counsellor_id.ids),
        ]
        return self.env["psych.service"].search(ordinary, limit=1) or self.service_id

    def action_cancel_following(self):
        """Cancel this hour and those of its series after it; each student message names its own hour."""
        self.ensure_one()
        rows = self.search(
            [
                ("series_key", "=", self.series_key),
                ("start", ">=", self.start),
                ("state", "in", ("requested", "confirmed")),
            ]
        )
        (rows if self.series_key else self).action_cancel()

    def action_cancel(self):
        """Cancelled by the centre; the student is told and may choose another hour."""
        self._check_state("requested", "confirmed")
        self.write({"state": "cancelled", "cancel_kind": "centre"})
        for row in self:
            self.env["psych.outbox"]._put(
                row.company_id,
                f"appointment:{row.id}:cancelled",
                self.env._("%(number)s cannot take place. Please choose another time.", number=row.number),
                clock.now(),
                student=row.student_id,
                number=row.number,
            )

    def _check_state(self, *states):
        if any(row.state not in states for row in self):
            raise UserError(
                self.env._("This appointment is in another state by now. Please reload the page.")
            )

    # ------------------------------------------------------------
    # moving
    # ------------------------------------------------------------

    def _reschedule(self, start, by_student=False):
        """Move one open appointment to another start.

        :param by_student: the student moved it and has seen it on the page: no message
        """
        self.ensure_one()
        self.check_access("write")
        self._check_state("requested", "confirmed")
        self.start = start
        self.env["psych.outbox"]._drop(f"appointment:{self.id}:")
        self._announce()
        if not by_student:
            self._tell_moved()

    def _tell_moved(self):
        """Tell the student the new time. The key names the moment of the move: an hour may go there and back."""
        local = slots.to_local(self.start, self.company_id.psych_tz)
        self.env["psych.outbox"]._put(
            self.company_id,
            f"appointment:{self.id}:moved:{clock.now():%Y%m%d%H%M%S}",
            self.env._(
                "%(number)s has changed: %(time)s", number=self.number, time=local.strftime("%m-%d %H:%M")
            ),
            clock.now(),
            student=self.student_id,
            number=self.number,
            link=f"/psych/booking/{self.id}",
        )

    def _reassign(self, counsellor):
        """Give one appointment to another counsellor at the same hour.

        :return: False when he is busy or may not receive this student
        """
        self.ensure_one()
        people = self.env["psych.availability"]._people(self.service_id, self.student_id, counsellor)
        if counsellor.id not in people:
            return False
        try:
            with self.env.cr.savepoint():
                self.counsellor_id = counsellor
        except HourTaken:
            return False
        self._tell_moved()
        return True
