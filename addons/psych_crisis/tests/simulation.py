"""A semester under a virtual clock: people who sleep, are ill, forget and leave; mails that get lost; a scheduler that stops.

After every run of the ladder each open matter must have a living owner, a due time and a time to look again (promise 2).
One seed gives one semester. Used by the short test and by ``make simulate``.
"""

import heapq
import random
import statistics
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

SOURCES = [
    ("answers", "screening"),
    ("session", "session_risk"),
    ("booking", "self_referral"),
    ("dorm", "concern"),
    ("class", "concern"),
    ("staff", "concern"),
]


class Broken(AssertionError):
    """A promise was broken at a moment of the simulation."""


class Semester:
    """The simulation. ``run()`` lives through ``days`` days from ``start`` and returns the report."""

    def __init__(self, env, company, students, start, days, seed=1, per_day=6.0, acute_share=0.15, flood=60):
        self.env = env(su=True, context=dict(env.context, allowed_company_ids=company.ids))
        self.company, self.students, self.start, self.days = company, students, start, days
        self.chance = random.Random(seed)
        self.per_day, self.acute_share, self.flood = per_day, acute_share, flood
        self.queue, self.serial = [], 0
        self.now = start
        self.last_addressee = 0
        self.stopped_until = None
        self.dead = set()
        self.raised, self.acknowledged, self.seen = {}, {}, {}
        self.checks = self.faults = 0

    # ------------------------------------------------------------ plan of the semester

    def later(self, moment, what, *args):
        """Put something on the list of what will happen."""
        self.serial += 1
        heapq.heappush(self.queue, (moment, self.serial, what, args))

    def plan(self):
        """Draw the semester: signals, a flood, absences, ends of posts, stops of the scheduler, deaths, departures."""
        end = self.start + timedelta(days=self.days)
        moment = self.start
        while moment < end:
            moment += timedelta(days=self.chance.expovariate(self.per_day))
            self.later(moment, self.new_signal, self.chance.random() < self.acute_share)
        flood_at = self.start + timedelta(days=self.days * 0.4)
        for index in range(self.flood):
            self.later(
                flood_at + timedelta(seconds=60 * 60 * index / max(self.flood, 1)),
                self.new_signal,
                index == self.flood // 2,
            )
        for day in range(self.days):
            at = self.start + timedelta(days=day)
            if self.chance.random() < 0.5:
                self.later(at, self.someone_away)
            if day % 9 == 4:
                self.later(at, self.deputies_of_each_other)
            if day % 11 == 6:
                self.later(at, self.whole_unit_away, "station" if day % 2 else "centre")
            if day % 7 == 5:
                self.later(
                    at + timedelta(hours=self.chance.uniform(0, 24)),
                    self.stop_scheduler,
                    self.chance.uniform(1, 5),
                )
            if day % 13 == 8:
                self.later(at, self.post_ends)
            if day % 10 == 9:
                self.later(at, self.student_dies)
            if day % 6 == 3:
                self.later(at, self.student_leaves)

    # ------------------------------------------------------------ what happens

    def new_signal(self, acute):
        """Something is seen or answered."""
        student = self.students[self.chance.randrange(len(self.students))]
        source, kind = self.chance.choice(SOURCES)
        self.serial += 1
        signal = self.env["psych.crisis.signal"]._raise_from(
            student,
            f"sim.{self.serial}",
            "acute" if acute else "talk",
            source,
            kind,
            student=student,
            company=self.company,
        )
        if signal and signal.id not in self.raised:
            self.raised[signal.id] = (self.now, acute)
        elif signal and acute and not self.raised[signal.id][1]:
            self.raised[signal.id] = (self.now, True)
            self.acknowledged.pop(signal.id, None)
            self.seen.pop(signal.id, None)
        if not signal and student.enrolment_state != "deceased":
            raise Broken(f"no signal for a living student at {self.now}")

    def staff(self, roles):
        today = clock.today(self.env, self.company)
        return sorted(
            self.env["psych.scope"]
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("role", "in", roles),
                    ("date_start", "<=", today),
                    ("date_end", ">=", today),
                ]
            )
            .user_id.ids
        )

    def leave(self, users, days, deputies=None):
        """Absences; the desk is never empty."""
        today = clock.today(self.env, self.company)
        users = self.env["res.users"].browse(users)
        for index, user in enumerate(users):
            self.env["psych.leave"].create(
                {
                    "partner_id": user.partner_id.id,
                    "company_id": self.company.id,
                    "date_start": today,
                    "date_end": fields.Date.add(today, days=days),
                    "kind": "sick",
                    "deputy_partner_id": deputies[index].partner_id.id if deputies else False,
                }
            )
        self.faults += len(users)

    def someone_away(self):
        """One of staff is ill, with or without a deputy."""
        people = self.staff(("tutor", "station", "centre", "counsellor", "centre_head"))
        if len(people) > 2:
            away, deputy = self.chance.sample(people, 2)
            self.leave(
                [away],
                self.chance.randrange(1, 4),
                [self.env["res.users"].browse(deputy)] if self.chance.random() < 0.5 else None,
            )

    def deputies_of_each_other(self):
        """A stands in for B and B for A, both away."""
        people = self.staff(("tutor",))
        if len(people) >= 2:
            pair = self.env["res.users"].browse(self.chance.sample(people, 2))
            self.leave(pair.ids, 1, [pair[1], pair[0]])

    def whole_unit_away(self, role):
        """A whole station at a meeting, or the centre at a conference."""
        self.leave(self.staff((role,)), 1)

    def stop_scheduler(self, hours):
        """The scheduler stands still; people still look at their screens."""
        self.stopped_until = self.now + timedelta(hours=hours)
        self.faults += 1
        self.later(self.now + timedelta(minutes=20), self.look_at_screen)

    def look_at_screen(self):
        """The desk looks at the inbox by itself: overdue is computed live, whatever the scheduler does."""
        desk = self.staff(("duty",))
        for signal in self.env["psych.crisis.signal"].search(
            [
                ("company_id", "=", self.company.id),
                ("is_overdue", "=", True),
                ("urgency", "=", "acute"),
                ("seen_at", "=", False),
            ],
            limit=5,
        ):
            told = set(signal.addressee_ids.user_id.ids) & set(desk)
            for user in sorted(told)[:1]:
                self.later(
                    self.now + timedelta(minutes=self.chance.uniform(5, 12)), self.see, signal.id, user
                )
        if self.stopped_until and self.now < self.stopped_until:
            self.later(self.now + timedelta(minutes=20), self.look_at_screen)

    def post_ends(self):
        """A post ends without hand-over: what was owned must move on."""
        people = self.staff(("tutor", "station"))
        if len(people) > 3:
            user = self.chance.choice(people)
            self.env["psych.membership"].search(
                [("user_id", "=", user), ("state", "=", "appointed")], limit=1
            )._end(clock.today(self.env, self.company), "simulation")
            self.faults += 1

    def student_dies(self):
        """Everything stops for this student."""
        rows = self.env["psych.crisis.signal"].search(
            [("company_id", "=", self.company.id), ("is_open", "=", True), ("student_id", "!=", False)],
            limit=20,
        )
        student = rows.student_id[:1]
        if student and len(self.dead) < max(len(self.students) // 4, 1):
            student.write({"enrolment_state": "deceased"})
            self.dead.add(student.id)

    def student_leaves(self):
        """The register marks a watched student as left."""
        student = self.students[self.chance.randrange(len(self.students))]
        if student.enrolment_state == "enrolled" and student.id not in self.dead:
            student.write({"enrolment_state": "left"})
            student.write({"enrolment_state": "enrolled"})

    # ------------------------------------------------------------ people

    def react(self):
        """People who were told since the last look: who wakes, who answers when, who never does."""
        rows = self.env["psych.crisis.addressee"].search(
            [("id", ">", self.last_addressee), ("signal_id", "!=", False)]
        )
        for row in rows:
            self.last_addressee = max(self.last_addressee, row.id)
            delay = self.delay(row.user_id, row.signal_id.urgency == "acute")
            if delay is not None:
                self.later(
                    self.now + timedelta(minutes=delay), self.acknowledge, row.signal_id.id, row.user_id.id
                )

    def delay(self, user, acute):
        """Minutes until ``user`` answers, None when never (asleep, message lost, webhook that lies)."""
        hour = clock.local(self.now, self.company.psych_tz).hour
        if user.id in self.staff(("duty",)):
            return self.chance.uniform(1, 4)
        if self.chance.random() < 0.2:
            return None
        if hour >= 22 or hour < 7:
            return self.chance.uniform(3, 12) if acute and self.chance.random() < 0.2 else None
        return self.chance.uniform(1, 15) if acute else self.chance.uniform(10, 900)

    def present(self, user):
        today = clock.today(self.env, self.company)
        return user.partner_id not in self.env["psych.leave"]._absent_partners(self.company, today)

    def act(self, signal_id, user_id):
        """Return the signal as this person sees it, None when he cannot act."""
        signal = self.env["psych.crisis.signal"].browse(signal_id)
        user = self.env["res.users"].browse(user_id)
        if not signal.is_open or not self.present(user):
            return None
        return signal.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def acknowledge(self, signal_id, user_id):
        """Somebody takes it, and goes to the student unless he forgets."""
        signal = self.act(signal_id, user_id)
        if signal is None:
            return
        try:
            if not signal.sudo().acknowledged_at:
                signal.action_acknowledge()
                self.acknowledged[signal_id] = self.now
        except (AccessError, UserError):
            return
        acute = signal.sudo().urgency == "acute"
        if self.chance.random() < 0.85 or user_id in self.staff(("duty",)):
            self.later(
                self.now
                + timedelta(minutes=self.chance.uniform(5, 15) if acute else self.chance.uniform(30, 2000)),
                self.see,
                signal_id,
                user_id,
            )

    def see(self, signal_id, user_id):
        """Staff meets the student; triage follows."""
        signal = self.act(signal_id, user_id)
        if signal is None or signal.sudo().seen_at or not signal.sudo().student_id:
            return
        try:
            signal._see("dorm", "upset")
        except (AccessError, UserError):
            return
        self.seen[signal_id] = self.now
        self.acknowledged.setdefault(signal_id, self.now)
        self.later(
            self.now + timedelta(minutes=self.chance.uniform(60, 2500)), self.triage, signal_id, user_id
        )

    def triage(self, signal_id, user_id):
        """The outcome: mostly a talk or nothing, sometimes a case."""
        signal = self.act(signal_id, user_id)
        if signal is None:
            return
        draw = self.chance.random()
        try:
            case = self.env["psych.crisis.case"]
            if draw < 0.15 and signal.student_id:
                case = (
                    case.with_user(user_id)
                    .with_context(allowed_company_ids=self.company.ids)
                    ._open_for_signal(signal, "orange")
                )
                signal._triage("case", case=case)
            else:
                signal._triage("no_concern" if draw < 0.5 else "talk")
        except (AccessError, UserError):
            return

    # ------------------------------------------------------------ the loop

    def check(self):
        """Raise when an open matter has no living owner, no due time or no time to look again."""
        today = clock.today(self.env, self.company)
        self.env.flush_all()
        for table in ("psych_crisis_signal", "psych_crisis_case"):
            self.env.cr.execute(
                SQL(
                    """SELECT m.id FROM %(table)s m LEFT JOIN res_users u ON u.id = m.owner_id
                        WHERE m.is_open AND m.company_id = %(company)s AND (
                              m.owner_id IS NULL OR NOT u.active OR u.share OR m.due_at IS NULL OR m.ring_at IS NULL OR m.ring_at <= %(now)s
                           OR NOT EXISTS (SELECT 1 FROM psych_scope s WHERE s.user_id = m.owner_id AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                                             AND (m.owner_membership_id IS NULL OR s.membership_id = m.owner_membership_id))
                           OR EXISTS (SELECT 1 FROM psych_leave l WHERE l.partner_id = u.partner_id AND l.date_start <= %(today)s AND l.date_end >= %(today)s))""",
                    table=SQL.identifier(table),
                    company=self.company.id,
                    today=today,
                    now=self.now,
                )
            )
            lost = [row[0] for row in self.env.cr.fetchall()]
            if lost:
                raise Broken(
                    f"{self.now}: {table} {lost[:5]} without a living owner, a due time or a next look"
                )
        if self.dead:
            self.env.cr.execute(
                SQL(
                    """SELECT 1 FROM psych_crisis_message q JOIN psych_crisis_addressee a ON a.id = q.addressee_id
                         JOIN psych_crisis_signal s ON s.id = a.signal_id WHERE q.state = 'queued' AND s.student_id IN %s LIMIT 1""",
                    tuple(self.dead),
                )
            )
            if self.env.cr.fetchone():
                raise Broken(f"{self.now}: a message waits for a student who died")
        self.checks += 1

    def tick(self):
        """One beat of the scheduler, unless it stands still; then people react."""
        if self.stopped_until and self.now < self.stopped_until:
            return
        ladder = self.env["psych.crisis.ladder"]
        local = clock.local(self.now, self.company.psych_tz)
        if local.minute % 15 == 0 or self.stopped_until:
            ladder._cron_orphans()
            self.stopped_until = None
        ladder._cron_ladder()
        self.check()

    def next_moment(self):
        """Return when something happens next: an event, a clock that rings, a new day."""
        self.env.cr.execute(
            SQL(
                """SELECT min(ring_at) FROM (SELECT ring_at FROM psych_crisis_signal WHERE is_open UNION ALL
                                             SELECT ring_at FROM psych_crisis_case WHERE is_open) q"""
            )
        )
        ring = self.env.cr.fetchone()[0]
        moments = [self.now + timedelta(minutes=15)]
        if ring:
            moments.append(max(ring, self.now + timedelta(minutes=1)))
        if self.queue:
            moments.append(max(self.queue[0][0], self.now + timedelta(seconds=1)))
        return min(moments).replace(microsecond=0) + timedelta(seconds=1)

    def run(self):
        """Live through the semester; return the figures.

        :raises Broken: at the first broken promise
        """
        with patch("odoo.addons.psych_crisis.models.warning.psych_crisis_message.requests.post") as post:
            post.return_value.text = "ok"  # the webhook says so and nobody is woken
            self.plan()
            end = self.start + timedelta(days=self.days)
            while self.now < end:
                with clock.frozen(self.now):
                    while self.queue and self.queue[0][0] <= self.now:
                        _at, _serial, what, args = heapq.heappop(self.queue)
                        what(*args)
                    self.env.flush_all()
                    self.tick()
                    self.react()
                    self.env.flush_all()
                    self.now = self.next_moment()
                self.env.invalidate_all()
        return self.report()

    def report(self):
        """Return minutes from event to human and to *seen*, by urgency; what is still unseen, and the counts."""

        def figures(stamps, acute):
            rows = sorted(
                (stamps[key] - self.raised[key][0]).total_seconds() / 60
                for key in stamps
                if key in self.raised and self.raised[key][1] == acute
            )
            if not rows:
                return {"n": 0}
            return {
                "n": len(rows),
                "median": round(statistics.median(rows), 1),
                "p95": round(rows[int(len(rows) * 0.95) - 1], 1),
                "worst": round(rows[-1], 1),
            }

        limit = self.start + timedelta(days=self.days - 1)
        alive = (
            self.env["psych.crisis.signal"]
            .browse([key for key in self.raised])
            .filtered(lambda s: s.student_id.id not in self.dead)
        )
        unseen = [
            s.id
            for s in alive
            if self.raised[s.id][1]
            and s.id not in self.seen
            and self.raised[s.id][0] < limit
            and s.outcome != "merged"
        ]
        return {
            "signals": len(self.raised),
            "checks": self.checks,
            "faults": self.faults,
            "deaths": len(self.dead),
            "acute to human": figures(self.acknowledged, True),
            "acute to seen": figures(self.seen, True),
            "other to human": figures(self.acknowledged, False),
            "other to seen": figures(self.seen, False),
            "acute never seen": len(unseen),
        }
