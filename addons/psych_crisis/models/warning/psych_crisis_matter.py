import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

_logger = logging.getLogger(__name__)
ALL_STAFF = ("leader", "office", "centre_head", "centre", "counsellor", "station", "tutor", "duty")


class PsychCrisisMatter(models.AbstractModel):
    """What nobody may lose: an open matter with a living owner, a next step and a due time (promise 2).

    Signals and cases inherit this. The ladder reads only ``ring_at`` (indexed over open matters), so its cost follows
    what is due and not what is open. Owners are staff; a student never holds a clock (safety rule F2).
    """

    _name = "psych.crisis.matter"
    _description = "Open matter with owner and clock"
    _matter_order = "id"  # what is gravest first, as SQL
    _matter_field = None  # name of the link on addressees, climbs and messages

    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    owner_id = fields.Many2one(
        "res.users", string="Who acts now", readonly=True, copy=False, ondelete="restrict"
    )
    owner_membership_id = fields.Many2one(
        "psych.membership", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    due_at = fields.Datetime(string="Due", readonly=True, copy=False)
    ring_at = fields.Datetime(readonly=True, copy=False, help="When the ladder looks at this again.")
    is_open = fields.Boolean(default=True, readonly=True, copy=False)
    is_overdue = fields.Boolean(string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue")
    remaining = fields.Char(string="Time left", compute="_compute_is_overdue")

    _ring_open = models.Index("(ring_at) WHERE is_open IS TRUE")
    _owner_open = models.Index("(owner_id) WHERE is_open IS TRUE")

    # ----------------------------------------------------------------------
    # Live overdue: no scheduler needed (trap 12)
    # ----------------------------------------------------------------------

    @api.depends("due_at", "is_open")
    def _compute_is_overdue(self):
        now = clock.now()
        for matter in self:
            matter.is_overdue = bool(matter.is_open and matter.due_at and matter.due_at < now)
            matter.remaining = (
                self._span_text(matter.due_at - now) if matter.is_open and matter.due_at else False
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("is_open", "=", True), ("due_at", "<", clock.now())]

    def _span_text(self, span):
        """Return a span in words: «12 min left», «3 h overdue»."""
        minutes = int(abs(span.total_seconds()) // 60)
        if minutes < 60:
            amount = self.env._("%(n)s min", n=minutes)
        elif minutes < 48 * 60:
            amount = self.env._("%(n)s h", n=minutes // 60)
        else:
            amount = self.env._("%(n)s days", n=minutes // 1440)
        return (
            self.env._("%(span)s left", span=amount)
            if span.total_seconds() >= 0
            else self.env._("%(span)s overdue", span=amount)
        )

    @api.constrains("owner_id")
    def _check_owner_is_staff(self):
        for matter in self:
            if matter.owner_id.share:
                raise ValidationError(self.env._("A student never holds a clock. Choose a member of staff."))

    # ----------------------------------------------------------------------
    # What a model of matters says about itself
    # ----------------------------------------------------------------------

    def _running(self):
        """Return the clocks that run, as a list of ``(stamp, start)``."""
        raise NotImplementedError

    def _clock_key(self):
        """Return ``(kind, line, urgency)`` of the ladders of this matter."""
        raise NotImplementedError

    def _urgency_of(self, stamp):
        """Return the urgency by which the clock of ``stamp`` runs: acute leaves at night, the others wait."""
        return self._clock_key()[2]

    def _place_units(self):
        """Return the units of the student: ``{"class": unit, "college": unit, "building": unit}``."""
        return {}

    def _barred_user_ids(self):
        """Return the ids of users who must not act: accused, or locked out of the student."""
        return set()

    def _is_silenced(self):
        """True when every automation stops (the student died: safety rule H1)."""
        return False

    # ----------------------------------------------------------------------
    # Ladder
    # ----------------------------------------------------------------------

    def _ring(self):
        """Fire what is due, keep a living owner, and set when to look again. Harmless to repeat.

        Runs as the machine. A rung without anybody is climbed at once; a late scheduler fires all steps that are due.
        """
        self.ensure_one()
        now = clock.now()
        if not self.is_open or self._is_silenced():
            self.write({"ring_at": False, "due_at": False})
            return
        fired = {(climb.clock_id.id, climb.started_at) for climb in self._climbs()}
        owned_before = self.owner_id, self.owner_membership_id
        upcoming, limits = [], []
        for stamp, start in self._running():
            waiting, limit = self._ring_stamp(stamp, start, now, fired)
            limits.append(limit)
            # all rungs told and still silent: the desk is called again, whatever other clocks still run
            upcoming.append(min(waiting) if waiting else self._remind(stamp, now))
        if not self.owner_id or (self.owner_id, self.owner_membership_id) == owned_before:
            self._keep_owner()  # whoever was given it just now stood on a rung just now
        self.write(
            {
                "ring_at": min(upcoming) if upcoming else now + timedelta(days=1),
                "due_at": min(limits) if limits else now,
            }
        )

    def _ring_stamp(self, stamp, start, now, fired):
        """Fire the due steps of one clock; return ``([due of the steps that wait], time limit)``."""
        waiting, limit, nobody = [], None, False
        for step in self._steps(stamp):
            due = step._due(start, self.company_id)
            if step.step and limit is None:
                limit = due
            if (step.id, start) in fired:
                continue
            if due <= now or nobody:
                nobody = not self._fire(step, start, vacant=due > now)
            else:
                waiting.append(due)
        return waiting, limit or start

    def _steps(self, stamp):
        kind, line, _urgency = self._clock_key()
        urgency = self._urgency_of(stamp)
        return self.env["psych.crisis.clock"]._ladder(self.company_id, kind, line, urgency, stamp)

    def _climbs(self):
        return self.env["psych.crisis.climb"].search([(self._matter_field, "=", self.id)])

    def _fire(self, step, start, vacant=False):
        """Climb one step: write the climb, address the holders of its rungs. Return the holders found."""
        found, empty, unfit = [], [], self._unfit()
        for rung in step.rung_ids:
            holders = rung._holders(self, unfit)
            found += holders
            if not holders:
                empty.append(rung.code)
        reason = "first" if not step.step else "vacant" if vacant else "silent"
        climb = self.env["psych.crisis.climb"].create(
            {
                self._matter_field: self.id,
                "clock_id": step.id,
                "started_at": start,
                "at": clock.now(),
                "reason": reason,
                "stamp": step.stamp,
                "vacant_rungs": ", ".join(empty),
                "company_id": self.company_id.id,
            }
        )
        self._address(found, climb)
        if found and (not self.owner_id or (step.stamp == "acknowledged" and step.step)):
            self._give_to(*found[0])
        return found

    def _address(self, holders, climb):
        """Make ``holders`` addressees (once each) and queue their messages: one insert of each, however many they are."""
        Addressee = self.env["psych.crisis.addressee"]
        known = {row.user_id: row for row in Addressee.search([(self._matter_field, "=", self.id)])}
        by_user = {}
        for user, membership in holders:
            by_user.setdefault(user, membership)
        for user, membership in by_user.items():
            if user in known and known[user].membership_id != membership:
                known[user].write({"membership_id": membership.id, "is_live": True})
        created = Addressee.create(
            [
                {
                    self._matter_field: self.id,
                    "user_id": user.id,
                    "membership_id": membership.id,
                    "at": clock.now(),
                    "climb_id": climb.id,
                    "company_id": self.company_id.id,
                }
                for user, membership in by_user.items()
                if user not in known
            ]
        )
        told = Addressee.union(created, *(known[user] for user in by_user if user in known))
        self.env["psych.crisis.message"]._queue(told, climb, self._urgency_of(climb.stamp))

    def _unfit(self):
        """Return ``(absent partners, barred user ids)``: who cannot act on this today, whatever rung he stands on."""
        today = clock.today(self.env, self.company_id)
        # named seam: who is away today, ids only
        return (
            self.env["psych.leave"].sudo()._absent_partners(self.company_id, today),
            self._barred_user_ids(),
        )

    def _give_to(self, user, membership):
        self.write({"owner_id": user.id, "owner_membership_id": membership.id})

    def _remind(self, stamp, now):
        """All rungs have been told and ``stamp`` is still missing: call the desk again, return the next time to look."""
        span = timedelta(minutes=max(self.company_id.psych_crisis_repeat_minutes, 5))
        if self._urgency_of(stamp) != "acute" or stamp not in ("acknowledged", "seen", "guard"):
            return now + timedelta(days=1)
        last = max(self._climbs().filtered(lambda climb: climb.stamp == stamp).mapped("at"), default=now)
        if last <= now - span:
            climb = self.env["psych.crisis.climb"].create(
                {
                    self._matter_field: self.id,
                    "started_at": now,
                    "at": now,
                    "reason": "reminder",
                    "stamp": stamp,
                    "company_id": self.company_id.id,
                }
            )
            self._address(self._desk_holders(), climb)
            last = now
        return last + span

    # ----------------------------------------------------------------------
    # Living owner
    # ----------------------------------------------------------------------

    def _owner_lives(self):
        """True when the owner has a living account and the post by which he owns this, and is present today."""
        user = self.owner_id
        if not user or not user.active or user.share or user.id in self._barred_user_ids():
            return False
        today = clock.today(self.env, self.company_id)
        # named seam: who is away today, ids only
        if user.partner_id in self.env["psych.leave"].sudo()._absent_partners(self.company_id, today):
            return False
        domain = [
            ("user_id", "=", user.id),
            ("company_id", "=", self.company_id.id),
            ("date_start", "<=", today),
            ("date_end", ">=", today),
        ]
        if self.owner_membership_id:
            domain.append(("membership_id", "=", self.owner_membership_id.id))
        # named seam: the roster of rights is readable to nobody; whether he holds a post today
        return bool(self.env["psych.scope"].sudo().search_count(domain, limit=1))

    def _keep_owner(self):
        """Give the matter to somebody who lives: same rungs first, then the rungs above, at last the desk."""
        if self._owner_lives():
            return
        rungs = self.env["psych.crisis.rung"]
        for climb in self._climbs().sorted("at"):
            rungs |= climb.clock_id.rung_ids
        for stamp, _start in self._running():
            rungs |= self._steps(stamp).rung_ids
        holders = self._first_holders(rungs) or self._desk_holders()
        if holders:
            self._hand_over(holders)
        else:
            self.write({"owner_id": False, "owner_membership_id": False})
            _logger.warning(
                "%s %s has no living owner: every rung of the school is vacant", self._name, self.id
            )

    def _hand_over(self, holders):
        climb = self.env["psych.crisis.climb"].create(
            {
                self._matter_field: self.id,
                "at": clock.now(),
                "started_at": clock.now(),
                "reason": "absent",
                "stamp": (self._running() or [("step", None)])[0][0],
                "company_id": self.company_id.id,
            }
        )
        self._address(holders[:1], climb)
        self._give_to(*holders[0])

    def _desk_holders(self):
        """Return the holders of the staffed desk, then of head of the centre and leadership."""
        # named seam: rungs are settings
        rungs = (
            self.env["psych.crisis.rung"].sudo().search([("company_id", "in", (self.company_id.id, False))])
        )
        above = rungs.filtered(lambda r: r.role in ("centre_head", "leader")).sorted("role")
        return self._first_holders(rungs.filtered("is_desk") | above)

    def _first_holders(self, rungs):
        """Return the holders of the first of ``rungs`` on which somebody can act, ``[]`` when nobody stands on any."""
        unfit = self._unfit()
        return next(filter(None, (rung._holders(self, unfit) for rung in rungs)), [])

    @api.model
    def _ring_owned_by(self, users):
        """Let the ladder look at once at the open matters of ``users`` (a post ended, leave began)."""
        if not users:
            return
        self.flush_model(["owner_id", "is_open", "ring_at"])
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET ring_at = %s WHERE is_open IS TRUE AND owner_id IN %s",
                SQL.identifier(self._table),
                clock.now(),
                tuple(users.ids),
            )
        )
        self.invalidate_model(["ring_at"])

    @api.model
    def _ring_orphans(self, limit=2000):
        """Let the ladder look at open matters whose owner has no right today or is away: catches whatever no event told."""
        self.flush_model(["owner_id", "is_open", "ring_at"])
        today = clock.today(self.env)
        self.env.cr.execute(
            SQL(
                """UPDATE %(table)s SET ring_at = %(now)s WHERE id IN (
                     SELECT m.id FROM %(table)s m LEFT JOIN res_users u ON u.id = m.owner_id
                      WHERE m.is_open IS TRUE AND (m.ring_at IS NULL OR m.ring_at > %(now)s) AND (
                            m.owner_id IS NULL OR NOT u.active
                         OR NOT EXISTS (SELECT 1 FROM psych_scope s WHERE s.user_id = m.owner_id AND s.company_id = m.company_id
                                           AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                                           AND (m.owner_membership_id IS NULL OR s.membership_id = m.owner_membership_id))
                         OR EXISTS (SELECT 1 FROM psych_leave l WHERE l.partner_id = u.partner_id AND l.company_id = m.company_id
                                       AND l.date_start <= %(today)s AND l.date_end >= %(today)s))
                      LIMIT %(limit)s)""",
                table=SQL.identifier(self._table),
                now=clock.now(),
                today=today,
                limit=limit,
            )
        )
        self.invalidate_model(["ring_at"])

    # ----------------------------------------------------------------------
    # Who may act
    # ----------------------------------------------------------------------

    def _check_staff(self):
        """Only staff who can read the matter act on it.

        :raises AccessError: for students and outsiders
        """
        self.check_access("read")
        if self.env.user.share:
            raise AccessError(self.env._("Only staff can do this. If somebody is in danger, please call."))

    def _membership_of(self, user):
        """Return a post that ``user`` holds today in this school, empty when none."""
        return self._rights(clock.today(self.env, self.company_id), users=user, limit=1).membership_id

    def _rights(self, day, roles=ALL_STAFF, users=None, limit=None):
        """Return the rights in ``roles`` that ``users`` (None: everybody) hold on ``day`` in the schools of these matters."""
        held = [] if users is None else [("user_id", "in", users.ids)]
        # named seam: the roster of rights is readable to nobody; whether, and by which post, somebody acts
        return (
            self.env["psych.scope"]
            .sudo()
            .search(
                [
                    *held,
                    ("company_id", "in", self.company_id.ids),
                    ("role", "in", roles),
                    ("date_start", "<=", day),
                    ("date_end", ">=", day),
                ],
                limit=limit,
            )
        )
