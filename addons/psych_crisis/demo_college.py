"""The demo college's warning and intervention: signals of every state, thirteen cases, tiers, on-call, an event.

Called by ``psych.hooks._demo_build``. Everybody is invented; texts are plain. Everything goes through the verbs of the
models at the time at which it happened (virtual clock), so the demo shows what the product itself would have written.
"""

from datetime import timedelta

from odoo.addons.psych_health.tools import clock

# stage, level, opened days ago, minutes since last seen (None: not seen), what else
CASES = [
    ("assess", "orange", 2, 300, {"interview": True}),
    ("plan", "red", 4, 95, {"plan": "submitted", "order": True}),
    ("intervene", "red", 9, 40, {"plan": "approved", "guard": True, "told": True}),
    ("intervene", "orange", 15, 1500, {"plan": "approved", "no_contact": True}),
    ("intervene", "yellow", 24, 4000, {"plan": "approved", "measures": True}),
    ("referral", "red", 12, 700, {"plan": "approved", "referral": "sent", "told": True}),
    ("leave", "orange", 40, 9000, {"plan": "approved", "referral": "answered", "home": True, "told": True}),
    ("return", "orange", 55, 2500, {"plan": "approved", "referral": "return", "told": True}),
    ("back", "yellow", 62, 3000, {"plan": "approved", "referral": "back", "told": True}),
    ("closing", "yellow", 48, 5000, {"plan": "approved", "closing": True}),
    ("closed", "yellow", 70, 6000, {"plan": "approved", "reopened": True}),
]


class Builder:
    """Builds the room for one :class:`World`."""

    def __init__(self, world):
        self.world, self.env, self.company = world, world.env, world.company
        self.chance = world.random("crisis")
        users = world.accounts
        self.centre, self.head, self.leader, self.duty = (
            users["centre"],
            users["vicedirector"],
            users["leader"],
            users["duty"],
        )
        self.tutor, self.station = users["tutor"], users["station"]
        pool = world.students(
            [
                ("enrolment_state", "=", "enrolled"),
                ("whereabouts_state", "=", "dorm"),
                ("room_id", "!=", False),
            ]
        )
        picked = list(range(len(pool)))
        self.chance.shuffle(picked)
        self.pool = [pool[index] for index in picked[:200]]

    def student(self, unit_user=None):
        """Return the next student, of a class of ``unit_user`` when given."""
        if unit_user:
            classes = (
                self.env["psych.scope"]
                .search([("user_id", "=", unit_user.id), ("role", "=", "tutor")])
                .unit_id
            )
            for index, student in enumerate(self.pool):
                if student.class_id in classes:
                    return self.pool.pop(index)
        return self.pool.pop()

    def by(self, user, model):
        """Return ``model`` as ``user`` would write it, with the generator's rights."""
        return self.env[model].with_user(user).sudo()

    def build(self):
        """Make everything, oldest first."""
        self.company.write({"psych_crisis_desk_phone": "0000-0110", "psych_crisis_centre_phone": "0000-5525"})
        self.rosters()
        self.env["psych.crisis.key.period"]._cron_periods()
        for number, row in enumerate(sorted(CASES, key=lambda item: -item[2])):
            self.case(number, *row)
        self.tiers()
        self.signals()
        self.event()
        self.world.say("crisis: 11 cases, 2 signals before triage, 12 tiers, on-call this week, 1 event")

    def rosters(self):
        """On call for three weeks, with one gap next Sunday night."""
        people = [self.centre, self.head, self.world.accounts["counsellor"]]
        rows = []
        for day in range(-7, 14):
            start = self.world.at(self.world.today + timedelta(days=day), 8)
            if day == 5:
                continue
            rows.append(
                {
                    "user_id": people[day % 3].id,
                    "phone": f"00000-1{day + 20:04}",
                    "start": start,
                    "stop": start + timedelta(days=1),
                    "company_id": self.company.id,
                }
            )
        self.env["psych.crisis.oncall"].create(rows)

    def case(self, number, stage, level, days, seen, more):
        """One case of the board, through its own verbs."""
        env, now = self.env, clock.now()
        student = self.student()
        stages = {row.code: row for row in env["psych.crisis.stage"].search([])}
        with clock.frozen(now - timedelta(days=days)):
            case = (
                self.by(self.centre, "psych.crisis.case")
                ._open_for_student(student, level, "1", "1", "dorm")
                .sudo()
            )
            if number != 3:
                case.leader_id = self.leader
            env["psych.crisis.case.member"].with_user(self.centre).sudo().create(
                {"case_id": case.id, "user_id": self.station.id, "role": "station"}
            )
            self.by(self.centre, "psych.crisis.case.entry").create(
                {
                    "case_id": case.id,
                    "kind": "meeting",
                    "note": "研判会：成立专班，明确联系人，一周内再次研判。",
                }
            )
        if seen is not None:
            case._note_seen(now - timedelta(minutes=seen), self.station, "dorm")
        if more.get("plan"):
            self.plan(case, more["plan"], now - timedelta(days=min(days - 1, 2)))
        self.extras(case, student, more, now)
        if stage != "closed":
            case.stage_id = stages[stage]
        if not more.get("closing") and case.is_open:
            env["psych.crisis.followup"].create(
                {
                    "case_id": case.id,
                    "user_id": self.station.id,
                    "due_at": now + timedelta(hours=6 + 11 * number),
                }
            )
        if number == 6:
            case.followup_ids[:1].due_at = now - timedelta(hours=5)
        case._changed()

    def plan(self, case, state, when):
        """A plan version, submitted, and approved by the leader when asked."""
        with clock.frozen(when):
            plan = self.by(self.centre, "psych.crisis.plan").create(
                {
                    "case_id": case.id,
                    "goals": "恢复规律作息，保持与家人和辅导员的联系。",
                    "measures": "每周面谈一次；辅导员隔天联系；学业减负。",
                }
            )
            plan.action_submit()
            if state == "approved":
                plan.write(
                    {"state": "approved", "approved_by_id": self.leader.id, "approved_at": clock.now()}
                )

    def extras(self, case, student, more, now):
        """Guard, family, hospital, measures, instruction, closing: what the card shows alive."""
        if more.get("guard"):
            Shift = self.by(self.centre, "psych.crisis.watch.shift")
            tonight = self.world.at(self.world.today, 18)
            Shift.create(
                {
                    "case_id": case.id,
                    "user_id": self.tutor.id,
                    "start": tonight,
                    "stop": tonight + timedelta(hours=8),
                }
            )
            Shift.create(
                {
                    "case_id": case.id,
                    "kind": "family",
                    "relative": "mother",
                    "start": tonight + timedelta(hours=12),
                    "stop": tonight + timedelta(hours=24),
                }
            )
        if more.get("told"):
            self.by(self.station, "psych.crisis.family.contact").create(
                {
                    "case_id": case.id,
                    "kind": "call",
                    "person": "mother",
                    "check_decided": True,
                    "check_home": True,
                    "check_student": True,
                    "check_number": True,
                    "told": "说明学校的关心和安排，约定到校时间。",
                }
            )
        if more.get("no_contact"):
            self.by(self.centre, "psych.crisis.family.contact").create(
                {
                    "case_id": case.id,
                    "kind": "no_contact",
                    "person": "father",
                    "alternative": "由姑姑作为联系人。",
                }
            )
        if more.get("measures"):
            rows = self.by(self.station, "psych.crisis.help.measure").create(
                [
                    {
                        "case_id": case.id,
                        "kind": kind,
                        "user_id": self.tutor.id,
                        "due_at": now + timedelta(days=3),
                    }
                    for kind in ("aid", "study", "job")
                ]
            )
            rows[:2].action_done()
        if more.get("order"):
            self.by(self.leader, "psych.crisis.instruction").create(
                {
                    "case_id": case.id,
                    "name": "今晚到寝室看望并回报",
                    "user_id": self.station.id,
                    "due_at": now + timedelta(hours=4),
                }
            )
        if more.get("referral"):
            self.referral(case, more["referral"], now)
        if more.get("home"):
            student.write({"whereabouts_state": "home"})
        if more.get("closing"):
            self.by(self.station, "psych.crisis.closing").create(
                {"case_id": case.id, "grade": "better", "assessment": "作息恢复，能主动求助。"}
            )
        if more.get("reopened"):
            self.close_twice(case, now)

    def referral(self, case, state, now):
        hospital = self.env["psych.hospital"].search(
            [("company_id", "=", self.company.id)], limit=1
        ) or self.env["psych.hospital"].create(
            {
                "name": "市第二医院（演示）",
                "department": "心身医学科",
                "phone": "0000-8120",
                "company_id": self.company.id,
                "agreement_until": self.world.today + timedelta(days=300),
            }
        )
        with clock.frozen(now - timedelta(days=6)):
            row = self.by(self.centre, "psych.crisis.referral").create(
                {
                    "case_id": case.id,
                    "hospital_id": hospital.id,
                    "basis": "consent",
                    "consent_date": self.world.today - timedelta(days=6),
                    "escort_id": self.tutor.id,
                    "with_family": True,
                    "reason": "近期睡眠和情绪变化明显，建议到专科医院评估。",
                }
            )
            row.action_send()
            row.action_received()
        if state != "sent":
            row.action_answered()
        if state in ("return", "back"):
            row.write(
                {
                    "return_certificate": True,
                    "return_talk": True,
                    "return_meeting": state == "back",
                    "return_pledge": state == "back",
                }
            )

    def close_twice(self, case, now):
        """Closed, reopened once, closed again."""
        for ago in (40, 6):
            with clock.frozen(now - timedelta(days=ago)):
                closing = self.by(self.station, "psych.crisis.closing").create(
                    {"case_id": case.id, "grade": "good"}
                )
                closing.with_user(self.head).sudo().action_confirm()
            if ago == 40:
                with clock.frozen(now - timedelta(days=30)):
                    case.with_user(self.station).sudo().action_reopen()

    def tiers(self):
        """Twelve watched students beside the cases, some of the tutor's own classes."""
        for index in range(12):
            student = self.student(self.tutor if index < 4 else None)
            with clock.frozen(self.world.ago(days=3 + 4 * index)):
                row = self.by(self.centre, "psych.crisis.attention")._set_tier(
                    student, "key" if index % 3 == 0 else "daily"
                )
                row.care_reason = "最近学习压力较大，请多关心。"

    def signals(self):
        """What the inbox shows now: a dorm report of seven minutes ago, one that climbed, one closed in two taps, a no-show."""
        Signal = self.env["psych.crisis.signal"]
        with clock.frozen(self.world.ago(minutes=7)):
            student = self.student(self.tutor)
            Signal._report(
                self.company,
                {
                    "kind": "urgent",
                    "source": "dorm",
                    "urgency": "acute",
                    "student_id": student.id,
                    "fact": "室友说 TA 一直在哭，不愿开门。",
                },
            )
        with clock.frozen(self.world.ago(days=2)):
            climbed = Signal._report(
                self.company,
                {
                    "kind": "concern",
                    "source": "class",
                    "urgency": "talk",
                    "student_id": self.student(self.tutor).id,
                    "fact": "连续三天没来上课。",
                },
            ).signal_id
        climbed.ring_at = clock.now()
        climbed._ring()
        self.missed_hour()
        with clock.frozen(self.world.ago(days=1)):
            screening = self.student()
            Signal._raise_from(
                screening,
                "demo.census",
                "talk",
                "answers",
                "screening",
                student=screening,
                company=self.company,
            )
            calm = Signal._report(
                self.company,
                {"kind": "concern", "source": "class", "urgency": "talk", "student_id": self.student().id},
            ).signal_id
            calm.with_user(self.centre).sudo().action_no_concern()

    def missed_hour(self):
        """A watched student did not come to an hour of counselling (the hour is made by psych_health's room)."""
        hour = getattr(self.world, "missed_hour", None)
        if not hour:
            return
        with clock.frozen(self.world.ago(days=20)):
            self.by(self.centre, "psych.crisis.attention")._set_tier(hour.student_id, "key")
        with clock.frozen(hour.closed_at):
            self.env["psych.hooks"]._psych_flag_raised(hour, "appointment.no_show", "talk")

    def event(self):
        """An accident with witnesses and a ring of nine."""
        with clock.frozen(self.world.ago(days=3)):
            event = self.by(self.centre, "psych.crisis.event").create(
                {
                    "kind": "accident",
                    "facts_text": "校门口交通事故，两名同学受轻伤，多名同学目睹。",
                    "measures": "已送医，已联系家长，班级开展安抚。",
                    "unit_id": self.world.root.id,
                }
            )
            event.action_told_college()
            event.action_told_leader()
            event.action_told_authority()
            event.write({"first_report_at": clock.now()})
            self.env["psych.crisis.event.ring"].create(
                [
                    {"event_id": event.id, "student_id": self.pool.pop().id, "ring": ring}
                    for ring in "112222333"
                ]
            )


def build(world):
    """Build the room in the college of ``world``."""
    Builder(world).build()
