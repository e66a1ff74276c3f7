from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from odoo.addons.psych_health.tests.door import door_as
from odoo.addons.psych_health.tools import clock, door

from .common import MARKER, ToyCommon


@tagged("security")
class TestOwnFile(ToyCommon):
    def log(self, user, reason="", moment=None, record=None):
        with clock.frozen(moment or clock.now()), door_as(user) as scope:
            self.of(user, record).invalidate_recordset()
            self.of(user, record).read()
            door.state_reason(reason)
            self.env["psych.access.log"]._record(
                scope, {key[1:]: what for key, what in scope.openings.items()}
            )

    def test_role_unit_reason_day(self):
        self.log(self.u_counsellor, "appointment")
        self.log(self.u_counsellor, "appointment")
        self.log(self.u_head)
        rows = self.student.with_user(self.u_student)._own_file_rows()
        self.assertEqual(len(rows), 2)
        self.assertEqual(
            {(row["role"], row["unit"], row["reason"]) for row in rows},
            {("Counsellor", "Centre", "appointment"), ("Head of the centre", "Centre", "Toy note")},
        )
        self.assertEqual(rows[0]["date"], clock.today(self.env, self.company))
        for name in (self.u_counsellor.name, self.u_head.name, MARKER):
            self.assertNotIn(name, str(rows))
        self.assertFalse(self.students[1]._own_file_rows())

    def test_own_reading_and_reporters_are_silent(self):
        sheet = self.env["test_psych.sheet"].create(
            {"student_id": self.student.id, "answers": MARKER, "company_id": self.company.id}
        )
        self.log(self.u_student, record=sheet)
        self.env.cr.execute(
            "INSERT INTO psych_access_log (at, user_id, role, model, content_right, student_id) VALUES "
            "(%(at)s, 7, 'tutor', 'test_psych.note', 'reporter', %(s)s), "
            "(%(at)s, 7, 'cadre_dorm', 'test_psych.note', 'notes', %(s)s)",
            {"at": clock.now(), "s": self.student.id},
        )
        self.assertFalse(self.student._own_file_rows())

    def test_delay(self):
        start = clock.now()
        self.log(self.u_counsellor, "before", moment=start - timedelta(days=2))
        delay = (
            self.env["psych.access.delay"]
            .with_user(self.u_centre)
            .create(
                {"student_id": self.student.id, "reason": "acute", "date_start": start - timedelta(hours=1)}
                | {"date_until": start + timedelta(days=10)}
            )
        )
        self.log(self.u_counsellor, "in the acute phase")
        self.assertEqual([row["reason"] for row in self.student._own_file_rows()], ["before"])
        with clock.frozen(start + timedelta(days=11)):
            self.assertEqual(len(self.student._own_file_rows()), 2)
        with self.assertRaises(ValidationError):
            delay.date_until = start + timedelta(days=31)


@tagged("security", "-at_install", "post_install")
class TestOwnFilePage(ToyCommon, HttpCase):
    def test_page(self):
        self.u_student.password = "s-Passw0rd-1"
        self.authenticate(self.u_student.login, "s-Passw0rd-1")
        page = self.url_open("/my/file-access")
        self.assertEqual(page.status_code, 200)
        self.assertIn("还没有人查阅过", page.text)  # a fresh database speaks Chinese
        self.u_counsellor.password = "s-Passw0rd-1"
        self.authenticate(self.u_counsellor.login, "s-Passw0rd-1")
        self.assertEqual(self.url_open("/my/file-access").status_code, 404)
        self.authenticate(None, None)
        self.assertIn("login", self.url_open("/my/file-access").url)
