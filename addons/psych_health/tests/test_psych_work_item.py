from odoo.tests import HttpCase, tagged

from .common import PsychCommon, PsychWorld


@tagged("post_install", "-at_install")
class TestPsychWorkItem(PsychCommon):
    """The workbench shows what waits for this person only, danger first, without a name."""

    def items(self, user):
        return self.env["psych.work.item"].with_user(user).search([])

    def test_proposal_waits_for_the_other_heads_only(self):
        membership = (
            self.env["psych.membership"]
            .with_user(self.u_head)
            .create(
                {
                    "post_id": self.env.ref("psych_health.psych_post_counsellor_part").id,
                    "unit_id": self.centre.id,
                    "partner_id": self.u_nobody.partner_id.id,
                    "pledge_date": "2026-11-01",
                }
            )
        )
        membership.action_appoint()
        self.env.flush_all()

        def mine(row):
            return (row.kind, row.model, row.res_id) == ("confirm", "psych.membership", membership.id)

        item = self.items(self.u_head2).filtered(mine)
        self.assertEqual(len(item), 1)
        self.assertEqual(item.action_open()["res_id"], membership.id)
        for user in (self.u_head, self.u_admin, self.u_tutor, self.u_centre):
            self.assertFalse(self.items(user).filtered(mine), user.login)

    def test_call_back_in_danger_comes_first(self):
        self.u_centre.env["psych.call.request"].create(
            [
                {
                    "company_id": self.company.id,
                    "phone": "13800000000",
                    "asked_at": "2026-11-04 01:55:00",
                    "is_danger": danger,
                }
                for danger in (False, True)
            ]
        )
        self.env.flush_all()
        rows = self.items(self.u_centre)
        self.assertEqual(rows[0].kind, "call")
        self.assertEqual(rows[0].severity, 3)
        self.assertFalse(self.items(self.u_tutor).filtered(lambda row: row.kind == "call"))

    def test_own_activities_without_other_peoples(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)], limit=1)
        membership.activity_schedule("mail.mail_activity_data_todo", user_id=self.u_admin.id, summary="No. 1")
        self.env.flush_all()
        self.assertEqual(self.items(self.u_admin).mapped("label"), ["No. 1"])
        self.assertFalse(self.items(self.u_tutor).filtered(lambda row: row.kind == "activity"))

    def test_ended_post_leaves_its_hand_over(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_duty.id)], limit=1)
        membership.with_user(self.u_admin).end_reason = "Moved on"
        membership.with_user(self.u_admin).action_end()
        self.env.flush_all()
        self.u_duty.group_ids += self.env.ref("psych_health.group_psych_health_staff")
        self.assertIn("handover", self.items(self.u_duty).mapped("kind"))


@tagged("post_install", "-at_install")
class TestStudentHome(PsychWorld, HttpCase):
    """A student lands on cards; staff keep core's page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.psych_world()
        cls.user = cls.make_portal(cls.students[0])
        cls.user.password = "student-home-1"

    def test_home_of_a_student(self):
        self.authenticate(self.user.login, "student-home-1")
        page = self.url_open("/my")
        self.assertEqual(page.status_code, 200)
        self.assertIn("/psych/booking", page.text)
        self.assertIn("/my/file-access", page.text)
        self.assertIn("/psych/help", page.text)
        self.assertNotIn(self.students[0].name, page.text)
