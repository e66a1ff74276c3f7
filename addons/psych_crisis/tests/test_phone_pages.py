from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tests.common import PsychWorld
from odoo.addons.psych_health.tools import clock


@tagged("post_install", "-at_install", "psych_crisis")
class TestPhonePages(PsychWorld, HttpCase):
    """The pages of students and narrow pages of staff, by HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.psych_world()
        cls.u_tutor = cls.holder("tutor", cls.class_a1, "tutor_http")
        cls.u_duty = cls.holder("duty_officer", cls.desk, "duty_http")
        cls.informant = cls.students[0]
        cls.u_informant = cls.make_portal(cls.informant)
        cls.u_other = cls.make_portal(cls.students[1])
        cls.appoint("dorm_informant", cls.room_1, cls.informant)
        cls.company.psych_crisis_desk_phone = "0731-110110"

    def csrf(self, page):
        return page.text.split('name="csrf_token" value="')[1].split('"')[0]

    def test_zero_report_is_one_tap(self):
        self.authenticate(self.u_informant.login, self.u_informant.login)
        page = self.url_open("/psych/care")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(self.students[4].name, page.text, "no list of room-mates")
        answer = self.url_open(
            "/psych/care/report", {"csrf_token": self.csrf(page), "unit_id": self.room_1.id, "mood": "calm"}
        )
        self.assertEqual(answer.status_code, 200)
        report = self.env["psych.crisis.report"].search([("unit_id", "=", self.room_1.id)])
        self.assertEqual((len(report), report.is_zero), (1, True))
        self.assertFalse(self.env["psych.crisis.signal"].search([("company_id", "=", self.company.id)]))

    def test_other_student_reports_no_foreign_room(self):
        self.authenticate(self.u_other.login, self.u_other.login)
        page = self.url_open("/psych/care")
        self.assertNotIn("unit_id", page.text)

    def test_urgent_report_is_open_to_every_student(self):
        self.authenticate(self.u_other.login, self.u_other.login)
        page = self.url_open("/psych/urgent")
        self.assertLess(
            page.text.index("tel:0731-110110"), page.text.index("urgent_form"), "call buttons stand first"
        )
        answer = self.url_open(
            "/psych/urgent", {"who": self.informant.number, "fact": "He says goodbye", "where": "401"}
        )
        self.assertIn("/psych/receipt/", answer.url)
        signal = self.env["psych.crisis.signal"].search([("company_id", "=", self.company.id)])
        self.assertEqual(
            (signal.urgency, signal.student_id, signal.create_uid.id), ("acute", self.informant, 1)
        )
        self.assertIn("tel:120", answer.text)
        self.assertNotIn(self.informant.name, answer.text)
        signal.with_user(self.u_tutor).action_acknowledge()
        again = self.url_open(answer.url)
        self.assertIn(clock.local(clock.now()).strftime("%H:%M"), again.text)
        self.assertNotIn(self.u_tutor.name, again.text)

    def test_public_form_is_off_by_default(self):
        page = self.url_open("/psych/urgent")
        self.assertNotIn('urgent_form"', page.text)
        self.url_open("/psych/urgent", {"who": self.informant.number})
        self.assertFalse(self.env["psych.crisis.signal"].search([("company_id", "=", self.company.id)]))

    def test_receipt_of_a_wrong_token(self):
        self.assertEqual(self.url_open("/psych/receipt/wrong").status_code, 404)

    def test_students_off_campus_are_called(self):
        """F10: an intern has no room-mate who would notice; one tap notes the call, worry is a signal."""
        intern, other, strange = self.students[0], self.students[1], self.students[2]
        (intern | other).class_id = self.class_a1
        strange.class_id = self.class_b1
        (intern | other).write({"whereabouts_state": "internship", "whereabouts_place": "Works in Hangzhou"})
        strange.whereabouts_state = "internship"
        self.authenticate(self.u_tutor.login, self.u_tutor.login)
        page = self.url_open("/psych/tutor")
        self.assertIn("Works in Hangzhou", page.text)
        self.assertIn(intern.name, page.text)
        self.assertNotIn(strange.name, page.text)

        def tap(student, impression):
            return self.url_open(
                "/psych/contact",
                {"csrf_token": self.csrf(page), "student_id": student.id, "impression": impression},
            )

        self.assertNotIn(intern.name, tap(intern, "fine").text)
        tap(other, "concern")
        self.env.invalidate_all()
        talks = self.env["psych.talk"].search([("kind", "=", "contact")])
        self.assertEqual(talks.student_id, intern | other)
        self.assertEqual(talks.author_id, self.u_tutor)
        signal = self.env["psych.crisis.signal"].search([("student_id", "=", other.id)])
        self.assertEqual((signal.urgency, signal.source_id.code), ("talk", "talk"))
        with mute_logger("odoo.http"):
            self.assertEqual(tap(strange, "fine").status_code, 403)
        self.assertFalse(self.env["psych.talk"].search([("student_id", "=", strange.id)]))
        with clock.frozen(clock.now() + timedelta(days=29)):
            due = self.env["psych.student"].with_user(self.u_tutor).search([("psych_contact_due", "=", True)])
            self.assertIn(intern, due, "after the days of the rhythm it is due again")
        with self.assertRaises(AccessError):
            self.env["psych.student"].with_user(self.u_duty).search([("psych_contact_due", "=", True)])

    def test_tutor_and_night_pages(self):
        self.env["psych.crisis.signal"]._report(
            self.company,
            {"kind": "urgent", "source": "dorm", "urgency": "acute", "student_id": self.informant.id},
        )
        self.authenticate(self.u_tutor.login, self.u_tutor.login)
        page = self.url_open("/psych/tutor")
        self.assertIn(self.informant.name, page.text)
        signal = self.env["psych.crisis.signal"].search([("company_id", "=", self.company.id)])
        self.url_open(
            "/psych/stamp",
            {
                "csrf_token": self.csrf(page),
                "signal_id": signal.id,
                "what": "seen",
                "place": "dorm",
                "condition": "calm",
                "back": "tutor",
            },
        )
        self.env.invalidate_all()
        self.assertEqual(signal.seen_by_id, self.u_tutor)
        self.authenticate(self.u_duty.login, self.u_duty.login)
        self.assertNotIn(self.informant.name, self.url_open("/psych/night").text, "the desk was not told")
        self.authenticate(self.u_other.login, self.u_other.login)
        self.assertIn("/psych/care", self.url_open("/psych/tutor").url)
