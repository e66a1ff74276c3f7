"""What goes wrong in the simulated semester: people, posts, channels, the scheduler, the power."""

from datetime import timedelta

from odoo import fields

from odoo.addons.psych_health.tools import clock

ANYBODY = ("tutor", "station", "centre", "counsellor", "centre_head")


class Undo(Exception):
    """Raised to throw a half-done run of the ladder away, as a killed process would."""


class Faults:
    """Plan and happenings. Mixed into ``Semester``."""

    def plan_faults(self):
        """Draw what goes wrong on which day."""
        for day in range(self.days):
            at = self.start + timedelta(days=day)
            somewhen = at + timedelta(hours=self.chance.uniform(0, 24))
            if self.chance.random() < 0.5:
                self.later(at, self.someone_away)
            for every, on, what, *args in (
                (9, 4, self.deputies_of_each_other),
                (11, 6, self.whole_unit_away, "station" if day % 2 else "centre"),
                (5, 2, self.meeting_without_phones, "station"),
                (8, 5, self.meeting_without_phones, "centre"),
                (7, 5, self.stop_scheduler, self.chance.uniform(1, 5)),
                (13, 8, self.post_ends),
                (10, 9, self.student_dies),
                (6, 3, self.student_leaves),
                (12, 7, self.power_cut, self.chance.uniform(0.5, 3)),
                (4, 1, self.ladder_is_killed),
            ):
                if day % every == on:
                    self.later(somewhen, what, *args)

    def plan_on_call(self):
        """Fill the on-call roster of the semester; every eighth night nobody is on it."""
        people = self.staff(("centre", "counsellor", "centre_head"))
        self.env["psych.crisis.oncall"].create(
            [
                {
                    "user_id": people[day % len(people)],
                    "phone": f"1380000{day:04}",
                    "start": self.start + timedelta(days=day - 1),
                    "stop": self.start + timedelta(days=day),
                    "company_id": self.company.id,
                }
                for day in range(self.days + 2)
                if people and day % 8 != 3
            ]
        )

    # ------------------------------------------------------------ people

    def leave(self, users, days, deputies=None):
        """Absences that are entered; the desk is never empty."""
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
        self.count["people away"] += len(users)

    def someone_away(self):
        """One of staff is ill, with or without a deputy."""
        people = self.staff(ANYBODY)
        if not people:
            return
        user = self.chance.choice(people)
        others = [person for person in people if person != user]
        with_deputy = others and self.chance.random() < 0.5
        deputies = [self.env["res.users"].browse(self.chance.choice(others))] if with_deputy else None
        self.leave([user], self.chance.randint(0, 4), deputies)

    def deputies_of_each_other(self):
        """A stands in for B and B for A, both away."""
        people = self.staff(("tutor",))
        if len(people) >= 2:
            pair = self.env["res.users"].browse(self.chance.sample(people, 2))
            self.leave(pair.ids, 1, [pair[1], pair[0]])
            self.count["deputies of each other away"] += 1

    def whole_unit_away(self, role):
        """A whole station on a trip, or the whole centre at a conference, entered as absence."""
        self.leave(self.staff((role,)), 1)
        self.count["whole unit away"] += 1

    def meeting_without_phones(self, role):
        """A whole station in one meeting, phones off, and nobody entered anything."""
        until = self.now + timedelta(hours=self.chance.uniform(1, 4))
        self.meeting.update(dict.fromkeys(self.staff((role,)), until))
        self.count["meetings without phones"] += 1

    def post_ends(self):
        """A post ends without hand-over and stays vacant: what was owned must move on."""
        people = self.staff(("tutor", "station"))
        if len(people) > 3:
            user = self.chance.choice(people)
            self.env["psych.membership"].search(
                [("user_id", "=", user), ("state", "=", "appointed")], limit=1
            )._end(clock.today(self.env, self.company), "simulation")
            self.roster.clear()
            self.count["posts vacant"] += 1

    # ------------------------------------------------------------ students

    def student_dies(self):
        """Everything stops for this student."""
        rows = self.env["psych.crisis.signal"].search(
            [("company_id", "=", self.company.id), ("is_open", "=", True), ("student_id", "!=", False)],
            limit=20,
        )
        student = rows.student_id[:1]
        if student and len(self.dead) < max(len(self.students) // 4, 1):
            student.write({"enrolment_state": "deceased"})
            self.dead[student.id] = self.now

    def student_leaves(self):
        """The register marks a watched student as left, and takes it back."""
        student = self.students[self.chance.randrange(len(self.students))]
        if student.enrolment_state == "enrolled" and student.id not in self.dead:
            student.write({"enrolment_state": "left"})
            student.write({"enrolment_state": "enrolled"})
            self.count["students left"] += 1

    # ------------------------------------------------------------ machines

    def stop_scheduler(self, hours):
        """The scheduler stands still; people still look at their screens."""
        self.stopped_until = self.now + timedelta(hours=hours)
        self.count["scheduler stopped"] += 1

    def power_cut(self, hours):
        """No server at all: nothing is sent, shown or taken; afterwards everything due is made up for."""
        self.dark_until = self.now + timedelta(hours=hours)
        self.count["power cuts"] += 1

    def ladder_is_killed(self):
        """The next run of the ladder dies before it commits; the run after it finds the same work."""
        self.kill_next = True
        self.count["ladder killed"] += 1

    def half_a_run(self):
        """Climb and send, then lose everything that was not committed."""
        self.kill_next = False
        ladder = self.env["psych.crisis.ladder"]
        try:
            with self.env.cr.savepoint():
                ladder._climb()
                self.env["psych.crisis.message"]._send_due()
                raise Undo
        except Undo:
            self.env.invalidate_all()
