"""Nobody waits without being looked at (F15): weekly human task, danger first, watched students pass by."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychWaiting(CounsellingCommon):
    def wait(self, student):
        return self.env["psych.waiting"].create(
            {"student_id": student.id, "service_id": self.talk.id, "company_id": self.company.id}
        )

    def asks(self, user):
        self.env.flush_all()
        return self.env["psych.work.item"].with_user(user).search([]).filtered(lambda row: row.kind == "ask")

    def test_weekly_question_is_a_task_of_a_person(self):
        row = self.wait(self.student)
        self.assertFalse(self.asks(self.u_centre), "not before the week is over")
        with clock.frozen(at("09:00", self.next_day(7))):
            self.assertEqual(self.asks(self.u_centre).res_id, row.id)
            for user in (self.u_counsellor, self.u_tutor, self.u_admin, self.u_leader):
                self.assertFalse(self.asks(user), user.login)
            row.with_user(self.u_centre).action_asked()
            self.assertFalse(self.asks(self.u_centre))
        with clock.frozen(at("09:00", self.next_day(14))):
            self.assertTrue(self.asks(self.u_centre), "asked again the week after")

    def test_intake_within_three_working_days(self):
        """Thursday, Friday and the make-up Saturday are working days, a holiday is none (F15)."""
        term = self.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-09-07",
                "date_end": "2027-01-17",
                "company_id": self.company.id,
            }
        )
        for kind, ahead in (("holiday", 1), ("makeup", 3)):
            self.env["psych.term.event"].create(
                {
                    "term_id": term.id,
                    "kind": kind,
                    "name": kind,
                    "date_start": self.next_day(ahead),
                    "date_end": self.next_day(ahead),
                }
            )
        row = self.env["psych.waiting"].create(
            {"student_id": self.student.id, "service_id": self.intake.id, "company_id": self.company.id}
        )
        self.assertEqual(row.see_by, self.next_day(5), "Friday, Saturday (make-up), Monday")
        with clock.frozen(at("09:00", self.next_day(4))):
            self.assertFalse(self.asks(self.u_centre))
        with clock.frozen(at("09:00", self.next_day(5))):
            self.assertEqual(self.asks(self.u_centre).res_id, row.id)
            row.with_user(self.u_centre).action_asked()
            self.assertFalse(self.asks(self.u_centre))
        self.assertFalse(self.wait(self.student2).see_by, "other services have no such day")

    def test_a_request_is_answered_the_same_day(self):
        self.talk.needs_confirmation = True
        booked = self.book("14:00", service=self.talk)
        self.env.flush_all()
        items = self.env["psych.work.item"].with_user(self.u_centre).search([])
        task = items.filtered(lambda row: row.kind == "request")
        self.assertEqual((task.res_id, task.label), (booked.id, booked.number))
        booked.with_user(self.u_centre).action_confirm()
        self.assertTrue(booked.is_same_day)

    def test_who_has_an_open_matter_by_now_goes_first(self):
        first, second = self.wait(self.student), self.wait(self.student2)
        self.assertEqual(self.env["psych.waiting"].search([])[:1], first)
        hooks = type(self.env["psych.hooks"])
        with patch.object(hooks, "_watched_students", lambda model, students: students & self.student2):
            self.env["psych.waiting"]._cron_offers()
        self.assertEqual(self.env["psych.waiting"].search([])[:1], second)

    def test_quota_and_list_never_stop_a_watched_student(self):
        self.company.write({"psych_term_limit": 1, "psych_no_show_limit": 1, "psych_broken_limit": 1})
        booked = self.book("14:00", service=self.talk)
        with clock.frozen(at("15:00")):
            booked.with_user(self.u_counsellor).action_no_show()
        Appointment = self.env["psych.appointment"].with_user(self.u_student)
        student = self.student.with_user(self.u_student)
        self.assertTrue(Appointment._portal_refusal(student, self.talk))
        hooks = type(self.env["psych.hooks"])
        with patch.object(hooks, "_watched_students", lambda model, students: students):
            self.assertFalse(Appointment._portal_refusal(student, self.talk))
