from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon, door_as

FLAG_QUERIES = 50  # of a flag with signal, addressees and messages; the submit of the sheet waits for them


@tagged("psych_crisis")
class TestPsychCrisisSignal(CrisisCommon):
    """One inbox, three stamps, routing by source, and who may see what."""

    def test_first_addressees_are_committed_with_the_signal(self):
        self.put_on_call(self.u_centre)
        signal = self.raise_signal("acute", "dorm")
        self.assertLessEqual({self.u_tutor, self.u_station, self.u_centre}, set(self.told(signal)))
        self.assertEqual(signal.owner_id, self.u_tutor)
        self.assertTrue(signal.due_at > clock.now())
        self.assertTrue(self.env["psych.crisis.message"].search([("addressee_id.signal_id", "=", signal.id)]))

    def queries_of_a_flag(self, student):
        """Raise a flag of answers as a submit does. :return: how many queries it cost, how many people were told"""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        signal = self.Signal._raise_from(student, "rule.1", "acute", "answers", "screening", student=student)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before, len(self.told(signal))

    def test_a_flag_costs_the_same_however_many_are_told(self):
        """Addressees and messages of a climb are one insert each: five more teachers at the centre add no row-by-row work."""
        self.put_on_call(self.u_centre)
        self.queries_of_a_flag(self.students[1])  # warms what is cached
        few, told_few = self.queries_of_a_flag(self.students[2])
        for index in range(5):
            self.holder("psych_teacher", self.centre, f"teacher_{index}")
        self.queries_of_a_flag(self.students[3])
        many, told_many = self.queries_of_a_flag(self.students[4])
        self.assertEqual(told_many, told_few + 5)
        self.assertLessEqual(many, few + 2)
        self.assertLessEqual(few, FLAG_QUERIES)

    def test_the_workbench_shows_it_first_to_those_who_were_told(self):
        signal = self.raise_signal("acute", "dorm")
        self.env.flush_all()
        items = self.env["psych.work.item"]
        first = items.with_user(self.u_tutor).search([], limit=1)
        self.assertEqual((first.kind, first.res_id, first.severity), ("signal", signal.id, 3))
        for user in (self.u_tutor_b, self.u_admin):
            self.assertNotIn("signal", items.with_user(user).search([]).mapped("kind"), user.login)

    def test_confidential_source_starts_at_the_centre(self):
        signal = self.Signal._raise_from(
            self.student, "rule.1", "talk", "answers", "screening", student=self.student
        )
        self.assertEqual(signal.line, "centre")
        self.assertFalse(self.told(signal) & (self.u_tutor | self.u_station))
        self.assertIn(self.u_centre, self.told(signal))
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_admin, self.u_office):
            self.assertFalse(signal.with_user(user).search([("id", "=", signal.id)]), user.login)

    def test_raised_once_per_record_and_rule(self):
        first = self.Signal._raise_from(
            self.student, "rule.1", "talk", "answers", "screening", student=self.student
        )
        again = self.Signal._raise_from(
            self.student, "rule.1", "talk", "answers", "screening", student=self.student
        )
        other = self.Signal._raise_from(
            self.student, "rule.2", "acute", "answers", "screening", student=self.student
        )
        self.assertEqual(first, again)
        self.assertEqual(first, other, "an open signal of the same student and source is joined")
        self.assertEqual(first.urgency, "acute", "a graver rule raises the urgency")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["psych.crisis.origin"].create(
                {
                    "signal_id": first.id,
                    "model": "psych.student",
                    "res_id": self.student.id,
                    "rule_ref": "rule.1",
                    "urgency": "talk",
                    "at": clock.now(),
                }
            )

    def test_raised_urgency_starts_the_clocks_anew(self):
        signal = self.Signal._raise_from(
            self.student, "rule.1", "talk", "answers", "screening", student=self.student
        )
        signal.with_user(self.u_centre).action_acknowledge()
        with self.at(hours=5):
            self.Signal._raise_from(
                self.student, "rule.2", "acute", "answers", "screening", student=self.student
            )
            self.assertFalse(signal.acknowledged_at)
            self.assertEqual(signal.aware_at, clock.now())

    def raise_again(self, urgency="acute", rule="rule.1"):
        """Let the same rule of the same record fire."""
        return self.Signal._raise_from(
            self.student, rule, urgency, "answers", "screening", student=self.student
        )

    def test_danger_after_the_student_was_seen_is_new_danger(self):
        """The afternoon's danger does not vanish in the morning's signal, whose student was met and was calm."""
        for rule in ("rule.1", "rule.2"):
            signal = self.raise_again()
            with self.at(minutes=20):
                signal.with_user(self.u_centre)._see("office", "calm")
                self.assertEqual(signal.state, "seen")
            with self.at(hours=6):
                self.assertEqual(self.raise_again(rule=rule), signal)
                self.assertFalse(signal.acknowledged_at or signal.seen_at)
                self.assertEqual((signal.state, signal.aware_at), ("new", clock.now()))
                first = signal.climb_ids.filtered(lambda climb: climb.at == clock.now())
                self.assertTrue(
                    self.env["psych.crisis.message"].search([("climb_id", "in", first.ids)]),
                    "somebody is told of the new danger",
                )

    def test_a_graver_flag_after_triage_is_triaged_again(self):
        signal = self.raise_again("talk")
        signal.with_user(self.u_centre)._triage("talk")
        self.assertTrue(signal.is_open, "the student was not seen yet")
        self.raise_again("acute")
        self.assertFalse(signal.triaged_at or signal.outcome)

    def test_fired_again_after_the_signal_was_closed(self):
        """A rule of a record that lives long (a member of a group, a student on leave again) is heard each time."""
        first = self.raise_again("talk")
        first.with_user(self.u_centre).action_no_concern()
        self.assertFalse(first.is_open)
        with self.at(days=30):
            second = self.raise_again("acute")
            self.assertNotEqual(first, second)
            self.assertTrue(second.is_open and second.owner_id)
            self.assertEqual(self.raise_again("acute"), second, "an open one is not doubled")
        self.assertEqual((first | second).origin_ids.mapped("turn"), [1, 2])

    def test_fired_again_after_a_merge_is_told_to_the_one_that_was_kept(self):
        first = self.raise_again("talk")
        target = self.raise_signal("talk", "dorm")
        first.with_user(self.u_centre)._merge_into(target)
        self.assertEqual(self.raise_again("acute"), target)
        self.assertEqual(target.urgency, "acute")

    def test_danger_said_twice_is_heard_twice(self):
        """The request to be called is still open from the first time; its signal was closed meanwhile."""
        Call = self.env["psych.call.request"]
        request = Call._ask(self.company, "booking", student=self.student, danger=True)
        first = self.Signal.search([("student_id", "=", self.student.id)])
        with self.at(minutes=20):
            request.with_user(self.u_centre).action_not_reached()
            first.with_user(self.u_centre)._see("office", "calm")
            first.with_user(self.u_centre)._triage("talk")
            self.assertFalse(first.is_open)
        with self.at(days=2):
            self.assertEqual(Call._ask(self.company, "booking", student=self.student, danger=True), request)
            self.assertEqual(request.state, "open")
            second = self.Signal.search([("student_id", "=", self.student.id), ("is_open", "=", True)])
            self.assertEqual(second.urgency, "acute")

    def test_danger_that_staff_writes_down_is_told(self):
        """Whoever is called on the telephone ticks the box, at once or later; nobody's number need be known."""
        calls = self.env["psych.call.request"].with_user(self.u_centre)
        calls.create({"company_id": self.company.id, "is_danger": True})
        nameless = self.Signal.search([("student_id", "=", False), ("is_open", "=", True)])
        self.assertEqual(nameless.urgency, "acute")
        later = calls.create({"company_id": self.company.id, "student_id": self.student.id})
        self.assertFalse(self.Signal.search([("student_id", "=", self.student.id)]))
        later.is_danger = True
        self.assertEqual(self.Signal.search([("student_id", "=", self.student.id)]).urgency, "acute")

    def test_three_stamps_by_the_lowest_role(self):
        signal = self.raise_signal("acute", "dorm").with_user(self.u_tutor)
        signal.action_acknowledge()
        self.assertEqual((signal.state, signal.owner_id), ("acknowledged", self.u_tutor))
        self.env["psych.crisis.signal.seen"].with_user(self.u_tutor).create(
            {"signal_id": signal.id, "place": "dorm", "condition": "upset"}
        ).action_confirm()
        self.assertEqual((signal.state, signal.seen_by_id, signal.seen_place), ("seen", self.u_tutor, "dorm"))
        self.env["psych.crisis.signal.triage"].with_user(self.u_tutor).create(
            {"signal_id": signal.id, "outcome": "talk"}
        ).action_confirm()
        self.assertFalse(signal.is_open)
        self.assertEqual(
            self.env["psych.crisis.attention"].search([("student_id", "=", self.student.id)]).tier, "daily"
        )

    def test_acute_is_not_closed_unseen(self):
        signal = self.raise_signal("acute", "dorm").with_user(self.u_tutor)
        with self.assertRaises(UserError):
            signal.action_no_concern()
        signal._see("phone", "calm")
        signal.action_no_concern()
        self.assertFalse(signal.is_open)

    def test_no_concern_is_two_taps_and_forgotten(self):
        signal = self.raise_signal("talk", "class", "concern")
        signal.with_user(self.u_tutor).action_no_concern()
        self.assertFalse(signal.is_open)
        with self.at(days=200):
            self.Signal._cron_forget_unfounded()
            self.assertFalse(signal.exists())

    def test_case_stays_open_until_seen(self):
        signal = self.raise_signal("talk", "class", "concern")
        self.env["psych.crisis.signal.triage"].with_user(self.u_station).create(
            {"signal_id": signal.id, "outcome": "case", "level": "orange"}
        ).action_confirm()
        self.assertTrue(signal.is_open, "nobody has seen the student")
        self.assertTrue(signal.case_id)
        signal.with_user(self.u_tutor)._see("class", "calm")
        self.assertFalse(signal.is_open)
        self.assertTrue(signal.case_id.last_seen_at)

    def test_fields_change_by_buttons_only(self):
        signal = self.raise_signal("acute", "dorm")
        for vals in (
            {"acknowledged_at": clock.now()},
            {"owner_id": self.u_tutor.id},
            {"is_open": False},
            {"urgency": "watch"},
        ):
            with self.assertRaises(AccessError):
                signal.with_user(self.u_tutor).write(vals)

    def test_merge_keeps_both(self):
        one, two = self.raise_signal("talk", "class", "concern"), self.raise_signal("acute", "dorm")
        two.with_user(self.u_tutor)._merge_into(one.with_user(self.u_tutor))
        self.assertFalse(two.is_open)
        self.assertEqual((two.merged_into_id, one.urgency), (one, "acute"))
        self.assertTrue(self.env["psych.crisis.reporter"].search_count([("signal_id", "=", two.id)]))

    def test_relink_leaves_a_trace_and_tells_the_right_people(self):
        signal = self.raise_signal("talk", "class", "concern", fact="Sat alone in class")
        signal.with_user(self.u_station)._relink(self.students[2])
        self.assertEqual((signal.student_id, signal.class_id), (self.students[2], self.class_b1))
        self.assertTrue(signal.relink_trace)
        self.assertIn(self.u_tutor_b, self.told(signal))
        self.assertFalse(signal.with_user(self.u_tutor).search([("id", "=", signal.id)]))
        with door_as(self.u_tutor_b):
            self.assertEqual(signal.with_user(self.u_tutor_b).fact, "Sat alone in class")

    def test_reporter_is_a_right_of_its_own(self):
        row = self.Signal.with_user(self.u_student2)._report(
            self.company,
            {
                "kind": "urgent",
                "source": "dorm",
                "urgency": "acute",
                "student_id": self.student.id,
                "fact": "He cries",
            },
            reporter_student=self.students[1],
        )
        signal = row.signal_id
        self.assertNotIn(self.u_student2, signal.create_uid)
        Reporter = self.env["psych.crisis.reporter"]
        for user in (
            self.u_tutor,
            self.u_station,
            self.u_leader,
            self.u_admin,
            self.u_student,
            self.u_student2,
            self.u_duty,
        ):
            with self.assertRaises(AccessError):
                Reporter.with_user(user).search([("signal_id", "=", signal.id)]).student_id.mapped("id")
        self.assertEqual(
            Reporter.with_user(self.u_centre).search([("signal_id", "=", signal.id)]).student_id,
            self.students[1],
        )

    def test_fact_opens_by_content_right_only(self):
        signal = self.raise_signal("acute", "dorm", fact="He gave his things away")
        for user, opens in ((self.u_tutor, True), (self.u_station, True), (self.u_centre, True)):
            with door_as(user):
                self.assertEqual(signal.with_user(user).fact == "He gave his things away", opens, user.login)
        for user in (
            self.u_tutor_b,
            self.u_station_b,
            self.u_leader,
            self.u_admin,
            self.u_nobody,
            self.u_student,
        ):
            with door_as(user), self.assertRaises(AccessError):
                signal.with_user(user).read(["fact"])

    def test_cluster_hint(self):
        mates = self.students.filtered(lambda s: s.class_id == self.class_a1)
        mates |= self.make_student("2026900", "Third", self.class_a1)
        signals = self.Signal.browse(
            [self.raise_signal("talk", "class", "concern", student=mate).id for mate in mates]
        )
        self.assertTrue(all(signals.mapped("is_cluster")))
        self.assertEqual(signals[0].cluster_count, 3)
        self.assertIn("3", signals[0].cluster_text)
        self.company.psych_crisis_cluster = 4
        self.env.invalidate_all()
        self.assertFalse(signals[0].is_cluster, "how many make a cluster is a setting")
        with self.at(days=15):
            self.assertEqual(signals[0].cluster_count, 0, "older than the days of the setting")

    def test_cluster_on_one_floor(self):
        """Three students of three classes who live on one floor; the floor above counts for itself."""
        (self.room_1 | self.room_2).floor = "4"
        other = self.make_unit("501", "room", self.building, floor="5")
        self.students[3].room_id = other
        signals = self.Signal.browse(
            [self.raise_signal("talk", "class", "concern", student=row).id for row in self.students[1:4]]
        )
        self.assertFalse(any(signals.mapped("is_cluster")))
        last = self.raise_signal("talk", "class", "concern", student=self.students[4])
        self.env.invalidate_all()
        self.assertEqual((signals | last).mapped("cluster_count"), [3, 3, 1, 3])
        self.assertTrue(last.is_cluster)

    def test_gravest_first(self):
        for student in self.students[1:]:
            self.raise_signal("talk", "class", "concern", student=student)
        acute = self.raise_signal("acute", "dorm")
        self.assertEqual(self.Signal.with_user(self.u_head).search([("is_open", "=", True)], limit=1), acute)

    def test_student_holds_no_clock(self):
        signal = self.raise_signal("acute", "dorm")
        with self.assertRaises(UserError):
            signal.write({"owner_id": self.u_student.id})
        with self.assertRaises(UserError):
            self.env["psych.crisis.addressee"].create(
                {
                    "signal_id": signal.id,
                    "user_id": self.u_student.id,
                    "at": clock.now(),
                    "company_id": self.company.id,
                }
            )
        with self.assertRaises(UserError):
            self.put_on_call(self.u_student)
