"""Consents: separate purposes, versions, withdrawal, minors, other legal bases, who sees them."""

from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ..tools import clock
from .common import PsychCommon, door_as

PEN = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class TestPsychConsent(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.students[0]
        cls.Consent = cls.env["psych.consent"].with_user(cls.u_student)

    def state(self, purpose="counselling", student=None):
        self.env.flush_all()
        return self.env["psych.consent"]._state(student or self.student, purpose)

    def give(self, purpose="counselling", student=None):
        student = student or self.student
        return self.Consent._give(student, purpose, "Student 0", PEN)

    def test_state_follows_the_answers(self):
        self.assertEqual(self.state(), "missing")
        self.Consent._refuse(self.student, "counselling")
        self.assertEqual(self.state(), "missing")
        consent = self.give()
        self.assertEqual(self.state(), "given")
        self.assertEqual(self.state("census"), "missing", "purposes are never bundled")
        consent._withdraw()
        self.assertEqual(self.state(), "withdrawn")
        self.give()
        self.assertEqual(self.state(), "given")

    def test_require(self):
        with self.assertRaises(UserError):
            self.env["psych.consent"]._require(self.student, "counselling")
        self.give()
        self.assertEqual(self.env["psych.consent"]._require(self.student, "counselling"), "given")

    def test_fixed_copy_has_a_hash_and_the_signature_is_not_kept(self):
        consent = self.give().sudo()
        self.assertEqual(len(consent.document_hash), 64)
        self.assertNotIn("signature", consent._fields)

    def test_no_name_or_no_picture_is_refused(self):
        for name, pen in (("", PEN), ("X", ""), ("X", "bm8gcGljdHVyZQ==")):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.Consent._give(self.student, "census", name, pen)

    def test_new_version(self):
        text = self.env.ref("psych_health.psych_consent_text_counselling_1")
        self.give()
        with self.assertRaises(UserError):
            text.sudo().write({"body": "<p>Other words</p>"})
        action = text.with_user(self.u_head).action_new_version()
        newer = self.env["psych.consent.text"].with_user(self.u_head).browse(action["res_id"])
        self.assertEqual((newer.version, newer.state, newer.company_id), (2, "draft", self.company))
        newer.action_activate()
        self.assertEqual(self.env["psych.consent.text"]._current(self.company, "counselling"), newer.sudo())
        self.assertEqual(self.state(), "given")
        third = (
            self.env["psych.consent.text"].with_user(self.u_head).browse(newer.action_new_version()["res_id"])
        )
        third.ask_again = True
        self.give()
        third.action_activate()
        self.assertEqual(newer.state, "retired")
        self.assertEqual(self.state(), "missing", "the new version is asked for again")

    def test_minor_needs_a_guardian(self):
        self.student.birth_date = date(2010, 1, 1)
        with self.assertRaises(UserError):
            self.give()
        self.student.guardian_name = "A parent"
        consent = self.give()
        self.assertEqual((consent.sudo().state, self.state()), ("waiting", "missing"))
        wizard = (
            self.env["psych.consent.guardian"].with_user(self.u_centre).with_context(active_id=consent.id)
        )
        wizard.create({"name": "A parent", "way": "paper"}).action_record()
        self.assertEqual(self.state(), "given")

    def test_law_age_is_a_floor(self):
        text = self.env.ref("psych_health.psych_consent_text_recording_1").copy({"version": 9})
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            text.guardian_age = 12
            self.env.flush_all()

    def test_other_legal_basis_is_a_right_of_its_own_and_ends(self):
        vals = {
            "student_id": self.student.id,
            "purpose": "handover",
            "legal_basis": "emergency",
            "override_reason": "Found unconscious",
            "override_until": clock.now() + timedelta(hours=24),
        }
        for user in (self.u_centre, self.u_counsellor, self.u_tutor, self.u_admin, self.u_leader):
            with self.assertRaises(AccessError):
                self.env["psych.consent"].with_user(user).create(vals)
        with self.assertRaises(UserError):
            self.env["psych.consent"].with_user(self.u_head).create({**vals, "override_reason": " "})
        row = self.env["psych.consent"].with_user(self.u_head).create(vals)
        self.assertEqual(self.state("handover"), "override")
        with door_as(self.u_head):
            self.assertEqual(row.override_reason, "Found unconscious")
        with door_as(self.u_centre):
            self.assertNotEqual(row.with_user(self.u_centre).override_reason, "Found unconscious")
        with clock.frozen(clock.now() + timedelta(hours=25)):
            self.assertEqual(self.state("handover"), "missing")

    def test_nobody_edits_or_deletes(self):
        consent = self.give()
        for user in (self.u_head, self.u_centre, self.u_student):
            with self.assertRaises(AccessError):
                consent.with_user(user).write({"state": "withdrawn"})
            with self.assertRaises(AccessError):
                consent.with_user(user).unlink()
        # no context of a client is the sentinel
        with self.assertRaises(AccessError):
            consent.with_user(self.u_head).with_context(psych_consent="SEAM").write({"state": "given"})

    def test_who_attends_counselling_is_seen_by_centre_and_student_only(self):
        self.give()
        for user in (
            self.u_tutor,
            self.u_station,
            self.u_leader,
            self.u_admin,
            self.u_duty,
            self.u_counsellor,
            self.u_office,
        ):
            self.assertFalse(self.env["psych.consent"].with_user(user).has_access("read"), user.login)
        Consent = self.env["psych.consent"]
        self.assertEqual(len(Consent.with_user(self.u_centre).search([])), 1)
        self.assertEqual(len(Consent.with_user(self.u_student).search([])), 1)
        self.assertFalse(Consent.with_user(self.u_student2).search([]))

    def test_paper(self):
        wizard = self.env["psych.consent.paper"].with_user(self.u_centre)
        wizard.create({"student_id": self.students[1].id, "purpose": "recording"}).action_record()
        self.assertEqual(self.state("recording", self.students[1]), "given")

    def test_one_text_in_use(self):
        text = self.env.ref("psych_health.psych_consent_text_census_1")
        with self.assertRaises(ValidationError):
            text.copy({"version": 2, "state": "active"})
