"""The demo college's warning and intervention: signals of every state, thirteen cases, tiers, on-call.

Called by ``psych.hooks._demo_build``. Everybody is invented; texts are plain. Everything goes through the verbs of the
models at the time at which it happened (virtual clock), so the demo shows what the product itself would have written.
"""

from datetime import timedelta

from odoo.addons.psych_health.tools import clock

from .demo_papers import Papers

REASONS = [
    "最近学习压力较大，请多关心。",
    "家里近期有变故，请留意作息。",
    "与室友相处有些紧张，请常去看看。",
    "身体不适后刚返校，请关心恢复情况。",
]

# number, stage, level (False: not yet graded), opened days ago, minutes since last seen (None: not seen), what else (safety.md §5)
CASES = [
    (31, "triage", False, 0, None, {"signal": "dorm"}),
    (30, "triage", "orange", 2, None, {"signal": "climbed"}),
    (29, "assess", "orange", 3, 300, {"interview": True, "origin": "census"}),
    (28, "plan", "red", 6, 95, {"plan": "approved", "again": True, "order": True, "told": True}),
    (27, "intervene", "red", 9, 40, {"plan": "approved", "guard": True, "told": True, "supervised": True}),
    (26, "intervene", "orange", 15, 1500, {"plan": "approved", "no_contact": True}),
    (25, "intervene", "yellow", 24, 4000, {"plan": "approved", "measures": True}),
    (
        22,
        "referral",
        "red",
        12,
        700,
        {"plan": "approved", "referral": "sent", "told": True, "refused": True, "supervised": True},
    ),
    (
        19,
        "leave",
        "orange",
        40,
        4300,
        {"plan": "approved", "referral": "answered", "home": True, "told": True, "monthly": True},
    ),
    (17, "return", "orange", 55, 2500, {"plan": "approved", "referral": "return", "told": True}),
    (12, "back", "yellow", 62, 3000, {"plan": "approved", "referral": "back", "told": True, "weekly": True}),
    (9, "closing", "yellow", 48, 5000, {"plan": "approved", "closing": True}),
    (4, "closed", "yellow", 70, 6000, {"plan": "approved", "reopened": True}),
]


class Builder:
    """Builds the room for one :class:`World`."""

    def __init__(self, world):
        self.world, self.env, self.company = world, world.env, world.company
        self.chance = world.random("crisis")
        self.subjects, self.reports = {}, {}
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
        self.pool = [pool[index] for index in picked[: max(200, len(pool) // 10)]]

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
        self.signals()
        for row in sorted(CASES, key=lambda item: item[0]):
            self.case(*row)
        self.number_on()
        key, daily = self.tiers()
        Papers(self).build()
        # all matters were rung just now; the first job runs a minute after the server starts, nobody needs an alarm until then
        self.env["psych.crisis.heartbeat"]._beat("ladder")
        self.world.say(
            f"crisis: {len(CASES)} cases, {key} students in key and {daily} in daily attention, on-call this week, 1 event"
        )

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
        student = self.subjects.get(more.get("signal") or more.get("origin")) or self.student()
        stages = {row.code: row for row in env["psych.crisis.stage"].search([])}
        with clock.frozen(now - timedelta(days=days, minutes=0 if days else 7)):
            case = (
                self.by(self.centre, "psych.crisis.case")
                ._open_for_student(student, level, "1", "1", "dorm")
                .sudo()
            )
            case.name = f"C-{self.world.year}-{number:04}"
            if stage == "triage":
                case.stage_id = stages["triage"]
                case.signal_ids = self.reports[more["signal"]]
                case._changed()
                return
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
            self.by(self.centre, "psych.crisis.family.contact").create(
                {"case_id": case.id, "kind": "decision", "told": "研判后再告知家长，由辅导员联系。"}
            )
            case._note_seen(clock.now() + timedelta(hours=2), self.station, "dorm")
        case._note_seen(now - timedelta(minutes=seen), self.station, "dorm")
        if more.get("plan"):
            self.plan(case, now - timedelta(days=max(days - 2, 1)))
        self.extras(case, student, more, now)
        if stage != "closed":
            case.stage_id = stages[stage]
        self.followups(case, number, more, now)
        case._changed()

    def number_on(self):
        """The next case takes the next number."""
        sequence = self.env["ir.sequence"].search(
            [("code", "=", "psych.crisis.case"), ("company_id", "=", self.company.id)], limit=1
        )
        sequence.number_next_actual = CASES[0][0] + 1

    def followups(self, case, number, more, now):
        """The next follow-up of an open case; weekly ones after return, the monthly call, one that is late."""
        if more.get("closing") or not case.is_open:
            return
        Followup = self.env["psych.crisis.followup"]
        for week in (2, 1) if more.get("weekly") else ():
            with clock.frozen(now - timedelta(days=7 * week)):
                row = Followup.create({"case_id": case.id, "user_id": self.station.id, "due_at": clock.now()})
                row.write(
                    {
                        "state": "done",
                        "done_at": clock.now(),
                        "done_by_id": self.station.id,
                        "result": "better",
                        "place": "office",
                    }
                )
        due = now + timedelta(hours=6 + number)
        if more.get("monthly"):
            friday = self.world.today + timedelta(days=(4 - self.world.today.weekday()) % 7)
            due = self.world.at(friday, 16)
        elif more.get("interview"):
            due = max(self.world.at(self.world.today, 15), now + timedelta(hours=2))
        elif more.get("weekly"):
            due = now + timedelta(days=3)
        Followup.create({"case_id": case.id, "user_id": self.station.id, "due_at": due})

    def plan(self, case, when):
        """A plan version, submitted by the centre and approved by the leader."""
        with clock.frozen(when):
            plan = self.by(self.centre, "psych.crisis.plan").create(
                {
                    "case_id": case.id,
                    "goals": "恢复规律作息，保持与家人和辅导员的联系。",
                    "measures": "每周面谈一次；辅导员隔天联系；学业减负。",
                }
            )
            plan.action_submit()
            plan.write({"state": "approved", "approved_by_id": self.leader.id, "approved_at": clock.now()})

    def plan_again(self, case, when):
        """A second version waits for the leader."""
        with clock.frozen(when):
            self.by(self.centre, "psych.crisis.plan").create(
                {
                    "case_id": case.id,
                    "goals": "稳定情绪，落实陪护，完成就医评估。",
                    "measures": "每日见面；家长本周到校；预约专科医院。",
                }
            ).action_submit()

    def extras(self, case, student, more, now):
        """Guard, family, hospital, measures, instruction, closing: what the card shows alive."""
        if more.get("again"):
            self.plan_again(case, now - timedelta(hours=3))
        if more.get("supervised"):
            self.by(self.centre, "psych.crisis.supervision").create(
                {
                    "date": (now - timedelta(days=2)).date(),
                    "user_id": self.centre.id,
                    "supervisor": "外聘督导（演示）",
                    "hours": 1.5,
                    "case_ids": [(6, 0, case.ids)],
                }
            )
        if more.get("refused"):
            self.refusal(case, now)
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
            self.by(self.station, "psych.crisis.family.contact").create(
                {
                    "case_id": case.id,
                    "kind": "call",
                    "person": "other",
                    "check_decided": True,
                    "check_home": True,
                    "check_student": True,
                    "check_number": True,
                    "told": "与姑姑通话，约定周末到校。",
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
            self.referral(case, more["referral"], now - timedelta(days=30 if more.get("weekly") else 0))
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

    def refusal(self, case, now):
        """The family refused the hospital at first and agreed when the second guardian was asked (F14)."""
        with clock.frozen(now - timedelta(days=8)):
            path = self.by(self.centre, "psych.crisis.refusal").create(
                {"case_id": case.id, "kind": "hospital"}
            )
        with clock.frozen(now - timedelta(days=8) + timedelta(hours=1)):
            self.by(self.station, "psych.crisis.family.contact").create(
                {
                    "case_id": case.id,
                    "kind": "second",
                    "person": "other",
                    "check_decided": True,
                    "check_home": True,
                    "check_student": True,
                    "told": "与另一位家长沟通，同意就医。",
                }
            )
            line = path.current_line_id
            line.outcome = "agreed"
            line.action_done()

    def close_twice(self, case, now):
        """Closed, tier lowered by two, reopened once, closed again."""
        for ago in (40, 6):
            with clock.frozen(now - timedelta(days=ago)):
                closing = self.by(self.station, "psych.crisis.closing").create(
                    {"case_id": case.id, "grade": "good"}
                )
                closing.with_user(self.head).sudo().action_confirm()
            if ago == 40:
                with clock.frozen(now - timedelta(days=30)):
                    case.with_user(self.station).sudo().action_reopen()
                    case._note_seen(clock.now(), self.station, "office")
        with clock.frozen(now - timedelta(days=5)):
            tier = self.by(self.centre, "psych.crisis.attention")._set_tier(
                case.subject_ids.student_id, "key"
            )
            tier.with_user(self.centre).sudo().action_propose_lower()
            tier.with_user(self.head).sudo().action_confirm_lower()

    def tiers(self):
        """38 students in key and 74 in daily attention at 3,000 (in proportion), some of the tutor's own classes.

        :return: how many in key, how many in daily attention
        """
        size = self.env["psych.student"].search_count([("company_id", "=", self.company.id)])
        key, daily = max(round(38 * size / 3000), 3), max(round(74 * size / 3000), 5)
        categories = self.env["psych.crisis.category"].search([("list_code", "=", "neutral")])
        for index in range(key + daily):
            if not self.pool:
                break
            student = self.student(self.tutor if index % 5 == 0 else None)
            with clock.frozen(self.world.ago(days=3 + index % 60)):
                row = self.by(self.centre, "psych.crisis.attention")._set_tier(
                    student, "key" if index < key else "daily", only_raise=True
                )
                row.write(
                    {
                        "care_reason": REASONS[index % len(REASONS)],
                        "review_date": self.world.today + timedelta(days=index % 80 - 3),
                    }
                )
                if categories:
                    self.by(self.centre, "psych.crisis.attention.detail").create(
                        {"attention_id": row.id, "category_id": categories[index % len(categories)].id}
                    )
            planned = row.followup_ids.filtered(lambda f: f.state == "planned")
            planned.due_at = self.world.ago(days=-(index % 9)) if index % 12 else self.world.ago(days=1)
        self.intern()
        return key, daily

    def intern(self):
        """A student on internship, far away: followed by phone, once not reached."""
        away = self.world.students([("whereabouts_state", "=", "internship")], limit=1)
        if not away:
            return
        with clock.frozen(self.world.ago(days=12)):
            row = self.by(self.centre, "psych.crisis.attention")._set_tier(away, "key")
            row.care_reason = "在外实习，独自租房，请每周电话联系。"
            first = row.followup_ids[:1]
        with clock.frozen(self.world.ago(days=5)):
            first.with_user(self.tutor).sudo()._finish("same", "phone")
        row.followup_ids.filtered(lambda f: f.state == "planned").action_not_reached()

    def signals(self):
        """What the inbox shows now: a dorm report of seven minutes ago, one that climbed, one closed in two taps, a no-show."""
        Signal = self.env["psych.crisis.signal"]
        with clock.frozen(self.world.ago(minutes=7)):
            student = self.student(self.tutor)
            dorm = Signal._report(
                self.company,
                {
                    "kind": "urgent",
                    "source": "dorm",
                    "urgency": "acute",
                    "student_id": student.id,
                    "fact": "室友说 TA 一直在哭，不愿开门。",
                },
            ).signal_id
        with clock.frozen(self.world.ago(minutes=5)):
            dorm.with_user(self.tutor).sudo().action_acknowledge()
        self.subjects["dorm"], self.reports["dorm"] = student, dorm
        with clock.frozen(self.world.ago(days=2)):
            climbed = Signal._report(
                self.company,
                {
                    "kind": "concern",
                    "source": "class",
                    "urgency": "talk",
                    "student_id": self.student_of_absent().id,
                    "fact": "连续三天没来上课。",
                },
            ).signal_id
        for hours in (40, 24, 8):
            with clock.frozen(self.world.ago(hours=hours)):
                climbed._ring()
        climbed._ring()
        self.subjects["climbed"], self.reports["climbed"] = climbed.student_id, climbed
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
            self.subjects["census"] = screening
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

    def student_of_absent(self):
        """Return a student whose tutor is on leave today, any student of the tutor when nobody is."""
        today = self.world.today
        absent = self.env["psych.leave"].search(
            [("company_id", "=", self.company.id), ("date_start", "<=", today), ("date_end", ">=", today)]
        )
        for user in absent.partner_id.user_ids:
            classes = (
                self.env["psych.scope"].search([("user_id", "=", user.id), ("role", "=", "tutor")]).unit_id
            )
            for index, student in enumerate(self.pool):
                if student.class_id in classes:
                    return self.pool.pop(index)
        return self.student(self.tutor)


def build(world):
    """Build the room in the college of ``world``."""
    Builder(world).build()
