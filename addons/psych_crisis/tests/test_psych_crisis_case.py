from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon, door_as


@tagged("psych_crisis")
class TestPsychCrisisCase(CrisisCommon):
    """The five ones as constraints, the flow, and who sees name, level and notes."""

    def setUp(self):
        super().setUp()
        self.case = (
            self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "orange")
        )
        self.sudo_case = self.case.sudo()
        self.stage = {stage.code: stage for stage in self.env["psych.crisis.stage"].search([])}

    def make_ready(self):
        """Leader, team and an approved plan."""
        self.case.leader_id = self.u_leader
        self.env["psych.crisis.case.member"].with_user(self.u_station).create(
            {"case_id": self.case.id, "user_id": self.u_tutor.id}
        )
        plan = (
            self.env["psych.crisis.plan"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "goals": "Sleep"})
        )
        plan.action_submit()
        plan.with_user(self.u_leader).action_approve()
        return plan

    def test_always_owner_next_step_and_due(self):
        self.assertEqual((self.sudo_case.owner_id, self.sudo_case.next_step), (self.u_station, "see"))
        self.assertTrue(self.sudo_case.next_due and self.sudo_case.ring_at)
        self.sudo_case._note_seen(clock.now(), self.u_tutor, "dorm")
        self.assertTrue(self.sudo_case.next_step)
        self.make_ready()
        self.assertEqual(self.sudo_case.next_step, "plan_followup")

    def test_not_yet_graded(self):
        """A case without a level shows none, runs by the clocks of the middle, and leaves triage only with a level."""
        case = (
            self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.students[1], False)
        )
        case.sudo().stage_id = self.stage["triage"]
        self.assertEqual((case.level, case.level_words), (False, "Not yet graded"))
        self.assertTrue(case.sudo().next_due and case.sudo().ring_at and case.sudo().owner_id)
        with self.assertRaisesRegex(UserError, "level is not decided"), self.env.cr.savepoint():
            case.stage_id = self.stage["assess"]
        self.assertIn("level is not decided", case.stage_hint)
        case.level = "yellow"  # grading is one person's decision, whatever it is
        case.stage_id = self.stage["assess"]
        with self.assertRaises(UserError), self.env.cr.savepoint():
            case.level = False
        again = case._open_for_student(self.students[1], "red")
        self.assertEqual((again, again.level), (case, "red"))

    def test_not_calmer_than_its_signal(self):
        """Opened for an acute signal whose student nobody has seen: «see» is due by the signal's clock, and the ring says so."""
        signal = self.raise_signal(student=self.students[4])
        signal.with_user(self.u_tutor).action_acknowledge()
        case = self.env["psych.crisis.case"].with_user(self.u_station)._open_for_signal(signal, "orange")
        signal.with_user(self.u_station)._triage("case", case=case)
        self.assertTrue(signal.is_open, "acute: open until seen")
        limit = signal.aware_at + timedelta(minutes=12)
        self.assertEqual((case.sudo().next_step, case.sudo().next_due), ("see", limit))
        with self.at(minutes=7):
            self.assertEqual(case.ring_percent, 58)
        signal.with_user(self.u_tutor)._see("dorm", "calm")
        self.assertNotEqual(case.sudo().next_step, "see")

    def test_late_step_climbs_to_the_leader(self):
        with self.at(days=10):
            self.run_ladder()
            self.assertIn(self.u_head, self.sudo_case.addressee_ids.user_id)
            self.assertIn(self.u_leader, self.sudo_case.addressee_ids.user_id)

    def test_one_student_one_open_case(self):
        again = self.env["psych.crisis.case"].with_user(self.u_centre)._open_for_student(self.student, "red")
        self.assertEqual(again, self.case)
        self.assertEqual(self.sudo_case.level, "red", "the graver level wins")
        other = self.sudo_case.create({"company_id": self.company.id})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["psych.crisis.case.subject"].create({"case_id": other.id, "student_id": self.student.id})
            self.env.flush_all()

    def test_flow_refuses_with_the_reason(self):
        with self.assertRaisesRegex(UserError, self.stage["plan"].name):
            self.case.stage_id = self.stage["intervene"]
        with self.assertRaises(UserError):
            self.case.stage_id = self.stage["plan"]
        self.make_ready()
        self.case.stage_id = self.stage["plan"]
        self.case.stage_id = self.stage["intervene"]
        self.assertEqual(self.case.stage_id.code, "intervene")

    def test_plan_is_approved_by_another_person(self):
        self.case.leader_id = self.u_leader
        plan = (
            self.env["psych.crisis.plan"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "goals": "Sleep"})
        )
        with self.assertRaises(UserError):
            plan.action_approve()
        plan.action_submit()
        with self.assertRaises(UserError):
            plan.action_approve()
        with self.assertRaises(UserError):
            plan.write({"goals": "Other"})
        with self.assertRaises(AccessError):
            plan.with_user(self.u_tutor_b).action_approve()
        plan.with_user(self.u_head).action_approve()
        self.assertEqual(plan.state, "approved")

    def test_level_is_lowered_by_two(self):
        with self.assertRaises(UserError):
            self.case.level = "yellow"
        self.case.level = "red"
        self.case.leader_id = self.u_leader
        plan = (
            self.env["psych.crisis.plan"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "proposed_level": "yellow"})
        )
        plan.action_submit()
        plan.with_user(self.u_leader).action_approve()
        self.assertEqual(self.sudo_case.level, "yellow")

    def test_closing_needs_a_second_person_and_reopens(self):
        self.make_ready()
        self.sudo_case._note_seen(clock.now(), self.u_station, "office")
        closing = (
            self.env["psych.crisis.closing"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "grade": "good"})
        )
        with self.assertRaises(UserError):
            closing.action_confirm()
        closing.with_user(self.u_head).action_confirm()
        self.assertFalse(self.sudo_case.is_open)
        self.assertFalse(
            self.env["psych.crisis.followup"].search_count(
                [("case_id", "=", self.case.id), ("state", "=", "planned")]
            )
        )
        self.case.action_reopen()
        self.assertTrue(self.sudo_case.is_open and self.sudo_case.next_step)
        self.assertEqual((self.sudo_case.reopen_count, closing.sudo().state), (1, "reopened"))

    def test_work_opened_after_the_proposal_stops_the_second_person(self):
        """The station proposes, then a task comes in: the confirmation says what is open and closes nothing."""
        self.sudo_case._note_seen(clock.now(), self.u_station, "office")
        closing = self.env["psych.crisis.closing"].with_user(self.u_station).create({"case_id": self.case.id})
        self.env["psych.crisis.instruction"].sudo().create(
            {"case_id": self.case.id, "name": "Visit tonight", "user_id": self.u_station.id}
        )
        with self.assertRaises(UserError):
            closing.with_user(self.u_head).action_confirm()
        self.assertTrue(self.sudo_case.is_open)

    def test_open_work_stops_the_closing(self):
        self.make_ready()
        self.env["psych.crisis.help.measure"].with_user(self.u_station).create(
            {"case_id": self.case.id, "kind": "aid", "due_at": clock.now()}
        )
        with self.assertRaises(UserError):
            self.env["psych.crisis.closing"].with_user(self.u_station).create({"case_id": self.case.id})

    def test_leader_sees_the_number_and_the_named_leader_the_name(self):
        Case, Subject = self.env["psych.crisis.case"], self.env["psych.crisis.case.subject"]
        self.assertEqual(Case.with_user(self.u_leader).search([("is_open", "=", True)]), self.case)
        self.assertFalse(Subject.with_user(self.u_leader).search([]))
        self.assertFalse(self.case.with_user(self.u_leader).subject_name)
        self.env["psych.crisis.case.reveal"].with_user(self.u_leader).create(
            {"case_id": self.case.id, "reason": "decision"}
        )
        self.env["psych.crisis.case.reveal"].flush_model()
        # rules compare the real date, as it is where the user lives: from 16:00 UTC on the day after that of the database
        self.env.cr.execute(
            "UPDATE psych_crisis_case_reveal SET date_until = (now() AT TIME ZONE 'Asia/Shanghai')::date"
        )
        self.env.invalidate_all()
        self.assertEqual(Subject.with_user(self.u_leader).search([]).student_id, self.student)
        self.env.cr.execute("DELETE FROM psych_crisis_case_reveal")
        self.env.invalidate_all()
        self.case.leader_id = self.u_leader
        self.assertTrue(Subject.with_user(self.u_leader).search([]))

    def test_leader_opens_no_notes(self):
        entry = (
            self.env["psych.crisis.case.entry"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "note": "Clinical words"})
        )
        with door_as(self.u_station):
            self.assertEqual(entry.note, "Clinical words")
        with door_as(self.u_centre):
            self.assertEqual(entry.with_user(self.u_centre).note, "Clinical words")
        for user in (
            self.u_leader,
            self.u_admin,
            self.u_office,
            self.u_student,
            self.u_tutor_b,
            self.u_station_b,
            self.u_duty,
        ):
            with door_as(user), self.assertRaises(AccessError):
                entry.with_user(user).read(["note"])

    def test_tutor_sees_own_entries_only(self):
        entry = (
            self.env["psych.crisis.case.entry"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "note": "Station"})
        )
        own = (
            self.env["psych.crisis.case.entry"]
            .with_user(self.u_tutor)
            .create({"case_id": self.case.id, "note": "Tutor", "saw_student": True})
        )
        self.assertEqual(self.env["psych.crisis.case.entry"].with_user(self.u_tutor).search([]), own)
        self.assertTrue(entry)
        self.assertTrue(self.sudo_case.last_seen_at)

    def test_two_roles_do_not_add_up(self):
        """A leader who is tutor of another class sees cases by number, and names of own classes only."""
        other = (
            self.env["psych.crisis.case"]
            .with_user(self.u_station_b)
            ._open_for_student(self.students[2], "orange")
        )
        self.appoint("tutor", self.class_b2, self.u_leader)
        self.env.invalidate_all()
        Case = self.env["psych.crisis.case"].with_user(self.u_leader)
        self.assertEqual(len(Case.search([])), 2)
        self.assertFalse(self.env["psych.crisis.case.subject"].with_user(self.u_leader).search([]))
        self.assertFalse(other.with_user(self.u_leader).subject_name)
        with self.assertRaises(AccessError):
            other.with_user(self.u_leader).write({"level": "red"})

    def test_other_college_and_nobody_see_nothing(self):
        for user in (
            self.u_station_b,
            self.u_tutor_b,
            self.u_duty,
            self.u_nobody,
            self.u_admin,
            self.u_counsellor,
        ):
            try:
                found = self.env["psych.crisis.case"].with_user(user).search([])
            except AccessError:
                continue
            self.assertFalse(found, user.login)

    def test_lockout_wins(self):
        self.env["psych.lockout"].create(
            {
                "user_id": self.u_centre.id,
                "student_id": self.student.id,
                "reason": "kin",
                "date_start": "2026-01-01",
            }
        )
        for model in ("psych.crisis.case", "psych.crisis.case.subject", "psych.crisis.followup"):
            self.assertFalse(self.env[model].with_user(self.u_centre).search([]), model)

    def test_team_ends_with_the_post(self):
        self.env["psych.crisis.case.member"].with_user(self.u_station).create(
            {"case_id": self.case.id, "user_id": self.u_counsellor.id, "role": "psychologist"}
        )
        self.assertTrue(self.env["psych.crisis.case"].with_user(self.u_counsellor).search([]))
        self.env["psych.membership"].search([("user_id", "=", self.u_counsellor.id)])._end(
            clock.today(self.env), "gone"
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.env["psych.crisis.case"].with_user(self.u_counsellor).browse(self.case.id).read(["name"])
        with self.assertRaises(ValidationError):
            self.env["psych.crisis.case.member"].with_user(self.u_station).create(
                {"case_id": self.case.id, "user_id": self.u_student.id}
            )

    def test_instruction_returns_to_the_card(self):
        row = (
            self.env["psych.crisis.instruction"]
            .with_user(self.u_leader)
            .create({"case_id": self.case.id, "name": "Visit tonight", "user_id": self.u_station.id})
        )
        self.assertEqual(self.case.with_user(self.u_leader).instruction_state, "open")
        with self.assertRaises(UserError):
            row.with_user(self.u_station).write({"name": "Other"})
        row.with_user(self.u_station).answer = "Done at nine"
        row.with_user(self.u_station).action_answer()
        self.env.invalidate_all()
        self.assertEqual(self.case.with_user(self.u_leader).instruction_state, "answered")
        self.case.with_user(self.u_leader).action_mark_read()
        self.assertIn("read", self.sudo_case.instruction_ids.mapped("kind"))

    def test_not_reached_leads_on(self):
        row = (
            self.env["psych.crisis.followup"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "user_id": self.u_tutor.id, "due_at": clock.now()})
            .with_user(self.u_tutor)
        )
        row.action_not_reached()
        row.action_not_reached()
        self.assertEqual(row.state, "planned")
        self.assertTrue(row.hint)
        row.action_not_reached()
        missing = self.Signal.search([("student_id", "=", self.student.id), ("kind_id.code", "=", "missing")])
        self.assertEqual(missing.urgency, "acute")
        self.assertEqual(row.state, "planned")
        row._finish("better", "phone")
        self.assertEqual(row.state, "done")
        following = self.sudo_case.followup_ids.filtered(lambda f: f.state == "planned")
        self.assertEqual(len(following), 1)
        self.assertLessEqual(following.due_at - clock.now(), timedelta(days=3), "denser in the first month")

    def test_guard_gap_is_red(self):
        now = clock.now()
        Shift = self.env["psych.crisis.watch.shift"].with_user(self.u_station)
        Shift.create(
            {
                "case_id": self.case.id,
                "kind": "staff",
                "user_id": self.u_tutor.id,
                "start": now,
                "stop": now + timedelta(hours=4),
            }
        )
        Shift.create(
            {
                "case_id": self.case.id,
                "kind": "family",
                "relative": "mother",
                "start": now + timedelta(hours=8),
                "stop": now + timedelta(hours=12),
            }
        )
        self.assertEqual(self.case.guard_state, "gap")
        self.assertTrue(self.case.is_red)

    def test_do_not_contact_mark_stops_the_call(self):
        Contact = self.env["psych.crisis.family.contact"].with_user(self.u_station)
        Contact.create(
            {"case_id": self.case.id, "kind": "no_contact", "person": "father", "alternative": "Ask the aunt"}
        )
        done = {"check_decided": True, "check_home": True, "check_student": True}
        with self.assertRaises(UserError):
            Contact.create({"case_id": self.case.id, "kind": "call", "person": "father", **done})
        with self.assertRaises(UserError):
            Contact.create({"case_id": self.case.id, "kind": "call", "person": "mother"})
        self.assertTrue(Contact.create({"case_id": self.case.id, "kind": "call", "person": "mother", **done}))

    def test_referral_to_return(self):
        self.make_ready()
        hospital = self.env["psych.hospital"].create(
            {"name": "Hospital", "company_id": self.company.id, "answer_days": 5}
        )
        referral = (
            self.env["psych.crisis.referral"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "hospital_id": hospital.id, "reason": "r"})
        )
        with self.assertRaises(UserError):
            referral.action_send()
        referral.write({"consent_date": "2026-11-04", "escort_id": self.u_tutor.id})
        referral.action_send()
        self.assertEqual(self.case.hospital_state, "sent")
        with self.at(days=6):
            self.assertEqual(self.case.hospital_state, "stale")
        self.case.stage_id = self.stage["referral"]
        referral.action_answered()
        self.case.stage_id = self.stage["return"]
        with self.assertRaises(UserError):
            self.case.stage_id = self.stage["back"]
        referral.write(
            {"return_certificate": True, "return_talk": True, "return_meeting": True, "return_pledge": True}
        )
        self.case.stage_id = self.stage["back"]
        self.assertEqual(self.case.stage_id.code, "back")

    def test_transfer_on_acceptance(self):
        row = (
            self.env["psych.crisis.case.transfer"]
            .with_user(self.u_station)
            .create({"case_id": self.case.id, "kind": "transfer", "to_id": self.u_centre.id})
        )
        self.assertEqual(self.sudo_case.owner_id, self.u_station)
        with self.assertRaises(UserError):
            row.action_accept()
        row.with_user(self.u_centre).action_accept()
        self.assertEqual(self.sudo_case.owner_id, self.u_centre)

    def test_dump_holds_no_narrative(self):
        self.env["psych.crisis.case.entry"].with_user(self.u_station).create(
            {"case_id": self.case.id, "note": "MARKER-7731"}
        )
        self.raise_signal("acute", "dorm", fact="MARKER-7731")
        self.env.flush_all()
        for table in ("psych_crisis_case_entry", "psych_crisis_signal"):
            self.env.cr.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%MARKER-7731%'")
            self.assertEqual(self.env.cr.fetchone()[0], 0)
