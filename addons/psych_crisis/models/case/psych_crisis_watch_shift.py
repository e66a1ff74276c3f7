from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.psych_health.tools import clock

STAMPS_OF_MACHINE = {"unmanned_at", "asked_id"}


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
    is_stopped = fields.Boolean(readonly=True, copy=False, help="Cancelled because the student died.")
    guard_name = fields.Char(compute="_compute_guard_name", string="Guard")
    gap_text = fields.Char(
        compute="_compute_gap_text",
        string="Nobody guards",
        help="Hours before this shift in which nobody guards, or that the guard cannot come or has not arrived.",
    )

    _ahead_of_user = models.Index("(user_id, stop) WHERE state IN ('planned', 'arrived')")
    _span = models.Constraint("CHECK (stop > start)", "A shift ends after it starts.")
    _who = models.Constraint(
        "CHECK ((kind = 'staff' AND user_id IS NOT NULL) OR (kind = 'family' AND relative IS NOT NULL) OR kind = 'hospital')",
        "Say who guards: a member of staff, a relative or the hospital.",
    )

    @api.depends("kind", "user_id", "relative", "hospital_id")
    def _compute_display_name(self):
        for shift in self:
            shift.display_name = f"{shift.case_id.name or ''} {shift.guard_name or ''}".strip()

    @api.depends("kind", "user_id", "relative", "hospital_id")
    def _compute_guard_name(self):
        label = {
            name: dict(self._fields[name]._description_selection(self.env)) for name in ("kind", "relative")
        }
        for shift in self:
            # named seam: the name of a member of staff or hospital, to whoever may see the shift
            names = {
                "staff": shift.user_id.sudo().name,
                "family": label["relative"].get(shift.relative),
                "hospital": shift.hospital_id.sudo().name,
            }
            shift.guard_name = names.get(shift.kind) or label["kind"].get(shift.kind)

    @api.depends("start", "stop", "state", "case_id", "away_from")
    def _compute_gap_text(self):
        """In words and red: that its guard cannot come or has not come, or the gap that ends with this shift."""
        now = clock.now()
        self.gap_text = False
        for case, shifts in self.grouped("case_id").items():
            # named seam: hours only; whoever sees one shift of a case must not take another's for a gap
            case_sudo = case.sudo()
            spans = case_sudo.shift_ids._gaps(case_sudo._guard_until())
            gaps = {stop: start for start, stop in spans}
            for shift in shifts._with_hours().filtered(lambda row: row.state in ("planned", "arrived")):
                if shift.state == "planned" and shift._lacks(spans):
                    shift.gap_text = shift._away_words()
                elif shift.start <= now < shift.stop and not shift._counts(now):
                    shift.gap_text = self.env._("The guard has not arrived")
                elif shift.start in gaps:
                    shift.gap_text = shift._span_words(gaps[shift.start], shift.start)

    def _away_words(self):
        away = clock.local(self.away_from, self.company_id.psych_tz)
        return self.env._("The guard cannot come from %(start)s on", start=f"{away:%m-%d %H:%M}")

    def _span_words(self, start, stop):
        tz = self.company_id.psych_tz
        begin, end = clock.local(start, tz), clock.local(stop, tz)
        return self.env._(
            "Nobody from %(start)s to %(stop)s", start=f"{begin:%m-%d %H:%M}", stop=f"{end:%m-%d %H:%M}"
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
        """The guard is here; pressed twice, the first time counts."""
        self.check_access("write")
        if self.filtered(lambda row: row.state in ("done", "cancelled")):
            raise UserError(self.env._("A shift that is over stays as it was."))
        self.filtered(lambda row: row.state == "planned").write(
            {"state": "arrived", "arrived_at": clock.now()}
        )

    def action_hand_over(self):
        """Handed over to the next shift: from now on this one guards nobody.

        :raises UserError: when the guard never arrived
        """
        self.check_access("write")
        now = clock.now()
        for row in self:
            if row.state != "arrived":
                raise UserError(self.env._("Only a guard who has arrived hands over."))
            row.write({"state": "done", "stop": max(min(row.stop, now), row.start + timedelta(seconds=1))})

    def _gaps(self, until=None):
        """Return the spans ``[(start, stop)]`` from now on in which nobody guards: in and between shifts, and up to ``until``.

        A member of staff who cannot come, or has not arrived a quarter of an hour (setting) after the start, guards nobody.
        """
        now = clock.now()
        ahead = self._with_hours().filtered(lambda row: row.state != "cancelled" and row.stop > now)
        if not ahead and not until:
            return []
        begun = ahead.filtered(lambda row: row.start <= now)
        at = now if until or begun else min(ahead.mapped("start"))
        end = max(filter(None, [*ahead.mapped("stop"), until]))
        gaps = []
        for row in ahead.filtered(lambda row: row._counts(now)).sorted("start"):
            if row.start > at:
                gaps.append((at, row.start))
            at = max(at, row._guards_until())
        if at < end:
            gaps.append((at, end))
        return gaps

    def _with_hours(self):
        """Return the shifts that have their hours: a new line on the screen has none yet."""
        return self.filtered(lambda row: row.start and row.stop)

    def _counts(self, now):
        """True when this shift really guards from now on, or will."""
        if self.state == "cancelled" or self._guards_until() <= max(now, self.start):
            return False
        grace = timedelta(minutes=max(self.company_id.psych_crisis_guard_grace, 0))
        return not (self.kind == "staff" and self.state == "planned" and self.start + grace < now)

    def _guards_until(self):
        """Return until when this guard is there: who has arrived, to the end; else until leave begins or the post ends."""
        return self.stop if self.state == "arrived" or not self.away_from else self.away_from

    def _next_gap(self, until=None):
        """Return when the next gap begins, None when there is none."""
        gaps = self._gaps(until)
        return gaps[0][0] if gaps else None

    def _look_at(self, until=None):
        """Return when it is asked next whether somebody guards: a gap begins, or a guard should have come. None: never."""
        now = clock.now()
        grace = timedelta(minutes=max(self.company_id[:1].psych_crisis_guard_grace, 0) + 1)
        waits = self.filtered(lambda row: row.state == "planned" and row.kind == "staff")
        moments = [self._next_gap(until), *(row.start + grace for row in waits)]
        return min((at for at in moments if at and at > now), default=None)

    def _state_now(self, until=None):
        """Return none, ok or gap for the card: a gap within the next 24 hours of the planned guard."""
        now = clock.now()
        gap = self._next_gap(until)
        if gap:
            return "gap" if gap < now + timedelta(hours=24) else "ok"
        ahead = self._with_hours().filtered(lambda row: row.state != "cancelled" and row.stop > now)
        return "ok" if ahead else "none"

    @api.model_create_multi
    def create(self, vals_list):
        me = self.env.uid  # who puts himself down knows it
        rows = super().create(
            [dict(vals, asked_id=me) if vals.get("user_id") == me else vals for vals in vals_list]
        )
        rows.case_id._touch()
        return rows

    def write(self, vals):
        if not self.env.su and any(row.state in ("done", "cancelled") for row in self):
            raise UserError(self.env._("A shift that is over stays as it was."))
        result = super().write(self._asked_anew(vals))
        if set(vals) - STAMPS_OF_MACHINE:
            self.case_id._touch()
        return result

    def _asked_anew(self, vals):
        """Add to ``vals`` that a guard is told of other hours, and that who puts himself down knows it."""
        if vals.get("user_id") == self.env.uid:
            return dict(vals, asked_id=self.env.uid)
        moved = [name for name in ("start", "stop") if name in vals]
        span = [fields.Datetime.to_datetime(vals[name]) for name in moved]
        if moved and any([row[name] for name in moved] != span for row in self):
            return dict(vals, asked_id=self.env.uid if self.user_id == self.env.user else False)
        return vals
