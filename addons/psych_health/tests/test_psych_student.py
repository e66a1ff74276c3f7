from odoo.tests import tagged

from .common import PsychCommon


@tagged("post_install", "-at_install")
class TestPsychStudent(PsychCommon):
    """Students are found by what people type: a name, a part of it, a number, a part of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chen = cls.make_student("B2026010001", "陈欣怡", cls.class_a1)
        cls.other = cls.make_student("2026010099", "Chen Xinyi", cls.class_a1)
        cls.closed = cls.make_student("2026019999", "王欣怡", cls.class_b1)

    def found(self, text, user=None):
        Student = self.env["psych.student"].with_user(user or self.u_tutor)
        return Student.search([("display_name", "ilike", text)])

    def test_found_by_name_and_by_number(self):
        for text in ("欣怡", "陈欣怡", "B2026", "b202601", "10001"):
            self.assertEqual(self.found(text), self.chen, text)
        for text in ("xinyi", "0099"):
            self.assertEqual(self.found(text), self.other, text)
        self.assertFalse(self.found("欣怡0001"))
        self.assertEqual(
            self.found("欣怡", self.u_centre), self.chen | self.closed, "own classes, whole school"
        )
        names = self.env["psych.student"].with_user(self.u_tutor).name_search("欣怡")
        self.assertEqual([row[0] for row in names], self.chen.ids)

    def test_a_chinese_text_is_searched_in_names_alone(self):
        """Beside a search of the numbers, which no index serves, every student of the school would be read."""
        Student = self.env["psych.student"]
        self.assertEqual(Student._search_display_name("ilike", "欣怡"), [("name", "like", "欣怡")])
        self.assertEqual(Student._search_display_name("ilike", "Li欣怡"), [("name", "ilike", "Li欣怡")])
        self.assertIn("number", str(Student._search_display_name("ilike", "2026")))
        self.assertIn(self.other, Student.search([("display_name", "not ilike", "欣怡")]))
        self.assertNotIn(self.chen, Student.search([("display_name", "not ilike", "欣怡")]))
