"""A semester under a virtual clock: people who sleep, are ill, forget and leave; mails that get lost; a scheduler that stops.

After every run of the ladder each open matter must have a living owner, a due time and a time to look again (promise 2);
nothing is doubled, no student holds a clock, nothing leaves at night that is not acute, nothing leaves after a death.
One seed gives one semester. Used by the short test and by ``make simulate``.
"""

import heapq
import random
import statistics
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

from .simulation_faults import Faults
from .simulation_people import People

SOURCES = [
    ("answers", "screening"),
    ("session", "session_risk"),
    ("booking", "self_referral"),
    ("dorm", "concern"),
    ("class", "concern"),
    ("staff", "concern"),
]
MATTERS = ("psych_crisis_signal", "psych_crisis_case")


class Broken(AssertionError):
    """A promise was broken at a moment of the simulation."""


class Semester(Faults, People):
    """The simulation. ``run()`` lives through ``days`` days from ``start`` and returns the report."""

    def __init__(self, env, company, students, start, days, seed=1, per_day=6.0, acute_share=0.15, flood=60):
        self.env = env(su=True, context=dict(env.context, allowed_company_ids=company.ids))
        self.company, self.students, self.days = company, students, days
        self.start = start.replace(microsecond=0)
        self.chance = random.Random(seed)
        self.per_day, self.acute_share, self.flood = per_day, acute_share, flood
        self.queue, self.serial = [], 0
        self.now = self.start
        self.stopped_until = self.dark_until = None
        self.orphans_at = self.silence_at = self.start
        self.kill_next = False
        self.progress, self.week = None, 0  # called with the day and the figures so far
        self.dead, self.meeting, self.roster = {}, {}, {}
        self.raised, self.acknowledged, self.seen = {}, {}, {}
        self.delivered = set()
        self.count = Counter()
        self.checks = 0

    # ------------------------------------------------------------ plan of the semester

    def later(self, moment, what, *args):
        """Put something on the list of what will happen."""
        self.serial += 1
        heapq.heappush(self.queue, (moment, self.serial, what, args))

    def plan(self):
        """Draw the semester: signals, a flood, everything that goes wrong, people who look by themselves."""
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
        self.plan_faults()
        self.plan_on_call()
        self.later(self.start + timedelta(minutes=30), self.look_at_desk)
        morning = clock.local(self.start, self.company.psych_tz).replace(hour=8, minute=30)
        self.later(clock.to_utc(morning, self.company.psych_tz) + timedelta(days=1), self.look_in_the_morning)

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
        if signal and not signal.addressee_ids:
            raise Broken(f"signal {signal.id} has no addressee in its own transaction at {self.now}")

    def staff(self, roles):
        """Ids of users who hold one of these roles today; asked once a day."""
        today = clock.today(self.env, self.company)
        key = (roles, today)
        if key not in self.roster:
            scopes = self.env["psych.scope"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("role", "in", roles),
                    ("date_start", "<=", today),
                    ("date_end", ">=", today),
                ]
            )
            self.roster[key] = sorted(scopes.user_id.ids)
        return self.roster[key]

    # ------------------------------------------------------------ promises

    def none(self, promise, statement, *values, **named):
        """:raises Broken: when the statement finds a row; statements are literals of this file"""
        query = SQL(statement, *values, **named)  # pylint: disable=sql-injection
        self.env.cr.execute(query)
        rows = self.env.cr.fetchmany(5)
        if rows:
            raise Broken(f"{self.now}: {promise}: {rows}")

    def check(self):
        """Raise when an open matter has no living owner, no due time or no time to look again, or a promise broke."""
        self.env.flush_all()
        for table in MATTERS:
            self.check_owned(table)
        self.none(
            "a student was told",
            "SELECT a.id FROM psych_crisis_addressee a JOIN res_users u ON u.id = a.user_id WHERE u.share AND a.at = %s",
            self.now,
        )
        self.none(
            "two open signals about one thing",
            """SELECT student_id FROM psych_crisis_signal WHERE is_open AND triaged_at IS NULL AND student_id IS NOT NULL
                AND company_id = %s GROUP BY student_id, line, source_id HAVING count(*) > 1""",
            self.company.id,
        )
        self.none(
            "owner replaced twice in one moment",
            """SELECT signal_id FROM psych_crisis_climb WHERE at = %s AND reason = 'absent' AND signal_id IS NOT NULL
                GROUP BY signal_id HAVING count(*) > 1""",
            self.now,
        )
        self.check_messages()
        self.checks += 1

    def check_owned(self, table):
        """Every open matter has a living owner (account, post, present), a due time and a next look in the future."""
        self.none(
            f"{table} without a living owner, a due time or a next look",
            """SELECT m.id, m.owner_id, m.due_at, m.ring_at FROM %(table)s m LEFT JOIN res_users u ON u.id = m.owner_id
                WHERE m.is_open AND m.company_id = %(company)s AND (
                      m.owner_id IS NULL OR NOT u.active OR u.share OR m.due_at IS NULL OR m.ring_at IS NULL OR m.ring_at <= %(now)s
                   OR NOT EXISTS (SELECT 1 FROM psych_scope s WHERE s.user_id = m.owner_id AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                                     AND (m.owner_membership_id IS NULL OR s.membership_id = m.owner_membership_id))
                   OR EXISTS (SELECT 1 FROM psych_leave l WHERE l.partner_id = u.partner_id AND l.date_start <= %(today)s AND l.date_end >= %(today)s))
                LIMIT 5""".replace("%(table)s", table),
            company=self.company.id,
            today=clock.today(self.env, self.company),
            now=self.now,
        )

    def check_messages(self):
        """Nothing leaves after a death; at night only what is acute; one climb tells one person once per channel."""
        hour = clock.local(self.now, self.company.psych_tz).hour
        if hour >= 22 or hour < 8:
            self.none(
                "sent at night and not acute",
                """SELECT m.id FROM psych_crisis_message m JOIN psych_crisis_addressee a ON a.id = m.addressee_id
                     JOIN psych_crisis_signal s ON s.id = a.signal_id
                    WHERE m.sent_at = %s AND s.urgency <> 'acute'""",
                self.now,
            )
        for student, died in self.dead.items():
            self.none(
                "a message after a death",
                """SELECT q.id FROM psych_crisis_message q JOIN psych_crisis_addressee a ON a.id = q.addressee_id
                     JOIN psych_crisis_signal s ON s.id = a.signal_id
                    WHERE s.student_id = %s AND (q.state = 'queued' OR q.sent_at > %s)""",
                student,
                died,
            )

    def check_sight(self):
        """While the scheduler stands still the screens still know what is overdue, and everything has an addressee."""
        self.env.flush_all()
        Signal = self.env["psych.crisis.signal"]
        shown = Signal.search_count([("company_id", "=", self.company.id), ("is_overdue", "=", True)])
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM psych_crisis_signal WHERE is_open AND due_at < %s AND company_id = %s",
                self.now,
                self.company.id,
            )
        )
        if shown != self.env.cr.fetchone()[0]:
            raise Broken(f"{self.now}: the inbox does not show what is overdue")
        self.none(
            "an open signal without an addressee",
            """SELECT s.id FROM psych_crisis_signal s WHERE s.is_open AND s.company_id = %s
                AND NOT EXISTS (SELECT 1 FROM psych_crisis_addressee a WHERE a.signal_id = s.id) LIMIT 5""",
            self.company.id,
        )
        self.count["looks while it stood"] += 1

    # ------------------------------------------------------------ the loop

    def tick(self):
        """One beat of the scheduler, unless it stands still; then the promises are checked."""
        if self.stopped_until and self.now < self.stopped_until:
            self.check_sight()
            return
        if self.kill_next:
            self.half_a_run()
        ladder = self.env["psych.crisis.ladder"]
        if self.stopped_until or self.now >= self.orphans_at:
            ladder._cron_orphans()
            self.stopped_until, self.orphans_at = None, self.now + timedelta(minutes=15)
        if self.now >= self.silence_at:
            self.env["psych.crisis.report"]._cron_silence()
            self.silence_at = self.now + timedelta(days=1)
        ladder._cron_ladder()
        self.check()

    def next_moment(self):
        """Return when something happens next: an event, a clock that rings, a message that is due, a quarter of an hour."""
        self.env.cr.execute(
            """SELECT min(at) FROM (SELECT min(ring_at) AS at FROM psych_crisis_signal WHERE is_open UNION ALL
                                    SELECT min(ring_at) FROM psych_crisis_case WHERE is_open UNION ALL
                                    SELECT min(send_at) FROM psych_crisis_message WHERE state = 'queued') q"""
        )
        ring = self.env.cr.fetchone()[0]
        moments = [self.now + timedelta(minutes=15)]
        if ring:
            moments.append(max(ring, self.now + timedelta(minutes=1)))
        if self.queue:
            moments.append(max(self.queue[0][0], self.now + timedelta(seconds=1)))
        return min(moments).replace(microsecond=0) + timedelta(seconds=1)

    def live(self):
        """Do what happens at this moment, let the machine and the people act."""
        if self.dark_until and self.now < self.dark_until:
            back = self.dark_until
            self.queue = [
                (max(at, back + timedelta(seconds=index)), serial, what, args)
                for index, (at, serial, what, args) in enumerate(sorted(self.queue))
            ]
            heapq.heapify(self.queue)
            self.now = back
            return
        while self.queue and self.queue[0][0] <= self.now:
            _at, _serial, what, args = heapq.heappop(self.queue)
            what(*args)
        self.env.flush_all()
        self.tick()
        self.react()
        self.env.flush_all()
        self.now = self.next_moment()

    def run(self):
        """Live through the semester; return the figures.

        :raises Broken: at the first broken promise
        """
        self.company.write(
            {
                "psych_crisis_webhook_url": "https://chat.invalid/hook",
                "psych_crisis_voice_url": "https://voice.invalid/hook",
            }
        )
        gateway = "odoo.addons.psych_crisis.models.warning.psych_crisis_message.requests.post"
        mailer = type(self.env["psych.crisis.message"])
        with patch(gateway, self.post), patch.object(mailer, "_send_mail", self.mail):
            with clock.frozen(self.now):
                self.plan()
            end = self.start + timedelta(days=self.days)
            while self.now < end:
                with clock.frozen(self.now):
                    self.live()
                    self.tell_progress()
                self.env.invalidate_all()
        return self.report()

    def tell_progress(self):
        """Tell whoever listens how far it is, every seven days."""
        week = (self.now - self.start).days // 7
        if self.progress and week > self.week:
            self.week = week
            self.progress(f"day {week * 7}", self.report())

    # ------------------------------------------------------------ the report

    def figures(self, stamps, acute):
        """Minutes from the event to a stamp: count, median, 95th percentile, worst."""
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
            "p95": round(rows[max(int(len(rows) * 0.95) - 1, 0)], 1),
            "worst": round(rows[-1], 1),
        }

    def never_seen(self):
        """Acute signals older than a day whom nobody has seen; students who died are left out."""
        limit = self.start + timedelta(days=self.days - 1)
        rows = self.env["psych.crisis.signal"].browse(list(self.raised))
        return [
            row.id
            for row in rows
            if self.raised[row.id][1]
            and row.id not in self.seen
            and self.raised[row.id][0] < limit
            and row.outcome != "merged"
            and row.student_id.id not in self.dead
        ]

    def report(self):
        """Return minutes from event to human and to *seen*, by urgency; what is still unseen, and what went wrong."""
        return {
            "signals": len(self.raised),
            "checks": self.checks,
            "deaths": len(self.dead),
            "faults": dict(self.count),
            "acute to human": self.figures(self.acknowledged, True),
            "acute to seen": self.figures(self.seen, True),
            "other to human": self.figures(self.acknowledged, False),
            "other to seen": self.figures(self.seen, False),
            "acute never seen": len(self.never_seen()),
        }
