"""Ways by which a student fell through: wrong order, wrong door, half-filled, nobody told. Each was tried by hand first."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tools import clock

from .common import door_as
from .common_case import CaseCommon


@tagged("psych_crisis", "security")
class TestNobodyJoinsUnasked(CaseCommon):
    """The acts between people bring nobody near a case whom its people did not bring."""

    def transfer(self, user, **vals):
        return self.as_user(user, "psych.crisis.case.transfer").create({"case_id": self.case.id, **vals})

    def test_nobody_gives_himself_a_case(self):
        """A tutor of another class, the finance office or the desk knows the number: that is all he has."""
        for user in (self.u_tutor_b, self.u_office, self.u_duty, self.u_nobody, self.u_station_b):
            for kind in ("assign", "transfer", "refer", "request"):
                with (
                    self.subTest(user=user.login, kind=kind),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    self.transfer(user, kind=kind, to_id=user.id).action_accept()
        self.assertEqual(self.sudo_case.owner_id, self.u_station)
        self.assertEqual(self.sudo_case.member_ids.user_id, self.u_station)

    def test_two_outsiders_do_not_let_each_other_in(self):
        for kind in ("assign", "transfer", "refer", "request"):
            with self.subTest(kind=kind), self.assertRaises(UserError), self.env.cr.savepoint():
                row = self.transfer(self.u_tutor_b, kind=kind, to_id=self.u_office.id)
                row.with_user(self.u_office).action_accept()
        self.assertEqual(self.sudo_case.member_ids.user_id, self.u_station)

    def test_a_leader_who_sees_the_number_only_joins_by_the_owner_only(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.transfer(self.u_leader, kind="request", to_id=self.u_office.id)
        row = self.transfer(self.u_leader, kind="request", to_id=self.u_station.id)
        row.with_user(self.u_station).action_accept()
        self.assertIn(self.u_leader, self.sudo_case.member_ids.user_id)


@tagged("psych_crisis")
class TestGuardAtNight(CaseCommon):
    def night(self):
        """Return 22:30 in Shanghai of today as naive UTC."""
        return clock.now().replace(hour=14, minute=30)

    def test_a_guard_who_does_not_come_at_night_wakes_somebody(self):
        """An orange case too: whoever is guarded must not be alone until the morning (F14, S1-Art23)."""
        with self.at(self.night()):
            self.put_on_call(self.u_counsellor)
            self.sudo_case.last_seen_at = clock.now()
            self.as_user(self.u_station, "psych.crisis.watch.shift").create(
                {
                    "case_id": self.case.id,
                    "user_id": self.u_tutor.id,
                    "start": clock.now() + timedelta(minutes=30),
                    "stop": clock.now() + timedelta(hours=8),
                }
            )
        with self.at(self.night() + timedelta(minutes=50)):
            self.run_ladder()
            self.assertEqual(self.sudo_case.next_step, "guard")
            self.assertIn(self.u_counsellor, self.told(self.sudo_case), "the person on call")
            messages = self.env["psych.crisis.message"].search(
                [("addressee_id.case_id", "=", self.case.id), ("user_id", "=", self.u_counsellor.id)]
            )
            self.assertTrue(messages)
            self.assertFalse(messages.filtered(lambda row: row.send_at > clock.now()), "not in the morning")
        with self.at(self.night() + timedelta(hours=2)):
            self.run_ladder()
            self.assertIn(self.u_duty, self.told(self.sudo_case), "the desk that is staffed day and night")

    def test_the_night_page_shows_the_case_that_the_desk_was_told(self):
        self.call_to_case(self.u_duty)
        page = self.Signal.with_user(self.u_duty)._night_page()
        self.assertEqual([row["number"] for row in page["cases"]], [self.sudo_case.name])
        self.assertIn(self.u_station.name, page["cases"][0]["whom"])
        self.assertFalse(self.Signal.with_user(self.u_office)._night_page()["cases"], "only who was told")

    def test_shift_buttons_in_the_wrong_order(self):
        now = clock.now()
        shift = self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "user_id": self.u_tutor.id,
                "start": now - timedelta(minutes=5),
                "stop": now + timedelta(hours=8),
            }
        )
        with self.assertRaises(UserError, msg="never arrived"), self.env.cr.savepoint():
            shift.action_hand_over()
        shift.action_arrive()
        first = shift.arrived_at
        with self.at(minutes=10):
            shift.action_arrive()
            self.assertEqual(shift.arrived_at, first, "twice changes nothing")
        with self.at(hours=2):
            shift.action_hand_over()
            self.assertEqual(shift.stop, clock.now(), "guarded until then, not until the morning")
            self.assertTrue(shift._counts(clock.now()) is False)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            shift.action_cancel()


@tagged("psych_crisis")
class TestGuardOnThePhone(CaseCommon, HttpCase):
    def test_the_guard_says_on_the_phone_that_he_is_there(self):
        shift = self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "user_id": self.u_tutor_b.id,
                "start": clock.now() - timedelta(minutes=5),
                "stop": clock.now() + timedelta(hours=8),
            }
        )

        def tap(page, what):
            token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
            return self.url_open(
                "/psych/guard", {"csrf_token": token, "shift_id": shift.id, "what": what, "back": "tutor"}
            )

        self.authenticate(self.u_office.login, self.u_office.login)
        page = self.url_open("/psych/night")
        self.assertNotIn(self.student.name, page.text)
        self.authenticate(self.u_tutor_b.login, self.u_tutor_b.login)
        page = self.url_open("/psych/tutor")
        self.assertIn(self.student.name, page.text)
        page = tap(page, "arrive")
        self.env.invalidate_all()
        self.assertEqual(shift.state, "arrived")
        self.assertTrue(tap(page, "over").ok)
        self.env.invalidate_all()
        self.assertEqual(shift.state, "done")


@tagged("psych_crisis")
class TestSignalsInTheWrongOrder(CaseCommon):
    def test_merging_keeps_the_student(self):
        """A named acute report joins an unnamed one: the student is still to be seen."""
        unnamed = self.raise_signal("talk", "dorm", "concern", student=self.student.browse())
        named = self.raise_signal("acute", "dorm", "urgent", student=self.students[4])
        named.with_user(self.u_centre)._merge_into(unnamed.with_user(self.u_centre))
        self.assertEqual((unnamed.student_id, unnamed.urgency), (self.students[4], "acute"))
        self.assertEqual(unnamed.class_id, self.students[4].class_id)
        self.assertIn("seen", dict(unnamed._running()))

    def test_the_right_person_after_the_signal_was_closed(self):
        """The wrong namesake was seen and the matter closed: for the right one everything begins."""
        signal = self.raise_signal("acute", "dorm", "urgent")
        mine = signal.with_user(self.u_centre)
        mine._see("dorm", "calm")
        mine._triage("talk")
        self.assertFalse(signal.is_open)
        mine._relink(self.students[4])
        self.assertTrue(signal.is_open)
        self.assertEqual((signal.student_id, signal.state, signal.outcome), (self.students[4], "new", False))
        self.assertEqual(dict(signal._running()).keys(), {"acknowledged", "seen", "triaged"})
        self.assertIn("corrected", signal.relink_trace)

    def test_a_signal_of_a_case_is_not_moved_away_silently(self):
        signal = self.raise_signal("talk", "dorm", "urgent")
        mine = signal.with_user(self.u_centre)
        case = self.env["psych.crisis.case"].with_user(self.u_centre)._open_for_signal(mine, "orange")
        mine._triage("case", case=case)
        mine._relink(self.students[4])
        self.assertTrue(signal.is_open)
        self.assertFalse(signal.case_id, "the case is another student's")

    def test_an_acute_report_without_a_name_stays_red(self):
        """«Somebody stands on the roof»: acknowledged is not safe, also when nobody knows who it is (F1)."""
        signal = self.raise_signal("acute", "student", "urgent", student=self.student.browse(), place="Roof")
        mine = signal.with_user(self.u_centre)
        self.assertEqual(self.Signal.with_user(self.u_centre).get_alarm()["unseen"], 1)
        mine.action_acknowledge()
        self.assertEqual(self.Signal.with_user(self.u_centre).get_alarm()["unseen"], 1)
        self.assertIn("seen", dict(signal._running()), "the clock runs until somebody was there")
        self.assertNotIn("triaged", mine.stamp_text or "")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            mine.action_no_concern()
        mine._see("outside", "calm")
        self.assertTrue(signal.seen_at)
        mine.action_no_concern()
        self.assertFalse(signal.is_open)


@tagged("psych_crisis")
class TestHalfFilled(CaseCommon):
    def test_an_instruction_without_a_time(self):
        order = self.as_user(self.u_leader, "psych.crisis.instruction").create(
            {"case_id": self.case.id, "name": "See to it", "user_id": self.u_tutor.id, "due_at": False}
        )
        self.assertTrue(order.due_at, "what is asked has a time")
        self.assertIn("instruction", self.steps())

    def test_a_help_measure_without_a_time(self):
        measure = self.as_user(self.u_station, "psych.crisis.help.measure").create(
            {"case_id": self.case.id, "kind": "aid"}
        )
        self.assertIn("measure", self.steps(), "else nobody asks for it again")
        due = clock.now() + timedelta(hours=1)
        measure.due_at = due
        self.assertEqual(self.sudo_case.next_due, due, "an earlier time counts at once")
        measure.action_done()
        done = measure.done_at
        with self.at(days=1), self.assertRaises(UserError), self.env.cr.savepoint():
            measure.action_drop()
        self.assertEqual((measure.state, measure.done_at), ("done", done))

    def test_a_mark_is_no_decision_about_the_family(self):
        self.as_user(self.u_station, "psych.crisis.family.contact").create(
            {"case_id": self.case.id, "kind": "no_contact", "person": "father"}
        )
        self.assertIn("family", self.steps())

    def test_a_case_is_not_closed_unseen(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.as_user(self.u_station, "psych.crisis.closing").create(
                {"case_id": self.case.id, "grade": "good"}
            )
        self.sudo_case._note_seen(clock.now(), self.u_station, "office")
        self.as_user(self.u_station, "psych.crisis.closing").create(
            {"case_id": self.case.id, "grade": "good"}
        )

    def test_a_leader_in_charge_who_is_gone_is_none(self):
        self.make_ready()
        self.assertNotIn("leader", self.steps())
        memberships = self.env["psych.membership"].search([("user_id", "=", self.u_leader.id)])
        memberships._end(clock.today(self.env, self.company), "moved")
        with self.at(days=1):
            self.run_ladder()
            self.assertIn("leader", self.steps())
            self.assertIn("leader", self.case.with_user(self.u_centre).red_words or "")

    def test_a_followup_is_not_put_off_beyond_the_rhythm(self):
        tier = self.env["psych.crisis.attention"].with_user(self.u_station)._set_tier(self.student, "key")
        row = tier.followup_ids.filtered(lambda f: f.state == "planned").with_user(self.u_tutor)
        row.due_at = clock.now() + timedelta(days=1)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            row.due_at = clock.now() + timedelta(days=300)


@tagged("psych_crisis")
class TestAfterADeath(CaseCommon):
    def setUp(self):
        super().setUp()
        self.tier = (
            self.env["psych.crisis.attention"].with_user(self.u_station)._set_tier(self.student, "key")
        )

    def die(self):
        self.student.sudo().enrolment_state = "deceased"
        self.env.invalidate_all()

    def test_nothing_opens_for_the_dead(self):
        meeting = self.as_user(self.u_station, "psych.crisis.meeting").create(
            {
                "college_id": self.college_a.id,
                "line_ids": [Command.create({"student_id": self.student.id, "decision": "case"})],
            }
        )
        self.die()
        meeting.action_apply_all()
        self.assertFalse(self.env["psych.crisis.case"].search([("is_open", "=", True)]))
        for call in (
            lambda: self.as_user(self.u_station, "psych.crisis.attention")._set_tier(self.student, "crisis"),
            lambda: self.as_user(self.u_station, "psych.crisis.attention").create(
                {"student_id": self.student.id, "tier": "key"}
            ),
            lambda: self.as_user(self.u_station, "psych.crisis.case")._open_for_student(self.student, "red"),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call()
        self.assertFalse(self.env["psych.crisis.followup"].search([("state", "=", "planned")]))

    def test_an_urgent_report_about_the_dead_finds_a_person(self):
        """The state may be a mistake, or the first rumour: people are told, without the name in the machine."""
        self.die()
        row = self.Signal.with_user(self.u_student2)._file_urgent(
            self.company, {"who": self.student.number, "where": "Roof", "fact": "I saw him"}
        )
        signal = row.sudo().signal_id
        self.assertFalse(signal.student_id)
        self.assertTrue(signal.ring_at and self.told(signal))

    def test_a_mistake_takes_everything_up_again(self):
        self.die()
        self.assertEqual(self.tier.sudo().state, "stopped")
        self.student.sudo().enrolment_state = "enrolled"
        tier = self.env["psych.crisis.attention"].search(
            [("student_id", "=", self.student.id), ("is_current", "=", True)]
        )
        self.assertEqual(tier.tier, "key")
        self.assertTrue(tier.followup_ids.filtered(lambda row: row.state == "planned"))

    def test_the_cadre_who_died_is_asked_nothing(self):
        request = self.env["psych.crisis.care.request"].create(
            {"unit_id": self.room_1.id, "cadre_id": self.student.id, "company_id": self.company.id}
        )
        self.die()
        self.assertFalse(self.env["psych.crisis.care.request"]._open_for(self.student))
        self.assertNotEqual(request.state, "open")


@tagged("psych_crisis")
class TestWhoIsAskedFindsIt(CaseCommon):
    """What somebody was asked by name stands on his first screen, without the student's name; others do not see it."""

    def kinds(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        items = self.env["psych.work.item"].with_user(user).search([])
        self.assertFalse([item for item in items if self.student.name in (item.label or "")])
        return {item.kind for item in items}

    def test_instruction(self):
        with door_as(self.u_leader):
            order = self.as_user(self.u_leader, "psych.crisis.instruction").create(
                {"case_id": self.case.id, "name": "See to it", "user_id": self.u_office.id}
            )
        self.assertIn("order", self.kinds(self.u_office))
        self.assertNotIn("order", self.kinds(self.u_tutor))
        with door_as(self.u_office):
            mine = order.with_user(self.u_office)
            mine.answer = "Done"
            mine.action_answer()
        self.assertNotIn("order", self.kinds(self.u_office))

    def test_hand_over_to_somebody_who_does_not_see_the_case_yet(self):
        row = self.as_user(self.u_station, "psych.crisis.case.transfer").create(
            {"case_id": self.case.id, "kind": "transfer", "to_id": self.u_counsellor.id}
        )
        self.assertIn("transfer", self.kinds(self.u_counsellor))
        mine = row.with_user(self.u_counsellor)
        self.assertEqual(
            mine.web_read({"case_id": {"fields": {"display_name": {}}}})[0]["case_id"]["id"], self.case.id
        )
        mine.action_accept()
        self.assertEqual(self.sudo_case.owner_id, self.u_counsellor)
        self.assertNotIn("transfer", self.kinds(self.u_counsellor))

    def test_measure_of_an_office_and_guard_of_tonight(self):
        self.as_user(self.u_station, "psych.crisis.help.measure").create(
            {"case_id": self.case.id, "kind": "aid", "user_id": self.u_office.id}
        )
        self.assertIn("measure", self.kinds(self.u_office))
        self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "user_id": self.u_tutor_b.id,
                "start": clock.now() + timedelta(hours=5),
                "stop": clock.now() + timedelta(hours=9),
            }
        )
        self.assertIn("guard", self.kinds(self.u_tutor_b))
        self.assertNotIn("guard", self.kinds(self.u_tutor))

    def test_second_persons(self):
        """Plan, closing and a lower tier wait for another person: he is told, who proposed is not."""
        self.case.leader_id = self.u_leader
        self.sudo_case._note_seen(clock.now(), self.u_station, "office")
        plan = self.as_user(self.u_station, "psych.crisis.plan").create({"case_id": self.case.id})
        plan.action_submit()
        self.as_user(self.u_station, "psych.crisis.closing").create({"case_id": self.case.id})
        tier = self.as_user(self.u_station, "psych.crisis.attention")._set_tier(self.student, "key")
        tier.action_propose_lower()
        self.assertIn("approve", self.kinds(self.u_leader))
        self.assertLessEqual({"approve", "closing", "lowering"}, self.kinds(self.u_head))
        self.assertFalse({"approve", "closing", "lowering"} & self.kinds(self.u_station))
        self.assertFalse({"approve", "closing", "lowering"} & self.kinds(self.u_station_b))

    def test_a_late_sweep_is_shown_to_the_centre(self):
        today = clock.today(self.env, self.company)
        period = self.env["psych.crisis.key.period"].create(
            {
                "name": "Exams",
                "code": "exam",
                "date_start": today,
                "date_end": fields.Date.add(today, days=20),
            }
        )
        period.company_id = self.company
        self.env["psych.crisis.sweep"]._open_for(period)
        self.assertIn("sweep", self.kinds(self.u_station))
        self.assertNotIn("sweep", self.kinds(self.u_centre))
        with self.at(days=9):
            self.assertIn("sweep", self.kinds(self.u_centre))
            self.assertNotIn("sweep", self.kinds(self.u_tutor))

    def test_advice_is_asked_answered_and_read(self):
        tier = self.as_user(self.u_station, "psych.crisis.attention")._set_tier(self.student, "key")
        with door_as(self.u_tutor):
            advice = self.as_user(self.u_tutor, "psych.crisis.advice").create(
                {"attention_id": tier.id, "question": "May I call the mother?"}
            )
            with self.assertRaises(UserError), self.env.cr.savepoint():
                advice.action_answered()
        self.assertIn("advice", self.kinds(self.u_centre))
        with door_as(self.u_centre):
            mine = advice.with_user(self.u_centre)
            with self.assertRaises(UserError, msg="nothing is written"), self.env.cr.savepoint():
                mine.action_answered()
            mine.answer = "Ask the student first."
            mine.action_answered()
            with self.assertRaises(UserError), self.env.cr.savepoint():
                mine.action_read()
        self.assertIn("answered", self.kinds(self.u_tutor))
        with door_as(self.u_tutor):
            self.assertEqual(advice.answer, "Ask the student first.")
            advice.action_read()
        self.assertEqual(advice.state, "read")
        self.assertNotIn("answered", self.kinds(self.u_tutor))

    def test_a_tier_is_looked_at_again(self):
        tier = self.as_user(self.u_station, "psych.crisis.attention")._set_tier(self.student, "key")
        self.assertEqual(tier.review_date, fields.Date.add(tier.date_start, days=90))
        self.assertNotIn("review", self.kinds(self.u_station))
        with self.at(days=91):
            self.assertIn("review", self.kinds(self.u_station))

    def test_read_in_one_tap_says_so_and_counts_once_a_day(self):
        mine = self.case.with_user(self.u_leader)
        for _turn in range(2):
            self.assertEqual(mine.action_mark_read()["params"]["type"], "success")
        marks = self.sudo_case.instruction_ids.filtered(lambda row: row.kind == "read")
        self.assertEqual((len(marks), marks.author_id), (1, self.u_leader))
        self.assert_refused((self.u_tutor,), lambda user: self.case.with_user(user).action_mark_read())
        with self.at(days=2):
            mine.action_mark_read()
        self.assertEqual(len(self.sudo_case.instruction_ids.filtered(lambda row: row.kind == "read")), 2)


@tagged("psych_crisis")
class TestSilentAbsence(CaseCommon):
    def test_contact_off_campus_that_nobody_makes_climbs_once_for_the_class(self):
        """A third of the college is on internship: one task for each class, not one for each intern (F10, H12)."""
        interns = self.students.filtered(lambda row: row.class_id == self.class_a1)
        interns.write(
            {"whereabouts_state": "internship", "whereabouts_from": clock.today(self.env, self.company)}
        )
        found = lambda: self.Signal.search([("kind_id.code", "=", "contact_overdue")])  # noqa: E731
        daily = self.env["psych.crisis.report"]._cron_silence
        rhythm = self.env.ref("psych_crisis.psych_crisis_rhythm_away")
        rhythm.late_signal_days = 14
        with self.at(days=15):
            daily()
            self.assertFalse(found(), "due, and shown on the tutor's page")
        with self.at(days=45):
            self.ladder._cron_orphans()
            self.assertFalse(found(), "a question of days is not asked each quarter of an hour")
            for _turn in range(3):
                daily()
            signal = found()
            self.assertEqual((len(signal), signal.class_id, signal.urgency), (1, self.class_a1, "watch"))
            self.assertFalse(signal.student_id)
            self.assertIn(self.u_tutor, self.told(signal))
            signal.with_user(self.u_tutor)._triage("no_concern")
            daily()
            self.assertEqual(found(), signal, "not again at once")
        with self.at(days=80):
            daily()
            self.assertEqual(len(found()), 2, "still nobody called")
        with self.at(days=81):
            interns.with_user(self.u_tutor)._psych_contacted("fine")
            found().with_user(self.u_centre).filtered("is_open")._triage("no_concern")
        with self.at(days=100):
            daily()
            self.assertEqual(len(found()), 2)
        rhythm.late_signal_days = 0
        with self.at(days=300):
            daily()
            self.assertEqual(len(found()), 2, "a school may switch it off")

    @mute_logger("odoo.addons.psych_crisis.models.warning.psych_crisis_ladder")
    def test_contact_that_cannot_be_asked_stops_no_silence(self):
        """One failure of the daily job does not hide the other question, and says so in the log."""
        Report, Student = self.env["psych.crisis.report"], type(self.env["psych.student"])
        self.as_user(self.u_tutor, "psych.crisis.report")._file(self.class_b1, "class")
        with (
            self.at(days=45),
            patch.object(Student, "_psych_climb_contacts", side_effect=ValueError("broken")),
        ):
            Report._cron_silence()
            self.assertTrue(self.Signal.search([("kind_id.code", "=", "silence")]))

    def test_how_long_the_first_month_is_stands_in_a_row(self):
        row = self.env.ref("psych_crisis.psych_crisis_rhythm_tier_key")
        self.assertEqual([row._days_after(timedelta(days=day)) for day in (29, 30)], [7, 14])
        row.first_month_length = 60
        self.assertEqual([row._days_after(timedelta(days=day)) for day in (59, 60)], [7, 14])
        row.write({"late_days": 28, "late_after": 120})
        self.assertEqual([row._days_after(timedelta(days=day)) for day in (119, 120)], [14, 28])


@tagged("psych_crisis", "security")
class TestComplaintNamesLater(CaseCommon):
    def test_who_handles_a_complaint_names_the_person(self):
        """The student writes a name in words; until somebody says who it is nobody is locked out (F3)."""
        row = self.Signal.with_user(self.u_student)._file_urgent(
            self.company, {"staff": "1", "fact": "The tutor shouts at me"}
        )
        signal = row.sudo().signal_id
        self.assertFalse(signal.accused_user_id)

        def name(user, accused, complaint=signal):
            wizard = self.as_user(user, "psych.crisis.signal.accuse")
            wizard.create({"signal_id": complaint.id, "user_id": accused.id}).action_confirm()

        other = self.raise_signal("talk", "dorm", "concern")
        for user, accused, complaint in (
            (self.u_discipline, self.u_student2, signal),
            (self.u_discipline, self.u_discipline, signal),
            (self.u_station, self.u_tutor, signal),
            (self.u_tutor, self.u_station, other),
        ):
            with self.subTest(user.login), self.assertRaises(UserError), self.env.cr.savepoint():
                name(user, accused, complaint)
        name(self.u_discipline, self.u_head)
        self.env.invalidate_all()
        self.assertFalse(self.Signal.with_user(self.u_head).search([("id", "=", signal.id)]))
        self.assertTrue(
            self.env["psych.lockout"].search(
                [("user_id", "=", self.u_head.id), ("student_id", "=", self.student.id)]
            )
        )
        self.assertTrue(signal.owner_id and signal.owner_id != self.u_head)
        with self.assertRaises(UserError, msg="once"), self.env.cr.savepoint():
            name(self.u_discipline, self.u_tutor)


@tagged("psych_crisis")
class TestEventsAreNotForgotten(CaseCommon):
    def setUp(self):
        super().setUp()
        self.event = self.as_user(self.u_centre, "psych.crisis.event").create({"kind": "accident"})

    def asked(self):
        return self.Signal.search([("kind_id.code", "=", "event_report")])

    def test_a_report_that_nobody_files_climbs_at_night_too(self):
        """The clock counts from awareness (facts B6); the centre is asleep, the person on call is not."""
        self.put_on_call(self.u_counsellor)
        with self.at(minutes=5):
            self.ladder._cron_orphans()
            self.assertFalse(self.asked())
        with self.at(hours=13):
            for _turn in range(2):
                self.ladder._cron_orphans()
            signal = self.asked()
            self.assertEqual((len(signal), signal.urgency), (1, "acute"))
            self.assertIn(self.u_counsellor, self.told(signal))
            self.assertFalse(signal.student_id)
            self.event.action_told_college()
            self.assertFalse(signal.is_open, "filing the report answers it")
            self.ladder._cron_orphans()
            self.assertEqual(len(self.asked()), 2, "the next one is late as well")

    def test_people_around_a_student_come_onto_the_list_at_once(self):
        wizard = self.as_user(self.u_centre, "psych.crisis.event.around")
        for _turn in range(2):
            wizard.create({"event_id": self.event.id, "student_id": self.student.id}).action_confirm()
        ring = self.event.ring_ids
        mates = self.students.filtered(lambda row: row.room_id == self.student.room_id) - self.student
        self.assertEqual(ring.filtered(lambda row: row.ring == "1").student_id, mates)
        self.assertNotIn(self.student, ring.student_id)
        self.assertEqual(len(ring), len(ring.student_id), "nobody twice")
        self.assert_refused(
            (self.u_tutor, self.u_station, self.u_leader),
            lambda user: self.as_user(user, "psych.crisis.event.around").create(
                {"event_id": self.event.id, "student_id": self.student.id}
            ),
        )

    def test_public_lines_are_the_schools(self):
        self.company.sudo().psych_ambulance_phone = "999"
        lines = dict(self.Signal._page_frame(self.company)["call_lines"])
        self.assertIn("999", lines.values())
        self.assertIn("110", lines.values())
        phones = dict(self.student._guardian_slip_phones())
        self.assertLessEqual({"12356", "999", "110"}, set(phones.values()))

    def test_the_sheet_at_the_desk_says_when_nobody_is_on_call(self):
        now = clock.now()
        first = self.put_on_call(self.u_counsellor, now, hours=12)
        second = self.put_on_call(self.u_centre, now + timedelta(hours=24), hours=24)
        rows = (first | second)._sheet_rows()
        self.assertEqual([row["gap"] for row in rows], [False, True, False])
        self.assertEqual(rows[1]["stop"], rows[2]["start"])
        self.assertIn("10:00", rows[0]["start"], "the time of the school")
        self.assertIn(
            ("Ambulance", "120"),
            [(row[0], row[1]) for row in first.with_context(lang="en_US")._sheet_phones()],
        )
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("psych_crisis.psych_crisis_oncall_sheet_document", (first | second).ids)[0]
            .decode()
        )
        self.assertIn(self.u_counsellor.name, html)
