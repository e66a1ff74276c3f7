"""The people of the simulation: who hears a message, who answers when, who never does, and what they press."""

from datetime import timedelta

import requests

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

REFUSED = (AccessError, UserError)
CALLED = ("duty",)
EVERYBODY = ("tutor", "station", "centre", "counsellor", "centre_head", "leader", "duty")


class Answer:
    """What a gateway returns over HTTP."""

    text = "ok"

    def raise_for_status(self):
        """Never complains: a lie looks like the truth."""


class People:
    """Reactions. Mixed into ``Semester``; chances are drawn from its one seed."""

    # ------------------------------------------------------------ channels

    def post(self, url, data=None, headers=None, **_kwargs):
        """The school's gateway: delivers, is down, or says «ok» and does nothing."""
        key = headers["Idempotency-Key"]
        draw = self.chance.random()
        if draw < 0.08:
            self.count["gateway down"] += 1
            raise requests.ConnectionError("down")
        if draw < 0.2:
            self.count["gateway lied"] += 1
        else:
            self.delivered.add(key)
        return Answer()

    def mail(self):
        """The mail server: mostly takes the mail, sometimes it is down."""
        if self.chance.random() < 0.05:
            self.count["mail server down"] += 1
            raise ConnectionError("down")
        return "mail"

    def react(self):
        """Everybody to whom something was sent at this moment: heard or lost, answered or not."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT m.key, m.channel, m.user_id, a.signal_id, s.urgency
                     FROM psych_crisis_message m JOIN psych_crisis_addressee a ON a.id = m.addressee_id
                     JOIN psych_crisis_signal s ON s.id = a.signal_id
                    WHERE m.state = 'sent' AND m.sent_at = %s AND m.company_id = %s ORDER BY m.id""",
                self.now,
                self.company.id,
            )
        )
        for key, channel, user, signal, urgency in self.env.cr.fetchall():
            if channel == "mail" and self.chance.random() < 0.15:
                self.count["mails lost"] += 1
                continue
            if channel != "mail" and key not in self.delivered:
                continue
            delay = self.delay(user, urgency == "acute", channel)
            if delay is not None:
                self.later(self.now + timedelta(minutes=delay), self.acknowledge, signal, user)

    def delay(self, user, acute, channel):
        """Minutes until ``user`` answers, None when never: asleep, in a meeting, on holiday, forgotten."""
        if user in self.staff(CALLED):
            return self.chance.uniform(1, 4) if channel != "mail" or self.chance.random() < 0.5 else None
        hour = clock.local(self.now, self.company.psych_tz).hour
        if self.meeting.get(user, self.now) > self.now or self.chance.random() < 0.2:
            return None
        if hour >= 22 or hour < 7:
            wakes = acute and channel == "voice" and self.chance.random() < 0.2
            return self.chance.uniform(3, 12) if wakes else None
        if not self.is_working_day() and self.chance.random() < 0.8:
            return None
        return self.chance.uniform(1, 15) if acute else self.chance.uniform(10, 900)

    def is_working_day(self):
        """Whether the school works today, by its own calendar."""
        day = clock.local(self.now, self.company.psych_tz).date()
        term = self.env["psych.term"]._current(self.company, day)
        return term._is_working_day(day) if term else day.weekday() < 5

    # ------------------------------------------------------------ screens

    def look_at_desk(self):
        """The desk looks at its page by itself, day and night: overdue is computed live, whatever the scheduler does."""
        self.later(self.now + timedelta(minutes=30), self.look_at_desk)
        self.env.cr.execute(
            SQL(
                """SELECT s.id, a.user_id FROM psych_crisis_signal s JOIN psych_crisis_addressee a ON a.signal_id = s.id
                    WHERE s.is_open AND s.urgency = 'acute' AND s.seen_at IS NULL AND s.due_at < %s AND s.company_id = %s
                      AND a.user_id IN %s ORDER BY s.id, a.user_id LIMIT 5""",
                self.now,
                self.company.id,
                tuple(self.staff(CALLED)) or (0,),
            )
        )
        for signal, user in self.env.cr.fetchall():
            self.later(self.now + timedelta(minutes=self.chance.uniform(5, 12)), self.see, signal, user)

    def look_in_the_morning(self):
        """Half of the staff open their first screen on a working morning and take what waits for them."""
        self.later(self.now + timedelta(days=1), self.look_in_the_morning)
        if not self.is_working_day():
            return
        self.env.cr.execute(
            SQL(
                """SELECT s.id, a.user_id FROM psych_crisis_signal s JOIN psych_crisis_addressee a ON a.signal_id = s.id
                    WHERE s.is_open AND s.acknowledged_at IS NULL AND s.company_id = %s ORDER BY s.id, a.user_id""",
                self.company.id,
            )
        )
        for signal, user in self.env.cr.fetchall():
            if self.chance.random() < 0.3 and self.meeting.get(user, self.now) <= self.now:
                self.later(
                    self.now + timedelta(minutes=self.chance.uniform(1, 90)), self.acknowledge, signal, user
                )

    # ------------------------------------------------------------ what they press

    def act(self, signal_id, user_id):
        """Return the signal as this person sees it, None when he cannot act."""
        signal = self.env["psych.crisis.signal"].browse(signal_id)
        user = self.env["res.users"].browse(user_id)
        if not signal.is_open or user_id in self.away():
            return None
        return signal.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def away(self):
        """Ids of users who are absent today."""
        today = clock.today(self.env, self.company)
        return set(self.env["psych.leave"]._absent_partners(self.company, today).user_ids.ids)

    def acknowledge(self, signal_id, user_id):
        """Somebody takes it, and goes to the student unless he forgets."""
        signal = self.act(signal_id, user_id)
        if signal is None:
            return
        try:
            if not signal.sudo().acknowledged_at:
                signal.action_acknowledge()
                self.acknowledged[signal_id] = self.now
        except REFUSED:
            return
        acute = signal.sudo().urgency == "acute"
        if self.chance.random() < 0.85 or user_id in self.staff(CALLED):
            minutes = self.chance.uniform(5, 15) if acute else self.chance.uniform(30, 2000)
            self.later(self.now + timedelta(minutes=minutes), self.see, signal_id, user_id)

    def see(self, signal_id, user_id):
        """Staff meets the student; triage follows."""
        signal = self.act(signal_id, user_id)
        if signal is None or signal.sudo().seen_at or not signal.sudo().student_id:
            return
        try:
            signal._see("dorm", "upset")
        except REFUSED:
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
            if draw < 0.15 and signal.student_id:
                case = (
                    self.env["psych.crisis.case"]
                    .with_user(user_id)
                    .with_context(allowed_company_ids=self.company.ids)
                    ._open_for_signal(signal, "orange")
                )
                signal._triage("case", case=case)
            else:
                signal._triage("no_concern" if draw < 0.5 else "talk")
        except REFUSED:
            return
