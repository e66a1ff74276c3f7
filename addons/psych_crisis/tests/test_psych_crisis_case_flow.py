from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common_case import CaseCommon


@tagged("psych_crisis")
class TestPsychCrisisCaseFlow(CaseCommon):
    """What comes next and until when; deadlines are rows of the school; ownership; closing and reopening."""

    def test_the_five_ones_have_deadlines_from_rows(self):
        start = self.sudo_case.started_at
        hours = {"see": 24, "leader": 24, "team": 48, "plan": 72, "family": 48}
        steps = self.steps()
        self.assertEqual({step: (steps[step] - start).total_seconds() / 3600 for step in hours}, hours)
        self.env["psych.crisis.deadline"].create(
            {"matter": "orange", "step": "see", "hours": 2, "company_id": self.company.id}
        )
        self.assertEqual(self.steps()["see"], start + timedelta(hours=2))

    def test_school_rows_by_the_administrator_only(self):
        Deadline = self.as_user(self.u_admin, "psych.crisis.deadline")
        row = Deadline.create({"matter": "red", "step": "see", "hours": 0.5, "company_id": self.company.id})
        self.assertEqual(Deadline._hours(self.company.id, "red")["see"], 0.5)
        row.unlink()
        self.assertEqual(Deadline._hours(self.company.id, "red")["see"], 1)
        shared = self.env["psych.crisis.deadline"].search([("company_id", "=", False)], limit=1)
        self.assert_refused((self.u_admin,), lambda user: shared.with_user(user).write({"hours": 9}))
        self.assert_refused(
            (self.u_centre, self.u_station, self.u_leader),
            lambda user: self.as_user(user, "psych.crisis.deadline").create(
                {"matter": "red", "step": "team", "hours": 1, "company_id": self.company.id}
            ),
        )

    def test_red_case_is_supervised_within_seven_days(self):
        self.case.level = "red"
        self.assertEqual(self.steps()["supervise"], self.sudo_case.started_at + timedelta(days=7))
        row = self.as_user(self.u_centre, "psych.crisis.supervision").create(
            {"user_id": self.u_centre.id, "supervisor": "Outside", "case_ids": [(6, 0, self.case.ids)]}
        )
        self.env.invalidate_all()
        self.assertNotIn("supervise", self.steps())
        row.write({"case_ids": [(5,)]})
        self.env.invalidate_all()
        self.assertIn("supervise", self.steps())

    def test_decision_about_the_family_is_a_step(self):
        self.assertIn("family", self.steps())
        self.as_user(self.u_station, "psych.crisis.family.contact").create(
            {"case_id": self.case.id, "kind": "decision", "told": "Not yet: home is not safe"}
        )
        self.env.invalidate_all()
        self.assertNotIn("family", self.steps())

    def test_reopened_case_is_seen_anew(self):
        self.sudo_case._note_seen(clock.now(), self.u_tutor, "dorm")
        self.make_ready()
        closing = self.as_user(self.u_station, "psych.crisis.closing").create(
            {"case_id": self.case.id, "grade": "good"}
        )
        closing.with_user(self.u_head).action_confirm()
        with self.at(days=30):
            self.assert_refused(
                (self.u_tutor, self.u_leader, self.u_station_b),
                lambda user: self.case.with_user(user).action_reopen(),
            )
            self.case.action_reopen()
            self.env.invalidate_all()
            self.assertEqual(self.sudo_case.next_step, "see")
            self.assertEqual(self.sudo_case.next_due, clock.now() + timedelta(hours=24))
            self.assertFalse(self.sudo_case.is_overdue)
            self.assertIn("not yet seen", self.case.red_words)

    def test_red_border_only_for_the_four_reasons(self):
        self.sudo_case._note_seen(clock.now(), self.u_tutor, "dorm")
        self.case.leader_id = self.u_leader
        self.case.level = "red"
        self.env.invalidate_all()
        self.assertFalse(self.case.is_red, "a red level alone is no red border")
        with self.at(days=3):
            self.assertEqual(self.case.red_words, "overdue")

    def test_leadership_moves_no_card(self):
        self.make_ready()
        self.assert_refused(
            (self.u_leader, self.u_tutor_b, self.u_station_b),
            lambda user: self.case.with_user(user).write({"stage_id": self.stage["plan"].id}),
        )

    def test_closing_by_one_person_alone_is_refused(self):
        self.sudo_case._note_seen(clock.now(), self.u_tutor, "dorm")
        self.make_ready()
        closing = self.as_user(self.u_station, "psych.crisis.closing").create(
            {"case_id": self.case.id, "grade": "better"}
        )
        with self.assertRaises(UserError):
            closing.action_confirm()
        self.assert_refused(
            (self.u_leader, self.u_tutor_b), lambda user: closing.with_user(user).action_confirm()
        )
        with self.assertRaises(UserError):
            closing.write({"state": "confirmed"})
        self.env.invalidate_all()
        self.assertIn("closing", self.steps())
        self.assertNotIn("plan_followup", self.steps(), "a proposed closing asks for no further follow-up")
        closing.with_user(self.u_tutor).action_refuse()
        self.assertTrue(self.sudo_case.is_open)

    def test_request_brings_in_who_asks(self):
        row = self.as_user(self.u_centre, "psych.crisis.case.transfer").create(
            {"case_id": self.case.id, "kind": "request", "to_id": self.u_station.id}
        )
        with self.assertRaises(UserError):
            row.action_accept()
        row.with_user(self.u_station).action_accept()
        self.env.invalidate_all()
        self.assertIn(self.u_centre, self.sudo_case.member_ids.user_id)
        self.assertEqual(self.sudo_case.owner_id, self.u_station)

    def test_declined_transfer_leaves_the_owner(self):
        row = self.as_user(self.u_station, "psych.crisis.case.transfer").create(
            {"case_id": self.case.id, "kind": "assign", "to_id": self.u_centre.id}
        )
        row.with_user(self.u_centre).action_decline()
        self.assertEqual(self.sudo_case.owner_id, self.u_station)
        with self.assertRaises(UserError):
            row.with_user(self.u_centre).action_accept()

    def test_students_are_in_no_team_and_lead_nothing(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.as_user(self.u_station, "psych.crisis.case.member").create(
                {"case_id": self.case.id, "user_id": self.u_student.id}
            )

    def test_stepped_follow_up_after_return(self):
        Rhythm = self.env["psych.crisis.rhythm"]
        row = Rhythm.create(
            {
                "key": "back",
                "first_month_days": 7,
                "days": 14,
                "late_days": 30,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(
            [row._days_after(timedelta(days=days)) for days in (0, 29, 30, 89, 90)], [7, 7, 14, 14, 30]
        )
        self.make_ready()
        self.sudo_case.stage_id = self.stage["back"]
        with self.at(days=60):
            self.sudo_case.stage_id = self.stage["back"]
            followup = self.as_user(self.u_station, "psych.crisis.followup").create(
                {"case_id": self.case.id, "user_id": self.u_tutor.id, "due_at": clock.now()}
            )
            followup.with_user(self.u_tutor)._finish("better", "office")
            following = self.sudo_case.followup_ids.filtered(lambda f: f.state == "planned")
            self.assertLessEqual(following.due_at, clock.now() + timedelta(days=7), "counted from the return")
