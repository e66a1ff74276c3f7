"""Retention: listed first, approved by another head, hold wins, record stays; nothing by hand."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError

from ..tools import clock
from .common import PsychCommon, door_as


class TestPsychDestructionRecord(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.retention = cls.env.ref("psych_health.psych_retention_class_correction")
        with door_as(cls.u_student):
            for student in cls.students[:3]:
                cls.env["psych.correction.request"]._ask(student, "correct", "Wrong phone")
        cls.requests = cls.env["psych.correction.request"].search([("company_id", "=", cls.company.id)])
        cls.requests.write({"state": "done", "answered_at": clock.now() - timedelta(days=2000)})
        cls.requests[2].answered_at = clock.now() - timedelta(days=10)

    def listed(self, user=None):
        Record = self.env["psych.destruction.record"].with_user(user or self.env.ref("base.user_root"))
        return Record._list(self.retention, self.company)

    def test_list_approve_done(self):
        row = self.listed()
        self.assertEqual((row.due_count, row.state), (2, "listed"))
        self.assertEqual(len(self.requests.exists()), 3, "the job only lists")
        self.assertFalse(self.listed(), "one open list per class")
        row.with_user(self.u_head).action_approve()
        self.assertEqual((row.state, row.done_count), ("done", 2))
        self.assertEqual(self.requests.exists(), self.requests[2])
        with self.assertRaises(UserError):
            row.sudo().unlink()

    def test_another_person_approves(self):
        row = self.listed(self.u_head)
        with self.assertRaises(AccessError):
            row.with_user(self.u_head).action_approve()
        for user in (self.u_centre, self.u_admin, self.u_leader, self.u_counsellor):
            with self.assertRaises(AccessError):
                row.with_user(user).action_approve()
        row.with_user(self.u_head2).action_refuse()
        self.assertEqual((row.state, len(self.requests.exists())), ("refused", 3))

    def test_hold_between_list_and_approval_wins(self):
        row = self.listed()
        self.env["psych.legal.hold"].create({"student_id": self.students[0].id, "reason": "dispute"})
        row.with_user(self.u_head).action_approve()
        self.assertEqual((row.done_count, row.held_count), (1, 1))
        self.assertEqual(len(self.requests.exists()), 2)

    def test_nobody_writes_a_record(self):
        row = self.listed()
        with self.assertRaises(AccessError):
            row.with_user(self.u_head).write({"state": "done"})
        with self.assertRaises(AccessError):
            self.env["psych.destruction.record"].with_user(self.u_head).create(
                {"class_id": self.retention.id}
            )

    def test_leaving_starts_the_clock(self):
        student = self.students[4]
        contact = self.env["psych.family.contact"].create(
            {"student_id": student.id, "name": "X", "relation": "friend"}
        )
        retention = self.env.ref("psych_health.psych_retention_class_family")
        self.assertFalse(retention._due(self.company)[0])
        student.with_user(self.u_admin).enrolment_state = "graduated"
        self.assertEqual(student.left_on, clock.today(self.env, self.company))
        with clock.frozen(clock.now() + timedelta(days=200)):
            self.assertEqual(retention._due(self.company)[0], contact)

    def test_school_class_wins(self):
        own = self.retention.copy({"company_id": self.company.id, "months": 999})
        self.assertIn(own, self.retention._for_company(self.company))
        self.assertNotIn(self.retention, self.retention._for_company(self.company))

    def test_every_shipped_class_finds_its_fields(self):
        for row in self.env["psych.retention.class"].search([]):
            row._check_technical()
            if row.model in self.env:
                row._due(self.company)
