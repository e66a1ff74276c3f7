import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.models.screening.psych_screening_seam import SheetRefused
from odoo.addons.psych_health.tests.screening import FLAGGED, ScreeningWorld
from odoo.addons.psych_health.tests.test_psych_roster_import import RosterCase
from odoo.addons.psych_health.tools import clock

from .common import NIGHT, CrisisCommon, door_as

ACUTE = (1,) * 5  # follow-up questions, all answered with yes


@tagged("psych_crisis")
class TestTenRules(ScreeningWorld, CrisisCommon):
    """The ten tests of safety: where a student would fall through or be harmed. Through the doors of the people concerned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.screening_world()

    def signals(self, student=None):
        return self.Signal.search([("student_id", "=", (student or self.student).id)])

    def follow_up(self, student, answers=ACUTE):
        """Answer the short questions that follow a flag."""
        with door_as():
            return self.seam()._submit(
                self.token(student), [{"scale": self.safe.id, "answers": answers, "seconds": 20}]
            )

    # ------------------------------------------------------------ 1

    def test_01_acute_at_night_on_a_holiday_with_the_on_call_asleep(self):
        """02:10 on 3 October, everybody but the desk sleeps. The desk is told in ten minutes, goes, and says so by 02:40."""
        self.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-09-07",
                "date_end": "2027-01-17",
                "company_id": self.company.id,
            }
        )
        self.company.psych_crisis_voice_url = "https://voice.invalid/hook"
        seen = None
        with self.at(NIGHT):
            self.assertFalse(
                self.env["psych.term"]
                ._current(self.company)
                ._is_working_day(clock.today(self.env, self.company))
            )
            self.put_on_call(self.u_centre)
            signal = self.raise_signal("acute", "answers", "screening")
            woken = {}
            for minute in range(1, 31):
                with self.at(minutes=minute):
                    self.run_ladder()
                    self.assertTrue(signal.is_open and signal.owner_id)
                    for call in self.env["psych.crisis.message"].search(
                        [
                            ("addressee_id.signal_id", "=", signal.id),
                            ("channel", "=", "voice"),
                            ("state", "=", "sent"),
                        ]
                    ):
                        woken.setdefault(call.user_id, minute)
                    if (
                        self.u_duty in woken and minute >= woken[self.u_duty] + 15
                    ):  # a quarter of an hour to get there
                        page = self.Signal.with_user(self.u_duty)._night_page()["rows"]
                        self.assertEqual([row["signal"] for row in page], [signal])
                        self.assertIn("401", page[0]["where"])
                        signal.with_user(self.u_duty)._see("dorm", "upset")
                        seen = minute
                        break
        self.assertIn(self.u_centre, woken, "the person on call was called at night")
        self.assertLessEqual(woken[self.u_duty], 10, "the staffed desk is called within ten minutes")
        self.assertTrue(seen and seen <= 30)
        self.assertEqual((signal.seen_by_id, signal.seen_place), (self.u_duty, "dorm"))

    # ------------------------------------------------------------ 2

    def test_02_the_one_acute_is_first_among_a_thousand(self):
        """1,000 flags within an hour, the acute one in the middle: first in the inbox of the centre, then and later."""
        values = {"class_id": self.class_b2.id, "company_id": self.company.id}
        students = self.env["psych.student"].create(
            [{"number": f"9{i:05}", "name": f"N {i}", **values} for i in range(1000)]
        )
        hooks = self.env["psych.hooks"]
        for index, student in enumerate(students):
            with clock.frozen(self.flood_time(index)):
                hooks._psych_flag_raised(student, "scale.item9", "acute" if index == 500 else "talk")
        acute = self.signals(students[500])
        self.assertFalse(self.Signal.search_count([("is_open", "=", True), ("owner_id", "=", False)]))
        for hours in (1, 24 * 6):  # at once, and when all are overdue
            with self.at(hours=hours):
                inbox = self.Signal.with_user(self.u_centre).web_search_read(
                    [("is_open", "=", True)], {"name": {}, "urgency": {}}, limit=80
                )
                self.assertEqual(inbox["records"][0]["id"], acute.id)
                self.assertEqual([row["urgency"] for row in inbox["records"]].count("acute"), 1)

    def flood_time(self, index):
        """One flag every 3.6 seconds."""
        return clock.now() + timedelta(seconds=3.6 * index)

    # ------------------------------------------------------------ 3, 4

    def test_03_a_sheet_left_after_item_nine(self):
        """The student saves item 9 and closes the page. Nothing is submitted; the signal is there at once."""
        with door_as():
            self.seam()._save(self.token(self.student), self.sheets(FLAGGED, gad=False))
        self.assertFalse(self.responses(self.student), "no sheet was submitted")
        signal = self.signals()
        self.assertEqual(len(signal), 1)
        self.assertTrue(signal.owner_id and signal.addressee_ids)
        self.assertFalse(self.told(signal) & (self.u_tutor | self.u_station), "answers start at the centre")
        with self.at(hours=2):
            self.run_ladder()
            self.assertEqual(self.signals(), signal, "once")
            self.submit(self.student, FLAGGED)
            self.follow_up(self.student)
        self.assertEqual(self.signals(), signal, "the rest joins the same signal")
        self.assertEqual(signal.urgency, "acute")

    def test_04_a_void_sheet_with_a_flag(self):
        """All items in two seconds, item 9 marked: the sheet is void, a talk follows all the same."""
        self.submit(self.student, FLAGGED, seconds=2)
        sheet = self.responses(self.student).filtered(lambda row: row.scale_id == self.phq)
        self.assertEqual(sheet.state, "void")
        signal = self.signals()
        self.assertTrue(signal.is_open and signal.owner_id)
        self.assertIn(signal.urgency, ("talk", "acute"))

    @mute_logger("odoo.addons.psych_health.models.screening.psych_response_flag")
    def test_04b_a_flag_whose_hook_failed_is_found_again(self):
        """Something breaks while the sheet is saved: the sheet stays, and the next minute's catch-up raises the signal."""
        with patch.object(type(self.Signal), "_raise_from", side_effect=ValueError("broken")):
            self.submit(self.student, FLAGGED)
        self.assertFalse(self.signals())
        with self.at(minutes=1):
            self.env["psych.response.flag"]._cron_catch_up()
            self.assertTrue(self.signals().owner_id)
            self.env["psych.response.flag"]._cron_catch_up()
            self.assertEqual(len(self.signals()), 1)

    # ------------------------------------------------------------ 6

    def test_06_an_urgent_report_lands_without_any_roster_right(self):
        """Pledge and training lapsed, the post is over: the urgent report is open to every student, always."""
        informant = self.students[1]
        post = self.appoint("dorm_informant", self.room_1, informant)
        post._end(clock.today(self.env, self.company), "pledge expired")
        Page = self.Signal.with_user(self.u_student2)
        self.assertFalse(Page._care_tasks(informant)["tasks"])
        self.assertTrue(Page._may_report(self.company))
        row = Page._file_urgent(self.company, {"who": self.student.number, "fact": "He says goodbye"})
        signal = row.sudo().signal_id
        self.assertEqual((signal.student_id, signal.urgency), (self.student, "acute"))
        self.assertTrue(signal.owner_id)
        self.assertLessEqual({self.u_tutor, self.u_station}, set(self.told(signal)))

    # ------------------------------------------------------------ 7

    def test_07_a_complaint_about_the_own_tutor(self):
        signal = self.raise_signal(
            "talk", "self", "staff_complaint", accused_user_id=self.u_tutor.id, fact="What happened"
        )
        self.assertEqual(signal.line, "discipline")
        self.assertFalse(self.told(signal) & (self.u_tutor | self.u_station | self.u_centre))
        self.assertLessEqual({self.u_head, self.u_discipline}, set(self.told(signal)))
        with self.at(days=20):
            self.run_ladder()
            self.assertNotIn(self.u_tutor, self.told(signal))
        for user in (self.u_tutor, self.u_station, self.u_centre, self.u_leader, self.u_admin):
            if user in self.told(signal):  # leadership, after it climbed
                continue
            self.check_every_door_is_shut(signal, user)
        with door_as(self.u_head):
            self.assertEqual(signal.with_user(self.u_head).fact, "What happened")

    def check_every_door_is_shut(self, signal, user):
        """No row, no count, no group, no name, no text, no export, no child, no page for ``user``."""
        Signal = self.Signal.with_user(user).with_context(allowed_company_ids=self.company.ids)
        mine, row = [("id", "=", signal.id)], signal.with_env(Signal.env)
        self.assertFalse(Signal.search(mine), user.login)
        self.assertFalse(Signal.search_count([("student_id", "=", self.student.id)]), user.login)
        self.assertFalse(Signal.name_search(signal.name), user.login)
        self.assertFalse(Signal.formatted_read_group([], ["kind_id"], ["__count"]), user.login)
        self.assertEqual(Signal.web_search_read(mine, {"name": {}})["length"], 0, user.login)
        for model in (
            "psych.crisis.climb",
            "psych.crisis.addressee",
            "psych.crisis.origin",
            "psych.crisis.reporter",
        ):
            try:
                found = Signal.env[model].search([("signal_id", "=", signal.id)])
            except AccessError:
                continue
            self.assertFalse(found, (user.login, model))
        self.assertFalse(Signal.env["psych.work.item"].search([("label", "=", signal.name)]), user.login)
        if user != self.u_admin:
            self.assertNotIn(signal, Signal._tutor_page()["signals"])
        with door_as(user):
            for call in (
                lambda: row.read(["fact"]),
                row.action_acknowledge,
                lambda: self.try_seen(row),
                row.action_no_concern,
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call()
            with self.assertRaises(UserError):
                row.export_data(["name", "fact"])

    def try_seen(self, signal):
        """Fill the form «student seen» as this person and press its button."""
        Wizard = signal.env["psych.crisis.signal.seen"]
        Wizard.create({"signal_id": signal.id, "place": "dorm", "condition": "calm"}).action_confirm()

    def test_07b_a_complaint_about_the_head_passes_the_head_by(self):
        signal = self.raise_signal("talk", "self", "staff_complaint", accused_user_id=self.u_head.id)
        self.assertNotIn(self.u_head, self.told(signal))
        self.assertTrue(signal.owner_id)
        self.assertFalse(signal.with_user(self.u_head).search([("id", "=", signal.id)]))

    # ------------------------------------------------------------ 8

    def test_08_a_student_is_no_guard(self):
        """Refused as guard, team member, on call, addressee, owner and follow-up: a student holds no clock."""
        case = self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "red")
        signal = self.raise_signal("acute")
        now = clock.now()
        span = {"start": now, "stop": now.replace(hour=12)}
        refused = (
            (self.u_station, "psych.crisis.watch.shift", {"case_id": case.id, "kind": "staff", **span}),
            (self.u_station, "psych.crisis.case.member", {"case_id": case.id, "role": "tutor"}),
            (self.u_head, "psych.crisis.oncall", {"phone": "1", "company_id": self.company.id, **span}),
            (
                self.env.user,
                "psych.crisis.addressee",
                {"signal_id": signal.id, "at": now, "company_id": self.company.id},
            ),
        )
        for user, model, values in refused:
            with self.subTest(model), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.env[model].with_user(user).create({**values, "user_id": self.u_student2.id})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            signal.write({"owner_id": self.u_student2.id})
        Shift = self.env["psych.crisis.watch.shift"].with_user(self.u_station)
        self.assertTrue(
            Shift.create({"case_id": case.id, "kind": "staff", "user_id": self.u_tutor.id, **span})
        )

    # ------------------------------------------------------------ 9

    def test_09_after_a_death_nothing_leaves(self):
        """No scheduled action of either addon sends anything about or to a student who died; nothing stays planned."""
        self.company.psych_crisis_webhook_url = "https://chat.invalid/hook"
        signal = self.raise_signal("acute", "dorm")
        case = self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "red")
        self.env["psych.crisis.attention"].with_user(self.u_tutor)._set_tier(self.student, "crisis")
        token = self.token(self.student)
        self.student.with_user(self.u_head).write({"enrolment_state": "deceased"})
        with door_as(), self.assertRaises(SheetRefused):
            self.seam()._save(token, self.sheets(FLAGGED, gad=False))
        mails = self.env["mail.mail"].search_count([])
        crons = self.env["ir.cron"].search([("ir_actions_server_id.model_id.model", "=like", "psych.%")])
        self.assertGreater(len(crons), 8)
        for days in (1, 3, 8):
            with self.at(days=days):
                post = self.run_ladder()
                self.assertFalse(post.called)
                with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 0):
                    for cron in crons:
                        cron.ir_actions_server_id.run()
        about_him = [("addressee_id.signal_id.student_id", "=", self.student.id)]
        self.assertFalse(
            self.env["psych.crisis.message"].search_count([*about_him, ("state", "in", ("queued", "sent"))])
        )
        named = self.env["mail.mail"].search(
            [], order="id desc", limit=self.env["mail.mail"].search_count([]) - mails
        )
        self.assertFalse([mail for mail in named if signal.name in str(mail.subject) + str(mail.body_html)])
        self.assertFalse(signal.is_open or case.sudo().is_open)
        planned = [("student_id", "=", self.student.id), ("state", "=", "planned")]
        self.assertFalse(self.env["psych.crisis.followup"].search_count(planned))
        self.env["psych.hooks"]._psych_flag_raised(self.student, "late", "acute")
        self.assertFalse(self.signals().filtered("is_open"))
        with self.assertRaises(UserError):
            self.student.with_user(self.u_station).write({"enrolment_state": "enrolled"})

    # ------------------------------------------------------------ 10

    def test_10_the_tutor_cannot_tell_who_attends_counselling(self):
        """Signals from sessions, bookings and no-shows: nothing at any door of tutor, station, leadership, student affairs."""
        for source, kind in (
            ("session", "session_risk"),
            ("booking", "no_show"),
            ("booking", "self_referral"),
        ):
            self.Signal._raise_from(
                self.student, f"{source}.{kind}", "talk", source, kind, student=self.student
            )
        hidden = self.signals()
        network = self.raise_signal("talk", "dorm", "concern")
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_office):
            env = self.env(user=user, su=False)
            for model in ("psych.crisis.signal", "psych.crisis.climb", "psych.crisis.addressee"):
                field = "id" if model == "psych.crisis.signal" else "signal_id"
                self.assertFalse(env[model].search_count([(field, "in", hidden.ids)]), (user.login, model))
            for model in (
                "psych.appointment",
                "psych.session",
                "psych.occupation",
                "psych.waiting",
                "psych.group.member",
            ):
                try:
                    self.assertFalse(env[model].search_count([]), (user.login, model))
                except AccessError:
                    continue
            groups = env["psych.crisis.signal"].formatted_read_group([], ["source_id"], ["__count"])
            self.assertLessEqual(sum(row["__count"] for row in groups), 1, user.login)
            page = env["psych.crisis.signal"]._tutor_page()
            self.assertFalse(page["signals"] & hidden)
            items = env["psych.work.item"].search([])
            self.assertFalse(set(items.mapped("label")) & set(hidden.mapped("name")), user.login)
        seen = network.with_user(self.u_tutor).web_read(
            {"is_watched": {}, "cluster_count": {}, "cluster_text": {}, "stamp_text": {}}
        )[0]
        self.assertEqual((seen["is_watched"], seen["cluster_count"]), (False, 1), "no hint at what is hidden")
        self.assertNotIn(
            "psych_crisis_signal_ids", json.dumps(list(self.student.with_user(self.u_tutor).fields_get()))
        )


@tagged("psych_crisis")
class TestTenRulesImport(RosterCase, CrisisCommon):
    """The fifth of the ten: the roster import."""

    def test_05_an_import_that_marks_a_watched_student_left(self):
        """The administrator imports a roster without the student: tier and case stay, the centre gets a hand-over."""
        self.env["psych.crisis.attention"].with_user(self.u_tutor)._set_tier(self.student, "key")
        case = (
            self.env["psych.crisis.case"].with_user(self.u_station)._open_for_student(self.student, "orange")
        )
        owner = case.sudo().owner_id
        rows = [
            [row.number, row.name, row.college_id.name, row.class_id.name]
            for row in self.students
            if row != self.student and row.college_id == self.college_a
        ]
        self.load([["学号", "姓名", "学院", "班级"], *rows], mark_left=True)
        self.assertEqual(self.student.enrolment_state, "left")
        signal = self.Signal.search([("student_id", "=", self.student.id), ("kind_id.code", "=", "handover")])
        self.assertEqual(len(signal), 1)
        self.assertTrue(signal.is_open and signal.owner_id)
        self.assertIn(self.u_centre, self.told(signal))
        tier = self.env["psych.crisis.attention"].search([("student_id", "=", self.student.id)])
        self.assertTrue(tier.is_current)
        self.assertTrue(case.sudo().is_open)
        self.assertEqual(case.sudo().owner_id, owner)
        self.assertFalse(self.Signal.with_user(self.u_admin).search([("id", "=", signal.id)]))
