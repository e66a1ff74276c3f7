from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import NIGHT, CrisisCommon, door_as


@tagged("psych_crisis")
class TestTenRules(CrisisCommon):
    """The ten tests of safety: where a student would fall through or be harmed."""

    def test_01_acute_at_night_on_a_holiday_with_the_on_call_asleep(self):
        """02:10 on 3 October, the person on call sleeps, the desk is reached within 10 minutes; seen within 30."""
        with self.at(NIGHT):
            self.put_on_call(self.u_centre)
            signal = self.raise_signal("acute", "answers", "screening")
            seen = None
            for minute in range(1, 31):
                with self.at(minutes=minute):
                    self.run_ladder()
                    if self.u_duty in self.told(signal) and minute >= 20:
                        signal.with_user(self.u_duty)._see("dorm", "upset")
                        seen = minute
                        break
            self.assertTrue(seen and seen <= 30)
            first_told = min(
                signal.addressee_ids.filtered(lambda row: row.user_id == self.u_duty).mapped("at")
            )
            self.assertLessEqual(
                (first_told - NIGHT).total_seconds(), 600, "the staffed desk is told within ten minutes"
            )

    def test_02_the_one_acute_is_first_among_a_thousand(self):
        rows = self.env["psych.student"].create(
            [
                {
                    "number": f"9{i:05}",
                    "name": f"N {i}",
                    "class_id": self.class_b2.id,
                    "company_id": self.company.id,
                }
                for i in range(1000)
            ]
        )
        source, kind = (
            self.Signal._by_code(m, c)
            for m, c in (("psych.crisis.source", "answers"), ("psych.crisis.kind", "screening"))
        )
        self.Signal.create(
            [
                {
                    "student_id": row.id,
                    "source_id": source.id,
                    "kind_id": kind.id,
                    "urgency": "talk",
                    "company_id": self.company.id,
                }
                for row in rows
            ]
        )
        acute = self.Signal._raise_from(
            rows[500], "late", "acute", "session", "session_risk", student=rows[500]
        )
        inbox = self.Signal.with_user(self.u_centre).search([("is_open", "=", True)], limit=5)
        self.assertEqual(inbox[0], acute)
        self.assertFalse(self.Signal.search_count([("is_open", "=", True), ("owner_id", "=", False)]))

    def test_03_a_sheet_left_after_the_flag_raises_at_once(self):
        """The flag of a saved step counts; no submit is asked (the screening room calls the hook at the save)."""
        self.env["psych.hooks"].with_user(self.u_student)._psych_flag_raised(
            self.student, "scale.flag:9", "acute"
        )
        signal = self.Signal.search([("student_id", "=", self.student.id)])
        self.assertEqual((len(signal), signal.urgency), (1, "acute"))
        self.assertTrue(signal.owner_id)

    def test_04_void_sheet_with_a_flag(self):
        self.env["psych.hooks"]._psych_flag_raised(self.student, "scale.void_flag", "talk")
        self.assertEqual(self.Signal.search([("student_id", "=", self.student.id)]).urgency, "talk")

    def test_05_a_watched_student_marked_left_is_handed_over(self):
        self.env["psych.crisis.attention"].with_user(self.u_tutor)._set_tier(self.student, "key")
        self.assertIn(self.student, self.env["psych.hooks"]._watched_students(self.students))
        self.student.with_user(self.u_admin).write({"enrolment_state": "left"})
        signal = self.Signal.search([("student_id", "=", self.student.id), ("kind_id.code", "=", "handover")])
        self.assertTrue(signal.is_open and signal.owner_id)
        self.assertTrue(
            self.env["psych.crisis.attention"].search([("student_id", "=", self.student.id)]).is_current
        )

    def test_06_an_urgent_report_lands_without_any_roster_right(self):
        self.env["psych.membership"].search([("student_id", "!=", False)]).unlink()
        row = self.Signal.with_user(self.u_student)._report(
            self.company,
            {"kind": "urgent", "source": "student", "urgency": "acute", "student_id": self.students[1].id},
            reporter_student=self.student,
        )
        self.assertTrue(row.signal_id.owner_id and row.signal_id.addressee_ids)

    def test_07_a_complaint_about_the_own_tutor(self):
        signal = self.raise_signal(
            "talk", "self", "staff_complaint", accused_user_id=self.u_tutor.id, fact="What happened"
        )
        self.assertEqual(signal.line, "discipline")
        self.assertFalse(self.told(signal) & (self.u_tutor | self.u_station | self.u_centre))
        self.assertLessEqual({self.u_head, self.u_discipline}, set(self.told(signal)))
        for user in (self.u_tutor, self.u_station, self.u_centre, self.u_leader, self.u_admin):
            Signal = signal.with_user(user)
            self.assertFalse(Signal.search([("id", "=", signal.id)]), user.login)
            self.assertFalse(Signal.search_count([("student_id", "=", self.student.id)]), user.login)
            with door_as(user), self.assertRaises(AccessError):
                Signal.read(["fact"])
        with self.at(days=20):
            self.run_ladder()
            self.assertNotIn(self.u_tutor, self.told(signal))
        with door_as(self.u_head):
            self.assertEqual(signal.with_user(self.u_head).fact, "What happened")

    def test_07b_a_complaint_about_the_head_passes_the_head_by(self):
        signal = self.raise_signal("talk", "self", "staff_complaint", accused_user_id=self.u_head.id)
        self.assertNotIn(self.u_head, self.told(signal))
        self.assertTrue(signal.owner_id)
        self.assertFalse(signal.with_user(self.u_head).search([("id", "=", signal.id)]))

    def test_08_a_student_is_no_guard(self):
        case = self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "red")
        Shift = self.env["psych.crisis.watch.shift"].with_user(self.u_station)
        now = clock.now()
        span = {"case_id": case.id, "start": now, "stop": now.replace(hour=12)}
        with self.assertRaises(ValidationError):
            Shift.create({**span, "kind": "staff", "user_id": self.u_student.id})
        self.assertTrue(Shift.create({**span, "kind": "staff", "user_id": self.u_tutor.id}))

    def test_09_after_a_death_nothing_leaves(self):
        signal = self.raise_signal("acute", "dorm")
        case = self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "red")
        self.env["psych.crisis.attention"].with_user(self.u_tutor)._set_tier(self.student, "crisis")
        self.student.with_user(self.u_head).write({"enrolment_state": "deceased"})
        before = self.env["mail.mail"].search_count([])
        with self.at(days=2):
            post = self.run_ladder()
            self.ladder._cron_orphans()
        self.assertFalse(post.called)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        self.assertFalse(signal.is_open or case.sudo().is_open)
        self.assertFalse(
            self.env["psych.crisis.message"].search_count(
                [("addressee_id.signal_id", "=", signal.id), ("state", "=", "queued")]
            )
        )
        self.assertFalse(
            self.env["psych.crisis.followup"].search_count(
                [("student_id", "=", self.student.id), ("state", "=", "planned")]
            )
        )
        self.env["psych.hooks"]._psych_flag_raised(self.student, "late", "acute")
        self.assertEqual(
            self.Signal.search_count([("student_id", "=", self.student.id), ("is_open", "=", True)]), 0
        )
        with self.assertRaises(UserError):
            self.student.with_user(self.u_station).write({"enrolment_state": "enrolled"})

    def test_10_the_tutor_cannot_tell_who_attends_counselling(self):
        """Signals from sessions, bookings and no-shows: no row, no count, no addressee, no climb for tutor and station."""
        for source, kind in (
            ("session", "session_risk"),
            ("booking", "no_show"),
            ("booking", "self_referral"),
        ):
            self.Signal._raise_from(
                self.student, f"{source}.{kind}", "talk", source, kind, student=self.student
            )
        for user in (self.u_tutor, self.u_station, self.u_leader):
            for model in ("psych.crisis.signal", "psych.crisis.climb", "psych.crisis.addressee"):
                self.assertEqual(self.env[model].with_user(user).search_count([]), 0, (user.login, model))
            groups = (
                self.env["psych.crisis.signal"]
                .with_user(user)
                .formatted_read_group([], ["source_id"], ["__count"])
            )
            self.assertFalse(groups)
