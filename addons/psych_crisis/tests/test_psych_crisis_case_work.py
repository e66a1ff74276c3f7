import importlib.util
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import file_path, mute_logger
from odoo.tools.sql import column_exists

from odoo.addons.psych_health.tools import clock

from .common import door_as
from .common_case import CaseCommon


@tagged("psych_crisis")
class TestPsychCrisisWatchShift(CaseCommon):
    """Guard: staff, family, hospital; never a student (H2); gaps and absent guards in red."""

    def shift(self, start=0, hours=4, **values):
        begin = clock.now() + timedelta(hours=start)
        return self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "kind": "staff",
                "user_id": self.u_tutor.id,
                "start": begin,
                "stop": begin + timedelta(hours=hours),
                **values,
            }
        )

    def test_gaps_in_words(self):
        """The hours without anybody stand beside the shift that ends them; a guard who has not come says so."""
        first, last = self.shift(1, 4), self.shift(9, 4, kind="family", relative="mother")
        self.assertFalse(first.gap_text)
        self.assertRegex(last.gap_text, r"Nobody from .* to ")
        self.assertEqual((first.guard_name, last.guard_name), (first.user_id.name, "Mother"))
        with self.at(hours=2):
            self.assertEqual(first.gap_text, "The guard has not arrived")
            first.action_arrive()
            self.env.invalidate_all()
            self.assertFalse(first.gap_text)

    def test_a_line_is_planned_on_the_case_as_on_the_screen(self):
        """A new line has no hours yet: the form computes its red words all the same."""
        begin = clock.now() + timedelta(hours=2)
        with door_as(self.u_station), Form(self.case.with_user(self.u_station)) as form:
            with form.shift_ids.new() as line:
                self.assertFalse(line.gap_text)
                line.kind = "staff"
                line.user_id = self.u_tutor
                line.start = begin
                line.stop = begin + timedelta(hours=4)
        self.assertEqual(self.sudo_case.shift_ids.user_id, self.u_tutor)
        self.assertEqual(self.sudo_case.shift_ids.start, begin)

    def test_students_guard_nobody(self):
        with self.assertRaises(ValidationError):
            self.shift(user_id=self.u_student.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.shift(kind="family", user_id=False)
            self.env.flush_all()

    def test_guard_who_does_not_come_is_a_gap(self):
        row = self.shift()
        self.assertEqual(self.case.guard_state, "ok")
        with self.at(minutes=20):
            self.assertEqual(self.case.guard_state, "gap")
            row.with_user(self.u_tutor).action_arrive()
            self.env.invalidate_all()
            self.assertEqual(self.case.guard_state, "ok")

    def test_gap_is_a_step_of_the_case(self):
        self.shift()
        self.shift(start=6)
        self.env.invalidate_all()
        self.assertEqual(self.steps()["guard"], clock.now() + timedelta(hours=4))
        self.shift(start=4, hours=2, kind="hospital", user_id=False)
        self.env.invalidate_all()
        self.assertNotIn("guard", self.steps())

    def test_cancelled_shift_opens_the_gap(self):
        self.shift()
        middle = self.shift(start=4)
        self.shift(start=8)
        self.assertEqual(self.case.guard_state, "ok")
        middle.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(self.case.guard_state, "gap")
        with self.assertRaises(UserError):
            middle.action_arrive()

    def test_leader_sees_the_guard_and_changes_nothing(self):
        row = self.shift()
        self.assertTrue(row.with_user(self.u_leader).read(["start"]))
        self.assert_refused(
            (self.u_leader, self.u_tutor_b, self.u_admin), lambda user: row.with_user(user).action_cancel()
        )


@tagged("psych_crisis")
class TestPsychCrisisFamilyContact(CaseCommon):
    """H9: checklist before a call, «do not contact» of case and file, words only for who may read them."""

    done = {"check_decided": True, "check_home": True, "check_student": True}

    def contact(self, **values):
        return self.as_user(self.u_tutor, "psych.crisis.family.contact").create(
            {"case_id": self.case.id, "kind": "call", "person": "mother", **values}
        )

    def test_checklist_point_by_point(self):
        for name in self.done:
            with self.assertRaises(UserError):
                self.contact(**{**self.done, name: False})
        self.assertTrue(self.contact(**self.done))

    def test_mark_on_the_students_file_counts(self):
        self.env["psych.family.contact"].create(
            {
                "student_id": self.student.id,
                "name": "Father",
                "relation": "father",
                "do_not_contact": True,
                "do_not_reason": "violence",
                "alternative_text": "aunt",
            }
        )
        with self.assertRaisesRegex(UserError, "Do not contact"):
            self.contact(person="father", **self.done)
        with self.assertRaisesRegex(UserError, "Do not contact"):
            self.contact(person="father", kind="notice")
        self.assertTrue(self.contact(person="mother", **self.done))

    def test_own_words_of_the_tutor_only(self):
        row = self.contact(told="Father drinks", **self.done)
        with door_as(self.u_tutor):
            self.assertEqual(row.told, "Father drinks")
        with door_as(self.u_centre):
            self.assertEqual(row.with_user(self.u_centre).told, "Father drinks")
        self.assert_refused(
            (self.u_leader, self.u_tutor_b, self.u_station_b, self.u_admin, self.u_duty),
            lambda user: row.with_user(user).read(["told"]),
        )
        with self.assertRaises(UserError):
            row.with_user(self.u_centre).write({"person": "other"})
        with self.assertRaises(UserError):
            row.unlink()


@tagged("psych_crisis")
class TestPsychCrisisHelpMeasure(CaseCommon):
    """Help measures with who and until when; dropped ones stay."""

    def test_due_measure_is_a_step_until_done_by_who_was_named(self):
        due = clock.now() + timedelta(hours=3)
        row = self.as_user(self.u_station, "psych.crisis.help.measure").create(
            {"case_id": self.case.id, "kind": "aid", "user_id": self.u_duty.id, "due_at": due}
        )
        self.env.invalidate_all()
        self.assertEqual(self.steps()["measure"], due)
        self.assert_refused(
            (self.u_leader, self.u_tutor_b, self.u_admin), lambda user: row.with_user(user).action_done()
        )
        row.with_user(self.u_duty).action_done()
        self.env.invalidate_all()
        self.assertEqual(row.state, "done")
        self.assertNotIn("measure", self.steps())
        self.assert_refused((self.u_duty,), lambda user: self.case.with_user(user).read(["name"]))


@tagged("psych_crisis")
class TestPsychCrisisSafetyPlan(CaseCommon):
    """Six headings, one current version, a date to look again."""

    def test_new_version_replaces_and_review_is_a_step(self):
        Plan = self.as_user(self.u_station, "psych.crisis.safety.plan")
        first = Plan.create({"case_id": self.case.id, "own_ways": "Walk"})
        second = Plan.create({"case_id": self.case.id, "review_date": "2026-11-10"})
        self.assertEqual((first.is_current, second.is_current), (False, True))
        self.env.invalidate_all()
        self.assertEqual(f"{self.steps()['safety']:%Y-%m-%d}", "2026-11-10")

    def test_students_copy_shows_the_words_to_the_team_only(self):
        plan = self.as_user(self.u_station, "psych.crisis.safety.plan").create(
            {"case_id": self.case.id, "own_ways": "Walk by the river"}
        )
        Paper = self.env["report.psych_crisis.psych_crisis_safety_plan_document"]
        with door_as(self.u_station):
            values = Paper.with_user(self.u_station)._get_report_values(plan.ids)
            self.assertEqual(values["texts"][plan.id]["own_ways"], "Walk by the river")
        for user in (self.u_leader, self.u_tutor_b, self.u_admin):
            with door_as(user), self.assertRaises(AccessError):
                Paper.with_user(user)._get_report_values(plan.ids)


@tagged("psych_crisis")
class TestPsychCrisisReferral(CaseCommon):
    """Consent or recorded basis, escort, valid agreement, receipt, stale answer, slip with its text."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hospital = cls.env["psych.hospital"].create(
            {"name": "Hospital", "company_id": cls.company.id, "answer_days": 5}
        )

    def referral(self, **values):
        return self.as_user(self.u_station, "psych.crisis.referral").create(
            {"case_id": self.case.id, "hospital_id": self.hospital.id, "reason": "Sleeps badly", **values}
        )

    def test_nobody_goes_alone_or_without_basis(self):
        row = self.referral()
        with self.assertRaisesRegex(UserError, "consent"):
            row.action_send()
        row.consent_date = "2026-11-04"
        with self.assertRaisesRegex(UserError, "alone"):
            row.action_send()
        row.with_family = True
        row.action_send()
        with self.assertRaises(UserError):
            row.write({"state": "answered"})
        with self.assertRaises(UserError):
            row.action_send()

    def test_override_in_danger_needs_no_consent(self):
        row = self.referral(basis="law28", escort_id=self.u_tutor.id)
        row.action_send()
        self.assertEqual(row.state, "sent")

    def test_ended_agreement(self):
        self.hospital.agreement_until = "2026-11-01"
        row = self.referral(consent_date="2026-11-04", with_family=True)
        with self.assertRaisesRegex(UserError, "agreement"):
            row.action_send()
        row.basis = "law28"
        row.action_send()
        self.assertEqual(row.state, "sent", "in danger any hospital will do")

    def test_answer_gets_stale_and_climbs(self):
        row = self.referral(consent_date="2026-11-04", with_family=True)
        row.action_send()
        row.action_received()
        self.env.invalidate_all()
        self.assertEqual(self.steps()["referral"], clock.now() + timedelta(days=5))
        with self.at(days=6):
            self.assertEqual(self.case.hospital_state, "stale")
        row.action_answered()
        self.env.invalidate_all()
        self.assertEqual(self.case.hospital_state, "answered")

    def test_slip_carries_its_text_for_who_may_open_it(self):
        row = self.referral()
        Paper = self.env["report.psych_crisis.psych_crisis_referral_slip_document"]
        report = self.env["ir.actions.report"]
        with door_as(self.u_station):
            html = report.with_user(self.u_station)._render_qweb_html(
                "psych_crisis.psych_crisis_referral_slip_document", row.ids
            )[0]
        self.assertIn("Sleeps badly", html.decode())
        for user in (self.u_leader, self.u_tutor_b, self.u_admin, self.u_duty):
            with door_as(user), self.assertRaises(AccessError):
                Paper.with_user(user)._get_report_values(row.ids)


@tagged("psych_crisis")
class TestPsychCrisisInstruction(CaseCommon):
    """交办: leader asks, the person asked answers, nobody changes what was said."""

    def test_answer_by_the_person_asked(self):
        row = self.as_user(self.u_leader, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "name": "Visit tonight", "user_id": self.u_tutor.id}
        )
        self.assertEqual(self.sudo_case._candidates() and self.steps()["instruction"], row.due_at)
        with self.assertRaises(UserError):
            row.with_user(self.u_tutor).action_answer()
        row.with_user(self.u_tutor).answer = "Was there at nine"
        row.with_user(self.u_tutor).action_answer()
        self.assertEqual(row.sudo().state, "answered")
        with self.assertRaises(UserError):
            row.with_user(self.u_tutor).write({"name": "Other"})
        self.assert_refused(
            (self.u_tutor_b, self.u_admin, self.u_duty), lambda user: row.with_user(user).read(["name"])
        )

    def test_words_open_to_giver_asked_team_named_leader_and_centre(self):
        """One line, and still somebody's story: another leader and the tutor of the class read that it is open, not what it says."""
        row = self.as_user(self.u_centre, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "name": "Visit tonight", "user_id": self.u_office.id}
        )
        with door_as(self.u_office):
            row.with_user(self.u_office).answer = "Was there at nine"
            row.with_user(self.u_office).action_answer()
        opened = {}
        for user in (
            self.u_centre,
            self.u_head,
            self.u_office,
            self.u_station,
            self.u_leader,
            self.u_tutor,
        ):
            with door_as(user):
                seen = row.with_user(user).read(["name", "answer", "state"])[0]
            self.assertEqual(seen["state"], "answered")
            opened[user] = (seen["name"], seen["answer"]) == ("Visit tonight", "Was there at nine")
            self.assertEqual(opened[user], "Visit" in seen["name"])
        closed = {user for user, is_open in opened.items() if not is_open}
        self.assertEqual(closed, {self.u_leader, self.u_tutor})
        own = self.as_user(self.u_leader, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "name": "Call me", "user_id": self.u_station.id}
        )
        self.sudo_case.leader_id = self.u_leader
        self.env.invalidate_all()
        with door_as(self.u_leader):
            self.assertEqual(own.with_user(self.u_leader).name, "Call me", "who gave it")
            self.assertEqual(row.with_user(self.u_leader).name, "Visit tonight", "the named leader")
        self.assertNotIn("Visit", row.with_user(self.u_leader).display_name)
        self.env.cr.execute(
            "SELECT row_to_json(i)::text FROM psych_crisis_instruction i WHERE id = %s", [row.id]
        )
        stored = self.env.cr.fetchone()[0]
        self.assertNotIn("Visit", stored)
        self.assertNotIn("nine", stored)

    def test_one_line(self):
        row = self.as_user(self.u_leader, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "name": "x" * 120, "user_id": self.u_tutor.id}
        )
        with self.assertRaisesRegex(UserError, "One line"):
            row.with_user(self.u_tutor).answer = "x" * 201
        with self.assertRaisesRegex(UserError, "One line"):
            self.as_user(self.u_leader, "psych.crisis.instruction").create(
                {"case_id": self.case.id, "name": "x" * 121, "user_id": self.u_tutor.id}
            )

    def test_lines_of_before_are_sealed_by_the_update(self):
        """An older database holds the lines in clear: the update encrypts them and drops the columns."""
        row = self.as_user(self.u_leader, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "name": "x", "user_id": self.u_tutor.id}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE psych_crisis_instruction ADD COLUMN name varchar, ADD COLUMN answer varchar"
        )
        self.env.cr.execute(
            """UPDATE psych_crisis_instruction SET row_key = NULL, name_cipher = NULL, answer_cipher = NULL,
                      name = 'Visit tonight' WHERE id = %s""",
            [row.id],
        )
        script = file_path("psych_crisis/migrations/19.0.1.2.0/post-seal_instructions.py")
        spec = importlib.util.spec_from_file_location("seal_instructions", script)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.cr.execute("SELECT pg_relation_filenode('psych_crisis_instruction')")
        (old_file,) = self.env.cr.fetchone()
        for _twice in range(2):
            module.migrate(self.env.cr, "19.0.1.1.0")
        self.env.cr.execute("SELECT pg_relation_filenode('psych_crisis_instruction')")
        self.assertNotEqual(
            self.env.cr.fetchone()[0], old_file, "old copies of the rows go with the old file"
        )
        self.env.invalidate_all()
        self.assertFalse(column_exists(self.env.cr, "psych_crisis_instruction", "name"))
        with door_as(self.u_leader):
            self.assertEqual(row.with_user(self.u_leader).name, "Visit tonight")
            self.assertFalse(row.with_user(self.u_leader).answer)

    def test_decisions_are_the_leaderships(self):
        for user in (self.u_station, self.u_centre):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.as_user(user, "psych.crisis.instruction").create(
                    {"case_id": self.case.id, "kind": "decision", "name": "Hospital"}
                )
        row = self.as_user(self.u_leader, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "kind": "decision", "name": "Hospital"}
        )
        self.assertEqual((row.state, row.author_id), ("none", self.u_leader))


@tagged("psych_crisis")
class TestPsychCrisisCaseReveal(CaseCommon):
    """H17: one tap and a reason for a leader, for the day, on a log that stays."""

    def test_only_leaders_and_not_the_locked_out(self):
        self.assert_refused(
            (self.u_tutor_b, self.u_station_b, self.u_admin, self.u_duty),
            lambda user: self.as_user(user, "psych.crisis.case.reveal").create(
                {"case_id": self.case.id, "reason": "decision"}
            ),
        )
        row = self.as_user(self.u_leader, "psych.crisis.case.reveal").create(
            {"case_id": self.case.id, "reason": "decision", "date_until": "2099-01-01"}
        )
        self.assertEqual(row.date_until, clock.today(self.env), "for today whatever is asked")
        with self.assertRaises(UserError):
            row.write({"reason": "family"})
        self.assertTrue(row.with_user(self.u_head).read(["reason"]))
        self.env["psych.lockout"].create(
            {
                "user_id": self.u_leader.id,
                "student_id": self.student.id,
                "reason": "kin",
                "date_start": "2026-01-01",
            }
        )
        self.env.invalidate_all()
        self.assert_refused(
            (self.u_leader,),
            lambda user: self.as_user(user, "psych.crisis.case.reveal").create(
                {"case_id": self.case.id, "reason": "decision"}
            ),
        )


@tagged("psych_crisis")
class TestPsychCrisisCaseSettings(CaseCommon):
    """Limits of cases are changed by the administrator of the school."""

    def test_administrator_changes_the_grace_of_a_guard(self):
        Settings = self.as_user(self.u_admin, "psych.crisis.settings")
        page = Settings.create({"psych_crisis_guard_grace": 45})
        page.action_confirm()
        self.assertEqual(self.company.psych_crisis_guard_grace, 45)
        self.assertEqual(self.company.psych_crisis_supervision_hours, 2.0, "what was not changed stays")
        self.assert_refused(
            (self.u_centre, self.u_station),
            lambda user: self.as_user(user, "psych.crisis.settings").create({"psych_crisis_guard_grace": 1}),
        )
