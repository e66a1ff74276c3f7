"""Own data: copy without third parties, request to correct, answer; nobody else's."""

import json

from odoo.exceptions import AccessError, UserError

from .common import PsychCommon, door_as


class TestPsychCorrectionRequest(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.students[0]
        cls.request = (
            cls.env["psych.correction.request"]
            .with_user(cls.u_student)
            ._ask(cls.student, "correct", "My phone is wrong")
        )

    def test_ask_and_answer(self):
        row = self.request.with_user(self.u_centre)
        with door_as(self.u_centre):
            self.assertEqual(row.wish, "My phone is wrong")
            with self.assertRaises(UserError):
                row.action_done()
            row.answer = "Corrected today"
            row.action_done()
        with door_as(self.u_student):
            self.assertEqual(self.request.with_user(self.u_student).answer, "Corrected today")
        with self.assertRaises(UserError):
            row.action_refused()

    def test_empty_is_refused(self):
        with self.assertRaises(UserError):
            self.env["psych.correction.request"]._ask(self.student, "correct", " ")

    def test_nobody_else(self):
        Request = self.env["psych.correction.request"]
        self.assertFalse(Request.with_user(self.u_student2).search([]))
        for user in (
            self.u_tutor,
            self.u_station,
            self.u_counsellor,
            self.u_admin,
            self.u_leader,
            self.u_duty,
        ):
            self.assertFalse(Request.with_user(user).has_access("read"), user.login)
        with self.assertRaises(AccessError):
            self.request.with_user(self.u_centre).write({"state": "done"})
        with self.assertRaises(AccessError):
            self.request.with_user(self.u_student).write({"state": "done"})

    def test_copy_as_json_and_pdf(self):
        Copy = self.env["psych.subject.copy"].with_user(self.u_student)
        data = json.loads(Copy._as_json(self.student))
        titles = [section["title"] for section in data["sections"]]
        self.assertEqual(len(titles), len(set(titles)))
        text = json.dumps(data, ensure_ascii=False)
        self.assertIn(self.student.number, text)
        for user in (self.u_tutor, self.u_counsellor, self.u_centre):
            self.assertNotIn(user.name, text)
        self.assertTrue(Copy._as_pdf(self.student).startswith(b"%PDF"))
