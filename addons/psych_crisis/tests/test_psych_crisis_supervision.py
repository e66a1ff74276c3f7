from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import door_as
from .common_case import CaseCommon


@tagged("psych_crisis")
class TestPsychCrisisSupervision(CaseCommon):
    """Numbers of cases and hours, never names; own rows of a counsellor."""

    def test_hours_of_the_month_and_unreviewed_cases(self):
        Supervision = self.as_user(self.u_centre, "psych.crisis.supervision")
        for day, hours in ((date(2026, 11, 2), 1.5), (date(2026, 11, 3), 0.5), (date(2026, 10, 31), 4)):
            Supervision.create(
                {"user_id": self.u_counsellor.id, "supervisor": "Outside", "hours": hours, "date": day}
            )
        self.assertEqual(Supervision._hours_of_month(self.company), {self.u_counsellor.id: 2.0})
        self.case.level = "red"
        with self.at(days=8):
            self.assertEqual(Supervision._unreviewed_cases(self.company), self.case)
        self.assertEqual(
            {
                row["hours"]
                for row in self.as_user(self.u_centre, "psych.crisis.supervision")._load_of_month(
                    self.company
                )
            },
            {2.0, 0.0},
        )

    def test_own_rows(self):
        Supervision = self.env["psych.crisis.supervision"]
        row = Supervision.with_user(self.u_counsellor).create(
            {"user_id": self.u_counsellor.id, "supervisor": "Outside"}
        )
        self.assertTrue(row.with_user(self.u_centre).read(["hours"]))
        self.assert_refused(
            (self.u_station, self.u_tutor, self.u_leader, self.u_admin),
            lambda user: row.with_user(user).read(["hours"]),
        )
        self.assert_refused(
            (self.u_counsellor,),
            lambda user: Supervision.with_user(user).create(
                {"user_id": self.u_centre.id, "supervisor": "Outside"}
            ),
        )


@tagged("psych_crisis")
class TestPsychCrisisMeeting(CaseCommon):
    """研判会: decision and next step per student, carried out with the rights of who presses; minutes."""

    def test_leader_calls_a_meeting_by_number(self):
        self.case.leader_id = self.u_leader
        self.case.with_user(self.u_leader).action_convene()
        self.case.with_user(self.u_leader).action_convene()
        meeting = self.env["psych.crisis.meeting"].search([("case_ids", "in", self.case.ids)])
        self.assertEqual(len(meeting), 1, "an open call is used again")
        self.assertEqual((meeting.called_by_id, meeting.host_id), (self.u_leader, self.u_station))
        self.assertEqual(meeting.line_ids.student_id, self.student)
        self.assertEqual(meeting.date - clock.now(), timedelta(hours=24))
        self.assertEqual(self.case.with_user(self.u_leader).instruction_state, "open")
        self.assert_refused(
            (self.u_leader, self.u_tutor), lambda user: meeting.with_user(user).read(["date"])
        )
        self.assert_refused(
            (self.u_tutor_b, self.u_station_b, self.u_admin),
            lambda user: self.case.with_user(user).action_convene(),
        )

    def test_decisions_are_carried_out_once(self):
        mate = self.students[1]
        meeting = self.as_user(self.u_station, "psych.crisis.meeting").create(
            {
                "college_id": self.college_a.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "student_id": mate.id,
                            "decision": "key",
                            "next_step": "Tutor talks",
                            "due_date": "2026-11-06",
                        },
                    )
                ],
            }
        )
        meeting.action_apply_all()
        entry = self.env["psych.crisis.attention"].search([("student_id", "=", mate.id)])
        self.assertEqual((entry.tier, meeting.is_held), ("key", True))
        self.assertEqual(
            f"{entry.followup_ids.due_at:%Y-%m-%d}", "2026-11-06", "the date of the meeting counts"
        )
        with self.assertRaises(UserError):
            meeting.line_ids.decision = "lower"
        with door_as(self.u_station):
            html = (
                self.env["ir.actions.report"]
                .with_user(self.u_station)
                ._render_qweb_html("psych_crisis.psych_crisis_meeting_minutes_document", meeting.ids)[0]
                .decode()
            )
        self.assertIn("Tutor talks", html)

    def test_other_college_and_tutors_refused(self):
        meeting = self.as_user(self.u_station, "psych.crisis.meeting").create(
            {"college_id": self.college_a.id}
        )
        self.assert_refused(
            (self.u_station_b, self.u_tutor, self.u_leader, self.u_counsellor),
            lambda user: meeting.with_user(user).read(["date"]),
        )


@tagged("psych_crisis")
class TestPsychCrisisReview(CaseCommon):
    """Term-end review: every open case on one screen, one decision each, a step with a due time until done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["psych.term"].create(
            {
                "year_start": 2026,
                "date_start": "2026-09-01",
                "date_end": "2027-01-17",
                "company_id": cls.company.id,
            }
        )

    def test_all_open_cases_once(self):
        self.as_user(self.u_station_b, "psych.crisis.case")._open_for_student(self.students[2], "yellow")
        Review = self.env["psych.crisis.review"]
        for user in (self.u_centre, self.u_station, self.u_leader):
            with self.assertRaises(UserError):
                Review.with_user(user).action_start()
        for _run in range(2):
            Review.with_user(self.u_head).action_start()
        rows = Review.search([("company_id", "=", self.company.id)])
        self.assertEqual(len(rows), 2)
        self.env.invalidate_all()
        self.assertIn("review", self.steps())
        own = Review.with_user(self.u_station).search([])
        self.assertEqual(own.case_id, self.case)
        with self.assertRaises(UserError):
            own.action_done()
        own.decision = "holiday"
        own.action_done()
        self.env.invalidate_all()
        self.assertEqual((own.state, own.done_by_id), ("done", self.u_station))
        self.assertNotIn("review", self.steps())
        with self.assertRaises(UserError):
            own.decision = "keep"
        self.assertEqual(len(Review.with_user(self.u_leader).search([])), 2)
        self.assert_refused((self.u_leader, self.u_tutor), lambda user: own.with_user(user).action_done())


@tagged("psych_crisis")
class TestPsychCrisisShiftSheet(CaseCommon):
    """Shift hand-over: what is open and whom to call, frozen, no student's name, accepted by another person."""

    def test_sheet_is_frozen_and_names_no_student(self):
        self.put_on_call(self.u_head2)
        signal = self.raise_signal("acute", "dorm")
        sheet = self.as_user(self.u_centre, "psych.crisis.shift.sheet").create({})
        text = str(sheet.content)
        self.assertIn(signal.name, text)
        self.assertIn("13800000000", text)
        for words in (self.student.name, self.student.number):
            self.assertNotIn(words, text)
        html = (
            self.env["ir.actions.report"]
            .with_user(self.u_centre)
            ._render_qweb_html("psych_crisis.psych_crisis_shift_sheet_document", sheet.ids)[0]
            .decode()
        )
        self.assertIn(signal.name, html)
        signal.with_user(self.u_centre)._see("dorm", "calm")
        self.assertEqual(str(sheet.content), text)
        with self.assertRaises(UserError):
            sheet.write({"content": {}})

    def test_red_case_stands_on_it(self):
        self.case.level = "red"
        self.env.flush_all()
        sheet = self.as_user(self.u_centre, "psych.crisis.shift.sheet").create({})
        self.assertEqual([line[0] for line in sheet.content["cases"]], [self.case.name])

    def test_accepted_by_another_person_once(self):
        sheet = self.as_user(self.u_centre, "psych.crisis.shift.sheet").create({})
        with self.assertRaises(UserError):
            sheet.action_accept()
        self.assert_refused(
            (self.u_station, self.u_tutor, self.u_admin, self.u_leader),
            lambda user: sheet.with_user(user).action_accept(),
        )
        sheet.with_user(self.u_head).action_accept()
        self.assertEqual((sheet.to_id, sheet.accepted_at), (self.u_head, clock.now()))
        with self.assertRaises(UserError):
            sheet.with_user(self.u_head2).action_accept()


@tagged("psych_crisis")
class TestPsychCrisisAttentionExport(CaseCommon):
    """The key-attention database leaves only as a registered list, without categories and reasons (H11)."""

    def test_registered_and_narrow(self):
        for student, tier in (
            (self.students[0], "key"),
            (self.students[4], "daily"),
            (self.students[2], "crisis"),
        ):
            row = self.env["psych.crisis.attention"].with_user(self.u_centre)._set_tier(student, tier)
            row.care_reason = "Secret reason"
        request = (
            self.env["psych.export.request"]
            .with_user(self.u_station)
            .create(
                {
                    "kind": "attention",
                    "purpose": "Study meeting",
                    "recipient": "Deputy secretary",
                    "delete_on": "2026-11-30",
                }
            )
        )
        with self.assertRaises(AccessError):
            request._take()
        with self.assertRaises(AccessError):
            request.action_approve()
        request.with_user(self.u_head).action_approve()
        header, rows = request._rows()
        self.assertEqual(len(rows), 1, "own college, and no daily tier")
        self.assertNotIn("Secret reason", str(rows))
        self.assertFalse({"Categories", "Reason for care"} & set(header))
        content, password = request._take()
        self.assertTrue(content and password)
        self.assertEqual((request.row_count, request.state), (1, "taken"))
        with self.assertRaises(AccessError):
            request._take()
