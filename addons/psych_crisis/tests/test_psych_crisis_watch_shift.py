from datetime import timedelta

from odoo.tests import HttpCase, tagged

from odoo.addons.psych_health.tools import clock

from .common_case import CaseCommon


@tagged("psych_crisis")
class TestGuardWhoCannotCome(CaseCommon):
    """A guard on leave, or whose post has ended, is a gap at once; who acts on the case is told once, with the number only."""

    def tonight(self, hour=21, days=0):
        """Return this hour in Shanghai today or later, as naive UTC."""
        return clock.now().replace(hour=hour - 8, minute=0, second=0, microsecond=0) + timedelta(days=days)

    def shift(self, days=0, hours=8, user=None, start=None):
        begin = start or self.tonight(days=days)
        return self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "user_id": (user or self.u_tutor_b).id,
                "start": begin,
                "stop": begin + timedelta(hours=hours),
            }
        )

    def leave(self, user=None, days=0, length=0):
        today = clock.today(self.env)
        return self.as_user(self.u_admin, "psych.leave").create(
            {
                "partner_id": (user or self.u_tutor_b).partner_id.id,
                "company_id": self.company.id,
                "date_start": today + timedelta(days=days),
                "date_end": today + timedelta(days=days + length),
            }
        )

    def messages(self, user, reason="guard_away"):
        self.env.flush_all()
        return self.env["psych.crisis.message"].search(
            [
                ("addressee_id.case_id", "=", self.case.id),
                ("user_id", "=", user.id),
                ("climb_id.reason", "=", reason),
            ]
        )

    def kinds(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        items = self.env["psych.work.item"].with_user(user).search([])
        self.assertFalse([item for item in items if self.student.name in (item.label or "")])
        return [item.kind for item in items]

    def test_leave_is_a_gap_as_soon_as_it_is_entered(self):
        row = self.shift()
        self.assertFalse(row.gap_text)
        self.assertEqual(self.case.guard_state, "ok")
        self.leave()
        self.assertRegex(row.gap_text, "cannot come", "in the same transaction, before any job")
        self.case.invalidate_recordset()
        self.assertEqual(self.case.guard_state, "gap")
        self.assertTrue(self.case.is_red)
        self.run_ladder()
        self.assertEqual(self.steps()["guard"], row.start, "long before it should begin")
        mine = self.messages(self.u_station)
        self.assertEqual(len(mine), 1)
        subject, _link = mine._text()
        self.assertIn(self.sudo_case.name, subject)
        self.assertNotIn(self.student.name, subject)
        self.assertEqual(self.kinds(self.u_station).count("gap"), 1)
        self.assertNotIn("gap", self.kinds(self.u_office))

    def test_nothing_is_told_twice(self):
        self.shift()
        self.shift(start=self.tonight() + timedelta(hours=8))
        self.leave(length=2)
        for minutes in (1, 2, 30):
            with self.at(minutes=minutes):
                self.run_ladder()
        self.assertEqual(len(self.messages(self.u_station)), 1, "two shifts of one leave are one message")

    def test_guard_who_is_back_and_gone_again(self):
        row = self.shift()
        leave = self.leave()
        self.run_ladder()
        leave.unlink()
        self.run_ladder()
        self.assertFalse(row.gap_text)
        self.assertNotIn("gap", self.kinds(self.u_station))
        self.leave()
        self.run_ladder()
        self.assertEqual(len(self.messages(self.u_station)), 2, "this is news")

    def test_leave_that_is_moved_onto_the_shift(self):
        row = self.shift(days=3)
        leave = self.leave(days=6)
        self.run_ladder()
        self.assertFalse(row.gap_text or self.messages(self.u_station))
        leave.write({"date_start": clock.today(self.env) + timedelta(days=3)})
        self.run_ladder()
        self.assertTrue(row.gap_text)
        self.assertTrue(self.messages(self.u_station))

    def test_end_of_a_post_is_a_gap(self):
        row = self.shift(days=3)
        post = self.env["psych.membership"].search([("user_id", "=", self.u_tutor_b.id)])
        post.write({"date_end": clock.today(self.env) + timedelta(days=1)})
        self.assertTrue(row.gap_text)
        self.run_ladder()
        self.assertEqual(len(self.messages(self.u_station)), 1)

    def test_closed_account_is_a_gap(self):
        row = self.shift(days=3)
        self.u_tutor_b.active = False
        self.assertTrue(row.gap_text)
        self.run_ladder()
        self.assertEqual(len(self.messages(self.u_station)), 1)

    def test_who_is_on_leave_is_a_gap_when_assigned(self):
        self.leave(days=2)
        row = self.shift(days=2)
        self.assertTrue(row.gap_text)
        self.assertEqual(len(self.messages(self.u_station)), 1, "at once, no job has run")
        self.assertFalse(self.messages(self.u_tutor_b, "guard_asked"), "who is on leave is left in peace")
        row.write({"user_id": self.u_tutor.id})
        self.assertFalse(row.gap_text)
        self.assertEqual(len(self.messages(self.u_tutor, "guard_asked")), 1)
        self.assertNotIn("gap", self.kinds(self.u_station))

    def test_leave_from_midnight_leaves_the_second_half_of_the_night(self):
        row = self.shift()
        self.leave(days=1)
        gap = self.tonight(hour=24)
        self.assertEqual(self.sudo_case.shift_ids._gaps(), [(gap, row.stop)])
        with self.at(self.tonight(hour=23)):
            row.with_user(self.u_tutor_b).action_arrive()
            self.env.invalidate_all()
            self.assertFalse(
                self.sudo_case.shift_ids._gaps(), "who has come is there, whatever the roster says"
            )

    def test_a_guard_who_is_locked_out_of_the_student_is_a_gap(self):
        row = self.shift()
        self.as_user(self.u_head, "psych.lockout").create(
            {"user_id": self.u_tutor_b.id, "student_id": self.student.id, "reason": "complaint"}
        )
        self.assertTrue(row.gap_text)
        self.run_ladder()
        self.assertEqual(len(self.messages(self.u_station)), 1)

    def test_another_guard_in_the_same_hours_closes_the_gap(self):
        row = self.shift()
        self.shift(user=self.u_tutor)
        self.leave()
        self.run_ladder()
        self.assertFalse(row.gap_text)
        self.assertFalse(self.messages(self.u_station))
        self.assertNotIn("guard", self.steps())

    def test_family_and_hospital_have_no_leave(self):
        self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "kind": "family",
                "relative": "mother",
                "start": self.tonight(),
                "stop": self.tonight() + timedelta(hours=8),
            }
        )
        self.assertEqual(self.case.guard_state, "ok")

    def test_at_night_only_what_begins_before_the_morning(self):
        """Shift of this night: now. Shift of tomorrow evening: in the morning (H8)."""
        for days, is_acute in ((0, True), (1, False)):
            with self.subTest(days=days), self.at(self.tonight(hour=23)):
                self.shift(start=self.tonight(hour=24, days=days) + timedelta(hours=1), user=self.u_tutor)
                row = self.messages(self.u_tutor, "guard_asked")[:1]
                self.assertEqual(row.is_acute, is_acute)
                self.assertEqual(row.send_at <= clock.now(), is_acute)

    def test_sick_leave_in_the_running_hour_calls_at_once(self):
        """No quarter of an hour of grace for somebody of whom it is known that he does not come."""
        with self.at(self.tonight(hour=20)):
            self.put_on_call(self.u_counsellor)
            self.sudo_case.last_seen_at = clock.now()
            self.shift()
        with self.at(self.tonight() + timedelta(minutes=2)):
            self.leave()
            self.run_ladder()
            self.assertIn(self.u_counsellor, self.told(self.sudo_case))
            calls = self.env["psych.crisis.message"].search(
                [("addressee_id.case_id", "=", self.case.id), ("user_id", "=", self.u_station.id)]
            )
            self.assertEqual(
                len(calls.filtered(lambda row: row.channel == "mail")), 1, "the owner is told once"
            )

    def test_owner_on_leave_is_not_who_is_told(self):
        self.put_on_call(self.u_counsellor)
        self.shift(days=1)
        self.leave(user=self.u_station, length=3)
        self.leave(length=3)
        self.run_ladder()
        self.assertNotEqual(self.sudo_case.owner_id, self.u_station)
        self.assertFalse(self.messages(self.u_station))
        self.assertEqual(len(self.messages(self.sudo_case.owner_id)), 1)

    def test_dead_or_closed_cases_tell_nothing(self):
        self.shift()
        self.sudo_case._stop_for_death()
        before = self.env["psych.crisis.message"].search_count([])
        self.leave()
        self.run_ladder()
        self.assertEqual(self.env["psych.crisis.message"].search_count([]), before)


@tagged("psych_crisis")
class TestGuardIsAsked(CaseCommon, HttpCase):
    """Who is to guard gets one neutral message, and by it no right on the case."""

    def shift(self, user, **vals):
        begin = clock.now() + timedelta(hours=30)
        return self.as_user(self.u_station, "psych.crisis.watch.shift").create(
            {
                "case_id": self.case.id,
                "user_id": user.id,
                "start": begin,
                "stop": begin + timedelta(hours=8),
                **vals,
            }
        )

    def messages(self, user):
        self.env.flush_all()
        return self.env["psych.crisis.message"].search(
            [("user_id", "=", user.id), ("climb_id.reason", "=", "guard_asked")]
        )

    def test_asked_once(self):
        row = self.shift(self.u_tutor_b)
        self.assertEqual(len(self.messages(self.u_tutor_b)), 1)
        row.write({"user_id": self.u_tutor_b.id, "stop": row.stop})
        for minutes in (1, 20):
            with self.at(minutes=minutes):
                self.run_ladder()
        self.assertEqual(len(self.messages(self.u_tutor_b)), 1)
        subject, _link = self.messages(self.u_tutor_b)._text()
        self.assertNotIn(self.student.name, subject)

    def test_other_hours_are_told_again(self):
        row = self.shift(self.u_tutor_b)
        row.write({"start": row.start + timedelta(hours=1)})
        self.assertEqual(len(self.messages(self.u_tutor_b)), 2)

    def test_who_puts_himself_down_knows_it(self):
        self.shift(self.u_station)
        self.assertFalse(self.messages(self.u_station))

    def test_the_message_opens_the_shift_and_nothing_else(self):
        row = self.shift(self.u_tutor_b)
        case = self.case.with_user(self.u_tutor_b)
        self.assertFalse(case.has_access("read"), "asked to guard is no right on the case")
        self.assertFalse(case.search([("id", "=", case.id)]))
        self.assertEqual(
            case.browse()._door_path(case.id),
            f"/odoo/action-psych_crisis.psych_crisis_watch_shift_action/{row.id}",
        )
        self.authenticate(self.u_tutor_b.login, self.u_tutor_b.login)
        answer = self.url_open(f"/psych/open/c/{self.case.id}", allow_redirects=False)
        self.assertTrue(answer.headers["Location"].endswith(f"psych_crisis_watch_shift_action/{row.id}"))
        self.authenticate(self.u_station.login, self.u_station.login)
        answer = self.url_open(f"/psych/open/c/{self.case.id}", allow_redirects=False)
        self.assertTrue(answer.headers["Location"].endswith(f"psych_crisis_case_action/{self.case.id}"))

    def test_a_guard_of_the_desk_is_not_told_of_the_case_afterwards(self):
        """The night page lists cases that one was called to; to guard one night is no call for all nights."""
        self.shift(self.u_duty)
        self.assertTrue(self.messages(self.u_duty))
        self.assertFalse(self.Signal.with_user(self.u_duty)._night_page()["cases"])

    def test_guard_who_was_called_before_keeps_what_he_may_see(self):
        self.call_to_case(self.u_duty)
        self.shift(self.u_duty)
        self.assertTrue(self.Signal.with_user(self.u_duty)._night_page()["cases"])
