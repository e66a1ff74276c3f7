from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import PsychCommon


@tagged("post_install", "-at_install")
class TestPsychMembership(PsychCommon):
    """The roster: nomination, training, pledge, appointment, seats by office, end, lapse."""

    def nominate(self, user, post, unit, student, **vals):
        return (
            self.env["psych.membership"]
            .with_user(user)
            .create(
                {
                    "post_id": self.env.ref(f"psych_health.psych_post_{post}").id,
                    "unit_id": unit.id,
                    "student_id": student.id,
                    **vals,
                }
            )
        )

    def test_class_member_from_nomination_to_union(self):
        """S1-Art6: vote, criteria, training, pledge; then the union seat follows by itself (S1-Art8-a)."""
        member = self.nominate(self.u_tutor, "class_member", self.class_a1, self.students[0])
        for lack in ("criteria", "training", "pledge"):
            with self.assertRaises(UserError, msg=lack):
                member.action_appoint()
        member.write(
            {"criterion_ids": [(6, 0, member.post_id.criterion_ids.ids)], "vote_for": 20, "vote_total": 31}
        )
        with self.assertRaises(UserError):
            member.action_mark_trained()
        member.with_user(self.u_centre).write({"training_date": "2026-10-20", "training_mark": 59})
        with self.assertRaises(UserError):
            member.with_user(self.u_centre).action_mark_trained()
        member.with_user(self.u_centre).training_mark = 60
        member.with_user(self.u_centre).action_mark_trained()
        self.assertEqual(member.state, "trained")
        member.action_sign_pledge()
        member.with_user(self.u_centre).action_appoint()
        self.assertEqual(member.state, "appointed")
        self.assertEqual(member.date_end, date(2027, 11, 3))
        self.assertRegex(member.letter_number, r"^PR-2026-\d{4}$")
        self.assertTrue(self.u_student.has_group("psych_health.group_psych_health_cadre_class"))
        seat = self.env["psych.membership"].search([("source_id", "=", member.id)])
        self.assertEqual((seat.unit_id, seat.state), (self.branch_a, "appointed"))
        member.with_user(self.u_station).end_reason = "Resigned"
        member.with_user(self.u_station).action_end()
        self.assertEqual(seat.state, "ended")
        self.assertFalse(self.u_student.has_group("psych_health.group_psych_health_cadre_class"))

    def test_tutor_nominates_in_own_classes_only(self):
        with self.assertRaises(AccessError):
            self.nominate(self.u_tutor, "class_member", self.class_b1, self.students[2])
        with self.assertRaises(AccessError):
            self.env["psych.membership"].with_user(self.u_tutor).create(
                {
                    "post_id": self.env.ref("psych_health.psych_post_tutor").id,
                    "unit_id": self.class_a1.id,
                    "partner_id": self.u_nobody.partner_id.id,
                }
            )

    def test_one_class_has_one_member(self):
        self.appoint("class_member", self.class_a1, self.students[0])
        with self.assertRaises(ValidationError):
            self.appoint("class_member", self.class_a1, self.students[4])

    def test_post_fits_unit_and_person(self):
        with self.assertRaises(ValidationError):
            self.nominate(self.u_admin, "class_member", self.college_a, self.students[0])
        with self.assertRaises(UserError):
            self.env["psych.membership"].create(
                {
                    "post_id": self.env.ref("psych_health.psych_post_class_member").id,
                    "unit_id": self.class_a1.id,
                    "partner_id": self.u_nobody.partner_id.id,
                }
            )

    def test_room_move_ends_the_informant(self):
        informant = self.appoint("dorm_informant", self.room_1, self.students[0])
        self.students[0].write({"room_id": self.room_2.id})
        self.assertEqual(informant.state, "ended")

    def test_lapsed_pledge_of_staff_has_grace_of_cadre_none(self):
        staff = self.env["psych.membership"].search(
            [("user_id", "=", self.u_station.id), ("source_id", "=", False)]
        )
        cadre = self.appoint("class_member", self.class_a1, self.students[0])
        self.assertEqual(staff.pledge_valid_until, date(2027, 9, 1))
        self.assertEqual(staff.access_until, date(2027, 9, 15))
        self.assertEqual(cadre.access_until, date(2027, 8, 31))
        with clock.frozen(datetime(2027, 9, 10, 1, 0)):
            self.env.invalidate_all()
            self.assertTrue(staff.is_lapsed)
            self.env["psych.membership"]._cron_follow_dates()
            self.assertTrue(self.u_station.has_group("psych_health.group_psych_health_station"))
        with clock.frozen(datetime(2027, 9, 16, 1, 0)):
            self.env["psych.membership"]._cron_follow_dates()
            self.assertFalse(self.u_station.has_group("psych_health.group_psych_health_station"))

    def test_leading_group_seats_follow_the_office(self):
        """S1-Art3-a: the seat of an office changes hands with its head."""
        personnel = self.make_unit("Personnel", "personnel", self.root)
        first, second = self.make_staff("first"), self.make_staff("second")
        head = self.appoint("head_personnel", personnel, first)
        seat = self.env["psych.membership"].search([("source_id", "=", head.id)])
        self.assertEqual(seat.unit_id, self.group)
        head._end(date(2026, 11, 4), "moved on")
        self.assertEqual(seat.state, "ended")
        head = self.appoint("head_personnel", personnel, second, date_start="2026-11-04")
        self.assertEqual(
            self.env["psych.membership"].search([("source_id", "=", head.id)]).partner_id, second.partner_id
        )
        self.assertTrue(second.has_group("psych_health.group_psych_health_leader"))
        self.assertFalse(first.has_group("psych_health.group_psych_health_leader"))

    def test_clinical_seat_by_office_waits_for_a_second_person(self):
        """S1-Art4-0: the head of student affairs is director of the centre, but nobody becomes clinical by himself."""
        office = self.make_unit("Student affairs 2", "student_affairs", self.root)
        user = self.make_staff("new_head")
        head = self.appoint("head_student_affairs", office, user)
        seat = self.env["psych.membership"].search(
            [
                ("source_id", "=", head.id),
                ("post_id", "=", self.env.ref("psych_health.psych_post_centre_director").id),
            ]
        )
        self.assertEqual(seat.state, "nominated")
        self.assertFalse(user.has_group("psych_health.group_psych_health_centre_head"))

    def test_leave_creates_deputies(self):
        leave = (
            self.env["psych.leave"]
            .with_user(self.u_admin)
            .create(
                {
                    "partner_id": self.u_tutor.partner_id.id,
                    "deputy_partner_id": self.u_nobody.partner_id.id,
                    "date_start": "2026-11-03",
                    "date_end": "2026-11-20",
                }
            )
        )
        self.assertEqual(leave.deputy_ids.membership_id.user_id, self.u_tutor)
        self.assertEqual(leave.uncovered_count, 0)
        self.assertTrue(self.u_nobody.has_group("psych_health.group_psych_health_tutor"))
        with clock.frozen(datetime(2026, 11, 21, 1, 0)):
            self.env["psych.membership"]._cron_follow_dates()
            self.assertFalse(self.u_nobody.has_group("psych_health.group_psych_health_tutor"))

    def test_held_post_is_not_deleted(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])
        with self.assertRaises(UserError):
            membership.with_user(self.u_admin).unlink()

    def test_coverage_counts_inhabited_rooms_and_classes(self):
        self.assertEqual((self.class_a1.posts_required, self.class_a1.posts_filled), (2, 1))
        self.appoint("class_member", self.class_a1, self.students[0])
        self.class_a1.invalidate_recordset()
        self.assertEqual(self.class_a1.posts_filled, 2)
        empty = self.make_unit("499", "room", self.building)
        self.assertEqual(empty.posts_required, 0)

    def test_required_counsellors(self):
        """max(2, ceil(students / 4000)): facts.md B4."""
        self.assertEqual(self.company._psych_required_counsellors(), 2)
        self.company.write({"psych_students_per_counsellor": 3})
        self.assertEqual(self.company._psych_required_counsellors(), 3)

    def test_only_the_head_of_the_centre_sets_deceased(self):
        for user in (self.u_admin, self.u_tutor, self.u_centre):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.students[3].with_user(user).write({"enrolment_state": "deceased"})
        self.students[3].with_user(self.u_head).write({"enrolment_state": "deceased"})
        self.assertEqual(self.students[3].enrolment_state, "deceased")

    def test_tutor_keeps_contact_not_register(self):
        self.students[0].with_user(self.u_tutor).write({"phone": "13900000000", "whereabouts_state": "home"})
        with self.assertRaises(AccessError):
            self.students[0].with_user(self.u_tutor).write({"class_id": self.class_a2.id})

    def test_structural_clauses_have_a_place(self):
        """Every structural clause of S1-Art3…9 and S2-L1…L5 is named by a kind of unit or a post."""
        wanted = (
            "S1-Art3-a S1-Art4-0 S1-Art4-7a S1-Art5-a S1-Art5-b S1-Art5-c S1-Art5-d S1-Art6-a S1-Art6-b S1-Art6-c "
            "S1-Art7-a S1-Art8-a S1-Art8-b S1-Art9-a S1-Art9-b S2-L1-0 S2-L2-0 S2-L2A-0 S2-L2B-0 S2-L2B-3 S2-L3-0a "
            "S2-L3-0b S2-L3-0c S2-L3-4a S2-L4-0a S2-L4-0b S2-L5-0a S2-L5-0b"
        ).split()
        found = set()
        for model in ("psych.unit.kind", "psych.post"):
            for record in self.env[model].search([("clause_refs", "!=", False), ("company_id", "=", False)]):
                found |= set(record.clause_refs.split())
        self.assertFalse(set(wanted) - found)

    def test_buttons_only_for_whom_may_change_the_post(self):
        membership = self.appoint("class_member", self.class_a1, self.students[0])
        for user, may in (
            (self.u_tutor, True),
            (self.u_tutor_b, False),
            (self.u_leader, False),
            (self.u_admin, True),
        ):
            self.assertEqual(membership.with_user(user).is_editable, may, user.login)

    def class_teachers(self, count):
        """As many class teachers, each of a new class."""
        post = self.env.ref("psych_health.psych_post_class_teacher")
        post.term_months = 12
        units = [
            self.make_unit(f"C{count}-{index}", "class", self.college_a, entry_year=2026)
            for index in range(count)
        ]
        posts = [
            self.appoint("class_teacher", unit, self.make_staff(f"ct{count}-{index}"))
            for index, unit in enumerate(units)
        ]
        return self.env["psych.membership"].concat(*posts)

    def queries(self, memberships, change):
        """Number of queries of ``change`` on ``memberships``, on a fresh cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        change(memberships)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_a_years_change_costs_no_query_per_post(self):
        """A whole school is renewed, lapses or ends in one go: the statements are as many as for a few posts."""
        today = clock.today(self.env)
        few, many = self.class_teachers(3), self.class_teachers(15)
        (few | many).date_end = today
        changes = {
            "renewed": lambda memberships: memberships._renew(),
            "lapsed": lambda memberships: memberships.write({"pledge_date": "2020-09-01"}),
            "ended": lambda memberships: memberships._end(today, "New school year"),
        }
        for label, change in changes.items():
            with self.subTest(label):
                first, second = self.queries(few, change), self.queries(many, change)
                self.assertLessEqual(second, first + 3)
        self.assertEqual(set((few | many).mapped("state")), {"ended"})
        self.assertTrue(all(post.handover_ids for post in few | many))

    def test_terms_end_together_by_the_clock(self):
        few = self.class_teachers(3)
        few.date_end = clock.today(self.env)
        self.psych_freeze(datetime(2026, 11, 6, 1))
        self.env["psych.membership"]._cron_follow_dates()
        self.assertEqual(set(few.mapped("state")), {"ended"})
        self.assertEqual(set(few.mapped("end_reason")), {"End of term"})
        self.assertTrue(all(post.handover_ids for post in few))
        self.assertFalse(
            few.user_id.filtered(lambda user: user.has_group("psych_health.group_psych_health_tutor"))
        )
