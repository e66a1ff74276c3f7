"""Where a student wants to be reminded: typed by the student, read by nobody else, gone when the student leaves."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install", "security")
class TestPsychReminderAddress(CounsellingCommon):
    def address(self, user):
        return self.env["psych.reminder.address"].with_user(user)

    def keep(self, email="Own@Student.Example"):
        self.address(self.u_student)._set(self.student.with_user(self.u_student), email)

    def test_reminder_goes_there_once_in_neutral_words(self):
        self.keep()
        self.make_shift(self.ann, "14:00", "17:00", self.next_day(3))
        booked = self.book("14:00", day=self.next_day(3))
        with clock.frozen(at("14:30", self.next_day(2))):
            self.env["psych.outbox"]._cron_send()
            self.env["psych.outbox"]._cron_send()
        mail = self.env["mail.mail"].search([("email_to", "=", "own@student.example")])
        self.assertEqual(len(mail), 1)
        text = f"{mail.subject} {mail.body_html}"
        self.assertIn(booked.number, text)
        for word in (self.student.name, self.student.number, self.ann.name, "counsel", "psycholog"):
            self.assertNotIn(word, text)

    def test_changed_and_forgotten(self):
        self.keep()
        self.keep("second@student.example")
        self.assertEqual(self.address(self.u_student)._of(self.student), "second@student.example")
        with self.assertRaises(UserError):
            self.keep("no address")
        self.keep("  ")
        self.assertFalse(self.env["psych.reminder.address"].search([]))

    def test_nobody_else_reads_it(self):
        self.keep()
        for user in (
            self.u_counsellor,
            self.u_centre,
            self.u_head,
            self.u_tutor,
            self.u_admin,
            self.u_leader,
        ):
            with self.assertRaises(AccessError):
                self.address(user).search([]).read(["email"])
        self.assertEqual(self.address(self.u_student).search([]).email, "own@student.example")
        self.assertFalse(self.address(self.u_student2).search([]))

    def test_gone_with_the_student(self):
        self.keep()
        self.env["psych.hooks"]._student_left(self.student, "left")
        self.assertFalse(self.env["psych.reminder.address"].search([]))
