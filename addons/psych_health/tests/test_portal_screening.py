"""The door of answering over HTTP: right token, wrong token, expired, other student, GET on POST, limits."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tools import sheet_link

from .common import PsychWorld
from .screening import FLAGGED, NOW, QUIET, ScreeningWorld, clock


@tagged("psych_screening", "security", "post_install", "-at_install")
class TestPortalScreening(ScreeningWorld, PsychWorld, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.psych_world()
        cls.screening_world()

    def setUp(self):
        super().setUp()
        self.patch(type(self.env["psych.link.try"]), "_note", lambda *args: None)

    def post(self, what, **body):
        return self.url_open(
            f"/psych/answer/{what}", data=json.dumps(body), headers={"Content-Type": "application/json"}
        )

    def test_page_is_the_same_for_everybody(self):
        one, two = self.url_open("/psych/s"), self.url_open("/psych/s/whatever")
        self.assertEqual((one.status_code, one.text), (200, two.text))
        self.assertNotIn("Set-Cookie", one.headers)
        self.assertIn("default-src 'none'", one.headers["Content-Security-Policy"])
        self.assertEqual(one.headers["Referrer-Policy"], "no-referrer")
        self.assertLess(len(one.content), 50_000)

    def test_open_save_submit(self):
        student = self.students[0]
        token = self.token(student)
        state = self.post("open", token=token, lang="zh-CN").json()
        self.assertEqual([len(scale["items"]) for scale in state["form"]["scales"]], [9, 7])
        self.assertNotIn(student.name, json.dumps(state))
        self.assertNotIn(student.number, json.dumps(state))
        saved = self.post(
            "save", token=token, sheets=[{"scale": self.phq.id, "answers": FLAGGED[:8] + [None]}]
        )
        self.assertEqual(saved.json(), {"saved": True, "done": False})
        self.assertEqual(self.post("open", token=token).json()["steps"][str(self.phq.id)][0], 0)
        for _twice in range(2):
            answer = self.post("submit", token=token, sheets=self.sheets(FLAGGED))
            self.assertEqual((answer.status_code, answer.json()), (200, {"ok": True, "ask": True}))
            self.assertNotIn("Set-Cookie", answer.headers)
        self.assertTrue(self.post("open", token=token).json()["done"])
        self.assertEqual(len(self.responses(student)), 2)

    def test_a_slip_shows_no_answers(self):
        """A slip goes through the hands of a class teacher: its code resumes a sheet without showing what it says."""
        student = self.students[0]
        self.campaign.report_days = 0
        secret = self.env["psych.campaign.member"]._secrets()[0]
        gate = sheet_link.make(secret, self.campaign.id, 0, clock.now().date())
        code = sheet_link.code(secret, self.campaign.id * 64 + 1, student.id)
        slip = self.post("enter", token=gate, number=student.number, code=code).json()["token"]
        self.post("save", token=slip, sheets=[{"scale": self.phq.id, "answers": [0, 3, 1] + [None] * 6}])
        steps = self.post("open", token=slip).json()["steps"][str(self.phq.id)]
        self.assertEqual(steps, [254] * 3 + [255] * 6)
        own = self.post("open", token=self.token(student)).json()["steps"][str(self.phq.id)]
        self.assertEqual(own[:3], [0, 3, 1], "the personal link goes on where it was")
        rest = [{"scale": self.phq.id, "answers": [254, 2, 254] + [0] * 6, "seconds": 60}]
        self.assertEqual(self.post("submit", token=slip, sheets=rest).json(), {"ok": True, "ask": False})
        self.assertEqual(
            self.responses(student).total, 0 + 2 + 1, "what was kept counts, what was changed wins"
        )
        self.assertEqual(self.post("open", token=slip).json()["report"], [])
        self.assertTrue(self.post("open", token=self.token(student)).json()["report"])

    def test_the_answer_says_nothing_about_scores(self):
        quiet = self.post(
            "submit", token=self.token(self.students[0]), sheets=self.sheets([3] * 8 + [0], [3] * 7)
        ).json()
        self.assertEqual(quiet, {"ok": True, "ask": False}, "a high total looks like any other")

    def test_wrong_tokens(self):
        token = self.token(self.students[0])
        secret = self.env["psych.campaign.member"]._secrets()[0]
        today = clock.now().date()
        wrong = {
            "": "unknown",
            "x" * 28: "unknown",
            token[:-1] + ("A" if token[-1] != "A" else "B"): "unknown",
            token[:-4]: "unknown",
            sheet_link.make(b"other secret", self.campaign.id, self.students[0].id, today): "unknown",
            sheet_link.make(
                secret, self.campaign.id, self.students[0].id, today - timedelta(days=1)
            ): "expired",
            sheet_link.make(secret, self.campaign.id, self.students[2].id, today): "not_invited",
            sheet_link.make(secret, 999_999, self.students[0].id, today): "unknown",
            sheet_link.make(secret, self.campaign.id, 0, today): "unknown",
        }
        for bad, why in wrong.items():
            for what in ("open", "save", "submit", "decline"):
                answer = self.post(what, token=bad, sheets=self.sheets())
                self.assertEqual((answer.status_code, answer.json()["why"]), (403, why), f"{what} {bad}")
        for strange in (None, 5, [], {"a": 1}):
            self.assertEqual(self.post("open", token=strange).status_code, 403)
        self.assertFalse(self.env["psych.response"].search([("campaign_id", "=", self.campaign.id)]))

    def test_a_token_writes_the_own_sheet_only(self):
        self.post(
            "submit",
            token=self.token(self.students[0]),
            sheets=self.sheets(QUIET),
            student_id=self.students[1].id,
        )
        self.assertFalse(self.responses(self.students[1]))
        self.assertEqual(len(self.responses(self.students[0])), 2)

    def test_get_on_post_routes(self):
        for path in ("/psych/answer/submit", "/psych/answer/open", "/psych/answers"):
            self.assertEqual(self.url_open(path).status_code, 405)

    def test_broken_bodies(self):
        for data in (b"{", b"[]", b"\xff\xfe", b""):
            answer = self.url_open(
                "/psych/answer/submit", data=data or b" ", headers={"Content-Type": "application/json"}
            )
            self.assertIn(answer.status_code, (400, 403))
            self.assertNotIn("Traceback", answer.text)
        self.assertEqual(self.post("nothing", token="x").status_code, 404)

    def test_guessing_a_number_opens_nothing(self):
        secret = self.env["psych.campaign.member"]._secrets()[0]
        gate = sheet_link.make(secret, self.campaign.id, 0, clock.now().date())
        answers = [
            self.post("enter", token=gate, number=number, code=code)
            for number, code in (
                (self.students[0].number, "AAAAAAAA"),
                ("nobody", "AAAAAAAA"),
                (self.students[0].number, None),
            )
        ]
        self.assertEqual({(answer.status_code, answer.text) for answer in answers}, {(403, answers[0].text)})
        with patch.object(type(self.env["psych.link.try"]), "_too_many", lambda *args: True):
            answer = self.post("enter", token=gate, number=self.students[0].number, code="x")
            self.assertEqual((answer.status_code, answer.json()["why"]), (429, "wait"))

    def test_too_fast_for_a_person(self):
        from ..models.screening import psych_screening_seam as seam

        token = self.token(self.students[0])
        with patch.object(seam, "STEPS_PER_MINUTE", 3):
            statuses = [self.post("open", token=token).status_code for _index in range(5)]
        self.assertEqual(statuses[-1], 429)
        self.assertEqual(
            self.post("open", token=self.token(self.students[1])).status_code,
            200,
            "per person, not per address",
        )

    def test_kiosk(self):
        entries = [{"token": self.token(student), "sheets": self.sheets()} for student in self.students[:2]]
        answer = self.url_open(
            "/psych/answers",
            data=json.dumps({"entries": entries}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual([row["ok"] for row in answer.json()["answers"]], [True, True])

    def test_preview_by_right(self):
        self.assertNotEqual(
            self.url_open(f"/psych/preview/{self.phq.id}/form", allow_redirects=False).status_code, 200
        )
        self.assertTrue(NOW)

    @mute_logger("odoo.http")
    def test_answers_in_words_by_right_only(self):
        self.post(
            "submit", token=self.token(self.students[0]), sheets=self.sheets([0, 1, 2, 3, 0, 1, 2, 3, 0])
        )
        sheet = self.responses(self.students[0])[0]
        head, tutor = (
            self.holder("centre_director", self.centre, "sheet_head"),
            self.holder("tutor", self.class_a1, "sheet_tutor"),
        )
        self.authenticate(tutor.login, tutor.login)
        self.assertNotEqual(self.url_open(f"/psych/sheet/{sheet.id}").status_code, 200)
        self.assertNotIn(self.phq.item_ids[0].text, self.url_open(f"/psych/sheet/{sheet.id}").text)
        self.authenticate(head.login, head.login)
        page = self.url_open(f"/psych/sheet/{sheet.id}")
        if "/web/login" not in page.url and "totp" not in page.url:
            self.assertEqual(page.status_code, 200)
            self.assertEqual(page.headers["Cache-Control"], "no-store")
