from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

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

    def action_arrive(self):
        """The guard is here."""
        self.check_access("write")
        self.write({"state": "arrived", "arrived_at": clock.now()})

    def action_hand_over(self):
        """Handed over to the next shift."""
        self.check_access("write")
        self.write({"state": "done"})

    def _gaps(self, until=None):
        """Return the spans ``[(start, stop)]`` between now (or the first shift) and the last shift in which nobody guards."""
        now = clock.now()
        rows = self.filtered(lambda row: row.state != "cancelled" and row.stop > now).sorted("start")
        if not rows:
            return []
        running = self.filtered(lambda row: row.state != "cancelled" and row.start <= now)
        at = now if running else rows[0].start
        gaps = []
        for row in rows:
            if row.start > at:
                gaps.append((at, row.start))
            at = max(at, row.stop)
        if until and at < until:
            gaps.append((at, until))
        return gaps

    def _state_now(self):
        """Return none, ok or gap for the card: a gap within the next 24 hours of the planned guard."""
        now = clock.now()
        rows = self.filtered(lambda row: row.state != "cancelled" and row.stop > now)
        if not rows:
            return "none"
        return "gap" if any(start < now + timedelta(hours=24) for start, _stop in self._gaps()) else "ok"
