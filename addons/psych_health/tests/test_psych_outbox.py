"""Messages: once per key, never at night, never to the dead, neutral; a failing channel stops nobody."""

from unittest.mock import patch

import requests

from odoo.tests import tagged

from odoo.addons.mail.models.mail_mail import MailMail
from odoo.addons.psych_health.tools import clock, slots

from .common_counselling import TZ, CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychOutbox(CounsellingCommon):
    def reminder(self, booked):
        return self.env["psych.outbox"].search([("key", "like", f"appointment:{booked.id}:remind")])

    def send(self, moment, answer=None):
        """Run the queue at a moment; :return: what was posted to the channel."""
        posted = []

        def post(url, json, headers, timeout):
            posted.append(json)
            if answer is None:
                raise requests.ConnectionError()
            return answer

        with clock.frozen(moment), patch.object(requests, "post", post):
            self.env["psych.outbox"]._cron_send()
        return posted

    def accepted(self):
        response = requests.Response()
        response.status_code = 200
        return response

    def test_reminder_follows_the_appointment(self):
        day = self.next_day(3)
        self.make_shift(self.ann, "08:00", "12:00", day)
        booked = self.book("08:00", day=day)
        row = self.reminder(booked)
        self.assertEqual(row.send_at, at("08:00", self.next_day(2)))
        booked.with_user(self.u_counsellor)._reschedule(at("10:00", day))
        waiting = self.reminder(booked).filtered(lambda r: r.state == "waiting")
        self.assertEqual(waiting.send_at, at("10:00", self.next_day(2)))
        booked.with_user(self.u_counsellor).action_cancel()
        self.assertFalse(self.reminder(booked).filtered(lambda r: r.state == "waiting"))

    def moved(self, booked):
        """Messages about the new time of an appointment that are on their way."""
        return self.env["psych.outbox"].search(
            [("key", "like", f"appointment:{booked.id}:moved"), ("state", "=", "waiting")]
        )

    def booked_for_moving(self):
        day = self.next_day(3)
        self.make_shift(self.ann, "08:00", "12:00", day)
        return day, self.book("08:00", day=day)

    def move_own(self, booked, start):
        student = self.student.with_user(self.u_student)
        booked.with_user(self.u_student)._portal_move(student, start)

    def test_who_moves_his_own_hour_is_not_told(self):
        day, booked = self.booked_for_moving()
        self.move_own(booked, at("09:00", day))
        self.assertEqual(booked.start, at("09:00", day))
        self.assertFalse(self.moved(booked), "the page said so already")
        booked.with_user(self.u_counsellor)._reschedule(at("10:00", day))
        self.assertIn("10:00", self.moved(booked).text)
        self.move_own(booked, at("11:00", day))
        self.assertFalse(self.moved(booked), "a time that holds no longer is not told either")

    def test_back_and_forth_tells_the_last_time(self):
        day, booked = self.booked_for_moving()
        for index, hour in enumerate(("09:00", "08:00", "09:00")):
            with clock.frozen(at(f"10:0{index}")):
                booked.with_user(self.u_counsellor)._reschedule(at(hour, day))
            self.assertIn(hour, self.moved(booked).text)
            self.moved(booked).state = "sent"
        reminder = self.reminder(booked).filtered(lambda r: r.state == "waiting")
        self.assertEqual(reminder.send_at, at("09:00", self.next_day(2)), "back to an hour it had before")

    def test_mail_that_waited_in_the_queue_until_night_waits_for_the_morning(self):
        """The queue of mails runs for itself: what was handed over at 21:59 does not leave at 22:10."""
        self.env["psych.outbox"]._put(self.company, "test:late", "x", at("21:59"), user=self.u_counsellor)
        self.send(at("21:59"))
        mail = self.env["mail.mail"].search([("psych_quiet_company_id", "=", self.company.id)])
        self.assertEqual((len(mail), mail.state), (1, "outgoing"))
        other = mail.create({"subject": "On call", "email_to": "duty@college.example", "body_html": "x"})
        left = []
        send = patch.object(MailMail, "send", lambda mails, *args, **kwargs: left.extend(mails.ids))
        with send, clock.frozen(at("22:10")):
            (mail | other).send()
        self.assertEqual(left, other.ids, "what is not a reminder is not held")
        self.assertEqual((mail.state, mail.scheduled_date), ("outgoing", at("08:00", self.next_day())))
        with send, clock.frozen(at("08:00", self.next_day())):
            mail.send()
        self.assertEqual(left, (other | mail).ids)

    def test_nothing_between_22_and_8(self):
        for hour, expected in (("23:30", 8), ("03:00", 8), ("21:00", 21)):
            self.env["psych.outbox"]._put(self.company, f"test:{hour}", "x", at(hour))
            row = self.env["psych.outbox"].search([("key", "=", f"test:{hour}")])
            self.assertEqual(slots.to_local(row.send_at, TZ).hour, expected)
        self.company.psych_webhook_url = "http://127.0.0.1:9/x"
        self.env.cr.execute("UPDATE psych_outbox SET send_at = %s", [at("09:00")])
        self.env.invalidate_all()
        self.assertFalse(self.send(at("23:00"), self.accepted()), "also when the scheduler was late")

    def test_once_per_key_and_retry(self):
        self.company.psych_webhook_url = "http://127.0.0.1:9/x"
        self.student.partner_id.email = False
        for _again in range(2):
            self.env["psych.outbox"]._put(
                self.company, "test:once", "Reminder", at("09:00"), student=self.student, number="Y1"
            )
        row = self.env["psych.outbox"].search([("key", "=", "test:once")])
        self.assertEqual(len(row), 1)
        self.send(at("10:00"))
        self.assertEqual((row.state, row.tries), ("waiting", 1))
        posted = self.send(at("10:05"), self.accepted())
        self.assertEqual(
            (row.state, posted[0]["key"], posted[0]["to"]), ("sent", "test:once", self.student.number)
        )
        self.assertFalse(self.send(at("10:10"), self.accepted()))

    def test_death_stops_everything(self):
        day = self.next_day(3)
        self.make_shift(self.ann, "08:00", "12:00", day)
        booked = self.book("08:00", day=day)
        self.student.with_user(self.u_head).enrolment_state = "deceased"
        self.assertEqual(booked.state, "cancelled")
        self.assertFalse(
            self.env["psych.outbox"].search([("student_id", "=", self.student.id), ("state", "=", "waiting")])
        )
        self.assertFalse(self.occupied(booked))

    def test_open_work_is_handed_over(self):
        booked = self.book("14:00")
        self.assertIn(
            ("psych.appointment", booked.id), self.env["psych.hooks"]._open_work_of(self.u_counsellor)
        )
        self.assertFalse(self.env["psych.hooks"]._open_work_of(self.u_tutor))
        data = self.env["psych.hooks"]._subject_data(self.student)
        self.assertTrue(any("14:00" in label for section in data for label, _value in section["rows"]))
