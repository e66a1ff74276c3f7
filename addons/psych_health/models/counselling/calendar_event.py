from odoo import api, fields, models
from odoo.exceptions import UserError

# what a colleague may not do to the event of an appointment; the appointment itself is the place for it
RECURRENCE = ("recurrency", "rrule", "recurrence_update", "recurrence_id", "rrule_type", "count", "until")
PEOPLE = ("partner_ids", "attendee_ids")
TIMES = {"start", "stop", "duration"}


class CalendarEvent(models.Model):
    """The event that shows an appointment in the counsellor's own calendar.

    Its stored title is neutral, it has no description and no student among its attendees. Moving the event moves
    the appointment and the other way round; series, deletion, archiving and attendees belong to the appointment.
    """

    _inherit = "calendar.event"

    psych_appointment_id = fields.Many2one(
        "psych.appointment",
        string="Appointment",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        readonly=True,
        groups="psych_health.group_psych_health_counsellor,psych_health.group_psych_health_centre",
    )

    _psych_busy_idx = models.Index(
        "(stop, start) WHERE psych_appointment_id IS NULL AND active AND show_as = 'busy'"
    )

    def _psych_bound(self):
        """Events of this set that show a living appointment."""
        sudo = self.sudo()  # named seam: whoever edits an event need not see the appointment behind it
        return sudo.filtered(lambda event: event.psych_appointment_id.event_id == event)

    def write(self, vals):
        bound = self._psych_bound()
        if bound:
            bound._psych_check_write(vals)
            if TIMES & vals.keys():
                vals = bound._psych_follow(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_bound(self):
        if self._psych_bound():
            raise UserError(
                self.env._("This event belongs to an appointment. Cancel the appointment instead.")
            )

    def copy(self, default=None):
        if self._psych_bound():
            raise UserError(self.env._("This event belongs to an appointment. Book another hour instead."))
        return super().copy(default)

    def _psych_check_write(self, vals):
        """Refuse what would cut the event from its appointment."""
        if any(vals.get(name) for name in RECURRENCE):
            raise UserError(
                self.env._("A series of appointments is made in the appointment, not in the calendar.")
            )
        if "active" in vals and not vals["active"]:
            raise UserError(
                self.env._("This event belongs to an appointment. Cancel the appointment instead.")
            )
        if (
            any(name in vals for name in PEOPLE)
            or vals.get("user_id", self[:1].user_id.id) not in self.user_id.ids
        ):
            raise UserError(self.env._("Whom an appointment is with is changed in the appointment."))
        if vals.get("allday"):
            raise UserError(self.env._("An appointment has a beginning and an end."))
        if (
            any(vals.get(name) for name in ("description", "location"))
            or vals.get("name", self[:1].name) != self[:1].name
        ):
            raise UserError(
                self.env._("The event of an appointment carries no text, so that nobody learns who comes.")
            )

    def _psych_follow(self, vals):
        """Move the appointment of an event that is about to move, comparing values.

        :return: values to write: the event keeps the length of its appointment
        """
        if len(self) > 1:
            raise UserError(self.env._("Please move appointments one by one."))
        appointment = self.psych_appointment_id
        start = fields.Datetime.to_datetime(vals.get("start", self.start))
        if start != appointment.start:
            # with the rights of the person who drags the event
            appointment.with_env(self.env(su=False))._reschedule(start)
        rest = {name: value for name, value in vals.items() if name not in TIMES}
        return {**rest, "start": appointment.start, "stop": appointment.stop}
