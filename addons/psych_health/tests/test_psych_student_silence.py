"""A death stops every message and keeps the file (safety H1)."""

from .common import PsychCommon


class TestPsychStudentSilence(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.students[0]
        cls.student.partner_id.email = "s0@example.org"
        cls.env["psych.family.contact"].create(
            {
                "student_id": cls.student.id,
                "name": "Mother",
                "relation": "mother",
                "email": "Mother@example.org",
            }
        )
        cls.other = cls.students[1]
        cls.other.partner_id.email = "s1@example.org"

    def mail(self, **vals):
        return self.env["mail.mail"].create(
            {"subject": "Hello", "body_html": "<p>x</p>", "auto_delete": False, **vals}
        )

    def die(self):
        self.student.with_user(self.u_head).enrolment_state = "deceased"

    def test_living_students_get_mail(self):
        self.assertEqual(self.students._may_message(), self.students)
        mail = self.mail(email_to="s0@example.org")
        mail._psych_silence(
            *[set(part) for part in self.env["psych.student"]._silenced([], ["s0@example.org"])]
        )
        self.assertEqual(mail.state, "outgoing")

    def test_waiting_mail_is_taken_back(self):
        mine = self.mail(recipient_ids=[(6, 0, self.student.partner_id.ids)])
        family = self.mail(email_to="mother@example.org")
        shared = self.mail(recipient_ids=[(6, 0, (self.student.partner_id | self.other.partner_id).ids)])
        self.die()
        self.assertEqual((mine.state, family.state, shared.state), ("cancel", "cancel", "outgoing"))
        self.assertEqual(shared.recipient_ids, self.other.partner_id)

    def test_nothing_is_sent_later(self):
        self.die()
        self.assertFalse(self.student._may_message())
        for vals in (
            {"recipient_ids": [(6, 0, self.student.partner_id.ids)]},
            {"email_to": "Mother <mother@example.org>"},
            {"email_to": "S0@EXAMPLE.ORG"},
        ):
            mail = self.mail(**vals)
            mail.send()
            self.assertEqual(mail.state, "cancel", vals)

    def test_no_notification(self):
        partner = self.student.partner_id
        self.die()
        note = self.other.partner_id.message_notify(partner_ids=partner.ids, body="x", subject="x")
        self.assertFalse(note and note.notification_ids.filtered(lambda n: n.res_partner_id == partner))

    def test_file_is_held(self):
        self.die()
        hold = self.env["psych.legal.hold"].search([("student_id", "=", self.student.id)])
        self.assertEqual(hold.reason, "deceased")
        self.assertIn(self.student.id, hold._held_student_ids(self.company))
