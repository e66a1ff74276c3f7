"""A short scale at a visit: scored by the frozen key, encrypted, seen by the counsellor alone, flags without an answer."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.psych_health.tools import clock

from .common import door_as, use_test_keys
from .common_counselling import CounsellingCommon, at


class MeasureCase(CounsellingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_test_keys(cls)
        cls.phq = cls.env.ref("psych_health.psych_scale_phq_9")

    def record(self, day=0):
        with clock.frozen(at("14:00", self.next_day(day))):
            return (
                self.env["psych.session"]
                .with_user(self.u_counsellor)
                .with_company(self.company)
                .create({"student_id": self.student.id, "counsellor_id": self.ann.id})
            )

    def answers(self, *values):
        items = self.phq.item_ids.sorted(lambda part: (part.sequence, part.id))
        return {item.code: value for item, value in zip(items, values, strict=True)}

    def take(self, session, *values):
        with door_as(self.u_counsellor):
            return session.env["psych.session.measure"]._take(
                session, self.phq.with_env(session.env), self.answers(*values)
            )


@tagged("post_install", "-at_install")
class TestPsychSessionMeasure(MeasureCase):
    def test_scored_by_the_frozen_key_and_noise_in_the_dump(self):
        measure = self.take(self.record(), 1, 1, 2, 2, 0, 0, 0, 1, 0)
        self.assertEqual((measure.total, measure.band_id.factor_id.scale_id), (7.0, self.phq))
        self.env.cr.execute(
            "SELECT row_to_json(m)::text FROM psych_session_measure m WHERE id = %s", [measure.id]
        )
        self.assertNotIn("112200010", self.env.cr.fetchone()[0])
        with door_as(self.u_counsellor):
            self.assertEqual(measure.answers, "112200010")

    def test_course_over_visits(self):
        first, second = self.record(), self.record(7)
        self.take(first, *[2] * 5, *[0] * 4)
        with clock.frozen(at("15:00", self.next_day(7))):
            later = self.take(second, *[1] * 5, *[0] * 4)
        self.assertEqual(later.change, -5.0)
        self.assertEqual(second.course_ids.mapped("total"), [5.0, 10.0])
        self.assertEqual(second.measure_ids, later)

    def test_what_is_answered_elsewhere_is_not_offered_at_a_visit(self):
        elsewhere = self.env["psych.scale"].create(
            {"code": "elsewhere", "name": "Answered elsewhere", "kind": "imported", "state": "released"}
        )
        offered = self.env["psych.session.measure"]._scales(self.company)
        self.assertIn(self.phq, offered)
        self.assertNotIn(elsewhere, offered)

    def test_rule_that_fires_reaches_the_hook_without_an_answer(self):
        raised = []
        hooks = type(self.env["psych.hooks"])
        with patch.object(
            hooks,
            "_psych_flag_raised",
            lambda model, record, rule, urgency: raised.append((record._name, rule, urgency)),
        ):
            self.take(self.record(), *[0] * 8, 1)
        self.assertTrue(raised)
        for name, rule, urgency in raised:
            self.assertEqual(name, "psych.session.measure")
            self.assertTrue(rule.startswith("measure."))
            self.assertIn(urgency, ("acute", "talk", "watch"))

    def test_refused(self):
        session = self.record()
        for values in ([9] + [0] * 8, ["x"] + [0] * 8):
            with self.assertRaises(UserError):
                self.take(session, *values)
        with self.assertRaises(AccessError), door_as(self.u_counsellor2):
            mine = session.with_user(self.u_counsellor2)
            mine.env["psych.session.measure"]._take(mine, self.phq, self.answers(*[0] * 9))
        measure = self.take(session, *[0] * 9)
        with self.assertRaises(UserError):
            measure.total = 3
        session.risk = "none"
        with door_as(self.u_counsellor):
            session.action_sign()
        with self.assertRaises(UserError):
            self.take(session, *[0] * 9)

    def test_nobody_else_reads_it(self):
        self.take(self.record(), *[0] * 9)
        for user in (self.u_centre, self.u_head, self.u_counsellor2):
            table = self.env["psych.session.measure"].with_user(user)
            self.assertFalse(table.has_access("read") and table.search([]), user.login)
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_admin, self.u_student):
            self.assertFalse(self.env["psych.session.measure"].with_user(user).has_access("read"))


@tagged("post_install", "-at_install")
class TestMeasurePage(MeasureCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.set_registry_readonly_mode(False)
        self.env["ir.config_parameter"].set_param("psych_health.relax_second_factor", "1")

    def test_fill_in_on_a_tablet(self):
        session = self.record()
        self.authenticate(self.u_counsellor.login, self.u_counsellor.login)
        choice = self.url_open(f"/psych/measure/{session.id}").text
        self.assertIn(f"scale={self.phq.id}", choice)
        form = self.url_open(f"/psych/measure/{session.id}?scale={self.phq.id}").text
        token = form.split('name="csrf_token" value="')[1].split('"')[0]
        data = {f"item_{code}": value for code, value in self.answers(*[1] * 9).items()}
        done = self.url_open(
            f"/psych/measure/{session.id}", data={"csrf_token": token, "scale": self.phq.id, **data}
        )
        self.assertEqual(session.measure_ids.total, 9.0)
        self.assertNotIn(
            "9", done.text.split("<main>")[1].split("</main>")[0], "no number in the client's hands"
        )

    def test_half_filled_and_foolish_forms_lose_nothing(self):
        session = self.record()
        self.authenticate(self.u_counsellor.login, self.u_counsellor.login)
        address = f"/psych/measure/{session.id}"
        for scale in ("x", "", "9" * 5000):
            self.assertIn(
                f"scale={self.phq.id}", self.url_open(f"{address}?scale={scale}").text, "choose one"
            )
        form = self.url_open(f"{address}?scale={self.phq.id}").text
        token = {"csrf_token": form.split('name="csrf_token" value="')[1].split('"')[0]}
        self.assertIn('class="box not"', self.url_open(address, data=token).text, "no scale is named")
        nothing = self.url_open(address, data={**token, "scale": self.phq.id})
        self.assertIn('class="box not"', nothing.text)
        self.assertFalse(session.measure_ids, "an empty form is no measure")
        first, second = list(self.answers(*range(9)))[:2]
        crooked = {f"item_{first}": "2", f"item_{second}": "77"}
        answer = self.url_open(address, data={**token, "scale": self.phq.id, **crooked})
        self.assertIn('class="box not"', answer.text)
        self.assertEqual(answer.text.count("checked="), 1, "what was ticked is still ticked")
        self.assertFalse(session.measure_ids)
        self.url_open(address, data={**token, "scale": self.phq.id, f"item_{first}": "2"})
        self.assertTrue(session.measure_ids, "half filled is kept, as the scoring rules say")

    def test_closed_to_others(self):
        session = self.record()
        self.authenticate(self.u_tutor.login, self.u_tutor.login)
        page = self.url_open(f"/psych/measure/{session.id}")
        self.assertNotIn("scale=", page.text)
