"""Groups and talks: members and leaders are never booked twice; adaptation groups class by class; dorm visits."""

import runpy
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_path

from .common import door_as, use_test_keys
from .common_counselling import TODAY, CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychGroup(CounsellingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_test_keys(cls)
        cls.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-09-07",
                "date_end": "2027-01-17",
                "company_id": cls.company.id,
            }
        )

    def make_group(self, **vals):
        return self.env["psych.group"].create(
            {
                "name": "Calm before exams",
                "leader_id": self.ann.id,
                "company_id": self.company.id,
                "member_ids": [(0, 0, {"student_id": student.id}) for student in self.students[:2]],
                **vals,
            }
        )

    def test_meeting_occupies_leader_room_and_members(self):
        group = self.make_group()
        meeting = self.env["psych.group.session"].create(
            {
                "group_id": group.id,
                "start": at("14:30"),
                "length": 90,
                "place_id": self.room_a.id,
            }
        )
        self.assertEqual(self.occupied(meeting), ["room", "student", "student", "user"])
        self.assertEqual(self.hours(), ["16:00"])
        with self.assertRaises(UserError):
            self.env["psych.group.session"].create(
                {"group_id": group.id, "start": at("15:00"), "place_id": self.room_b.id}
            )
        meeting.start = at("09:00")
        self.assertEqual(self.hours(), ["14:00", "15:00", "16:00"])
        meeting.state = "cancelled"
        self.assertFalse(self.occupied(meeting))

    def test_a_busy_member_keeps_his_own_hour(self):
        booked = self.book("14:00")
        meeting = self.env["psych.group.session"].create(
            {
                "group_id": self.make_group(leader_id=self.ben.id).id,
                "start": at("14:00"),
                "length": 60,
            }
        )
        self.assertEqual(booked.state, "confirmed")
        self.assertEqual(self.occupied(meeting), ["student", "user"])

    def test_risk_seen_in_a_group_is_flagged_once_without_text(self):
        raised = []
        hooks = type(self.env["psych.hooks"])
        with patch.object(
            hooks,
            "_psych_flag_raised",
            lambda model, record, rule, urgency: raised.append((record._name, rule, urgency)),
        ):
            member = self.make_group().member_ids[:1].with_user(self.u_counsellor)
            member.risk = "none"
            member.risk = "ideation"
            member.risk = "ideation"
            member.risk = "plan"
            member.risk = "none"
            member.risk = "plan"
        self.assertEqual(
            raised,
            [
                ("psych.group.member", "group.ideation", "talk"),
                ("psych.group.member", "group.plan", "acute"),
                ("psych.group.member", "group.plan", "acute"),
            ],
            "once per level, and again when it returns",
        )

    def test_attendance_and_closing(self):
        group = self.make_group()
        meeting = self.env["psych.group.session"].create(
            {"group_id": group.id, "start": at("14:00"), "length": 60}
        )
        meeting.action_all_present()
        meeting.attended_ids -= group.member_ids[0]
        self.assertEqual((group.session_count, group.member_count, group.attendance_rate), (1, 2, 50.0))
        with self.assertRaises(UserError):
            group.action_close()
        group.summary = "Done"
        group.action_close()

    def test_texts_open_to_leaders_and_head_alone(self):
        texts = {
            "reason": "Who cried",
            "plan": "Six evenings",
            "rules": "What stays here",
            "summary": "How it went",
        }
        group = self.make_group(aims="Sleep well", co_leader_id=self.ben.id, **texts)
        for user in (self.u_counsellor, self.u_counsellor2, self.u_head):
            with door_as(user):
                self.assertEqual(group.with_user(user).read(list(texts))[0], {"id": group.id, **texts})
        with door_as(self.u_centre):
            row = group.with_user(self.u_centre).read(["aims", *texts])[0]
            self.assertEqual(row["aims"], "Sleep well")
            self.assertFalse(set(row.values()) & set(texts.values()))
            with self.assertRaises(AccessError):
                group.with_user(self.u_centre).plan = "Written over"
            group.with_user(self.u_centre).action_close()  # what is closed to the reader is not missing
        self.assertEqual(group.state, "closed")
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(g)::text FROM psych_group g WHERE id = %s", [group.id])
        dump = self.env.cr.fetchone()[0]
        for text in texts.values():
            self.assertNotIn(text, dump)

    def test_one_locked_out_of_a_member_reads_no_text_of_the_group(self):
        group = self.make_group(plan="Six evenings")
        self.env["psych.lockout"].create(
            {"user_id": self.u_counsellor.id, "student_id": self.students[0].id, "reason": "complaint"}
        )
        with door_as(self.u_counsellor):
            self.assertNotIn("Six", group.with_user(self.u_counsellor).plan)

    def test_texts_of_before_are_encrypted_and_their_columns_leave(self):
        group, empty = self.make_group(), self.make_group()
        self.env.flush_all()
        cr = self.env.cr
        for name in ("reason", "plan", "rules", "summary"):
            cr.execute(f"ALTER TABLE psych_group ADD COLUMN {name} text")
        cr.execute("UPDATE psych_group SET row_key = NULL")
        cr.execute("UPDATE psych_group SET reason = 'Who cried', summary = 'Done' WHERE id = %s", [group.id])
        path = file_path("psych_health/migrations/19.0.1.2.0/post-group_texts.py")
        migrate = runpy.run_path(path)["migrate"]
        cr.execute("SELECT pg_relation_filenode('psych_group')")
        (old_file,) = cr.fetchone()
        migrate(cr, "19.0.1.0.0")
        migrate(cr, "19.0.1.0.0")
        cr.execute("SELECT pg_relation_filenode('psych_group')")
        self.assertNotEqual(cr.fetchone()[0], old_file, "old copies of the rows go with the old file")
        self.env.invalidate_all()
        cr.execute("SELECT to_jsonb(g) FROM psych_group g WHERE id IN %s", [(group.id, empty.id)])
        rows = [row for (row,) in cr.fetchall()]
        self.assertFalse({"reason", "plan", "rules", "summary"} & set(rows[0]))
        self.assertNotIn("Who cried", str(rows))
        with door_as(self.u_counsellor):
            mine = group.with_user(self.u_counsellor)
            self.assertEqual((mine.reason, mine.plan, mine.summary), ("Who cried", False, "Done"))
            empty.with_user(self.u_counsellor).plan = "Later"
            self.assertEqual(empty.with_user(self.u_counsellor).plan, "Later")

    def test_adaptation_group_of_every_freshman_class(self):
        Group = self.env["psych.group"].with_user(self.u_centre)
        self.assertEqual(Group._missing_classes(self.company), self.class_a1 | self.class_a2)
        Group.with_company(self.company).action_make_adaptation_groups()
        made = self.env["psych.group"].search(
            [("kind", "=", "adaptation"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(made.class_id, self.class_a1 | self.class_a2)
        self.assertEqual(
            made.filtered(lambda g: g.class_id == self.class_a1).member_ids.student_id,
            self.class_a1.student_ids,
        )
        self.assertFalse(Group._missing_classes(self.company))

    def test_talk_raises_worry_and_dorm_floor_is_ticked(self):
        raised = []
        hooks = type(self.env["psych.hooks"])
        with patch.object(
            hooks, "_psych_flag_raised", lambda model, record, rule, urgency: raised.append((rule, urgency))
        ):
            with door_as(self.u_tutor):
                Talk = self.env["psych.talk"].with_user(self.u_tutor).with_company(self.company)
                talk = Talk.create(
                    {"student_id": self.student.id, "impression": "concern", "note": "Quiet since Monday"}
                )
                talk.impression = "urgent"
                Talk._tick_room(self.room_1)
                Talk._tick_room(self.room_1, "support")
                floor = dict(Talk._floor_list(self.building))
        self.assertEqual(raised, [("talk.concern", "talk"), ("talk.urgent", "acute")])
        self.assertTrue(floor[self.room_1] and not floor[self.room_2])
        self.assertEqual(
            self.env["psych.talk"].search_count([("kind", "=", "dorm"), ("room_id", "=", self.room_1.id)]), 1
        )

    def test_waiting_again_each_week_and_gaps_of_the_roster(self):
        waiting = self.env["psych.waiting"].create(
            {
                "student_id": self.student.id,
                "service_id": self.talk.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(waiting.ask_on, self.next_day(7))
        self.env["psych.duty.pattern"].create(
            {
                "counsellor_id": self.ann.id,
                "weekday": "2",
                "hour_from": 14,
                "hour_to": 17,
                "company_id": self.company.id,
            }
        )
        Shift = self.env["psych.duty.shift"]
        self.assertEqual(Shift._gaps(self.company, TODAY, TODAY), [])
        self.env["psych.leave"].create(
            {
                "partner_id": self.u_counsellor.partner_id.id,
                "date_start": TODAY,
                "date_end": TODAY,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(
            Shift._gaps(self.company, TODAY, TODAY),
            [(at("14:00"), at("17:00"))],
            "an illness is a gap at once",
        )
