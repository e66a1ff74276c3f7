from datetime import datetime, time, timedelta

from odoo import api, models

from odoo.addons.psych_health.tools import clock

AWAY_AT_ONCE = 10  # on one phone page


class PsychCrisisSignal(models.Model):
    """What the phone pages show and take: cadres, every student, tutors, night roles. Controllers only parse and render."""

    _inherit = "psych.crisis.signal"

    @api.model
    def _page_frame(self, company):
        """Return what every phone page shows: the numbers to call now."""
        oncall = self.env["psych.crisis.oncall"]._shifts_at(company, clock.now())[:1]
        company_sudo = company.sudo()  # named seam: phones of the school are public
        lines = [
            (self.env._("Person on call"), oncall.phone),
            (self.env._("Desk, day and night"), company_sudo.psych_crisis_desk_phone),
            (self.env._("Centre"), company_sudo.psych_crisis_centre_phone),
            *company_sudo._psych_public_lines(),
        ]
        return {
            "call_lines": [(label, phone) for label, phone in lines if phone],
            "school": company_sudo.name,
            "company": company_sudo,
        }

    @api.model
    def _student_of_user(self):
        """Return the student who is signed in, empty for others."""
        if self.env.user._is_public():
            return self.env["psych.student"]
        return (
            self.env["psych.student"].sudo().search([("user_id", "=", self.env.uid)], limit=1)
        )  # named seam: own row

    @api.model
    def _care_tasks(self, student):
        """Return what waits for a cadre: rooms and classes to report, care requests. Nothing about other students."""
        today = clock.today(self.env, student.company_id)
        scopes = (
            self.env["psych.scope"]
            .sudo()
            .search(  # named seam: own posts
                [
                    ("user_id", "=", self.env.uid),
                    ("role", "in", ("cadre_class", "cadre_dorm")),
                    ("date_start", "<=", today),
                    ("date_end", ">=", today),
                ]
            )
        )
        # named seam: what the cadre's own units have filed
        Report = self.env["psych.crisis.report"].sudo()
        tasks = []
        for scope in scopes:
            kind = "room" if scope.role == "cadre_dorm" else "class"
            start, end = Report._period(student.company_id, kind)
            filed = Report.search(
                [("unit_id", "=", scope.unit_id.id), ("kind", "=", kind), ("date_start", "=", start)], limit=1
            )
            silent = Report._silent_rooms(scope.unit_id) if kind == "class" else self.env["psych.unit"]
            # named seam: name of the own unit
            tasks.append(
                {"unit": scope.unit_id.sudo(), "kind": kind, "filed": filed, "until": end, "silent": silent}
            )
        return {"tasks": tasks, "requests": self.env["psych.crisis.care.request"]._open_for(student)}

    @api.model
    def _file_unit(self, student, unit_id, mood, fact=""):
        """A cadre reports on his own room or class; «someone may need help» becomes a signal as well.

        :return: reporter row with the receipt's token, or empty for a report without a signal
        """
        task = next((row for row in self._care_tasks(student)["tasks"] if row["unit"].id == unit_id), None)
        if not task or mood not in ("calm", "tension", "help"):
            return self.env["psych.crisis.reporter"]
        unit, kind = task["unit"], task["kind"]
        self.env["psych.crisis.report"]._file(
            unit, kind, mood, college_id=student.college_id.id, class_id=student.class_id.id
        )
        if mood != "help":
            return self.env["psych.crisis.reporter"]
        return self._report(
            student.company_id,
            {
                "kind": "concern",
                "source": "dorm" if kind == "room" else "class",
                "urgency": "talk",
                "fact": fact[:300],
                "class_id": student.class_id.id,
                "room_id": unit.id if kind == "room" else False,
            },
            reporter_student=student,
        )

    @api.model
    def _file_urgent(self, company, values):
        """An urgent report of anybody: lands always, also with half of the form; a namesake is never guessed.

        :param dict values: ``who`` (name or number), ``where``, ``fact``, ``missing``, ``staff``, ``centre``, ``phone``
        :return: reporter row with the receipt's token
        """
        student = self._student_of_user()
        user = self.env.user if not self.env.user.share else None
        about = self._find_student(company, student, values.get("who"))
        asked = (("centre", "centre_complaint"), ("staff", "staff_complaint"), ("missing", "missing"))
        kind = next((kind for name, kind in asked if values.get(name)), "urgent")
        fact = "\n".join(
            part for part in (values.get("who") if not about else "", values.get("fact")) if part
        )
        report = {
            "kind": kind,
            "urgency": "acute",
            "fact": fact[:600],
            "place": (values.get("where") or "")[:120],
            "source": "student" if student else "staff" if user else "public",
            "student_id": about.id,
        }
        if kind.endswith("_complaint"):
            report.update(source="self", urgency="talk", student_id=student.id)
        elif student and not about:
            report["class_id"] = student.class_id.id
        return self._report(
            company,
            report,
            reporter_student=student,
            reporter_user=user,
            contact=(values.get("phone") or "")[:64],
        )

    @api.model
    def _may_report(self, company):
        """Whether the written report is open to whoever is at the door: every student, all staff, others if switched on."""
        return (
            bool(self._student_of_user())
            or not self.env.user.share
            or company.sudo().psych_crisis_public_form  # named seam: a switch of the school
        )

    @api.model
    def _find_student(self, company, reporter, who):
        """Return the one student meant by a number, or by a name in the reporter's own class or room; empty when unsure."""
        who = (who or "").strip()
        Student = self.env["psych.student"].sudo()  # named seam: the reporter is shown nothing
        if not who:
            return Student
        # after a death the report goes to people as it was said: the state may be a mistake, the machine stays silent
        living = [("company_id", "=", company.id), ("enrolment_state", "!=", "deceased")]
        found = Student.search([*living, ("number", "=", who)], limit=2)
        if not found and reporter:
            found = Student.search(
                [
                    *living,
                    ("name", "=", who),
                    "|",
                    ("class_id", "=", reporter.class_id.id),
                    "&",
                    ("room_id", "!=", False),
                    ("room_id", "=", reporter.room_id.id),
                ],
                limit=2,
            )
        return found if len(found) == 1 else Student

    @api.model
    def _receipt(self, token):
        """Return what the reporter may know: when sent, when a person confirmed; never the case. None when unknown."""
        row = (
            self.env["psych.crisis.reporter"].sudo().search([("token", "=", token or "-")], limit=1)
        )  # named seam: by secret token
        if not row:
            return None
        signal = row.signal_id
        tz = signal.company_id.psych_tz
        done = signal.merged_into_id.acknowledged_at or signal.acknowledged_at
        return {
            "company": signal.company_id,
            "sent_at": clock.local(signal.raised_at, tz),
            "urgent": signal.urgency == "acute",
            "confirmed_at": done and clock.local(done, tz),
            "checklist": (signal.kind_id.checklist or "").splitlines() if signal.urgency == "acute" else [],
        }

    # ----------------------------------------------------------------------
    # Staff
    # ----------------------------------------------------------------------

    @api.model
    def _tutor_page(self):
        """Return the tutor's one list in order of danger: signals, follow-ups, silent rooms (rights of the user)."""
        signals = self.search([("is_open", "=", True)], limit=50)
        followups = (
            self.env["psych.crisis.followup"].search(
                [("state", "=", "planned"), ("due_at", "<", self._end_of_today())],
                limit=50,
                order="due_at",
            )
            if self.env["psych.crisis.followup"].has_access("read")
            else []
        )
        today = clock.today(self.env)
        classes = (
            self.env["psych.scope"]
            .sudo()
            .search(  # named seam: own classes
                [
                    ("user_id", "=", self.env.uid),
                    ("role", "=", "tutor"),
                    ("date_start", "<=", today),
                    ("date_end", ">=", today),
                ]
            )
            .unit_id
        )
        # named seam: names of the own classes and their rooms
        silent = [
            (unit.sudo().name, self.env["psych.crisis.report"]._silent_rooms(unit.sudo()))
            for unit in classes[:10]
        ]
        return {
            "signals": signals,
            "followups": followups,
            "shifts": self._my_shifts(),
            "silent": [row for row in silent if row[1]],
            **self._away_from(classes),
            **self._page_choices(),
            "silent_since": self.env["psych.crisis.heartbeat"]._silent_since(),
        }

    @api.model
    def _away_from(self, classes):
        """Return the first students off campus whose contact is due, and how many more wait (F10)."""
        due = [("class_id", "in", classes.ids), ("psych_contact_due", "=", True)]
        Student = self.env["psych.student"]
        if not classes:
            return {"away": [], "away_more": 0}
        away = Student.search(due, limit=AWAY_AT_ONCE, order="whereabouts_from, id")
        return {"away": away, "away_more": max(Student.search_count(due) - len(away), 0)}

    @api.model
    def _where_now(self, student, room):
        """Return where to look for the student: off campus the place that the register knows, else building and room (F10)."""
        if student and student.whereabouts_state not in ("dorm", False):
            states = dict(student._fields["whereabouts_state"]._description_selection(self.env))
            return " · ".join(
                part for part in (states[student.whereabouts_state], student.whereabouts_place) if part
            )
        return f"{room.parent_id.name} {room.name}" if room else ""

    @api.model
    def _page_choices(self):
        """Return the words of urgencies, places and states in the language of the user."""
        describe = lambda name: self._fields[name]._description_selection(self.env)  # noqa: E731
        return {
            "labels": dict(describe("urgency")),
            "places": describe("seen_place"),
            "conditions": describe("seen_condition"),
        }

    @api.model
    def _end_of_today(self):
        company = self.env.company
        tomorrow = clock.today(self.env, company) + timedelta(days=1)
        return clock.to_utc(datetime.combine(tomorrow, time()), company.psych_tz)

    @api.model
    def _night_page(self):
        """Return what a night role needs: number, where to go, whom to look for; of matters he was told."""
        signals = self.search(
            [("is_open", "=", True), ("addressee_ids.user_id", "=", self.env.uid)], limit=20
        )
        rows = []
        card = self.env["psych.emergency.card"].has_access("read")
        for signal in signals:
            student = (
                signal.student_id.sudo()
            )  # named seam: who was told goes there and must know whom to look for
            # named seam: as above, where to go
            room = signal.room_id.sudo()
            rows.append(
                {
                    "signal": signal,
                    "where": signal.place or self._where_now(student, room),
                    "who": student.display_name or "",
                    "phone": student.phone or "",
                    "card": f"/psych/card?q={student.number}" if card and student else "",
                    "state": signal.stamp_text,
                    "checklist": (signal.kind_id.checklist or "").splitlines(),
                }
            )
        return {
            "rows": rows,
            "cases": self._night_cases(),
            "shifts": self._my_shifts(),
            **self._page_choices(),
        }

    @api.model
    def _my_shifts(self):
        """Return the guard shifts of the user that run now or begin within twelve hours, as plain values: where, with whom."""
        now = clock.now()
        mine = [
            ("user_id", "=", self.env.uid),
            ("state", "in", ("planned", "arrived")),
            ("start", "<", now + timedelta(hours=12)),
            ("stop", ">", now),
            ("case_id.is_open", "=", True),
        ]
        rows = []
        # named seam: own shifts; whoever guards must know whom and where
        for shift in self.env["psych.crisis.watch.shift"].sudo().search(mine):
            student, zone = shift.case_id.subject_ids.student_id, shift.company_id.psych_tz
            rows.append(
                {
                    "id": shift.id,
                    "state": shift.state,
                    "who": student.display_name or shift.case_id.name,
                    "where": self._where_now(student, student.room_id),
                    "start": clock.local(shift.start, zone),
                    "stop": clock.local(shift.stop, zone),
                }
            )
        return rows

    @api.model
    def _night_cases(self):
        """Return the cases about which the user was told: number, what is next, whom to call.

        Where and who stands there only while nobody guards the student: then somebody has to go.
        """
        told = [
            ("is_open", "=", True),
            ("addressee_ids", "any", [("user_id", "=", self.env.uid), ("is_live", "=", True)]),
        ]
        # named seam: who was told goes there, or calls who acts; no content of the case
        cases = self.env["psych.crisis.case"].sudo().search(told, limit=20)
        oncall = self.env["psych.crisis.oncall"]._shifts_at(self.env.company, clock.now())
        phones = {shift.user_id: shift.phone for shift in oncall}
        rows = []
        for case in cases:
            student = case.subject_ids.student_id if case._gap_now() else self.env["psych.student"]
            owner = case.owner_id
            rows.append(
                {
                    "number": case.name,
                    "step": dict(case._fields["next_step"]._description_selection(self.env)).get(
                        "guard" if student else case.next_step
                    ),
                    "late": case.is_overdue,
                    "left": case.remaining,
                    "alone": bool(student),
                    "who": student.display_name or "",
                    "where": self._where_now(student, student.room_id) if student else "",
                    "whom": owner.name or "",
                    "phone": phones.get(owner) or owner.phone or "",
                }
            )
        return rows

    @api.model
    @api.readonly
    def get_alarm(self):
        """Return what the top bar of staff shows: urgent students nobody has seen, and whether the ladder is silent."""
        if self.env.user.share or not self.has_access("read"):
            return {"shown": False, "unseen": 0, "silent": False, "gap": False}
        unseen = self.search_count(
            [
                ("is_open", "=", True),
                ("urgency", "=", "acute"),
                ("seen_at", "=", False),
                ("needs_seen", "=", True),
            ],
            limit=100,
        )
        return {
            "shown": True,
            "unseen": unseen,
            "silent": bool(self.env["psych.crisis.heartbeat"]._silent_since()),
            "gap": not self.env["psych.crisis.oncall"]._shifts_at(self.env.company, clock.now()),
        }
