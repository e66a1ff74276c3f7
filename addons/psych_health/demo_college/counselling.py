"""The counselling room of the demo college: rooms, people who receive, a week with eighteen hours, groups, talks.

What has happened is made by the verbs of the models at the time at which it happened (virtual clock). Everybody is
invented; the texts of records are plain and tell nothing of a real person.
"""

from collections import defaultdict
from datetime import timedelta
from itertools import count, cycle

from odoo.fields import Command

from ..models.counselling.psych_appointment import HourTaken
from ..tools import clock
from . import names

PLACES = (
    ("心理咨询室一", "counselling", "301 室", "ready", 2),
    ("心理咨询室二", "counselling", "302 室", "ready", 2),
    ("心理咨询室三", "counselling", "303 室", "repair", 2),
    ("接待室", "reception", "300 室", "ready", 6),
    ("团体辅导室", "group", "304 室", "ready", 24),
    ("沙盘游戏室", "sandplay", "306 室", "ready", 4),
    ("放松训练室", "relaxation", "307 室", "ready", 1),
    ("宣泄室", "release", "308 室", "ready", 1),
    ("测评室", "testing", "309 室", "ready", 30),
)
WHERE = "学生活动中心 3 楼"
WEEK_HOURS = 18
GUARDIAN = "家长（演示）"
WAITED = (1, 2, 3, 3, 4, 6)  # days: six students, median three
INTRODUCTIONS = (
    "倾听为先，慢慢来。关注学业压力与睡眠。",
    "关注人际与宿舍生活，喜欢从小处开始。",
    "关注情绪与自我成长，也做沙盘游戏。",
    "关注亲密关系与家庭。",
)
NOTES = (
    "谈了近况与作息，一起排了本周的安排。",
    "说了宿舍里的小摩擦，想好了先从哪句话说起。",
    "考试前有些紧张，练习了放松，约定每天十分钟。",
    "上次的安排做到了一半，比之前轻松一些。",
)
TALKS = (
    "问了最近的学习和作息，状态平稳。",
    "聊了实习的打算，鼓励多和同学商量。",
    "食堂遇见，坐下来聊了一会儿，家里一切都好。",
    "期中复习压力有点大，约好下周再聊。",
)


def build(world):
    """Make the room for one :class:`World`."""
    Counselling(world).build()


class Counselling:
    """Builds the room: catalogue and people first, then the semester from its first week to next week."""

    def __init__(self, world):
        self.world, self.env, self.company = world, world.env, world.company
        self.chance = world.random("counselling")
        now = clock.now()
        same_day = clock.local(now, world.company.psych_tz).date() == world.today
        self.now = now if same_day else world.at(world.today, 10, 20)
        self.taken = set()

    def build(self):
        """Everything, oldest first."""
        self.company.write(
            {
                "psych_help_phone": names.phone(5525),
                "psych_help_place": f"{WHERE} 300 室",
                "psych_help_hours": "每天 8:30–21:30，其余时间转学校总值班",
            }
        )
        self.catalogue()
        self.people()
        self.roster()
        self.clients()
        self.week()
        self.waiting()
        self.groups()
        self.talks()
        self.staff_client()
        self.messages()
        self.world.say(
            f"counselling: {len(self.counsellors)} counsellors, {WEEK_HOURS} appointments this week, "
            f"{len(WAITED)} waiting, {self.group_text}, 1 colleague as client"
        )

    # ------------------------------------------------------------
    # set-up
    # ------------------------------------------------------------

    def catalogue(self):
        """Services of the school and the rooms of the centre; one is under repair."""
        hours = self.env["resource.calendar"].create(
            {
                "name": "放松与宣泄室开放时间",
                "company_id": self.company.id,
                "tz": self.company.psych_tz,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "开放",
                            "dayofweek": str(day),
                            "hour_from": 14,
                            "hour_to": 20,
                            "day_period": "afternoon",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        self.places = {}
        for sequence, (name, kind, door, state, seats) in enumerate(PLACES):
            place = self.env["psych.place"].create(
                {
                    "name": name,
                    "kind": kind,
                    "location": f"{WHERE} {door}",
                    "state": state,
                    "capacity": seats,
                    "sequence": sequence,
                    "company_id": self.company.id,
                    "unit_id": self.world.centre.id,
                    "resource_calendar_id": hours.id if kind in ("relaxation", "release") else False,
                }
            )
            self.places.setdefault(kind, []).append(place)
        self.services = {
            row.code: row for row in self.env["psych.service"]._take_over_catalogue(self.company)
        }

    def people(self):
        """All psychology teachers and part-time counsellors receive; the last part-timer works under supervision."""
        partners = list(
            dict.fromkeys(self.world.holders("psych_teacher") + self.world.holders("counsellor_part"))
        )
        full = set(self.world.holders("psych_teacher"))
        services = self.env["psych.service"].union(
            *(self.services[code] for code in ("intake", "individual", "urgent", "phone"))
        )
        sand = self.services["sandplay"]
        self.counsellors = self.env["psych.counsellor"]
        for index, partner in enumerate(partners):
            self.counsellors |= self.env["psych.counsellor"].create(
                {
                    "user_id": partner.user_ids[:1].id,
                    "employment": "full" if partner in full else "part",
                    "title": "专职心理教师" if partner in full else "兼职咨询师",
                    "introduction": INTRODUCTIONS[index % len(INTRODUCTIONS)],
                    "gender": "male" if index % 3 == 1 else "female",
                    "service_ids": [Command.set((services | sand if index == 0 else services).ids)],
                    "topic_ids": [Command.set(self.topics()[index % 4 :: 4].ids)],
                    "sequence": index,
                    "company_id": self.company.id,
                }
            )
        self.counsellors[-1:].write({"is_trainee": True, "supervisor_id": self.counsellors[:1].id})

    def topics(self):
        return self.env["psych.topic"].search([("company_id", "in", (False, self.company.id))])

    def roster(self):
        """Weekly duties, shifts from week 2 to the end of next week; one draft week after it, one substitute."""
        rooms, rows = cycle(self.places["counselling"][:2]), []
        spans = ((8.5, 11.5), (14.5, 17.5), (18.5, 20.5))
        turn = cycle(self.counsellors)
        for weekday in range(5):
            for hours in spans if weekday < 4 else spans[:2]:
                for _room in range(2):
                    rows.append((next(turn), str(weekday), hours, "regular", next(rooms)))
        for weekday in (5, 6):
            rows.append((next(turn), str(weekday), (9, 12), "first", self.places["counselling"][0]))
        patterns = self.env["psych.duty.pattern"].create(
            [
                {
                    "counsellor_id": person.id,
                    "weekday": weekday,
                    "hour_from": hours[0],
                    "hour_to": hours[1],
                    "kind": kind,
                    "place_id": place.id,
                    "company_id": self.company.id,
                }
                for person, weekday, hours, kind, place in rows
            ]
        )
        shifts = patterns._make_shifts(self.world.day(2), self.world.day(13, 7))
        last = self.world.day(12, 7)
        shifts.filtered(lambda row: row.date <= last).state = "published"
        past = shifts.filtered(lambda row: row.stop < self.now)
        for shift in past:
            shift.write({"worked_start": shift.start, "worked_stop": shift.stop})
        month = self.world.today.replace(day=1)
        past.filtered(lambda row: row.date < month).pay_state = "approved"
        ahead = shifts.filtered(lambda row: row.start > self.now + timedelta(days=2))[:1]
        ahead.substitute_id = (self.counsellors - ahead.counsellor_id)[:1]
        self.shifts = shifts.filtered(lambda row: row.state == "published")

    # ------------------------------------------------------------
    # appointments
    # ------------------------------------------------------------

    def students(self, number):
        """Next students who live in the school, in an order drawn once."""
        if not hasattr(self, "pool"):
            rows = list(
                self.world.students(
                    [("enrolment_state", "=", "enrolled"), ("whereabouts_state", "in", ("dorm", "day"))]
                )
            )
            self.chance.shuffle(rows)
            account = self.world.accounts["student"]
            self.pool = [row for row in rows if row.user_id != account]
        found, self.pool = self.pool[:number], self.pool[number:]
        return found

    def hours(self, first, last, counsellor=None):
        """Starts of free hours in published duties between two dates, as (shift, start)."""
        found = []
        for shift in self.shifts.filtered(
            lambda row: first <= row.date <= last and (not counsellor or row.acting_id == counsellor)
        ):
            start = shift.start
            while start + timedelta(minutes=50) <= shift.stop:
                if (shift.acting_id.id, start) not in self.taken:
                    found.append((shift, start))
                start += timedelta(hours=1)
        return found

    def book(self, student, service, shift, start, days_before, **vals):
        """One booked hour, made some days before it; None when somebody is occupied."""
        self.taken.add((shift.acting_id.id, start))
        made = min(start - timedelta(days=days_before, hours=3), self.now - timedelta(minutes=30))
        with clock.frozen(made):
            try:
                return self.env["psych.appointment"].create(
                    {
                        "student_id": student.id,
                        "service_id": self.services[service].id,
                        "counsellor_id": shift.acting_id.id,
                        "place_id": shift.place_id.id,
                        "topic_id": self.chance.choice(self.topics().ids),
                        "start": start,
                        "channel": self.chance.choice(("portal", "portal", "portal", "staff", "phone")),
                        **vals,
                    }
                )
            except HourTaken:
                return None

    def consent(self, student, when):
        """The signed form of a client, once. Without the printed copy: a PDF for each takes half a second."""
        Consent = self.env["psych.consent"]
        text = self.env["psych.consent.text"]._current(self.company, "counselling")
        if not text or Consent._state(student, "counselling") == "given":
            return
        with clock.frozen(when):
            Consent._seam().create(
                {
                    "student_id": student.id,
                    "company_id": self.company.id,
                    "purpose": "counselling",
                    "text_id": text.id,
                    "state": "given",
                    "way": "portal",
                    "signed_at": when,
                    "signed_name": student.name,
                    "recorded_by_id": self.env.uid,
                }
            )

    def hold(self, appointment, signed=True):
        """The client came; the record is written and signed."""
        self.consent(appointment.student_id, appointment.start - timedelta(minutes=20))
        with clock.frozen(appointment.start + timedelta(minutes=2)):
            appointment.action_arrive()
            self.agree(appointment.student_id)
        user = appointment.counsellor_id.user_id
        with clock.frozen(appointment.stop + timedelta(minutes=20)):
            session = (
                self.env["psych.session"]
                .with_user(user)
                .sudo()
                .create(
                    {
                        "appointment_id": appointment.id,
                        "student_id": appointment.student_id.id,
                        "counsellor_id": appointment.counsellor_id.id,
                        "date": appointment.start,
                        "company_id": self.company.id,
                        "present_state": self.chance.choice(("stable", "better", "better", "tense")),
                        "risk": "none" if signed else False,
                        "intervention": self.chance.choice(("support", "skills", "assess")),
                        "homework": self.chance.choice(("none", "diary", "exercise")),
                        "note": self.chance.choice(NOTES),
                    }
                )
            )
            if signed:
                session.action_sign()
        return session

    def agree(self, student):
        """The student signs the consent on paper when coming the first time; a record is not signed without it."""
        Consent = self.env["psych.consent"]
        if Consent._state(student, "counselling") == "missing":
            given = Consent._give(student, "counselling", student.name, way="paper", guardian_name=GUARDIAN)
            if given.state == "waiting":  # still a minor: the parents signed the same sheet
                given._guardian_agreed(GUARDIAN, "paper")

    def clients(self):
        """Clients of the weeks before: intake, then a talk every week with the same counsellor."""
        number = max(6, min(60, self.world.size // 60))
        for index, student in enumerate(self.students(number)):
            person = self.counsellors[index % len(self.counsellors)]
            first = 3 + index % 5
            for visit, week in enumerate(range(first, min(first + 2 + index % 3, 11))):
                free = self.hours(self.world.day(week), self.world.day(week, 5), person)
                if not free:
                    continue
                shift, start = self.chance.choice(free)
                booked = self.book(student, "individual" if visit else "intake", shift, start, 2 + visit % 3)
                if booked and index % 9 == 4 and visit == 1:
                    with clock.frozen(start + timedelta(minutes=40)):
                        booked.action_no_show()
                    self.world.missed_hour = booked
                elif booked:
                    self.hold(booked)

    def week(self):
        """Eighteen hours of this week: some at the present day, one missed, one to be confirmed, two to be signed."""
        monday = self.world.monday + timedelta(days=70)
        free = self.hours(monday, monday + timedelta(days=6))
        today = [row for row in free if row[0].date == self.world.today]
        others = [row for row in free if row[0].date != self.world.today]
        self.chance.shuffle(others)
        chosen = sorted(today[:6] + others, key=lambda row: row[0].date != self.world.today)
        people = iter(self.students(3 * WEEK_HOURS))
        made = self.env["psych.appointment"]
        for shift, start in chosen:
            if len(made) == WEEK_HOURS:
                break
            service = self.chance.choice(("intake", "individual", "individual", "phone"))
            urgency = "soon" if self.chance.random() < 0.15 else "normal"
            booked = self.book(next(people), service, shift, start, self.chance.choice((1, 2, 2, 3, 4)))
            if booked:
                booked.urgency = urgency
                made |= booked
        self.this_week(made.sorted("start"))

    def this_week(self, made):
        """Let pass what is over by now."""
        past = made.filtered(lambda row: row.stop < self.now)
        for index, row in enumerate(past):
            if index == len(past) // 2:
                with clock.frozen(row.start + timedelta(minutes=35)):
                    row.action_no_show()
                self.world.missed_hour = row  # an upper addon may know this student
            elif index == 1:
                with clock.frozen(row.start - timedelta(hours=30)):
                    row.write({"state": "cancelled", "cancel_kind": "in_time"})
            else:
                self.hold(row, signed=index < len(past) - 2)
        running = made.filtered(lambda row: row.start <= self.now <= row.stop)
        for row in running:
            with clock.frozen(row.start):
                row.action_arrive()
        ahead = made.filtered(lambda row: row.start > self.now)
        ahead[-1:].write({"state": "requested", "handled_at": False})

    def waiting(self):
        """Six who found no hour that suited them, and who asks to be called."""
        service = self.services["sandplay"]
        for index, (student, days) in enumerate(zip(self.students(len(WAITED)), WAITED, strict=True)):
            with clock.frozen(self.now - timedelta(days=days, minutes=17 * index)):
                self.env["psych.waiting"].create(
                    {
                        "student_id": student.id,
                        "service_id": service.id if index % 2 else self.services["individual"].id,
                        "urgency": "soon" if index == 4 else "normal",
                        "company_id": self.company.id,
                    }
                )
        requests = self.env["psych.call.request"]
        with clock.frozen(self.now - timedelta(minutes=25)):
            requests.create(
                {
                    "name": "不想说名字",
                    "phone": names.phone(5526),
                    "source": "help",
                    "company_id": self.company.id,
                }
            )
        with clock.frozen(self.now - timedelta(days=1, hours=2)):
            old = requests.create(
                {
                    "student_id": self.students(1)[0].id,
                    "phone": names.phone(5527),
                    "source": "booking",
                    "company_id": self.company.id,
                }
            )
        with clock.frozen(self.now - timedelta(days=1, hours=1, minutes=50)):
            old.with_user(self.world.accounts["centre"]).sudo().action_reached()

    # ------------------------------------------------------------
    # groups, talks, colleagues
    # ------------------------------------------------------------

    def groups(self):
        """Adaptation groups of all freshman classes but two, held in week 4; a growth group; one that recruits."""
        Group = self.env["psych.group"]
        with clock.frozen(self.world.at(self.world.day(3), 9)):
            Group.action_make_adaptation_groups()
        groups = Group.search([("company_id", "=", self.company.id), ("kind", "=", "adaptation")])
        missing = groups[: 2 if len(groups) > 6 else 1]
        total = len(groups)
        groups -= missing
        missing.unlink()
        evenings = defaultdict(lambda: count(0))
        # each meeting locks its members' time until the commit; a hundred classes are as many locks as a cluster grants
        for index, group in enumerate(groups[:100]):
            leader = self.counsellors[index % len(self.counsellors)]
            start = next(
                start for start in self.hours_of_groups(evenings[leader]) if self.is_free(leader, start)
            )
            self.adaptation(group, leader, start)
        self.group_text = f"adaptation groups {len(groups)} of {total}"
        self.growth()

    def hours_of_groups(self, numbers):
        """Evenings from week 4 on, then late afternoons of the same week, then the next week."""
        for number in numbers:
            yield self.world.at(
                self.world.day(4 + number // 10, 1 + number % 5), 16 if number % 10 >= 5 else 19, 30
            )

    def is_free(self, leader, start):
        """Whether nothing is in the way of a meeting of 90 minutes, as appointments of the same counsellor may be."""
        rows = [("user", leader.user_id.id, start, start + timedelta(minutes=90))]
        return not self.env["psych.occupation"]._is_taken(rows)

    def adaptation(self, group, leader, start):
        """One meeting of the whole class, two or three absent."""
        group.leader_id = leader
        if start > self.now:
            return
        with clock.frozen(start - timedelta(days=3)):
            meeting = self.env["psych.group.session"].create({"group_id": group.id, "start": start})
        with clock.frozen(start + timedelta(minutes=95)):
            meeting.action_all_present()
            away = self.chance.sample(group.member_ids.ids, min(len(group.member_ids), 2))
            meeting.attended_ids = [Command.unlink(member) for member in away]
            group.write(
                {
                    "state": "running",
                    "summary": "认识同学与学校资源，完成“我的一周”练习。个别同学另约单独谈话。",
                    "measure_before": 61.0 + self.chance.randrange(40) / 10,
                    "measure_after": 68.0 + self.chance.randrange(40) / 10,
                }
            )
            group.action_close()

    def growth(self):
        """A growth group in the middle of its way, and one that looks for members."""
        Group, leader = self.env["psych.group"], self.counsellors[0]
        members = [Command.create({"student_id": row.id, "state": "member"}) for row in self.students(10)]
        group = Group.create(
            {
                "name": "人际成长团体（秋）" if self.world.semester == "1" else "人际成长团体（春）",
                "kind": "growth",
                "state": "running",
                "term_id": self.world.term.id,
                "leader_id": leader.id,
                "co_leader_id": self.counsellors[-1].id,
                "reason": "普查与谈话中多人提到宿舍相处。",
                "aims": "练习表达与倾听，在小组里试一试。",
                "plan": "共六次：相识、倾听、说不、冲突、支持、告别。",
                "rules": "准时；在这里说的留在这里；可以不说。",
                "capacity": 12,
                "member_ids": members,
                "company_id": self.company.id,
            }
        )
        for week in range(8, 13):
            start = self.world.at(self.world.day(week, 3), 20, 30)
            made = min(start - timedelta(days=4), self.now)
            with clock.frozen(made):
                meeting = self.env["psych.group.session"].create(
                    {
                        "group_id": group.id,
                        "start": start,
                        "length": 60,
                        "place_id": self.places["group"][0].id,
                    }
                )
            if meeting.stop < self.now:
                with clock.frozen(meeting.stop):
                    meeting.action_all_present()
                    away = self.chance.sample(group.member_ids.ids, week % 3)
                    meeting.attended_ids = [Command.unlink(member) for member in away]
        Group.create(
            {
                "name": "睡眠与放松小组",
                "kind": "support",
                "state": "recruiting",
                "is_open": True,
                "term_id": self.world.term.id,
                "leader_id": self.counsellors[1 % len(self.counsellors)].id,
                "reason": "预约主题中睡眠增多。",
                "aims": "了解睡眠，学会三种放松。",
                "member_ids": [
                    Command.create({"student_id": row.id, "state": "applied"}) for row in self.students(4)
                ],
                "company_id": self.company.id,
            }
        )

    def talks(self):
        """Talks of the last weeks by tutors and station, dorm visits of half a building this month."""
        scope = self.env["psych.scope"]
        authors = [
            (self.world.accounts["tutor"], "heart", 14),
            (self.world.accounts["station"], "tutoring", 5),
        ]
        for partner in dict.fromkeys(self.world.holders("tutor")[-12:]):
            authors.append((partner.user_ids[:1], "heart", 3))
        for user, kind, number in authors:
            units = scope.search([("user_id", "=", user.id), ("role", "in", ("tutor", "station"))]).unit_id
            students = self.world.students(
                [
                    ("enrolment_state", "=", "enrolled"),
                    "|",
                    ("class_id", "in", units.ids),
                    ("college_id", "in", units.ids),
                ]
            )
            if not students:
                continue
            for student in self.chance.sample(list(students), min(number, len(students))):
                when = self.now - timedelta(days=self.chance.randrange(1, 26), hours=self.chance.randrange(8))
                self.talk(user, when, student_id=student.id, kind=kind)
        self.dorm_visits()
        self.contacts()

    def contacts(self):
        """Who lives or works off campus was called in the last weeks, but for one of ten in two classes (at most 4,000 calls)."""
        away = self.world.students(
            [
                ("enrolment_state", "=", "enrolled"),
                ("whereabouts_state", "in", ("internship", "day", "rented", "home")),
            ]
        )
        late = away.class_id[:2]
        self.env["psych.talk"].create(
            [
                {
                    "student_id": student.id,
                    "kind": "contact",
                    "form": "phone",
                    "impression": self.chance.choice(("fine", "fine", "fine", "support")),
                    "date": self.now - timedelta(days=self.chance.randrange(1, 25)),
                    "author_id": self.world.accounts["station"].id,
                    "company_id": self.company.id,
                }
                for student in list(away)[:4000]
                if student.class_id not in late or self.chance.random() < 0.9
            ]
        )

    def talk(self, user, when, **vals):
        """One talk, entered when it was over."""
        with clock.frozen(when):
            self.env["psych.talk"].with_user(user).sudo().create(
                {
                    "form": self.chance.choice(("person", "person", "phone")),
                    "impression": self.chance.choice(("fine", "fine", "fine", "support")),
                    "note": self.chance.choice(TALKS),
                    "company_id": self.company.id,
                    **vals,
                }
            )

    def dorm_visits(self):
        """The tutor has visited the first floors this month."""
        user = self.world.accounts["tutor"]
        days = max(1, min(6, self.world.today.day))
        for index, room in enumerate(self.world.rooms[: min(30, len(self.world.rooms) // 2)]):
            when = self.now - timedelta(days=index % days, minutes=index)
            with clock.frozen(when):
                self.env["psych.talk"].with_user(user).sudo().create(
                    {
                        "kind": "dorm",
                        "room_id": room.id,
                        "impression": "support" if index % 11 == 5 else "fine",
                        "company_id": self.company.id,
                    }
                )

    def staff_client(self):
        """A colleague whom nobody but the counsellor sees."""
        counsellor = (
            self.counsellors.filtered(lambda row: row.user_id == self.world.accounts["counsellor"])
            or self.counsellors[:1]
        )
        client = self.world.holders("internship_teacher")[-1:] or self.world.holders("class_teacher")[-1:]
        start = self.world.at(self.world.day(12, 2), 12, 0)
        self.env["psych.staff.visit"].with_user(counsellor.user_id).sudo().create(
            {
                "counsellor_id": counsellor.id,
                "client_user_id": client[0].user_ids[:1].id,
                "place_id": self.places["sandplay"][0].id,
                "start": start,
                "company_id": self.company.id,
            }
        )

    def messages(self):
        """What was due before now has been sent: a demo rings nobody up about the past."""
        rows = self.env["psych.outbox"].search(
            [("company_id", "=", self.company.id), ("state", "=", "waiting"), ("send_at", "<=", self.now)]
        )
        for row in rows:
            row.write({"state": "sent", "sent_at": row.send_at, "tries": 1})
