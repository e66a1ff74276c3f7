from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon


@tagged("psych_crisis")
class TestPsychCrisisLadder(CrisisCommon):
    """Promise 2: what is late climbs, an owner always lives, and repeating is harmless."""

    def leave(self, user, days=3, deputy=None):
        today = clock.today(self.env, self.company)
        return self.env["psych.leave"].create(
            {
                "partner_id": user.partner_id.id,
                "company_id": self.company.id,
                "date_start": today,
                "date_end": fields.Date.add(today, days=days),
                "deputy_partner_id": deputy.partner_id.id if deputy else False,
            }
        )

    def test_silent_addressees_climb_to_the_desk(self):
        signal = self.raise_signal("acute", "dorm")
        with self.at(minutes=6):
            self.run_ladder()
            self.assertIn(self.u_head, self.told(signal))
            self.assertTrue(signal.is_overdue)
        with self.at(minutes=9):
            self.run_ladder()
            self.assertIn(self.u_duty, self.told(signal))
        with self.at(minutes=21):
            self.run_ladder()
            self.assertIn(self.u_leader, self.told(signal))

    def test_repeating_is_harmless(self):
        signal = self.raise_signal("acute", "dorm")
        with self.at(minutes=9):
            self.run_ladder()
            counts = (
                len(signal.climb_ids),
                len(signal.addressee_ids),
                self.env["psych.crisis.message"].search_count([]),
            )
            for _unused in range(3):
                signal.ring_at = clock.now()
                self.run_ladder()
            self.assertEqual(
                counts,
                (
                    len(signal.climb_ids),
                    len(signal.addressee_ids),
                    self.env["psych.crisis.message"].search_count([]),
                ),
            )

    def test_late_scheduler_fires_everything_due_in_order(self):
        signal = self.raise_signal("acute", "dorm")
        with self.at(hours=3):
            self.assertTrue(signal.is_overdue, "seen without any scheduler")
            self.assertTrue(self.Signal.search_count([("is_overdue", "=", True)]))
            self.run_ladder()
            self.assertLessEqual({self.u_head, self.u_duty, self.u_leader}, set(self.told(signal)))
            self.assertTrue(signal.ring_at > clock.now())

    def test_desk_is_called_again(self):
        signal = self.raise_signal("acute", "dorm")
        with self.at(hours=3):
            self.run_ladder()
        before = len(signal.climb_ids)
        with self.at(hours=4):
            self.run_ladder()
            self.assertGreater(len(signal.climb_ids), before)
            self.assertIn("reminder", signal.climb_ids.mapped("reason"))

    def test_vacant_rung_is_climbed_at_once(self):
        student = self.students[1]  # class A2 has no tutor
        signal = self.raise_signal("talk", "class", "concern", student=student)
        self.assertEqual(signal.owner_id, self.u_station)
        self.assertIn("vacant", signal.climb_ids.mapped("reason"))

    def test_absent_owner_hands_on(self):
        signal = self.raise_signal("talk", "class", "concern")
        signal.with_user(self.u_tutor).action_acknowledge()
        self.leave(self.u_tutor)
        self.run_ladder()
        self.assertTrue(signal.owner_id and signal.owner_id != self.u_tutor)
        self.assertTrue(signal._owner_lives())

    def test_present_deputy_takes_over(self):
        signal = self.raise_signal("talk", "class", "concern")
        self.leave(self.u_tutor, deputy=self.u_tutor_b)
        self.run_ladder()
        self.assertEqual(signal.owner_id, self.u_tutor_b)

    def test_deputies_of_each_other_both_away(self):
        signal = self.raise_signal("talk", "class", "concern")
        self.leave(self.u_tutor, deputy=self.u_tutor_b)
        self.leave(self.u_tutor_b, deputy=self.u_tutor)
        self.run_ladder()
        self.assertEqual(signal.owner_id, self.u_station)

    def test_a_deputy_loses_it_at_midnight(self):
        """The deputy has a post of his own, so he is still somebody; the matter goes back with the first run of the day."""
        signal = self.raise_signal("talk", "class", "concern")
        self.leave(self.u_tutor, days=0, deputy=self.u_tutor_b)
        self.run_ladder()
        self.assertEqual(signal.owner_id, self.u_tutor_b)
        today = clock.today(self.env, self.company)
        midnight = clock.to_utc(
            fields.Datetime.to_datetime(fields.Date.add(today, days=1)), self.company.psych_tz
        )
        with self.at(midnight):
            self.run_ladder()
            self.assertNotEqual(signal.owner_id, self.u_tutor_b)
            self.assertTrue(signal._owner_lives())

    def test_end_of_post_hands_on(self):
        signal = self.raise_signal("talk", "class", "concern")
        self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])._end(
            clock.today(self.env), "moved"
        )
        self.run_ladder()
        self.assertEqual(signal.owner_id, self.u_station)
        with self.assertRaises(AccessError):
            signal.with_user(self.u_tutor).read(["name"])

    def test_end_by_the_date_alone(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_tutor.id)])
        membership.write({"date_end": fields.Date.add(clock.today(self.env), days=2)})
        signal = self.raise_signal("talk", "class", "concern")
        signal._give_to(self.u_tutor, membership)
        with self.at(days=3):
            with self.at(minutes=1):
                self.ladder._cron_orphans()
                self.run_ladder()
            self.assertNotEqual(signal.owner_id, self.u_tutor)
            self.assertTrue(signal._owner_lives())

    def test_nobody_on_call_falls_to_the_others(self):
        self.assertFalse(self.env["psych.crisis.oncall"]._now_on_call(self.company))
        self.assertTrue(self.env["psych.crisis.oncall"]._gaps(self.company))
        signal = self.raise_signal("acute", "answers", "screening")
        self.assertTrue(signal.owner_id)

    def test_one_broken_item_stops_no_other(self):
        one, two = (
            self.raise_signal("acute", "dorm"),
            self.raise_signal("acute", "dorm", student=self.students[2]),
        )
        original = type(one)._ring

        def broken(record):
            if record.id == one.id:
                raise ValueError("broken")
            return original(record)

        self.patch(type(one), "_ring", broken)
        with self.at(minutes=9), mute_logger("odoo.addons.psych_crisis.models.warning.psych_crisis_ladder"):
            self.run_ladder()
            self.assertIn(self.u_duty, self.told(two))
            beat = self.env["psych.crisis.heartbeat"].search([("code", "=", "ladder")])
            self.assertEqual((beat.beat_at, beat.failed), (clock.now(), 1))

    def test_heartbeat_is_red_after_three_missed_beats(self):
        Beat = self.env["psych.crisis.heartbeat"]
        self.run_ladder()
        self.assertFalse(Beat._silent_since())
        with self.at(minutes=4):
            self.assertTrue(Beat.with_user(self.u_tutor)._silent_since())

    def test_cost_follows_what_is_due(self):
        for student in self.students[1:5]:
            self.raise_signal("talk", "class", "concern", student=student)
        due = self.raise_signal("acute", "dorm")
        for student in self.students[5:]:
            self.raise_signal("watch", "class", "concern", student=student)

        def cost():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.ladder._climb()
            return self.env.cr.sql_log_count - before

        with self.at(minutes=9):
            first = cost()
            self.assertLess(first, 400)
            self.assertLess(cost(), 12, "nothing due costs a handful of queries however much is open")
        self.assertTrue(due)

    def test_screens_ask_as_much_for_forty_as_for_eight(self):
        """Inbox of the centre and kanban of leadership: the number of queries does not follow the number of rows."""
        inbox = self.env["psych.crisis.signal"].with_user(self.u_centre)
        board = self.env["psych.crisis.case"].with_user(self.u_leader)
        fields = {
            "id": {},
            "name": {},
            "student_id": {"fields": {"display_name": {}}},
            "stamp_text": {},
            "remaining": {},
        }
        fields |= {"owner_id": {"fields": {"display_name": {}}}, "kind_id": {"fields": {"display_name": {}}}}
        card = {
            "name": {},
            "seen_words": {},
            "where_words": {},
            "guard_state": {},
            "family_state": {},
            "is_red": {},
        }
        card |= {
            "hospital_state": {},
            "instruction_state": {},
            "subject_name": {},
            "remaining": {},
            "next_step": {},
        }

        def cost(model, spec):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = model.web_search_read([("is_open", "=", True)], spec, limit=80)
            return self.env.cr.sql_log_count - before, len(page["records"])

        def grow(students):
            for student in students:
                self.raise_signal("talk", "class", "concern", student=student)
                self.env["psych.crisis.case"].with_user(self.u_head)._open_for_student(student, "orange")

        grow(self.students)
        for model, spec in ((inbox, fields), (board, card)):
            cost(model, spec)  # fills the caches
        few = cost(inbox, fields), cost(board, card)
        values = {"class_id": self.class_b1.id, "company_id": self.company.id}
        grow(
            self.env["psych.student"].create(
                [{"number": f"8{i:03}", "name": f"S {i}", **values} for i in range(32)]
            )
        )
        many = cost(inbox, fields), cost(board, card)
        self.assertEqual([rows for _queries, rows in many], [40, 40])
        for name, (before, _few), (after, _many) in zip(("inbox", "kanban"), few, many):
            self.assertLessEqual(after, before + 2, name)
            self.assertLess(after, 40, name)

    def test_voice_proof_and_retries(self):
        self.company.write({"psych_crisis_voice_url": "https://gateway.test/voice"})
        signal = self.raise_signal("acute", "dorm")
        rows = self.env["psych.crisis.message"].search(
            [("addressee_id.signal_id", "=", signal.id), ("channel", "=", "voice")]
        )
        self.assertTrue(rows)
        post = self.run_ladder()
        self.assertTrue(all(row.state == "sent" and row.proof == "proof-1" for row in rows))
        for call in post.call_args_list:
            self.assertNotIn(self.student.name, call.kwargs["data"])
            self.assertEqual(call.kwargs["timeout"], 5)
        self.assertEqual(
            len({call.kwargs["headers"]["Idempotency-Key"] for call in post.call_args_list}), len(rows)
        )
        rows[0].write({"state": "queued", "send_at": clock.now()})
        rows[0]._failed("ConnectTimeout")
        self.assertEqual((rows[0].state, rows[0].attempts), ("queued", 2))
        self.assertTrue(rows[0].send_at > clock.now())

    def test_acute_messages_leave_before_a_flood(self):
        """A thousand other messages wait: what is acute leaves first, voice and chat before mail."""
        self.company.write(
            {
                "psych_crisis_voice_url": "https://gateway.test/voice",
                "psych_crisis_webhook_url": "https://gateway.test/chat",
            }
        )
        for student in self.students[1:]:
            self.raise_signal("talk", "class", "concern", student=student)
        acute = self.raise_signal("acute", "dorm")
        sent = []
        with patch.object(
            type(self.env["psych.crisis.message"]), "_send", lambda row: sent.append(row) or row._failed("x")
        ):
            self.env["psych.crisis.message"]._send_due()
        urgent = [row.addressee_id.signal_id == acute for row in sent]
        self.assertGreater(len(sent), urgent.count(True))
        self.assertEqual(urgent, sorted(urgent, reverse=True))
        self.assertEqual(sent[0].channel, "webhook")
        self.assertEqual(len(sent), len({row.id for row in sent}), "each is tried once in a run")

    def test_acute_climbs_before_a_flood(self):
        for student in self.students[1:]:
            self.raise_signal("talk", "class", "concern", student=student)
        acute = self.raise_signal("acute", "dorm")
        self.Signal.search([]).write({"ring_at": clock.now()})
        acute.ring_at = clock.now() + timedelta(seconds=1)
        with self.at(minutes=9):
            self.assertEqual(self.ladder._due_ids("psych.crisis.signal", 1), acute.ids)

    def test_texts_carry_number_and_link_only(self):
        signal = self.raise_signal("acute", "dorm", fact="secret words")
        self.run_ladder()
        mails = self.env["mail.mail"].search([("subject", "like", signal.name)])
        self.assertTrue(mails)
        for mail in mails:
            self.assertNotIn(self.student.name, mail.subject + mail.body_html)
            self.assertNotIn("secret", mail.subject + mail.body_html)

    def test_quiet_hours(self):
        with self.at(clock.now().replace(hour=16)):  # 00:00 in Shanghai
            signal = self.raise_signal("talk", "class", "concern")
            message = self.env["psych.crisis.message"].search(
                [("addressee_id.signal_id", "=", signal.id)], limit=1
            )
            self.assertEqual(clock.local(message.send_at).hour, 8)
            acute = self.raise_signal("acute", "dorm", student=self.students[2])
            message = self.env["psych.crisis.message"].search(
                [("addressee_id.signal_id", "=", acute.id)], limit=1
            )
            self.assertEqual(message.send_at, clock.now())

    def test_quiet_hours_begin_while_a_message_waits(self):
        """Queued in the evening and tried again, or found late by the job: what is not acute waits for the morning."""
        self.company.psych_crisis_webhook_url = "https://gateway.test/chat"
        with self.at(clock.now().replace(hour=13, minute=59)):  # 21:59 in Shanghai
            signal = self.raise_signal("talk", "class", "concern")
            acute = self.raise_signal("acute", "dorm", student=self.students[2])
            Message = self.env["psych.crisis.message"]
            calm = Message.search([("addressee_id.signal_id", "=", signal.id)])
            self.assertTrue(calm)
            calm[0]._failed("ConnectTimeout")
            self.assertEqual(clock.local(calm[0].send_at).hour, 8, "one minute later is night")
        with self.at(clock.now().replace(hour=14, minute=5)):
            self.run_ladder()
            self.assertFalse(calm.filtered("sent_at"))
            self.assertEqual({clock.local(row.send_at).hour for row in calm}, {8})
            urgent = Message.search([("addressee_id.signal_id", "=", acute.id), ("channel", "=", "webhook")])
            self.assertEqual(set(urgent.mapped("state")), {"sent"})

    def test_missing_person_has_its_own_clock(self):
        self.appoint("dorm_manager", self.building, self.u_nobody)
        signal = self.raise_signal("acute", "dorm", "missing")
        signal.with_user(self.u_tutor).action_acknowledge()
        with self.at(minutes=31):
            self.run_ladder()
            self.assertIn(self.u_nobody, self.told(signal), "the dorm manager goes to the room")
        with self.at(minutes=61):
            self.run_ladder()
            self.assertIn(self.u_leader, self.told(signal))

    def test_working_days_skip_the_holiday(self):
        step = self.env["psych.crisis.clock"].search([("unit", "=", "workday"), ("amount", "=", 1)], limit=1)
        due = step._due(clock.now().replace(month=11, day=6), self.company)  # Friday
        self.assertEqual((due.day, clock.local(due).hour), (9, 18))
        self.assertEqual(step._due(clock.now(), self.company) - clock.now() < timedelta(days=2), True)
