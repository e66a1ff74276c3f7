"""Counselling records: written, signed, completed, voided; risk flags on save; nobody else opens the text."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.psych_health.tools import clock

from .common import door_as, use_test_keys
from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychSession(CounsellingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_test_keys(cls)
        cls.consent = (
            cls.env["psych.consent"]
            .with_user(cls.u_centre)
            ._give(cls.student, "counselling", "Student 0", way="paper")
        )

    def setUp(self):
        super().setUp()
        self.booked = self.book("14:00")
        frozen = clock.frozen(at("14:00"))
        frozen.__enter__()
        self.addCleanup(frozen.__exit__, None, None, None)
        self.mine = self.booked.with_user(self.u_counsellor)
        self.mine.action_arrive()
        action = self.mine.action_record()
        self.session = self.env["psych.session"].with_user(self.u_counsellor).browse(action["res_id"])

    def flags(self):
        """Record what reaches the hook."""
        raised = []
        hooks = type(self.env["psych.hooks"])
        patcher = patch.object(
            hooks,
            "_psych_flag_raised",
            lambda model, record, rule, urgency: raised.append((record._name, rule, urgency)),
        )
        patcher.start()
        self.addCleanup(patcher.stop)
        return raised

    def test_new_record_opens_without_a_client(self):
        """New in the list of records: the form asks for the client first."""
        form = Form(self.env["psych.session"].with_user(self.u_counsellor))
        self.assertFalse(form.course_ids)
        form.student_id = self.student.with_user(self.u_counsellor)
        self.assertEqual(form.counsellor_id, self.ann)

    def test_next_hour_of_a_half_filled_record(self):
        """A walk-in where nothing is set up, and a record whose next hour is not chosen: a sentence, no error."""
        walk_in = self.session.create({"student_id": self.student2.id, "counsellor_id": self.ann.id})
        with self.assertRaises(UserError):
            walk_in.action_book_next()
        with self.assertRaises(UserError):
            walk_in.action_series()
        self.env["psych.service"].search([]).filtered(lambda row: not row.is_intake).active = False
        with self.assertRaises(UserError):
            walk_in.action_next_week()

    def test_note_sign_next(self):
        self.make_shift(self.ann, "14:00", "17:00", self.next_day(7))
        with door_as(self.u_counsellor):
            self.session.note = "Sleeps badly."
            self.session.risk = "none"
            self.session.action_next_week()
            self.session.action_sign()
            self.assertEqual(self.session.note, "Sleeps badly.")
        self.assertEqual((self.session.state, self.booked.state), ("signed", "done"))
        self.assertEqual(self.session.next_appointment_id.start, at("14:00", self.next_day(7)))
        self.assertEqual(self.mine.action_record()["res_id"], self.session.id, "one record per hour")

    def test_signing_needs_consent_or_a_recorded_reason(self):
        """Without the signed consent the draft stays a draft; the text is kept (PIPL art. 29)."""
        self.consent._withdraw()
        with door_as(self.u_counsellor):
            self.session.write({"note": "Kept", "risk": "none"})
            with self.assertRaises(UserError) as error, self.env.cr.savepoint():
                self.session.action_sign()
            self.assertIn("no consent", str(error.exception))
            self.assertEqual((self.session.state, self.session.note), ("draft", "Kept"))
        self.env["psych.consent"].with_user(self.u_head)._override(
            self.student, "counselling", "emergency", "Life in danger tonight.", at("23:00")
        )
        with door_as(self.u_counsellor):
            self.session.action_sign()
        self.assertEqual(self.session.state, "signed")

    def test_urgent_talks_and_third_parties_wait_for_no_consent(self):
        self.consent._withdraw()
        self.booked.service_id = self.urgent
        with door_as(self.u_counsellor):
            self.session.risk = "none"
            self.session.action_sign()
            parents = self.session.create(
                {"student_id": self.student.id, "counsellor_id": self.ann.id, "kind": "third_party"}
            )
            parents.action_sign()
            alone = self.session.create(
                {"student_id": self.student.id, "counsellor_id": self.ann.id, "risk": "none"}
            )
            with self.assertRaises(UserError):
                alone.action_sign()
        self.assertEqual((self.session.state, parents.state), ("signed", "signed"))

    def test_signed_is_frozen(self):
        with door_as(self.u_counsellor):
            with self.assertRaises(UserError):
                self.session.action_sign()  # risk check unanswered
            self.session.write({"note": "First", "risk": "none"})
            self.session.action_sign()
            with self.assertRaises(UserError):
                self.session.note = "Second"
            addendum = (
                self.env["psych.session.addendum"]
                .with_user(self.u_counsellor)
                .create({"session_id": self.session.id, "note": "Later"})
            )
            self.assertEqual(addendum.note, "Later")
            for empty in ("", " ", False):
                with self.assertRaises(UserError):
                    addendum.create({"session_id": self.session.id, "note": empty})
            with self.assertRaises(UserError):
                addendum.note = "Other"
            with self.assertRaises(UserError):
                self.session.action_void()
            self.session.void_reason = "mistake"
            self.session.action_void()
            self.assertEqual(self.session.state, "void")
            with self.assertRaises(UserError):
                self.session.unlink()

    def test_risk_flags_on_save_of_a_draft_without_text(self):
        raised = self.flags()
        with door_as(self.u_counsellor):
            self.session.write({"risk": "ideation", "note": "secret words"})
            self.session.write({"note": "more secret words"})
            self.session.write({"risk": "plan"})
            self.session.write({"risk": "plan"})
        self.assertEqual(
            raised,
            [("psych.session", "session.ideation", "talk"), ("psych.session", "session.plan", "acute")],
        )

    def test_trainee_needs_the_supervisor(self):
        self.ann.write({"is_trainee": True, "supervisor_id": self.ben.id})
        with door_as(self.u_counsellor):
            self.session.write({"note": "Text", "risk": "none"})
            self.session.action_sign()
            with self.assertRaises(AccessError):
                self.session.action_countersign()
        theirs = self.session.with_user(self.u_counsellor2)
        with door_as(self.u_counsellor2):
            self.assertEqual(theirs.note, "Text")
            theirs.action_countersign()
        self.assertEqual(self.session.state, "countersigned")

    def test_text_is_open_to_the_counsellor_alone(self):
        with door_as(self.u_counsellor):
            self.session.note = "Secret"
        head = self.session.with_user(self.u_head)
        with door_as(self.u_head):
            self.assertNotIn("Secret", head.note, "the head sees that there is a record, not its text")
        for user in (
            self.u_counsellor2,
            self.u_centre,
            self.u_tutor,
            self.u_station,
            self.u_leader,
            self.u_admin,
            self.u_student,
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError), door_as(user):
                self.session.with_user(user).read(["risk"])
        self.assertNotIn("Secret", str(self.session.sudo().note))
        self.session.flush_recordset()
        self.env.cr.execute("SELECT note_cipher FROM psych_session WHERE id = %s", [self.session.id])
        self.assertNotIn("Secret", self.env.cr.fetchone()[0])
