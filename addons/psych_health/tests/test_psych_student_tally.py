"""Counts of students: what is kept equals what the register holds, whatever was written and by whatever way."""

import random

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PsychCommon


@tagged("post_install", "-at_install", "psych_health")
class TestPsychStudentTally(PsychCommon):
    """The numbers of classes, colleges and schools."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.classes = cls.class_a1 | cls.class_a2 | cls.class_b1
        cls.units = cls.classes | cls.classes.college_id | cls.root
        cls.Student = cls.env["psych.student"].with_context(active_test=False)

    def counted(self):
        """{unit id: students}, read from the register itself."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT u.id, count(s.id) FROM psych_unit u LEFT JOIN psych_student s
                   ON s.active AND s.enrolment_state IN ('enrolled', 'on_leave')
                  AND CASE u.role WHEN 'class' THEN s.class_id = u.id WHEN 'college' THEN s.college_id = u.id
                      ELSE s.company_id = u.company_id END
                WHERE u.id = ANY (%s) GROUP BY u.id""",
            [self.units.ids],
        )
        return dict(self.env.cr.fetchall())

    def shown(self):
        self.env.invalidate_all()
        return {unit.id: unit.with_user(self.u_leader).student_count for unit in self.units}

    def one_change(self, dice, number):
        """Write something that may change a number: through the ORM, or past it as the roster import does."""
        students = self.Student.search([("company_id", "=", self.company.id)])
        some = self.Student.browse(dice.sample(students.ids, min(len(students), dice.randint(1, 4))))
        change = dice.choice(("new", "move", "state", "archive", "delete", "sql"))
        if change == "new":
            self.make_student(f"T{number}", f"Student {number}", dice.choice(self.classes))
        elif change == "move":
            some.write({"class_id": dice.choice([*self.classes.ids, False])})
        elif change == "state":
            some.write({"enrolment_state": dice.choice(("enrolled", "on_leave", "graduated", "left"))})
        elif change == "archive":
            some.write({"active": dice.choice((True, False))})
        elif change == "delete":
            some.filtered(lambda student: student.number.startswith("T")).unlink()
        else:
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE psych_student SET active = NOT active WHERE id = ANY (%s)", [some.ids]
            )

    def test_kept_numbers_are_those_of_the_register(self):
        dice = random.Random(20261126)
        for number in range(60):
            self.one_change(dice, number)
            self.assertEqual(self.shown(), self.counted(), number)
        self.assertGreater(len(set(self.counted().values())), 2, "the changes did change something")

    def test_folding_keeps_the_numbers(self):
        Tally = self.env["psych.student.tally"]
        self.make_student("T1", "Student 1", self.class_a1)
        before = self.shown()
        rows = Tally.search_count([("class_id", "=", self.class_a1.id)])
        Tally._gc_fold()
        self.assertEqual(self.shown(), before)
        self.assertGreater(rows, Tally.search_count([("class_id", "=", self.class_a1.id)]))

    def test_the_form_of_a_school_reads_no_student(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueries(
            [
                """SELECT "company_id", sum(present)::int FROM psych_student_tally WHERE "company_id" = ANY (%s) GROUP BY 1"""
            ],
            flush=False,
        ):
            self.env["psych.student.tally"]._count("company_id", self.company.ids)

    def test_nobody_reads_the_rows(self):
        for user in (self.u_leader, self.u_centre, self.u_tutor, self.u_admin):
            with self.assertRaises(AccessError):
                self.env["psych.student.tally"].with_user(user).search([])
