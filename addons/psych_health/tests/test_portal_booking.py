"""The student's phone: book, change, cancel, wait, help; other people's hours stay closed."""

import re

from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged

from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPortalBooking(CounsellingCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.set_registry_readonly_mode(False)
        self.day = self.next_day(2)
        self.make_shift(self.ann, "14:00", "17:00", self.day)

    def sign_in(self, user):
        self.authenticate(user.login, user.login)

    def post(self, url, **data):
        page = self.url_open("/psych/booking").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page) or re.search(
            r'name="csrf_token" value="([^"]+)"',
            self.url_open(
                f"/psych/booking/how?service={self.talk.id}&start={self.text(at('14:00', self.day))}"
            ).text,
        )
        return self.url_open(url, data={"csrf_token": token.group(1), **data})

    def text(self, start):
        return Datetime.to_string(start)

    def test_book_change_cancel(self):
        self.sign_in(self.u_student)
        page = self.url_open("/psych/booking")
        self.assertEqual(page.status_code, 200)
        self.assertIn("14:00", page.text)
        start = self.text(at("15:00", self.day))
        how = self.url_open(f"/psych/booking/how?service={self.talk.id}&start={start}")
        self.assertIn("15:00", how.text)
        check = self.post(
            "/psych/booking/check", service=self.talk.id, start=start, urgency="normal", topic=0
        )
        self.assertIn('name="consent"', check.text, "consent is asked the first time")
        refused = self.post("/psych/booking/book", service=self.talk.id, start=start)
        self.assertFalse(self.env["psych.appointment"].search([("student_id", "=", self.student.id)]))
        self.assertIn('class="note"', refused.text)
        done = self.post("/psych/booking/book", service=self.talk.id, start=start, consent="1")
        booked = self.env["psych.appointment"].search([("student_id", "=", self.student.id)])
        self.assertEqual((booked.start, booked.channel), (at("15:00", self.day), "portal"))
        self.assertIn(booked.number, done.text)
        self.assertIn("DTSTART", self.url_open(f"/psych/booking/{booked.id}.ics").text)
        self.post(f"/psych/booking/{booked.id}/move", start=self.text(at("16:00", self.day)))
        self.assertEqual(booked.start, at("16:00", self.day))
        self.post(f"/psych/booking/{booked.id}/cancel")
        self.assertEqual(booked.state, "cancelled")
        self.assertEqual(booked.cancel_kind, "in_time")

    def test_page_of_hours_asks_no_more_for_more_days(self):
        """Statements of the page of all hours do not grow with the days on it."""
        student, talk = self.student.with_user(self.u_student), self.talk.with_user(self.u_student)

        def statements():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            page = talk.env["psych.appointment"]._portal_hours_page(student, talk.sudo(), 0, None)
            return len(page["days"]), self.cr.sql_log_count - before

        self.make_shift(self.ben, "14:00", "17:00", self.day)
        statements()
        few, before = statements()
        for number in range(3, 13):
            self.make_shift(self.ben, "08:00", "12:00", self.next_day(number))
        many, after = statements()
        self.assertGreater(many, few + 4)
        self.assertLessEqual(after, before)

    def test_the_last_talk_of_the_semester_can_still_be_moved(self):
        self.company.write({"psych_term_limit": 1, "psych_week_limit": 0})
        booked = self.book("14:00", day=self.day)
        self.sign_in(self.u_student)
        fresh = self.url_open(f"/psych/booking/hours?service={self.talk.id}").text
        self.assertNotIn("16:00", fresh)
        page = self.url_open(f"/psych/booking/hours?service={self.talk.id}&move={booked.id}").text
        self.assertIn("16:00", page)

    def test_half_filled_and_foolish_forms_are_no_error(self):
        self.sign_in(self.u_student)
        start = self.text(at("14:00", self.day))
        talk = f"service={self.talk.id}"
        for address in (
            "hours",
            "hours?service=x",
            f"hours?{talk}&move=x",
            "how",
            f"how?{talk}",
            f"how?{talk}&start=then",
        ):
            with self.subTest(address):
                self.assertEqual(self.url_open(f"/psych/booking/{address}").status_code, 404)
        self.assertEqual(self.url_open(f"/psych/booking/hours?{talk}&counsellor=nobody").status_code, 200)
        for data in (
            {},
            {"service": self.talk.id},
            {"service": self.talk.id, "start": "9" * 5000},
            {"service": self.talk.id, "start": "9999-12-31"},
        ):
            self.assertEqual(self.post("/psych/booking/book", **data).status_code, 404)
            self.assertEqual(self.post("/psych/booking/check", **data).status_code, 404)
        self.post(
            "/psych/booking/book",
            service=self.talk.id,
            start=start,
            consent="1",
            topic="987654321",
            urgency="<b>",
            counsellor="x" * 9000,
        )
        booked = self.env["psych.appointment"].search([("student_id", "=", self.student.id)])
        self.assertEqual(
            (booked.start, booked.topic_id.id, booked.urgency), (at("14:00", self.day), False, "normal")
        )

    def test_just_taken_shows_the_nearest(self):
        self.book("14:00", self.student2, day=self.day)
        self.sign_in(self.u_student)
        answer = self.post(
            "/psych/booking/book", service=self.talk.id, start=self.text(at("14:00", self.day)), consent="1"
        )
        self.assertIn("15:00", answer.text)
        self.assertFalse(self.env["psych.appointment"].search([("student_id", "=", self.student.id)]))

    def test_what_was_answered_is_not_asked_again(self):
        """Taken meanwhile: the nearest hours go on with topic and urgency, and raise no second flag."""
        self.book("14:00", self.student2, day=self.day)
        self.sign_in(self.u_student)
        start, topic = self.text(at("14:00", self.day)), self.env["psych.topic"].search([], limit=1)
        data = {"service": self.talk.id, "start": start, "topic": topic.id, "urgency": "danger"}
        answer = self.post("/psych/booking/book", **data, consent="1").text
        near = answer.split('action="/psych/booking/check"')[1]
        self.assertIn(f'name="topic" value="{topic.id}"', near)
        self.assertIn('name="urgency" value="danger"', near)
        self.assertIn('name="seen" value="1"', near)
        free = self.text(at("15:00", self.day))
        again = self.post("/psych/booking/book", **{**data, "start": free}).text
        self.assertIn('name="consent"', again, "without the tick the same page, with a sentence")
        self.assertIn('role="alert"', again)
        self.assertIn(f'name="topic" value="{topic.id}"', again)

    def test_move_to_a_taken_hour_offers_to_move(self):
        """Not a second booking: every way on from that page moves the own hour."""
        booked = self.book("14:00", day=self.day)
        self.book("15:00", self.student2, day=self.day)
        self.sign_in(self.u_student)
        answer = self.post(f"/psych/booking/{booked.id}/move", start=self.text(at("15:00", self.day))).text
        self.assertIn("16:00", answer)
        self.assertIn(f'action="/psych/booking/{booked.id}/move"', answer)
        self.assertIn(f"move={booked.id}", answer)
        self.assertNotIn("/psych/booking/how", answer)
        self.assertNotIn("/psych/booking/wait", answer)

    def test_nobody_else_is_offered_where_only_one_can_be_booked(self):
        """Moving keeps the counsellor; with an hour ahead the next one is with the same person."""
        booked = self.book("14:00", day=self.day)
        self.make_shift(self.ben, "14:00", "17:00", self.day)
        self.book("15:00", self.student2, day=self.day, counsellor=self.ann)
        student = self.student.with_user(self.u_student)
        with self.assertRaises(UserError) as caught:
            booked.with_user(self.u_student)._portal_move(student, at("15:00", self.day))
        self.assertTrue(caught.exception.nearest)
        self.assertEqual({slot.owner for slot in caught.exception.nearest}, {self.ann.id})

    def test_nothing_free_says_so_without_a_dash(self):
        self.shift.unlink()
        self.env["psych.duty.shift"].search([("date", "=", self.day)]).unlink()
        with self.assertRaises(UserError) as caught:
            self.book("15:00", day=self.day)
        self.assertEqual(caught.exception.nearest, [])
        self.assertNotIn("-", str(caught.exception))

    def test_a_wrong_mail_address_stays_to_be_mended(self):
        booked = self.book("14:00", day=self.day)
        self.sign_in(self.u_student)
        answer = self.post(f"/psych/booking/{booked.id}/remind", email="me at home").text
        self.assertIn('value="me at home"', answer)
        self.assertIn('role="alert"', answer)
        self.assertIn(booked.number, answer, "still the page of the hour")

    def test_danger_shows_help_and_asks_for_a_call_even_when_abandoned(self):
        self.company.write({"psych_help_phone": "0731-0000000"})
        self.sign_in(self.u_student)
        answer = self.post(
            "/psych/booking/check",
            service=self.talk.id,
            start=self.text(at("14:00", self.day)),
            urgency="danger",
        )
        self.assertIn("tel:0731-0000000", answer.text)
        self.assertIn("tel:120", answer.text)
        request = self.env["psych.call.request"].search([("student_id", "=", self.student.id)])
        self.assertEqual((len(request), request.is_danger, request.state), (1, True, "open"))
        self.post("/psych/booking/call", phone="13800000000")
        self.assertEqual(request.phone, "13800000000", "one request, not two")

    def test_other_peoples_hours_are_closed(self):
        other = self.book("14:00", self.student2, day=self.day)
        self.sign_in(self.u_student)
        for url in (f"/psych/booking/{other.id}", f"/psych/booking/{other.id}.ics"):
            self.assertEqual(self.url_open(url).status_code, 404)
        self.post(f"/psych/booking/{other.id}/cancel")
        self.assertEqual(other.state, "confirmed")
        self.assertEqual(
            self.url_open(f"/psych/booking/{other.id}/cancel").status_code, 405, "no change by a link"
        )
        self.sign_in(self.u_tutor)
        self.assertEqual(self.url_open("/psych/booking").status_code, 404)

    def test_a_page_that_is_not_there_is_calm_and_leads_to_help(self):
        """Signed in or not, of a route or of none: our words, the strip, and status 404."""
        addresses = ("/psych/booking/99999999", "/psych/nowhere", "/psych/link/unknown")
        for user in (None, self.u_student):
            if user:
                self.sign_in(user)
            for address in addresses if user else addresses[1:]:
                answer = self.url_open(address)
                with self.subTest(user=user and user.login, address=address):
                    self.assertEqual(answer.status_code, 404)
                    self.assertIn('<a class="btn main" href="/">', answer.text)
                    self.assertIn('href="/psych/help"', answer.text)

    def test_waiting_list(self):
        booked = self.book("14:00", self.student2, day=self.day)
        self.book("15:00", self.students[2], day=self.day, service=self.talk)
        self.sign_in(self.u_student)
        self.post("/psych/booking/wait", service=self.talk.id)
        row = self.env["psych.waiting"].search([("student_id", "=", self.student.id)])
        self.assertEqual(row.state, "waiting")
        booked.with_user(self.u_student2)._portal_cancel(self.student2.with_user(self.u_student2))
        self.assertEqual((row.state, row.offer_start), ("offered", at("14:00", self.day)))
        self.assertNotIn("14:00", self.hours(day=self.day), "an offered hour is kept")
        self.post(f"/psych/booking/wait/{row.id}/take")
        own = self.env["psych.appointment"].search([("student_id", "=", self.student.id)])
        self.assertEqual((row.state, own.start), ("booked", at("14:00", self.day)))
        self.post(f"/psych/booking/wait/{row.id}/worse")
        self.assertTrue(
            self.env["psych.call.request"].search(
                [("student_id", "=", self.student.id), ("is_danger", "=", True)]
            )
        )

    def test_join_a_group_and_leave_it(self):
        group = self.env["psych.group"].create(
            {
                "name": "Sleep group",
                "aims": "Rest",
                "state": "recruiting",
                "is_open": True,
                "leader_id": self.ann.id,
                "company_id": self.company.id,
                "member_ids": [(0, 0, {"student_id": self.student2.id})],
            }
        )
        closed = group.copy({"name": "Closed group", "is_open": False})
        self.sign_in(self.u_student)
        page = self.url_open("/psych/booking").text
        self.assertIn("Sleep group", page)
        self.assertNotIn("Closed group", page)
        self.assertNotIn(self.student2.name, page, "the others are not shown")
        for _again in range(2):
            self.post(f"/psych/booking/group/{group.id}/apply")
        own = group.member_ids.filtered(lambda row: row.student_id == self.student)
        self.assertEqual(own.mapped("state"), ["applied"])
        self.post(f"/psych/booking/group/{group.id}/leave")
        self.assertEqual(own.state, "left")
        self.assertEqual(self.post(f"/psych/booking/group/{closed.id}/apply").status_code, 404)
        self.assertFalse(closed.member_ids.filtered(lambda row: row.student_id == self.student))

    def test_help_page_needs_no_sign_in(self):
        page = self.url_open("/psych/help")
        self.assertEqual(page.status_code, 200)
        self.assertLess(len(page.content), 50_000)
        self.assertIn("tel:120", page.text)
        self.assertNotIn("/web/assets", page.text)
        answer = self.url_open("/psych/help/call", data={"phone": "13900000000", "name": ""})
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self.env["psych.call.request"].search([("phone", "=", "13900000000")]))
        self.url_open("/psych/help/call", data={"phone": "13911111111", "website": "spam"})
        self.assertFalse(self.env["psych.call.request"].search([("phone", "=", "13911111111")]))
        self.assertIn("caches", self.url_open("/psych/sw.js").text)
        self.assertEqual(self.url_open("/psych/quiet").status_code, 200)

    def test_signed_link_signs_a_student_in(self):
        path = self.u_student._psych_link()
        page = self.url_open(path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
        self.assertIn("/login", self.url_open("/psych/booking").url, "looking at the link does not sign in")
        answer = self.url_open(path, data={"csrf_token": token, "to": "//evil.example"})
        self.assertTrue(answer.url.endswith("/psych/booking"))
        self.assertIn("14:00", answer.text)

    def test_sign_in_tells_a_student_whose_visit_has_ended(self):
        hint = "/psych/help"
        page = self.url_open("/psych/booking/how")
        self.assertIn("/web/login", page.url)
        self.assertIn(hint, page.text)
        self.assertNotIn(hint, self.url_open("/web/login?redirect=/odoo").text, "staff read nothing new")

    def test_ended_link_names_the_phone_of_the_centre(self):
        self.env["res.company"].search([]).write({"psych_help_phone": "0731-0000000"})
        self.assertIn("tel:0731-0000000", self.url_open("/psych/in/nothing").text)

    def test_signed_link_ends(self):
        path = self.u_student._psych_link()
        user = self.env["res.users"]._psych_link_user(path.rsplit("/", 1)[1])
        self.assertEqual(user, self.u_student)
        self.assertFalse(user._psych_link_user(path.rsplit("/", 1)[1][:-1] + "0x"))
        self.u_student._psych_revoke_links()
        self.assertFalse(user._psych_link_user(path.rsplit("/", 1)[1]))
        old = self.u_student._psych_link(hours=-1)
        self.assertFalse(user._psych_link_user(old.rsplit("/", 1)[1]))
        with self.assertRaises(UserError):
            self.u_counsellor._psych_link()

    def test_portal_users_in_batches(self):
        left = self.students.filtered(lambda s: not s.user_id)
        left[0].enrolment_state = "left"
        self.assertEqual(self.students._psych_make_portal_users(), len(left) - 1)
        self.assertEqual(self.students._psych_make_portal_users(), 0)
        self.assertTrue(left[1].user_id.share)
        self.assertEqual(left[1].partner_id.name, left[1].number)

    def test_a_crooked_answer_of_the_sign_in_service_is_no_error(self):
        for state in ("", "%7B%7D", "nonsense", "%5B1%5D", "%7B%22d%22%3A%22x%22%7D"):
            answer = self.url_open(f"/auth_oauth/signin?state={state}&access_token=x")
            with self.subTest(state=state):
                self.assertEqual(answer.status_code, 200)
                self.assertTrue(answer.url.endswith("/psych/sign-in/later"))
