from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock, slots
from .psych_duty_pattern import DUTY_KINDS


class PsychDutyShift(models.Model):
    """One dated duty of a counsellor: planned, published, perhaps taken over by a substitute, worked.

    Only published shifts offer hours. The sheet for the allowance (S1-Art26: pay of those on duty) is made of
    worked hours; it never shows how many came, or who (promise to clients).
    """

    _name = "psych.duty.shift"
    _description = "Duty"
    _order = "start, id"
    _check_company_auto = True

    # identity
    pattern_id = fields.Many2one(
        "psych.duty.pattern", string="Weekly duty", index="btree_not_null", ondelete="set null"
    )
    date = fields.Date(required=True, index=True)
    start = fields.Datetime(required=True)
    stop = fields.Datetime(required=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    # who, where, what for
    counsellor_id = fields.Many2one(
        "psych.counsellor", string="Planned", required=True, index=True, check_company=True
    )
    substitute_id = fields.Many2one("psych.counsellor", index="btree_not_null", check_company=True)
    acting_id = fields.Many2one(
        "psych.counsellor", string="On duty", compute="_compute_acting_id", store=True, index=True
    )
    kind = fields.Selection(DUTY_KINDS, required=True, default="regular")
    place_id = fields.Many2one("psych.place", string="Room", check_company=True)
    service_ids = fields.Many2many("psych.service", string="Only for", check_company=True)
    capacity = fields.Integer(string="Talks at most")
    # state
    state = fields.Selection(
        [("draft", "Planned"), ("published", "Published"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
    )
    swap_with_id = fields.Many2one(
        "psych.duty.shift",
        string="Swap asked for",
        check_company=True,
        ondelete="set null",
        help="The other side accepts, then both change places.",
    )
    # worked
    worked_start = fields.Datetime()
    worked_stop = fields.Datetime()
    worked_hours = fields.Float(compute="_compute_worked_hours", store=True)
    pay_state = fields.Selection(
        [("open", "Not approved"), ("approved", "Approved"), ("paid", "Paid")],
        string="Allowance",
        default="open",
        required=True,
    )

    _stop_after_start = models.Constraint("CHECK (stop > start)", "A duty ends after it starts.")
    _pattern_day_uniq = models.Constraint("unique(pattern_id, date)", "This duty has been planned already.")
    _acting_start_idx = models.Index("(start, acting_id) WHERE state = 'published'")

    @api.depends("counsellor_id", "substitute_id")
    def _compute_acting_id(self):
        for shift in self:
            shift.acting_id = shift.substitute_id or shift.counsellor_id

    @api.depends("worked_start", "worked_stop")
    def _compute_worked_hours(self):
        for shift in self:
            spans = (
                [(shift.worked_start, shift.worked_stop)] if shift.worked_start and shift.worked_stop else []
            )
            shift.worked_hours = slots.hours(spans)

    @api.depends("acting_id", "date", "place_id")
    @api.depends_context("psych_in_calendar")
    def _compute_display_name(self):
        """Person and day; in the calendar, which shows the day, person and room."""
        in_calendar = self.env.context.get("psych_in_calendar")
        for shift in self:
            rest = shift.place_id.name if in_calendar else shift.date
            shift.display_name = f"{shift.acting_id.display_name or ''} {rest or ''}".strip()

    # ------------------------------------------------------------
    # actions
    # ------------------------------------------------------------

    def action_publish(self):
        """Offer the hours of these shifts to students."""
        self.filtered(lambda shift: shift.state == "draft").state = "published"

    def action_cancel(self):
        """Take the shifts back; what is booked in them must have been moved before."""
        if self._appointments():
            raise UserError(
                self.env._("Hours of this duty are booked. Name a substitute or move the appointments first.")
            )
        self.state = "cancelled"

    def action_worked(self):
        """Confirm that the shifts were worked as published."""
        for shift in self.filtered(lambda s: s.state == "published" and not s.worked_start):
            shift.write({"worked_start": shift.start, "worked_stop": shift.stop})

    def action_approve(self):
        """Release the worked hours for the allowance; not by the person who worked them."""
        if self.env.user in self.acting_id.user_id:
            raise AccessError(self.env._("Somebody else approves your own hours."))
        self.filtered("worked_hours").pay_state = "approved"

    def action_accept_swap(self):
        """Change places with the shift that was asked for; the person on duty there accepts."""
        self.ensure_one()
        other = self.swap_with_id
        if not other:
            raise UserError(self.env._("Nobody has been asked to swap."))
        may = other.acting_id.user_id == self.env.user or self.env.user.has_group(
            "psych_health.group_psych_health_centre"
        )
        if not may:
            raise AccessError(self.env._("Only the colleague who was asked can accept the swap."))
        mine, theirs = self.acting_id, other.acting_id
        # named seam: accepting changes the colleague's duty too, which he may not edit himself
        mine_sudo, other_sudo = self.sudo(), other.sudo()
        mine_sudo._substitute(theirs)
        other_sudo._substitute(mine)
        mine_sudo.swap_with_id = False

    def action_substitute(self):
        """Hand the future appointments of these shifts to the substitute that was named."""
        kept = self.env["psych.appointment"]
        for shift in self:
            kept |= shift._substitute(shift.substitute_id or shift.counsellor_id)
        if kept:
            raise UserError(
                self.env._(
                    "These appointments cannot be taken over and need a call: %(numbers)s",
                    numbers=", ".join(kept.mapped("number")),
                )
            )

    # ------------------------------------------------------------
    # business
    # ------------------------------------------------------------

    def _substitute(self, counsellor):
        """Let `counsellor` take this shift over, with what is booked in it.

        :return: appointments that stay where they are (substitute busy, or teacher of that student)
        """
        self.ensure_one()
        appointments = self._appointments()
        self.substitute_id = counsellor if counsellor != self.counsellor_id else False
        kept = appointments.browse()
        for appointment in appointments:
            if not appointment._reassign(counsellor):
                kept |= appointment
        return kept

    def _appointments(self):
        """Open future appointments booked in these shifts."""
        now = clock.now()
        appointments = self.env["psych.appointment"]
        for shift in self:
            appointments |= appointments.search(
                [
                    ("counsellor_id", "=", shift.acting_id.id),
                    ("state", "in", ("requested", "confirmed")),
                    ("start", ">=", max(shift.start, now)),
                    ("start", "<", shift.stop),
                ]
            )
        return appointments

    @api.model
    def _gaps(self, company, first, last):
        """Spans between two dates in which the weekly roster wants somebody and nobody present is published.

        Whoever is on leave counts as absent, so an illness shows up here the moment it is entered.
        """
        rows = self.env["psych.duty.pattern"].search([("company_id", "=", company.id)])
        days = self.env["psych.term.event"]._days(company, first, last)
        pattern = [(int(row.weekday), row.hour_from, row.hour_to) for row in rows]
        wanted = [span[1:3] for span in slots.weekly_spans(pattern, first, last, company.psych_tz, days)]
        shifts = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "published"),
                ("date", ">=", first),
                ("date", "<=", last),
            ]
        )
        absent = self.env["psych.availability"]._leave_spans(shifts.acting_id, first, last)
        covered = []
        for shift in shifts:
            covered += slots.subtract([(shift.start, shift.stop)], absent.get(shift.acting_id.id, []))
        return slots.gaps(wanted, covered)
