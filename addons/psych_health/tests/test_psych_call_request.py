"""Who asks to be called can be called; danger is never turned away."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_counselling import CounsellingCommon


@tagged("post_install", "-at_install")
class TestPsychCallRequest(CounsellingCommon):
    def ask(self, **values):
        """:return: a request that a counsellor writes down"""
        calls = self.env["psych.call.request"].with_user(self.u_counsellor)
        return calls.create({"company_id": self.company.id, **values})

    def test_nobody_can_be_called_without_student_and_number(self):
        for phone in ("", "  ", False):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.ask(phone=phone, name="Somebody")
        request = self.ask(phone="13800000000")
        with self.assertRaises(ValidationError), self.cr.savepoint():
            request.phone = ""
        self.assertTrue(self.ask(student_id=self.student.id))

    def test_danger_is_kept_without_a_number(self):
        request = self.ask(is_danger=True, name="On the roof of building 5")
        self.assertEqual((request.is_danger, request.state), (True, "open"))
