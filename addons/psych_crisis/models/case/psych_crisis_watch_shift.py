from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.psych_health.tools import clock


class PsychCrisisWatchShift(models.Model):
    """A guard shift (24小时陪护值班): staff, family or hospital. Students never guard students (safety rule H2)."""

    _name = "psych.crisis.watch.shift"
    _description = "Guard shift"
    _order = "start, id"
    _rec_name = "start"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [("staff", "Staff"), ("family", "Family"), ("hospital", "Hospital")], required=True, default="staff"
    )
    user_id = fields.Many2one(
        "res.users", string="Member of staff", domain="[('share', '=', False)]", ondelete="restrict"
    )
    relative = fields.Selection([("father", "Father"), ("mother", "Mother"), ("other", "Another relative")])
    hospital_id = fields.Many2one("psych.hospital", ondelete="restrict")
    start = fields.Datetime(required=True)
    stop = fields.Datetime(required=True)
    state = fields.Selection(
        [("planned", "Planned"), ("arrived", "Arrived"), ("done", "Handed over"), ("cancelled", "Cancelled")],
        default="planned",
        required=True,
        readonly=True,
    )
    arrived_at = fields.Datetime(readonly=True)

    _span = models.Constraint("CHECK (stop > start)", "A shift ends after it starts.")
    _who = models.Constraint(
        "CHECK ((kind = 'staff' AND user_id IS NOT NULL) OR (kind = 'family' AND relative IS NOT NULL) OR kind = 'hospital')",
        "Say who guards: a member of staff, a relative or the hospital.",
    )

    @api.constrains("user_id", "kind")
    def _check_no_student(self):
        for shift in self:
            if shift.user_id.share:
                raise ValidationError(
                    self.env._("Students never guard students. Choose staff, family or a hospital.")
                )

    def action_cancel(self):
        """The shift does not take place; what is open then shows in red."""
        self.check_access("write")
        self.write({"state": "cancelled"})

    def action_arrive(self):
        """The guard is here."""
        self.check_access("write")
        self.write({"state": "arrived", "arrived_at": clock.now()})

    def action_hand_over(self):
        """Handed over to the next shift."""
        self.check_access("write")
        self.write({"state": "done"})

    def _gaps(self, until=None):
        """Return the spans ``[(start, stop)]`` from now on in which nobody guards: between shifts, and up to ``until``.

        A member of staff who has not arrived a quarter of an hour (setting) after the start guards nobody.
        """
        now = clock.now()
        rows = self.filtered(lambda row: row._counts(now)).sorted("start")
        if not rows and not until:
            return []
        begun = self.filtered(lambda row: row.state != "cancelled" and row.start <= now < row.stop)
        at = now if until or begun or not rows else rows[0].start
        gaps = []
        for row in rows:
            if row.start > at:
                gaps.append((at, row.start))
            at = max(at, row.stop)
        if until and at < until:
            gaps.append((at, until))
        return gaps

    def _counts(self, now):
        """True when this shift really guards from now on, or will."""
        if self.state == "cancelled" or self.stop <= now:
            return False
        grace = timedelta(minutes=max(self.company_id.psych_crisis_guard_grace, 0))
        return not (self.kind == "staff" and self.state == "planned" and self.start + grace < now)

    def _next_gap(self, until=None):
        """Return when the next gap begins, None when there is none."""
        gaps = self._gaps(until)
        if gaps:
            return gaps[0][0]
        late = self.filtered(lambda row: row.state == "planned" and row.start <= clock.now() < row.stop)
        return clock.now() if late.filtered(lambda row: not row._counts(clock.now())) else None

    def _state_now(self, until=None):
        """Return none, ok or gap for the card: a gap within the next 24 hours of the planned guard."""
        now = clock.now()
        gap = self._next_gap(until)
        if gap:
            return "gap" if gap < now + timedelta(hours=24) else "ok"
        return "ok" if self.filtered(lambda row: row.state != "cancelled" and row.stop > now) else "none"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.case_id.sudo()._changed()  # named seam: clocks are the machine's
        return rows

    def write(self, vals):
        if not self.env.su and any(row.state in ("done", "cancelled") for row in self):
            raise UserError(self.env._("A shift that is over stays as it was."))
        result = super().write(vals)
        self.case_id.sudo()._changed()
        return result
