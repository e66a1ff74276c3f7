from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon, door_as


@tagged("psych_crisis")
class TestPsychCrisisEvent(CrisisCommon):
    """Reports counted from awareness, decisions with name and time, postvention before the end, sealed file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event = (
            cls.env["psych.crisis.event"]
            .with_user(cls.u_centre)
            .create({"kind": "accident", "facts_text": "Collision at the gate", "unit_id": cls.college_a.id})
        )
        cls.aware = cls.event.aware_at

    def file_first(self):
        self.event.action_told_college()
        self.event.action_told_leader()
        self.event.action_told_authority()
        self.event.action_first_report()

    def test_an_empty_first_report_is_not_filed(self):
        """It would stop the clock of the report with nothing in it; the telephone stamps need no text."""
        with door_as(self.u_centre):
            empty = self.event.create({"kind": "accident"})
            empty.action_told_college()
            for nothing in (False, "  "):
                empty.facts_text = nothing
                with self.assertRaises(UserError):
                    empty.action_first_report()
            self.assertFalse(empty.first_report_at)
            empty.facts_text = "Fire in the kitchen"
            empty.action_first_report()
            self.assertTrue(empty.first_report_at)

    def test_deadlines_from_awareness_in_order(self):
        due = []
        for action in ("told_college", "told_leader", "told_authority", "first_report"):
            due.append((self.event.next_report, self.event.next_report_due - self.aware))
            getattr(self.event, f"action_{action}")()
        self.assertEqual(
            due,
            [
                ("told_college", timedelta(minutes=30)),
                ("told_leader", timedelta(hours=1)),
                ("told_authority", timedelta(hours=2)),
                ("first", timedelta(hours=8)),
            ],
        )
        self.assertEqual(
            (self.event.next_report, self.event.next_report_due),
            ("progress", self.event.first_report_at + timedelta(days=1)),
        )
        with self.at(days=6, hours=12):
            self.event.action_progress_report()
            self.assertEqual(
                (self.event.next_report, self.event.next_report_due),
                ("final", self.aware + timedelta(days=7)),
            )

    def test_overdue_without_a_scheduler(self):
        self.assertFalse(self.event.is_overdue)
        with self.at(minutes=31):
            self.assertTrue(self.event.is_overdue)

    def test_each_stamp_has_its_name_and_cannot_be_typed(self):
        self.event.action_told_college()
        entry = self.event.entry_ids.filtered(lambda row: row.kind == "told_college")
        self.assertEqual((entry.user_id, entry.at), (self.u_centre, clock.now()))
        with self.assertRaises(UserError):
            self.event.action_told_college()
        with self.assertRaises(UserError):
            self.event.write({"told_authority_at": self.aware})
        with self.assertRaises(UserError):
            entry.write({"at": self.aware})
        with self.assertRaises(UserError):
            entry.unlink()

    def test_final_report_needs_the_postvention_list(self):
        with self.assertRaisesRegex(UserError, "first report"):
            self.event.action_final_report()
        self.file_first()
        with self.assertRaisesRegex(UserError, "debriefing"):
            self.event.action_final_report()
        self.event.write({"post_debrief": True, "post_ring": True, "post_media": True})
        self.event.action_final_report()
        self.assertEqual((self.event.state, self.event.next_report), ("closed", False))
        with self.assertRaises(UserError):
            self.event.write({"kind": "other"})
        with self.assertRaises(UserError):
            self.event.action_progress_report()
        with self.assertRaises(UserError):
            self.event.with_user(self.u_centre).unlink()

    def test_leader_decides_others_do_not(self):
        values = {"event_id": self.event.id, "kind": "decision", "name": "Classes go on"}
        row = self.env["psych.crisis.instruction"].with_user(self.u_leader).create(dict(values))
        self.assertEqual(row.author_id, self.u_leader)
        for user in (self.u_centre, self.u_station):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.env["psych.crisis.instruction"].with_user(user).create(dict(values))

    def test_reports_print_the_words_for_who_may_open_them(self):
        self.file_first()
        render = self.env["ir.actions.report"]._render_qweb_html
        for user in (self.u_centre, self.u_leader):
            with door_as(user):
                for name in ("first", "progress", "final"):
                    html = (
                        render.__self__.with_user(user)
                        ._render_qweb_html(
                            f"psych_crisis.psych_crisis_event_{name}_document", self.event.ids
                        )[0]
                        .decode()
                    )
                    self.assertIn(self.event.name, html)
                    if name != "progress":
                        self.assertIn("Collision at the gate", html)
        for user in (self.u_station, self.u_tutor, self.u_admin, self.u_duty, self.u_counsellor):
            with door_as(user), self.assertRaises(AccessError):
                self.env["report.psych_crisis.psych_crisis_event_first_document"].with_user(
                    user
                )._get_report_values(self.event.ids)

    def test_progress_report_shows_what_is_new(self):
        self.file_first()
        with self.at(hours=20):
            self.event._note("measure", text="Group talk held")
            self.event.action_progress_report()
        with self.at(hours=40), door_as(self.u_centre):
            self.event._note("family", text="Mother arrived")
            self.event.action_progress_report()
            more = (
                self.env["report.psych_crisis.psych_crisis_event_progress_document"]
                .with_user(self.u_centre)
                ._get_report_values(self.event.ids)["more"][self.event.id]
            )
        news = [line[3] for line in more["news"]]
        self.assertIn("Mother arrived", news)
        self.assertNotIn("Group talk held", news)

    def test_ring_is_the_centres_and_stamped(self):
        Ring = self.env["psych.crisis.event.ring"].with_user(self.u_centre)
        rows = Ring._add_room_and_class(self.event, self.student)
        self.assertEqual(
            {row.student_id: row.ring for row in rows},
            {**{student: "1" for student in self.students[1:4]}, self.students[4]: "3"},
        )
        rows[0].state = "offered"
        self.assertEqual(rows[0].contacted_at, clock.now())
        for user in (self.u_leader, self.u_station, self.u_tutor):
            with self.assertRaises(AccessError):
                rows.with_user(user).read(["student_id"])


@tagged("psych_crisis")
class TestPsychCrisisEventFile(CrisisCommon):
    """«When did you know, who decided, where is the paper?» in one click, sealed."""

    def setUp(self):
        super().setUp()
        self.event = (
            self.env["psych.crisis.event"]
            .with_user(self.u_centre)
            .create({"kind": "accident", "facts_text": "Collision"})
        )
        self.event.action_told_leader()
        with self.at(minutes=40):
            self.env["psych.crisis.instruction"].with_user(self.u_leader).create(
                {"event_id": self.event.id, "kind": "decision", "name": "Close the gate"}
            )

    def make(self, user):
        action = self.event.with_user(user).action_print_file()
        return self.env["psych.crisis.event.file"].with_user(user).browse(action["context"]["active_ids"])

    def test_timeline_names_deciders_with_times(self):
        with door_as(self.u_leader):
            sealed = self.make(self.u_leader)
            facts = self.event.with_user(self.u_leader)._file_facts()
        self.assertEqual([line[0][-5:] for line in facts["timeline"]], ["10:00", "10:00", "10:40"])
        self.assertEqual(facts["timeline"][-1][2:4], [self.u_leader.name, "Close the gate"])
        self.assertEqual((sealed.made_by_id, sealed.line_count), (self.u_leader, 3))
        self.assertEqual(len(sealed.seal), 64)

    def test_seal_shows_that_the_event_went_on(self):
        with door_as(self.u_centre):
            sealed = self.make(self.u_centre)
            self.assertEqual(sealed.action_check()["params"]["type"], "success")
            self.event._note("note", text="One more")
            self.assertEqual(sealed.action_check()["params"]["type"], "warning")
            second = self.make(self.u_centre)
        self.assertNotEqual(sealed.seal, second.seal)
        self.assertEqual(second.name, f"{self.event.name}-2")
        with self.assertRaises(UserError):
            sealed.write({"seal": second.seal})

    def test_printed_file_shows_seal_and_documents(self):
        with door_as(self.u_centre):
            self.env["psych.document"].with_user(self.u_centre).create(
                {
                    "res_model": "psych.crisis.event",
                    "res_id": self.event.id,
                    "file_name": "police.pdf",
                    "content": "UERG",
                }
            )
            sealed = self.make(self.u_centre)
            html = (
                self.env["ir.actions.report"]
                .with_user(self.u_centre)
                ._render_qweb_html("psych_crisis.psych_crisis_event_file_document", sealed.ids)[0]
                .decode()
            )
        for words in (sealed.seal, "police.pdf", "Close the gate", "Collision", self.u_leader.name):
            self.assertIn(words, html)

    def test_refused_for_others(self):
        for user in (
            self.u_station,
            self.u_tutor,
            self.u_admin,
            self.u_duty,
            self.u_counsellor,
            self.u_student,
        ):
            with self.assertRaises(AccessError, msg=user.login):
                self.env["psych.crisis.event.file"].with_user(user).create({"event_id": self.event.id})


@tagged("psych_crisis")
class TestPsychCrisisEmergencyPlan(CrisisCommon):
    """Emergency plan and contact tree with validity (S1-Art21-a), in force by a second person."""

    def setUp(self):
        super().setUp()
        self.plan = (
            self.env["psych.crisis.emergency.plan"]
            .with_user(self.u_centre)
            .create(
                {
                    "name": "Plan",
                    "steps": "Stay\nCall",
                    "valid_until": "2027-11-04",
                    "contact_ids": [(0, 0, {"role_text": "Duty desk", "phone": "1", "sequence": 1})],
                }
            )
        )
        desk = self.plan.contact_ids
        self.head_line = (
            self.env["psych.crisis.emergency.contact"]
            .with_user(self.u_centre)
            .create(
                {
                    "plan_id": self.plan.id,
                    "role_text": "Head of the centre",
                    "post_id": self.env.ref("psych_health.psych_post_centre_director").id,
                    "phone": "2",
                    "parent_id": desk.id,
                }
            )
        )

    def test_second_person_puts_it_in_force(self):
        with self.assertRaises(UserError):
            self.plan.action_approve()
        self.assertFalse(self.plan.with_user(self.u_tutor).search([("name", "=", "Plan")]))
        for user in (self.u_tutor, self.u_leader, self.u_admin):
            with self.assertRaises(AccessError):
                self.plan.with_user(user).action_approve()
        self.plan.with_user(self.u_head).action_approve()
        self.env.invalidate_all()
        self.assertEqual(self.plan.with_user(self.u_tutor).validity, "valid")
        with self.assertRaises(UserError):
            self.plan.steps = "Other"
        with self.assertRaises(UserError):
            self.plan.unlink()

    def test_new_version_replaces_the_old_one(self):
        self.plan.with_user(self.u_head).action_approve()
        new = self.plan.browse(self.plan.action_new_version()["res_id"])
        self.assertEqual(len(new.contact_ids), 2)
        new.with_user(self.u_head).action_approve()
        self.assertEqual((self.plan.state, new.state, new.version), ("replaced", "in_force", 2))

    def test_validity_is_said(self):
        self.plan.with_user(self.u_head).action_approve()
        for days, state in ((0, "valid"), (340, "soon"), (366, "ended")):
            with self.at(days=days):
                self.assertEqual(self.plan.validity, state)

    def test_tree_names_who_holds_the_post_today(self):
        self.assertEqual(
            [(depth, row.role_text) for depth, row in self.plan._tree()],
            [(0, "Duty desk"), (1, "Head of the centre")],
        )
        self.assertEqual(self.head_line.holder_text, self.u_head.name)
        html = (
            self.env["ir.actions.report"]
            .with_user(self.u_centre)
            ._render_qweb_html("psych_crisis.psych_crisis_emergency_plan_document", self.plan.ids)[0]
            .decode()
        )
        self.assertIn(self.u_head.name, html)
