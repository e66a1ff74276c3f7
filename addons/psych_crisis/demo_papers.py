"""The demo college's papers of this addon: event with its file, emergency plan, meetings, reports, sweeps, shift sheet.

Called by ``demo_college.Builder``. Everybody is invented; texts are plain.
"""

from datetime import timedelta

from odoo.addons.psych_health.tools import clock

PLAN_STEPS = """1. 不离开，打电话，叫人来；不让学生独处。
2. 值班教师到场，确认安全，联系辅导员和二级学院。
3. 心理中心评估，决定是否就医、是否联系家长。
4. 报告分管领导，按时限报送首报。
5. 二十四小时陪护，直至交接家长或医院。
6. 事后：对受影响人员开展哀伤辅导，总结改进。"""


class Papers:
    """Builds what is printed, for one :class:`Builder`."""

    def __init__(self, builder):
        self.builder, self.world, self.env = builder, builder.world, builder.env
        self.company = builder.company

    def by(self, user, model):
        return self.builder.by(user, model)

    def build(self):
        """Make everything, oldest first."""
        self.emergency_plan()
        self.sweeps()
        self.reports()
        self.meeting()
        self.event()
        self.supervision()
        self.shift_sheet()
        self.emergency_opening()

    def emergency_opening(self):
        """An opening at 01:40 of last night by the counsellor on call, which waits for its review."""
        entry = self.env["psych.crisis.case.entry"].search([("company_id", "=", self.company.id)], limit=1)
        reason = self.env["psych.access.reason"].search([], limit=1)
        user = self.world.accounts["counsellor"]
        start = self.world.at(self.world.today, 1, 40)
        if not entry or not reason:
            return
        with clock.frozen(start):
            self.by(user, "psych.access.grant").create(
                {
                    "number": self.env["ir.sequence"].next_by_code("psych.access.grant"),
                    "model": entry._name,
                    "res_id": entry.id,
                    "content_right": "notes",
                    "user_id": user.id,
                    "student_id": entry.student_id.id,
                    "company_id": self.company.id,
                    "reason_id": reason.id,
                    "reason_text": "夜间来电称学生情绪激动，需要了解既往安排。",
                    "hours": 4,
                    "confirmed_at": start,
                    "date_start": start,
                    "date_end": start + timedelta(hours=4),
                    "state": "ended",
                }
            )

    def emergency_plan(self):
        """In force since the start of the semester, drilled last week: 14 minutes until seen."""
        head, centre = self.builder.head, self.builder.centre
        with clock.frozen(self.world.at(self.world.day(1), 9)):
            plan = self.by(centre, "psych.crisis.emergency.plan").create(
                {
                    "name": "学生心理危机应急预案",
                    "steps": PLAN_STEPS,
                    "valid_from": self.world.day(1),
                    "valid_until": self.world.day(1) + timedelta(days=365),
                    "company_id": self.company.id,
                }
            )
            rows = [
                ("学校总值班（24小时）", False, "0000-0110", None),
                ("心理中心主任", "centre_director", "0000-5525", 0),
                ("分管校领导", "vice_president", "0000-0001", 1),
                ("专职心理教师", "psych_teacher", "0000-5526", 1),
                ("保卫处值班", False, "0000-0119", 0),
                ("合作医院绿色通道", False, "0000-8120", 1),
            ]
            made = []
            for number, (role, post, phone, parent) in enumerate(rows):
                made.append(
                    self.by(centre, "psych.crisis.emergency.contact").create(
                        {
                            "plan_id": plan.id,
                            "sequence": number,
                            "role_text": role,
                            "post_id": self.world.post(post).id if post else False,
                            "phone": phone,
                            "parent_id": made[parent].id if parent is not None else False,
                        }
                    )
                )
            # named seam: builder of the demo college
            plan.with_user(head).sudo().action_approve()
        plan.write({"drill_date": self.world.day(10, 3), "drill_minutes": 14})

    def sweeps(self):
        """The sweep of the last key period: filed by the colleges, one of them late."""
        start = self.world.day(6)
        period = self.env["psych.crisis.key.period"].create(
            {
                "name": "国庆节后两周",
                "code": "after_holiday",
                "date_start": start,
                "date_end": start + timedelta(days=13),
                "company_id": self.company.id,
            }
        )
        with clock.frozen(self.world.at(start, 9)):
            rows = self.env["psych.crisis.sweep"]._open_for(period)
        for number, row in enumerate(rows.sorted("college_id")):
            days = 12 if number == len(rows) - 1 else 3 + number
            with clock.frozen(self.world.at(start + timedelta(days=days), 16)):
                # named seam: builder of the demo college
                mine = row.with_user(self.builder.station).sudo()
                if number == 1:
                    mine.action_zero()
                    continue
                for index, line in enumerate(mine.line_ids[:4]):
                    line.count = (3, 2, 5, 1)[(index + number) % 4]
                mine.action_file()

    def reports(self):
        """Rooms of this period, classes of this and the last two, the month of every college but one."""
        Report = self.env["psych.crisis.report"]
        chance = self.world.random("crisis-reports")
        day = self.world.today
        for _period in range(3):
            with clock.frozen(self.world.at(day, 12) if day < self.world.today else clock.now()):
                for unit in self.world.classes:
                    if chance.random() < 0.9:
                        Report._file(unit, "class", "tension" if chance.random() < 0.1 else "calm")
            day = Report._period(self.company, "class", day)[0] - timedelta(days=1)
        rooms = {}
        for student in self.world.students([("whereabouts_state", "=", "dorm"), ("room_id", "!=", False)]):
            rooms.setdefault(student.room_id, student)
        for room, student in rooms.items():
            if chance.random() < 0.85:
                mood = "calm" if chance.random() < 0.93 else "tension"
                Report._file(
                    room, "room", mood, college_id=student.college_id.id, class_id=student.class_id.id
                )
        last_month = clock.now() - timedelta(days=31)
        dimensions = self.env["psych.crisis.dimension"].search([])
        for number, college in enumerate(self.world.colleges):
            moments = [last_month] if number == 0 else [last_month, clock.now()]
            for moment in moments:
                with clock.frozen(moment):
                    report, _new = Report._file(
                        college, "college", sentence="期中临近，学习压力上升，整体平稳。"
                    )
                    self.env["psych.crisis.report.line"].create(
                        [
                            {
                                "report_id": report.id,
                                "dimension_id": row.id,
                                "value": "fair" if (index + number) % 4 == 0 else "good",
                            }
                            for index, row in enumerate(dimensions)
                        ]
                    )
                if moment == last_month:
                    # named seam: builder of the demo college
                    report.with_user(self.builder.centre).sudo().action_read()

    def meeting(self):
        """The study meeting of last week with its decisions."""
        station = self.builder.station
        entries = self.env["psych.crisis.attention"].search(
            [("company_id", "=", self.company.id), ("is_current", "=", True), ("tier", "=", "key")], limit=3
        )
        with clock.frozen(self.world.ago(days=6)):
            meeting = self.by(station, "psych.crisis.meeting").create(
                {
                    "college_id": entries[:1].college_id.id,
                    "company_id": self.company.id,
                    "participant_ids": [(6, 0, (station | self.builder.tutor | self.builder.centre).ids)],
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "student_id": entry.student_id.id,
                                "decision": "keep",
                                "next_step": "辅导员每周谈心一次，两周后再议。",
                            },
                        )
                        for entry in entries
                    ],
                }
            )
            meeting.action_apply_all()

    def event(self):
        """An accident with witnesses and a ring of nine, first report filed, a leader's decision."""
        builder = self.builder
        with clock.frozen(self.world.ago(days=3)):
            event = self.by(builder.centre, "psych.crisis.event").create(
                {
                    "kind": "accident",
                    "facts_text": "校门口交通事故，两名同学受轻伤，多名同学目睹。",
                    "measures": "已送医，已联系家长，班级开展安抚。",
                    "unit_id": self.world.root.id,
                    "company_id": self.company.id,
                }
            )
        for minutes, action in ((12, "told_college"), (25, "told_leader"), (70, "told_authority")):
            with clock.frozen(self.world.ago(days=3) + timedelta(minutes=minutes)):
                getattr(event, f"action_{action}")()
        with clock.frozen(self.world.ago(days=3) + timedelta(minutes=40)):
            self.by(builder.leader, "psych.crisis.instruction").create(
                {
                    "event_id": event.id,
                    "kind": "decision",
                    "name": "封闭校门口车道，学院分头安抚班级",
                    "company_id": self.company.id,
                }
            )
        with clock.frozen(self.world.ago(days=3) + timedelta(hours=5)):
            event.action_first_report()
        with clock.frozen(self.world.ago(hours=20)):
            event._note("measure", text="团体辅导一次，九名目睹同学逐一联系。")
            event.action_progress_report()
        self.env["psych.crisis.event.ring"].create(
            [
                {
                    "event_id": event.id,
                    "student_id": builder.student().id,
                    "ring": ring,
                    "state": "offered" if ring == "1" else "open",
                }
                for ring in "112222333"
            ]
        )

    def supervision(self):
        """Hours of this month; one counsellor below the least."""
        for user, hours in ((self.builder.head, 2.0), (self.world.accounts["counsellor"], 1.0)):
            self.by(user, "psych.crisis.supervision").create(
                {"user_id": user.id, "supervisor": "外聘督导（演示）", "hours": hours, "is_group": True}
            )

    def shift_sheet(self):
        """Last night's hand-over, accepted this morning."""
        with clock.frozen(self.world.at(self.world.today, 7, 50)):
            sheet = self.by(self.builder.centre, "psych.crisis.shift.sheet").create(
                {"company_id": self.company.id}
            )
        with clock.frozen(self.world.at(self.world.today, 8, 5)):
            # named seam: builder of the demo college
            sheet.with_user(self.builder.head).sudo().action_accept()
