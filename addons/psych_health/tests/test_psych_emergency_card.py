"""Emergency card: who finds whom, one tap, on the log; family marks; nothing else opens with it."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import clock
from .common import PsychCommon, door_as


class TestPsychEmergencyCard(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.students[0]  # class A1, room 401
        cls.student.phone = "13000000001"
        cls.reason = cls.env.ref("psych_health.psych_access_reason_danger")
        Contact = cls.env["psych.family.contact"]
        cls.aunt = Contact.create(
            {"student_id": cls.student.id, "name": "Aunt", "relation": "relative", "phone": "13000000002"}
        )
        cls.father = Contact.create(
            {
                "student_id": cls.student.id,
                "name": "Father",
                "relation": "father",
                "phone": "13000000003",
                "do_not_contact": True,
                "do_not_reason": "conflict",
                "alternative_id": cls.aunt.id,
            }
        )
        cls.card = cls.env["psych.emergency.card"].create(
            {"student_id": cls.student.id, "warning": "Do not leave alone", "medicine": "Insulin"}
        )
        cls.dorm_manager = cls.holder("dorm_manager", cls.building, "dorm_manager")

    def card_of(self, user):
        return self.env["psych.emergency.card"].with_user(user)

    def open_as(self, user, student=None):
        with door_as(user) as scope:
            values = self.card_of(user).open_card((student or self.student).id, self.reason.id)
        return values, scope

    def test_find_in_reach_only(self):
        for user in (
            self.u_duty,
            self.u_tutor,
            self.u_station,
            self.u_centre,
            self.u_counsellor,
            self.dorm_manager,
        ):
            self.assertEqual(
                [line["id"] for line in self.card_of(user).find("2026000")][:1], [], "part of a number"
            )
            found = self.card_of(user).find(self.student.number)
            self.assertEqual([line["id"] for line in found], self.student.ids, user.login)
            self.assertNotIn("13000000001", str(found))
        for user in (self.u_tutor_b, self.u_station_b):
            self.assertFalse(self.card_of(user).find(self.student.number), user.login)
        self.assertFalse(self.card_of(self.u_duty).find("S"), "one letter is no question")

    def test_refused_roles(self):
        for user in (
            self.u_leader,
            self.u_admin,
            self.u_office,
            self.u_nobody,
            self.u_student,
            self.u_tutor_b,
        ):
            with self.assertRaises(AccessError), door_as(user):
                self.card_of(user).open_card(self.student.id, self.reason.id)

    def test_one_tap_opens_and_logs_with_the_reason(self):
        for user in (self.u_duty, self.u_tutor, self.u_station, self.u_centre, self.dorm_manager):
            values, scope = self.open_as(user)
            texts = [text["text"] for text in values["texts"]]
            self.assertEqual(texts, ["Do not leave alone", "Insulin"], user.login)
            self.assertEqual(values["phone"], "13000000001")
            self.assertEqual(scope.reason, self.reason.name)
            keys = [key[1:] for key in scope.openings]
            self.assertIn(("psych.emergency.card", self.card.id, "tasks"), keys)

    def test_without_tap_or_door_nothing_opens(self):
        with door_as(self.u_duty):
            self.assertNotEqual(self.card.with_user(self.u_duty).warning, "Do not leave alone")
        with self.assertRaises(AccessError):
            self.card_of(self.u_duty).open_card(self.student.id, self.reason.id)
        with self.assertRaises(UserError), door_as(self.u_duty):
            self.card_of(self.u_duty).open_card(
                self.student.id, self.env.ref("psych_health.psych_access_reason_police").id
            )

    def test_closes_by_itself(self):
        self.open_as(self.u_duty)
        with clock.frozen(clock.now() + timedelta(minutes=61)), door_as(self.u_duty):
            self.assertNotEqual(self.card.with_user(self.u_duty).warning, "Do not leave alone")

    def test_empty_card_still_logs(self):
        values, scope = self.open_as(self.u_duty, self.students[3])
        self.assertFalse(values["texts"])
        self.assertTrue(scope.openings)

    def test_locked_out_person_is_refused(self):
        self.env["psych.lockout"].create(
            {
                "user_id": self.u_tutor.id,
                "student_id": self.student.id,
                "reason": "complaint",
                "date_start": "2020-01-01",
            }
        )
        with self.assertRaises(AccessError), door_as(self.u_tutor):
            self.card_of(self.u_tutor).open_card(self.student.id, self.reason.id)
        self.assertFalse(self.env["psych.family.contact"].with_user(self.u_tutor).search([]))

    def test_do_not_contact_shows_whom_to_call_instead_and_no_number(self):
        values, _scope = self.open_as(self.u_duty)
        father = next(line for line in values["contacts"] if line["name"] == "Father")
        self.assertEqual((father["phone"], father["do_not_contact"]), ("", True))
        self.assertIn("13000000002", father["instead"])

    def test_mark_needs_reason_and_alternative(self):
        Contact = self.env["psych.family.contact"].with_user(self.u_tutor)
        vals = {"student_id": self.student.id, "name": "M", "relation": "mother", "do_not_contact": True}
        for extra in (
            {},
            {"do_not_reason": "wish"},
            {"do_not_reason": "wish", "alternative_id": self.father.id},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                Contact.create({**vals, **extra})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.aunt.write({"do_not_contact": True, "do_not_reason": "wish", "alternative_text": "centre"})

    def test_family_by_scope(self):
        Contact = self.env["psych.family.contact"]
        for user in (self.u_tutor, self.u_station, self.u_centre, self.u_counsellor):
            self.assertEqual(len(Contact.with_user(user).search([])), 2, user.login)
        for user in (self.u_tutor_b, self.u_station_b):
            self.assertFalse(Contact.with_user(user).search([]), user.login)
        for user in (self.u_admin, self.u_leader, self.u_duty, self.u_office, self.u_student):
            self.assertFalse(Contact.with_user(user).has_access("read"), user.login)

    def test_deceased_is_not_found(self):
        self.student.enrolment_state = "deceased"
        self.assertFalse(self.card_of(self.u_duty).find(self.student.number))
