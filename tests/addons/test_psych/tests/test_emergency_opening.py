"""Emergency opening of one record: two steps, hours, notice, review by another person, nothing by RPC tricks."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.psych_health.tests.common import door_as
from odoo.addons.psych_health.tools import clock

from .common import ToyCommon


class TestEmergencyOpening(ToyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("psych_health.psych_access_reason_danger")
        with door_as(cls.u_counsellor):
            cls.note = (
                cls.env["test_psych.note"]
                .with_user(cls.u_counsellor)
                .create({"student_id": cls.students[0].id, "note": "SECRET"})
            )

    def ask(self, user, **vals):
        Grant = self.env["psych.access.grant"].with_user(user)
        return Grant.create(
            {
                "model": "test_psych.note",
                "res_id": self.note.id,
                "reason_id": self.reason.id,
                "reason_text": "On the roof, called us",
                "hours": 2,
                **vals,
            }
        )

    def read_as(self, user):
        with door_as(user):
            note = self.note.with_user(user)
            note.invalidate_recordset()
            return note.note

    def test_two_steps_then_open_then_closed(self):
        self.assertNotEqual(self.read_as(self.u_centre), "SECRET")
        grant = self.ask(self.u_centre)
        self.assertEqual(grant.state, "draft")
        self.assertNotEqual(self.read_as(self.u_centre), "SECRET", "asking alone opens nothing")
        with door_as(self.u_centre):
            action = grant.action_confirm()
        self.assertEqual((action["res_model"], action["res_id"]), ("test_psych.note", self.note.id))
        self.assertEqual(self.read_as(self.u_centre), "SECRET")
        with clock.frozen(clock.now() + timedelta(hours=2, seconds=1)):
            self.assertNotEqual(self.read_as(self.u_centre), "SECRET")

    def test_client_forges_nothing(self):
        grant = self.ask(
            self.u_centre,
            state="active",
            user_id=self.u_counsellor.id,
            content_right="answers",
            kind="card",
            date_end="2099-01-01 00:00:00",
            confirmed_at="2020-01-01 00:00:00",
        )
        self.assertEqual(
            (grant.state, grant.user_id, grant.content_right, grant.kind),
            ("draft", self.u_centre, "notes", "record"),
        )
        for vals in (
            {"state": "active"},
            {"date_end": "2099-01-01 00:00:00"},
            {"user_id": self.u_head.id},
            {"res_id": 1},
        ):
            with self.assertRaises(AccessError):
                grant.write(vals)
            with self.assertRaises(AccessError):
                grant.with_context(psych_grant=True).write(vals)

    def test_needs_reason_and_sentence(self):
        for vals in ({"reason_id": False}, {"reason_text": False}):
            grant = self.ask(self.u_centre, **vals)
            with self.assertRaises(UserError), door_as(self.u_centre):
                grant.action_confirm()

    def test_not_for_who_cannot_see_the_record_or_other_models(self):
        for user in (self.u_tutor, self.u_leader, self.u_admin, self.u_duty):
            with self.assertRaises(AccessError):
                self.ask(user)
        with self.assertRaises(ValidationError):
            self.ask(self.u_centre, model="psych.student", res_id=self.students[0].id)
        grant = self.ask(self.u_centre)
        with self.assertRaises(ValidationError):
            self.ask(self.u_centre, model="psych.access.grant", res_id=grant.id)

    def test_lock_out_wins(self):
        self.env["psych.lockout"].create(
            {
                "user_id": self.u_centre.id,
                "student_id": self.students[0].id,
                "reason": "kin",
                "date_start": "2020-01-01",
            }
        )
        with self.assertRaises(AccessError):
            self.ask(self.u_centre)
        self.assertNotEqual(self.read_as(self.u_centre), "SECRET")

    def test_head_and_owner_are_told_by_number_only(self):
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        grant = self.ask(self.u_centre)
        with door_as(self.u_centre):
            grant.action_confirm()
        messages = self.env["mail.message"].search(
            [("id", ">", before), ("model", "=", "psych.access.grant")]
        )
        told = messages.notification_ids.res_partner_id | messages.partner_ids
        self.assertIn(self.u_head.partner_id, told)
        self.assertIn(self.u_counsellor.partner_id, told)
        said = " ".join(messages.mapped(lambda m: f"{m.subject or ''} {m.body}"))
        self.assertIn(grant.number, said)
        for word in ("SECRET", "roof", "Student 0"):
            self.assertNotIn(word, said)

    def test_review_by_another_person_stays_open_until_done(self):
        grant = self.ask(self.u_centre)
        with door_as(grant.user_id):
            grant.action_confirm()
        with clock.frozen(clock.now() + timedelta(hours=5)):
            self.env["psych.access.grant"].sudo()._cron_end()
            self.assertEqual((grant.state, grant.to_review), ("ended", True))
            self.assertTrue(grant.sudo().activity_ids)
            with self.assertRaises(AccessError):
                grant.with_user(self.u_counsellor).action_review()
            with self.assertRaises(AccessError):
                grant.action_review()
            review = grant.with_user(self.u_head2)
            with self.assertRaises(UserError):
                review.action_review()
            review.review_result = "right"
            review.action_review()
        self.assertEqual((grant.state, grant.reviewer_id), ("reviewed", self.u_head2))
        self.assertFalse(grant.sudo().activity_ids)
        self.assertFalse(grant.to_review)

    def test_banner_and_offer_on_the_form(self):
        arch = self.env["test_psych.note"].get_view(view_type="form")["arch"]
        self.assertIn("psych_opening_note", arch)
        self.assertIn("action_psych_emergency_open", arch)
        with door_as(self.u_centre):
            note = self.note.with_user(self.u_centre)
            self.assertTrue(note.psych_opening_offer)
            grant = self.ask(self.u_centre)
            grant.action_confirm()
            note.invalidate_recordset()
            self.assertIn(grant.number, note.psych_opening_note)
            self.assertFalse(note.psych_opening_offer)

    def test_reason_text_is_for_asker_and_head(self):
        grant = self.ask(self.u_centre)
        with door_as(self.u_head):
            self.assertEqual(grant.with_user(self.u_head).reason_text, "On the roof, called us")
        self.assertFalse(
            self.env["psych.access.grant"].with_user(self.u_counsellor).search([("id", "=", grant.id)])
        )
