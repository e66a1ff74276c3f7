from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon, door_as


@tagged("psych_crisis")
class TestPsychCrisisAttention(CrisisCommon):
    """One may raise, lowering needs two; categories are the centre's."""

    def test_raise_by_one_lower_by_two(self):
        Attention = self.env["psych.crisis.attention"]
        row = Attention.with_user(self.u_tutor)._set_tier(self.student, "key")
        with self.assertRaises(UserError):
            Attention.with_user(self.u_tutor)._set_tier(self.student, "daily")
        row.action_propose_lower()
        with self.assertRaises(UserError):
            row.action_confirm_lower()
        row.with_user(self.u_station).action_confirm_lower()
        current = Attention.search([("student_id", "=", self.student.id), ("is_current", "=", True)])
        self.assertEqual(
            (current.tier, row.sudo().second_id, row.sudo().state), ("daily", self.u_station, "ended")
        )

    def test_written_by_buttons_only(self):
        row = self.env["psych.crisis.attention"].with_user(self.u_tutor)._set_tier(self.student, "key")
        for vals in ({"tier": "daily"}, {"is_current": False}, {"state": "ended"}):
            with self.assertRaises(AccessError):
                row.write(vals)

    def test_who_sees_the_tier(self):
        row = self.env["psych.crisis.attention"].with_user(self.u_tutor)._set_tier(self.student, "key")
        row.care_reason = "Something hard happened"
        for user in (self.u_station, self.u_centre, self.u_head):
            self.assertTrue(row.with_user(user).search([("id", "=", row.id)]), user.login)
            with door_as(user):
                self.assertEqual(row.with_user(user).care_reason, "Something hard happened")
        for user in (self.u_tutor_b, self.u_station_b):
            self.assertFalse(self.env["psych.crisis.attention"].with_user(user).search([]), user.login)
        for user in (self.u_leader, self.u_admin, self.u_student, self.u_duty, self.u_office):
            with self.assertRaises(AccessError):
                self.env["psych.crisis.attention"].with_user(user).search([])

    def test_categories_are_the_centres(self):
        row = self.env["psych.crisis.attention"].with_user(self.u_centre)._set_tier(self.student, "key")
        category = self.env["psych.crisis.category"].search([], limit=1)
        self.env["psych.crisis.attention.detail"].with_user(self.u_centre).create(
            {"attention_id": row.id, "category_id": category.id, "evidence": "x"}
        )
        for user in (self.u_tutor, self.u_station, self.u_leader):
            with self.assertRaises(AccessError):
                self.env["psych.crisis.attention.detail"].with_user(user).search([])

    def planned(self, tier="key"):
        """Return the planned follow-up of a student whom the station put on ``tier``."""
        row = self.env["psych.crisis.attention"].with_user(self.u_station)._set_tier(self.student, tier)
        return row.followup_ids.sudo().filtered(lambda followup: followup.state == "planned")

    def test_a_followup_that_nobody_does_climbs_once(self):
        """A tier without a case has no clock: what the tutor leaves undone reaches the station."""
        followup = self.planned()
        Signal = self.env["psych.crisis.signal"]
        mine = [("student_id", "=", self.student.id), ("kind_id.code", "=", "followup_overdue")]
        with self.at(followup.due_at + timedelta(days=2)):
            self.ladder._cron_orphans()
            self.assertFalse(Signal.search(mine), "three days are allowed")
        with self.at(followup.due_at + timedelta(days=3)):
            self.ladder._cron_orphans()
            self.ladder._cron_orphans()
            signal = Signal.search(mine)
            self.assertEqual((len(signal), signal.urgency, signal.is_open), (1, "talk", True))
            signal.with_user(self.u_station)._see("dorm", "calm")
            signal.with_user(self.u_station)._triage("talk")
            self.ladder._cron_orphans()
            self.assertEqual(Signal.search(mine), signal, "not again for the same due time")
            self.assertEqual(followup.state, "planned", "and the follow-up stays")
            followup.with_user(self.u_tutor).due_at = clock.now()
        with self.at(followup.due_at + timedelta(days=3, minutes=1)):
            self.ladder._cron_orphans()
            self.assertEqual(Signal.search_count(mine), 2, "another due time is missed: that is news")

    def test_a_rhythm_of_the_school_may_switch_the_climb_off(self):
        self.env["psych.crisis.rhythm"].with_user(self.u_admin).create(
            {"key": "tier_key", "late_signal_days": 0, "company_id": self.company.id}
        )
        followup = self.planned()
        with self.at(followup.due_at + timedelta(days=30)):
            self.ladder._cron_orphans()
            self.assertFalse(
                self.env["psych.crisis.signal"].search([("kind_id.code", "=", "followup_overdue")])
            )

    def test_followups_pass_to_whoever_stands_in(self):
        """The post ends, or the tutor is away when it is due: deputy or station find it on their list."""
        followup = self.planned()
        with self.at(followup.due_at):
            today = clock.today(self.env, self.company)
            leave = {"partner_id": self.u_tutor.partner_id.id, "company_id": self.company.id}
            leave = self.env["psych.leave"].create(
                {**leave, "date_start": today, "date_end": fields.Date.add(today, days=2)}
            )
            self.ladder._cron_orphans()
            self.assertEqual(followup.user_id, self.u_station)
            leave.unlink()
            followup.user_id = self.u_tutor
            self.ladder._cron_orphans()
            self.assertEqual(followup.user_id, self.u_tutor, "who can do it keeps it")
            self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])._end(today, "moved")
            self.ladder._cron_orphans()
            self.assertEqual(followup.user_id, self.u_station)

    def test_a_student_who_changes_the_class_is_handed_over(self):
        """F9: the old tutor keeps it until the centre accepts; then the new one sees tier, signal and follow-up."""
        followup = self.planned()
        signal = self.raise_signal("talk", "class", "concern")
        tier = followup.attention_id
        self.assertEqual((signal.owner_id, followup.user_id), (self.u_tutor, self.u_tutor))
        new = self.students.class_id.filtered(
            lambda unit: self.u_tutor_b in self.env["psych.scope"]._holders(self.company, "tutor", unit)
        )[:1]
        self.student.with_user(self.u_admin).class_id = new
        handover = self.env["psych.roster.handover"].with_user(self.u_centre).search([])
        self.assertEqual((handover.student_id, handover.state), (self.student, "waiting"))
        told = self.Signal.search([("student_id", "=", self.student.id), ("kind_id.code", "=", "handover")])
        self.assertIn(self.u_centre, self.told(told))

        def seen_by(user):
            return [
                bool(self.env[row._name].with_user(user).search([("id", "=", row.id)]))
                for row in (tier, followup, signal)
            ]

        self.assertEqual((seen_by(self.u_tutor), seen_by(self.u_tutor_b)), ([True] * 3, [False] * 3))
        handover.action_accept()
        self.assertEqual((seen_by(self.u_tutor), seen_by(self.u_tutor_b)), ([False] * 3, [True] * 3))
        self.assertEqual((signal.owner_id, followup.user_id), (self.u_tutor_b, self.u_tutor_b))
        self.assertIn(self.u_tutor_b, self.told(signal))
        self.student.with_user(self.u_admin).class_id = new
        self.assertEqual(
            self.env["psych.roster.handover"].search_count([]), 1, "nothing changed, nothing to do"
        )

    def test_a_case_is_handed_over_with_the_student(self):
        """College and tutor of the card change on acceptance; the owner stays until a transfer is accepted."""
        case = (
            self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "orange")
        )
        new = self.students.class_id.filtered(lambda unit: unit.college_id != self.student.college_id)[:1]
        self.student.with_user(self.u_admin).class_id = new
        self.assertEqual(case.sudo().college_id, self.college_a)
        self.env["psych.roster.handover"].with_user(self.u_centre).search([]).action_accept()
        self.assertEqual(case.sudo().college_id, new.college_id)
        self.assertEqual(case.sudo().subject_ids.class_id, new)
        self.assertEqual(case.sudo().owner_id, self.u_station)
        self.assertTrue(case.with_user(self.u_station_b).search([("id", "=", case.id)]))

    def test_slip_for_the_guardian_names_no_reason(self):
        Attention = self.env["psych.crisis.attention"].with_user(self.u_tutor)
        tier = Attention._set_tier(self.students[0], "key")
        tier.care_reason = "Something hard happened"
        tier.student_id.guardian_name = "Guardian One"
        report = self.env["ir.actions.report"].with_user(self.u_tutor)
        name = "psych_crisis.psych_crisis_guardian_slip_document"
        html = report._render_qweb_html(name, tier.student_id.ids)[0].decode()
        self.assertIn("Guardian One", html)
        self.assertIn("12356", html)
        for word in ("hard happened", "Key attention", "ttention"):
            self.assertNotIn(word, html)
        self.assertEqual(tier.action_print_guardian_slip()["report_name"], name)
        Paper = self.env["report." + name]
        for user in (self.u_tutor_b, self.u_leader):
            with self.assertRaises(AccessError):
                Paper.with_user(user)._get_report_values(tier.student_id.ids)

    def test_followup_is_planned_by_the_rhythm(self):
        row = self.env["psych.crisis.attention"].with_user(self.u_station)._set_tier(self.student, "key")
        followup = self.env["psych.crisis.followup"].search([("attention_id", "=", row.id)])
        self.assertEqual((followup.state, followup.user_id), ("planned", self.u_tutor))
        followup.with_user(self.u_tutor)._finish("same", "dorm")
        self.assertEqual(
            self.env["psych.crisis.followup"].search_count(
                [("attention_id", "=", row.id), ("state", "=", "planned")]
            ),
            1,
        )

    def test_crisis_tier_forces_a_case(self):
        row = self.env["psych.crisis.attention"].with_user(self.u_station)._set_tier(self.student, "key")
        row.action_raise_crisis()
        self.assertTrue(self.env["psych.crisis.case"]._open_case_of(self.student))
