import secrets
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...models.counselling.psych_appointment import HourTaken
from ...tools import clock, slots

HOURS, WEEKS = 20, 8  # most hours of a series, most weeks between two of them


class PsychSeries(models.TransientModel):
    """A row of hours at one time of the week: looked at first, then booked as single appointments (odoo-traps 15).

    No recurrence of core's calendar: each hour is an appointment of its own with a plain event. What is taken, on a
    holiday or in an absence is listed with the nearest free hour instead; nothing else waits for it.
    """

    _name = "psych.series"
    _description = "Series of appointments"

    student_id = fields.Many2one("psych.student", required=True)
    service_id = fields.Many2one("psych.service", required=True)
    counsellor_id = fields.Many2one("psych.counsellor", required=True)
    place_id = fields.Many2one("psych.place", string="Room")
    previous_id = fields.Many2one("psych.appointment", string="Follows on")
    start = fields.Datetime(string="First hour", required=True)
    count = fields.Integer(string="Number of hours", default=6, required=True)
    weeks = fields.Integer(string="Weeks between two", default=1, required=True)
    line_ids = fields.One2many("psych.series.line", "series_id", string="Hours of the series")
    company_id = fields.Many2one(related="service_id.company_id")

    @api.constrains("count", "weeks")
    def _check_size(self):
        for series in self:
            if not series._is_in_size():
                raise ValidationError(
                    self.env._(
                        "A series has 1 to %(hours)s hours, 1 to %(weeks)s weeks apart.",
                        hours=HOURS,
                        weeks=WEEKS,
                    )
                )

    def _is_in_size(self):
        return 1 <= self.count <= HOURS and 1 <= self.weeks <= WEEKS

    def _starts(self):
        """Starts of the hours: the same time of the school's clock, also over a change of the clock."""
        tz = self.company_id.psych_tz
        local = slots.to_local(self.start, tz)
        hour = local.hour + local.minute / 60
        days = [local.date() + timedelta(weeks=self.weeks * number) for number in range(self.count)]
        return [slots.to_utc(day, hour, tz) for day in days]

    @api.onchange("start", "count", "weeks", "service_id", "counsellor_id", "place_id", "student_id")
    def _onchange_lines(self):
        """Look at every hour before anything is booked."""
        complete = self.start and self.service_id and self.counsellor_id and self.student_id
        if not complete or not self._is_in_size():
            self.line_ids = [Command.clear()]
            return
        self.line_ids = [Command.clear()] + [Command.create(self._look_at(start)) for start in self._starts()]

    def _look_at(self, start):
        """What stands in the way of one hour, and the nearest free one."""
        service, person = self.service_id, self.counsellor_id._origin or self.counsellor_id
        student = self.student_id._origin or self.student_id
        stop = start + timedelta(minutes=service.length)
        found = self.env["psych.availability"]._free(service, start, stop, student, person, urgent=True)
        slot = next((slot for slot in found if slot.start == start), None)
        if slot:
            return {
                "start": start,
                "state": "free",
                "place_id": self._place(start, stop) or slot.room,
                "is_chosen": True,
            }
        state = self._why_not(start, stop, person, student)
        near = start if state == "outside" else self._nearest(start, person, student)
        return {
            "start": near or start,
            "wanted": start,
            "state": state if near else "none",
            "place_id": self._place(start, stop) if near == start else False,
            "is_chosen": bool(near),
        }

    def _why_not(self, start, stop, person, student):
        tz = self.company_id.psych_tz
        day = slots.to_local(start, tz).date()
        if self.env["psych.term.event"]._days(self.company_id, day, day).weekday(day) is None:
            return "holiday"
        spans = self.env["psych.availability"]._leave_spans(person, day, day).get(person.id, [])
        if any(first < stop and last > start for first, last in spans):
            return "absent"
        rows = [("student", student.id, start, stop), ("user", person.user_id.id, start, stop)]
        return "taken" if self.env["psych.occupation"]._is_taken(rows) else "outside"

    def _nearest(self, start, person, student):
        around = timedelta(days=3)
        found = self.env["psych.availability"]._free(
            self.service_id, start - around, start + around, student, person, urgent=True
        )
        near = slots.nearest(found, start, 1)
        return near[0].start if near else False

    def _place(self, start, stop):
        """The chosen room when it is free then."""
        place = self.place_id._origin or self.place_id
        if not place or self.env["psych.occupation"]._is_taken([("room", place.id, start, stop)]):
            return False
        return place.id

    def action_book(self):
        """Book the chosen hours, each for itself; what somebody took meanwhile stays in the list.

        :raises UserError: when nothing is chosen, or an hour that has begun
        """
        self.ensure_one()
        chosen = self.line_ids.filtered(lambda line: line.is_chosen and not line.appointment_id)
        if not chosen:
            raise UserError(self.env._("Please choose at least one hour."))
        if past := chosen.filtered(lambda line: line.start < clock.now()):
            local = slots.to_local(past[0].start, self.company_id.psych_tz)
            raise UserError(
                self.env._(
                    "%(time)s lies in the past. Please choose a later hour; nothing was booked yet.",
                    time=f"{local:%Y-%m-%d %H:%M}",
                )
            )
        known = self.line_ids.appointment_id[:1].series_key
        key, lost = known or secrets.token_hex(8), self.env["psych.series.line"]
        for line in chosen:
            try:
                with self.env.cr.savepoint():
                    line.appointment_id = self.env["psych.appointment"].create(line._appointment_vals(key))
                    line.state = "booked"
            except HourTaken:
                lost |= line
        for line in lost:
            line.write({**self._look_at(line.start), "is_chosen": False})
        return self._again() if lost else self._booked()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Some hours have just been taken"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _booked(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("psych_health.psych_appointment_action")
        return {
            **action,
            "views": [(False, "list"), (False, "form")],
            "view_mode": "list,form",
            "domain": [("id", "in", self.line_ids.appointment_id.ids)],
        }
