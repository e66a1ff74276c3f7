from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

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
