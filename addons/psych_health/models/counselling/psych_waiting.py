from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock, slots
from .psych_occupation import Taken


class PsychWaiting(models.Model):
    """A student who found no hour. A freed hour is kept for him for a limited time and offered.

    Students with an open matter pass by the list; whoever waits is asked again by a person every week, and can say
    at any time that it got worse (F15).
    """

    _name = "psych.waiting"
    _description = "Waiting student"
    _inherit = ["psych.occupant"]
    _order = "is_watched desc, urgency_rank, since, id"
    _check_company_auto = True

    student_id = fields.Many2one(
        "psych.student", required=True, index=True, check_company=True, ondelete="cascade"
    )
    service_id = fields.Many2one("psych.service", required=True, check_company=True)
    counsellor_id = fields.Many2one("psych.counsellor", string="Only with", check_company=True)
    since = fields.Datetime(default=lambda self: clock.now(), required=True, readonly=True)
    urgency = fields.Selection(
        [("worse", "It got worse"), ("soon", "Soon please"), ("normal", "Can wait")],
        default="normal",
        required=True,
    )
    urgency_rank = fields.Integer(compute="_compute_urgency_rank", store=True)
    is_watched = fields.Boolean(string="Goes first", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("offered", "Offered"), ("booked", "Booked"), ("closed", "Closed")],
        default="waiting",
        required=True,
        index=True,
    )
    ask_on = fields.Date(string="Ask again on", help="A person asks how the student is.")
    see_by = fields.Date(
        readonly=True,
        help="Whoever waits for an intake talk is seen or called by then (working days, a setting).",
    )
    asked_by_id = fields.Many2one("res.users", string="Last asked by", readonly=True)
    offer_start = fields.Datetime(string="Offered hour", readonly=True)
    offer_counsellor_id = fields.Many2one("psych.counsellor", readonly=True)
    offer_place_id = fields.Many2one("psych.place", readonly=True)
    offer_until = fields.Datetime(readonly=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )

    _one_open = models.UniqueIndex(
        "(student_id, service_id) WHERE state IN ('waiting', 'offered')",
        "This student is on the list already.",
    )

    @api.depends("urgency")
    def _compute_urgency_rank(self):
        ranks = {"worse": 0, "soon": 1, "normal": 2}
        for row in self:
            row.urgency_rank = ranks.get(row.urgency, 2)

    @api.depends("service_id", "since")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{row.service_id.display_name or ''} · {clock.text(row.since, row.company_id.psych_tz)}"
            )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        for row in rows:
            row.ask_on = row._next_ask()
            row.see_by = row._last_day()
            row.is_watched = bool(self.env["psych.hooks"]._watched_students(row.student_id))
        return rows

    def _last_day(self):
        """The day by which somebody has met whoever waits for an intake talk; none for other services."""
        company = self.company_id
        if not self.service_id.is_intake or not company.psych_intake_days:
            return False
        today = clock.today(self.env, company)
        days = self.env["psych.term.event"]._days(company, today, today + timedelta(days=60))
        return slots.add_working_days(today, company.psych_intake_days, days)

    def _next_ask(self):
        return clock.today(self.env, self.company_id) + timedelta(days=self.company_id.psych_reask_days or 7)

    # ------------------------------------------------------------
    # student
    # ------------------------------------------------------------

    @api.model
    def _portal_wait(self, student, service, urgency="normal"):
        """Put the student on the list, once per service. Named seam: students do not write here themselves."""
        own = self.sudo().search(
            [
                ("student_id", "=", student.id),
                ("service_id", "=", service.id),
                ("state", "in", ("waiting", "offered")),
            ],
            limit=1,
        )
        return own or self.sudo().create(
            {
                "student_id": student.id,
                "service_id": service.id,
                "urgency": urgency,
                "company_id": student.company_id.id,
            }
        )

    def _portal_worse(self, student):
        """'It got worse': up in the list, and the centre calls."""
        self.ensure_one()
        row = self._own(student)
        row.urgency = "worse"
        return self.env["psych.call.request"]._ask(student.company_id, "worse", student=student, danger=True)

    def _portal_accept(self, student):
        """Take the offered hour. Named seam: students write no appointments themselves; whose offer it is was checked."""
        self.ensure_one()
        row = self._own(student)
        if row.state != "offered" or row.offer_until < clock.now():
            raise UserError(self.env._("This offer has ended. You keep your place in the list."))
        row._take_back("booked")
        Appointment = self.env["psych.appointment"].sudo()
        return Appointment.create(
            {
                "student_id": student.id,
                "service_id": row.service_id.id,
                "start": row.offer_start,
                "counsellor_id": row.offer_counsellor_id.id,
                "place_id": row.offer_place_id.id,
                "channel": "portal",
                "requested_at": row.since,
            }
        )

    def _own(self, student):
        row = self.sudo()  # named seam: checked in the next line
        if row.student_id != student:
            raise UserError(self.env._("This page cannot be found."))
        return row

    # ------------------------------------------------------------
    # staff
    # ------------------------------------------------------------

    def action_asked(self):
        """A person has asked how the student is."""
        for row in self:
            row.write({"asked_by_id": self.env.uid, "ask_on": row._next_ask(), "see_by": False})

    def action_close(self):
        """Take the student off the list."""
        self._take_back("closed")

    # ------------------------------------------------------------
    # offers
    # ------------------------------------------------------------

    @api.model
    def _offer_freed(self, appointment):
        """Offer the hour of a cancelled appointment to the first who waits for it. Named seam: runs as a student."""
        company = appointment.company_id.sudo()
        if appointment.start <= clock.now() + timedelta(hours=1):
            return self.browse()
        rows = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "waiting"),
                ("service_id", "=", appointment.service_id.id),
                ("counsellor_id", "in", (False, appointment.counsellor_id.id)),
                ("student_id", "!=", appointment.student_id.id),
            ]
        )
        for row in rows:
            if row._offer(appointment):
                return row
        return self.browse()

    def _offer(self, freed):
        """Keep the freed hour for this student. :return: False when he cannot come then"""
        self.ensure_one()
        stop = freed.stop
        found = self.env["psych.availability"]._free(
            freed.service_id,
            freed.start,
            stop,
            self.student_id,
            freed.counsellor_id,
            freed.service_id.is_urgent,
        )
        slot = next((slot for slot in found if slot.start == freed.start), None)
        if not slot:
            return False
        rows = self.env["psych.appointment"]._occupation_rows(
            freed.service_id,
            freed.start,
            {
                "student_id": self.student_id.id,
                "counsellor_id": freed.counsellor_id.id,
                "place_id": slot.room,
            },
        )
        try:
            self.env["psych.occupation"]._move(self, rows)
        except Taken:
            return False
        minutes = self.company_id.psych_offer_minutes or 240
        until = min(clock.now() + timedelta(minutes=minutes), freed.start - timedelta(minutes=30))
        self.write(
            {
                "state": "offered",
                "offer_start": freed.start,
                "offer_counsellor_id": freed.counsellor_id.id,
                "offer_place_id": slot.room,
                "offer_until": until,
            }
        )
        local = slots.to_local(freed.start, self.company_id.psych_tz)
        self.env["psych.outbox"]._put(
            self.company_id,
            f"waiting:{self.id}:offer:{freed.start:%Y%m%d%H%M}",
            self.env._("A time has become free: %(time)s. Please look.", time=local.strftime("%m-%d %H:%M")),
            clock.now(),
            student=self.student_id,
        )
        return True

    def _take_back(self, state):
        """End an offer: free the kept hour."""
        self.env["psych.occupation"]._release(self)
        self.write({"state": state, "offer_until": False})

    @api.model
    def _cron_offers(self):
        """End offers nobody took, and pass the hour on. Running it twice changes nothing."""
        self._refresh_watched()
        ended = self.search([("state", "=", "offered"), ("offer_until", "<", clock.now())])
        for row in ended:
            start, counsellor, service = row.offer_start, row.offer_counsellor_id, row.service_id
            row._take_back("waiting")
            row.since = clock.now()
            row._pass_on(start, counsellor, service)
        return len(ended)

    @api.model
    def _refresh_watched(self):
        """Who has an open matter by now goes first, whoever has none any more waits in turn (F15)."""
        rows = self.search([("state", "in", ("waiting", "offered"))])
        watched = self.env["psych.hooks"]._watched_students(rows.student_id)
        for row in rows:
            if row.is_watched != (row.student_id in watched):
                row.is_watched = row.student_id in watched

    def _pass_on(self, start, counsellor, service):
        """Offer an hour that was refused to the next in the list."""
        freed = self.env["psych.appointment"].new(
            {
                "service_id": service.id,
                "counsellor_id": counsellor.id,
                "start": start,
                "student_id": self.student_id.id,
                "stop": start + timedelta(minutes=service.length),
                "company_id": self.company_id.id,
            }
        )
        self._offer_freed(freed)
