from datetime import datetime

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import PsychCommon


@tagged("post_install", "-at_install", "security")
class TestPsychScope(PsychCommon):
    """Rights follow the roster: by post, by deputy, by date alone."""

    def visible(self, user):
        return self.env["psych.student"].with_user(user).search([("company_id", "=", self.company.id)])

    def test_tutor_sees_own_classes_only(self):
        self.assertEqual(self.visible(self.u_tutor).class_id, self.class_a1)
        with self.assertRaises(AccessError):
            self.students[1].with_user(self.u_tutor).read(["name"])

    def test_station_sees_own_college_only(self):
        self.assertEqual(self.visible(self.u_station).college_id, self.college_a)
        self.assertEqual(len(self.visible(self.u_station)), 4)

    def test_whole_school_roles(self):
        for user in (self.u_centre, self.u_counsellor, self.u_head, self.u_admin):
            self.assertEqual(len(self.visible(user)), 8, user.login)

    def test_others_see_no_student(self):
        for user in (self.u_leader, self.u_duty, self.u_nobody):
            with self.assertRaises(AccessError, msg=user.login):
                self.visible(user)

    def test_all_staff_open_units(self):
        """The form of a unit shows the number of its students, also to roles that open no student."""
        for user in (self.u_leader, self.u_duty, self.u_office, self.u_tutor):
            for unit in (self.class_a1, self.room_1, self.college_a, self.building, self.root):
                row = unit.with_user(user).read(["name", "student_count", "posts_required", "child_count"])[0]
                self.assertEqual(row["student_count"], unit.student_count, (user.login, unit.name))

    def test_student_sees_own_row(self):
        self.assertEqual(self.visible(self.u_student), self.students[0])

    def test_right_ends_when_only_the_clock_passes(self):
        """Odoo's 'today' in rules is the real clock: the row ended yesterday, nothing is written afterwards."""
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])
        self.assertTrue(self.visible(self.u_tutor))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE psych_scope SET date_end = current_date - 1 WHERE membership_id = %s", (membership.id,)
        )
        self.env.invalidate_all()
        self.assertFalse(self.visible(self.u_tutor))
        self.assertTrue(self.u_tutor.has_group("psych_health.group_psych_health_tutor"))

    def test_cron_takes_groups_when_the_date_passed(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])
        membership.date_end = "2026-11-10"
        self.assertTrue(self.u_tutor.has_group("psych_health.group_psych_health_tutor"))
        with clock.frozen(datetime(2026, 11, 11, 1, 0)):
            self.env["psych.membership"]._cron_follow_dates()
            self.assertEqual(membership.state, "ended")
            self.assertFalse(self.u_tutor.has_group("psych_health.group_psych_health_tutor"))
            self.env["psych.membership"]._cron_follow_dates()
        self.assertEqual(membership.state, "ended")

    def test_deputy_has_the_right_for_the_dates_only(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])
        self.env["psych.membership.deputy"].create(
            {
                "membership_id": membership.id,
                "partner_id": self.u_nobody.partner_id.id,
                "date_start": "2026-11-01",
                "date_end": fields.Date.to_date("2099-12-31"),
            }
        )
        self.assertEqual(self.visible(self.u_nobody).class_id, self.class_a1)

    def test_deputy_of_a_clinical_post_needs_a_second_person(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_counsellor.id)])
        deputy = (
            self.env["psych.membership.deputy"]
            .with_user(self.u_head)
            .create(
                {
                    "membership_id": membership.id,
                    "partner_id": self.u_nobody.partner_id.id,
                    "date_start": "2026-11-01",
                    "date_end": "2099-12-31",
                }
            )
        )
        self.assertFalse(self.u_nobody.has_group("psych_health.group_psych_health_counsellor"))
        with self.assertRaises(UserError):
            deputy.with_user(self.u_head).action_confirm()
        deputy.with_user(self.u_head2).action_confirm()
        self.assertTrue(self.u_nobody.has_group("psych_health.group_psych_health_counsellor"))

    def test_new_class_of_a_college_is_in_reach_at_once(self):
        unit = self.make_unit("Class A3", "class", self.college_a, entry_year=2026)
        student = self.make_student("20260999", "New", unit)
        self.assertIn(student, self.visible(self.u_station))

    def test_moved_class_changes_reach(self):
        self.class_a2.parent_id = self.college_b
        self.assertNotIn(self.students[1], self.visible(self.u_station))
        self.assertIn(self.students[1], self.visible(self.u_station_b))
        self.assertEqual(self.students[1].college_id, self.college_b)

    def test_second_school_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Other school"})
        admin = self.holder("administrator", other.psych_unit_id, "admin_other")
        env = self.env(user=admin, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["psych.student"].search([]))
        self.assertEqual(env["psych.unit"].search([]), other.psych_unit_id)

    def test_rights_of_one_membership_cost_the_same_in_a_large_school(self):
        for index in range(30):
            self.appoint(
                "tutor",
                self.make_unit(f"C{index}", "class", self.college_b, entry_year=2024),
                self.make_staff(f"t{index}"),
            )
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])
        self.env.flush_all()
        # 40 of its own, the rest is the audit log of changes (OCA auditlog)
        with self.assertQueryCount(65):
            membership.date_end = "2026-12-01"


@tagged("post_install", "-at_install", "security")
class TestClinicalGroups(PsychCommon):
    """Clinical groups come only from a membership that a second person confirmed."""

    def test_manual_edit_is_refused(self):
        operator = self.env.ref("base.user_admin")
        group = self.env.ref("psych_health.group_psych_health_counsellor")
        for record, vals in (
            (self.u_nobody, {"group_ids": [(4, group.id)]}),
            (group, {"user_ids": [(4, self.u_nobody.id)]}),
            (self.env.ref("base.group_user"), {"implied_ids": [(4, group.id)]}),
        ):
            with self.subTest(record._name), self.assertRaises(AccessError), self.env.cr.savepoint():
                record.with_user(operator).sudo(False).write(vals)
        forged = self.u_nobody.with_user(operator).with_context(psych_roster=True)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            forged.write({"group_ids": [(4, group.id)]})
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertFalse(self.u_nobody.has_group("psych_health.group_psych_health_counsellor"))

    def test_administrator_is_no_system_user(self):
        for group in ("base.group_system", "base.group_erp_manager"):
            self.assertFalse(self.u_admin.has_group(group))

    def test_second_person_confirms(self):
        post = self.env.ref("psych_health.psych_post_counsellor_part")
        membership = (
            self.env["psych.membership"]
            .with_user(self.u_admin)
            .create(
                {
                    "post_id": post.id,
                    "unit_id": self.centre.id,
                    "partner_id": self.u_nobody.partner_id.id,
                    "pledge_date": "2026-11-01",
                }
            )
        )
        membership.action_appoint()
        self.assertEqual(membership.state, "nominated")
        for user in (self.u_admin, self.u_tutor, self.u_nobody):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                membership.with_user(user).action_confirm()
        self.assertFalse(self.u_nobody.has_group("psych_health.group_psych_health_counsellor"))
        membership.with_user(self.u_head).action_confirm()
        self.assertEqual(membership.state, "appointed")
        self.assertTrue(self.u_nobody.has_group("psych_health.group_psych_health_counsellor"))

    def test_state_cannot_be_written(self):
        post = self.env.ref("psych_health.psych_post_counsellor_part")
        membership = (
            self.env["psych.membership"]
            .with_user(self.u_admin)
            .create(
                {"post_id": post.id, "unit_id": self.centre.id, "partner_id": self.u_nobody.partner_id.id}
            )
        )
        for vals in ({"state": "appointed"}, {"proposed_by_id": self.u_head.id}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                membership.write(vals)

    def test_changed_person_needs_a_new_proposal(self):
        post = self.env.ref("psych_health.psych_post_counsellor_part")
        membership = (
            self.env["psych.membership"]
            .with_user(self.u_admin)
            .create(
                {
                    "post_id": post.id,
                    "unit_id": self.centre.id,
                    "partner_id": self.u_nobody.partner_id.id,
                    "pledge_date": "2026-11-01",
                }
            )
        )
        membership.action_appoint()
        membership.write({"partner_id": self.u_duty.partner_id.id})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            membership.with_user(self.u_head).action_confirm()

    def test_ending_takes_the_group_at_once(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_counsellor.id)])
        with self.assertRaises(UserError):
            membership.with_user(self.u_head).action_end()
        membership.with_user(self.u_head).end_reason = "Moved to another city"
        membership.with_user(self.u_head).action_end()
        self.assertFalse(self.u_counsellor.has_group("psych_health.group_psych_health_counsellor"))
        self.assertEqual(membership.handover_ids.mapped("is_done"), [False] * 3)

    def test_inactive_user_loses_scope(self):
        self.u_counsellor.active = False
        self.assertFalse(self.env["psych.scope"].search([("user_id", "=", self.u_counsellor.id)]))
