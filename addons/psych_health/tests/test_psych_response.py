"""Sheets: one way in, written once, rules count from the saved step, nothing lost and nothing doubled."""

import runpy
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.psych_health.models.screening.psych_screening_seam import SheetRefused
from odoo.addons.psych_health.tools import cipher, confidential, keys
from odoo.addons.psych_health.tools import sheet as sheet_tools

from .screening import FLAGGED, MISSING, NOW, QUIET, ScreeningCommon, clock, door_as


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychResponse(ScreeningCommon):
    def test_submit_scores_and_stores(self):
        student = self.students[0]
        answer = self.submit(student, phq=[1] * 9, gad=[2] * 7)
        self.assertEqual(answer, {"ok": True, "ask": True})
        phq, gad = self.responses(student)
        self.assertEqual(
            (phq.total, phq.band_id.name, phq.state),
            (9, self.phq.factor_ids.band_ids.sorted("min_score")[1].name, "valid"),
        )
        self.assertEqual((gad.total, gad.is_over), (14, True))
        self.assertEqual(
            (phq.class_id, phq.college_id, phq.entry_year), (self.class_a1, self.college_a, 2026)
        )
        scores, bands, _flags = phq._arrays()[phq.id]
        self.assertEqual((scores, bands), ([9.0], [1]))

    def test_twice_is_once(self):
        student = self.students[0]
        self.submit(student, phq=FLAGGED)
        flags = self.env["psych.response.flag"].search_count([("student_id", "=", student.id)])
        self.assertEqual(self.submit(student, phq=QUIET)["ok"], True)
        self.assertEqual(len(self.responses(student)), 2)
        self.assertEqual(self.responses(student)[0].total, 2, "the first sheet stays")
        self.assertEqual(
            self.env["psych.response.flag"].search_count([("student_id", "=", student.id)]), flags
        )
        self.env["psych.campaign.coverage"]._cron_fold()
        row = self.campaign.coverage_ids.filtered(lambda row: row.class_id == self.class_a1)
        self.assertEqual(row.done, 1)

    def test_answers_are_noise_in_the_table(self):
        student = self.students[0]
        self.submit(student, phq=[0, 1, 2, 3, 0, 1, 2, 3, 0])
        self.env.cr.execute(
            "SELECT row_to_json(r)::text FROM psych_response r WHERE student_id = %s", (student.id,)
        )
        dump = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertNotIn("012301230", dump)
        self.env.cr.execute(
            "SELECT answers_cipher, row_key FROM psych_response WHERE student_id = %s AND scale_id = %s",
            (student.id, self.phq.id),
        )
        token, row_key = self.env.cr.fetchone()
        self.assertEqual(bytes(token[:3]), b"\x11k1")
        self.assertFalse(row_key, "student, campaign, scale and round are what the answers are bound to")
        self.assertEqual(len(token), 3 + 12 + len(sheet_tools.pack(bytes(9), 3)) + 16)

    def test_answers_of_another_sheet_do_not_open_here(self):
        """Whoever writes the table cannot move answers to another student, round or scale."""
        first, second = self.students[:2]
        self.submit(first, phq=FLAGGED)
        self.submit(second, phq=QUIET)
        mine, other = self.responses(first)[0], self.responses(second)[0]
        changes = (
            ("answers_cipher = (SELECT answers_cipher FROM psych_response WHERE id = %s)", other.id),
            ("answers_cipher = set_byte(answers_cipher, length(answers_cipher) - 1, %s)", 0),
            ("round = %s", 7),
            ("scale_id = %s", self.env.ref("psych_health.psych_scale_who_5").id),
            ("student_id = %s", self.students[2].id),
            ("row_key = %s", "x"),
        )
        self.assertFalse(self.is_locked(mine))
        for change, value in changes:
            savepoint = self.env.cr.savepoint()
            self.env.cr.execute(f"UPDATE psych_response SET {change} WHERE id = %s", (value, mine.id))
            self.assertTrue(self.is_locked(mine), change)
            savepoint.close(rollback=True)
        self.assertFalse(self.is_locked(mine))

    def is_locked(self, response):
        """Whether the answers do not open for the centre."""
        self.env.invalidate_all()
        with door_as(self.u_centre):
            return confidential.is_mark(response.with_user(self.u_centre).answers)

    def test_rotation_and_sheets_of_an_earlier_version(self):
        """Text tokens with a row key open as they are; rotation packs them, binds them anew and knows both keys."""
        Response = self.env["psych.response"]
        for student in self.students[:2]:
            self.submit(student, phq=[1, 2, 0, 3, 1, 0, 2, 1, 1])
        old, new = (self.responses(student)[0] for student in self.students[:2])
        self.as_earlier_version(old)
        self.assertFalse(self.is_locked(old))
        self.assertEqual(Response._explain_differences(self.phq), [])
        self.assertEqual(Response._psych_rotate()[1:], (1, 0), "packed under the same key")
        self.assertFalse(self.is_locked(old))
        self.env.cr.execute("SELECT row_key FROM psych_response WHERE id = %s", (old.id,))
        self.assertFalse(self.env.cr.fetchone()[0])
        ring = Path(keys.content_path())
        self.addCleanup(ring.write_text, ring.read_text())
        ring.write_text(ring.read_text() + cipher.new_key_line("newer") + "active=newer\n")
        self.assertEqual(Response._psych_rotate()[1:], (4, 0))
        self.assertEqual(Response._psych_rotate(), (0, 0, 0))
        self.assertFalse(self.is_locked(old) or self.is_locked(new))
        self.assertEqual(Response._explain_differences(self.phq), [])
        self.env.cr.execute(
            "UPDATE psych_response SET answers_cipher = 'v1.gone.AAAA' WHERE id = %s", (old.id,)
        )
        self.assertEqual(Response._psych_rotate()[1:], (0, 1), "what no key opens is counted and left")

    def as_earlier_version(self, response):
        """Store a sheet as version 19.0.1.0.0 did: text token, random row key."""
        with door_as(self.u_centre):
            text = response.with_user(self.u_centre).answers
        token = confidential.seal("psych.response", "answers", text, "oldrowkey", response.student_id.id)
        self.env.cr.execute(
            "UPDATE psych_response SET row_key = 'oldrowkey', answers_cipher = %s::bytea WHERE id = %s",
            (str(token), response.id),
        )

    def test_migration_of_arrays(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.submit(self.students[1], phq=QUIET)
        sheets = self.responses(self.students[0]) | self.responses(self.students[1])
        before = sheets._arrays()
        self.assertTrue(any(flags for _scores, _bands, flags in before.values()))
        self.env.cr.execute(
            "ALTER TABLE psych_response ADD scores real[], ADD bands varchar, ADD flags integer[]"
        )
        for sheet_id, (scores, _bands, flags) in before.items():
            self.env.cr.execute(
                """UPDATE psych_response SET scores = %s, flags = %s, f1 = NULL, rule_bits = NULL WHERE id = %s""",
                (scores, flags or None, sheet_id),
            )
        self.as_earlier_version(sheets[0])
        self.env.invalidate_all()
        script = file_path("psych_health/migrations/19.0.1.1.0/post-sheets.py")
        runpy.run_path(script)["migrate"](self.env.cr, "19.0.1.0.0")
        self.assertEqual(sheets._arrays(), before)
        self.assertFalse(self.is_locked(sheets[0]))
        self.env.cr.execute("SELECT count(*) FROM psych_response WHERE row_key IS NOT NULL")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_answers_open_for_the_centre_and_are_logged(self):
        self.submit(self.students[0], phq=[0, 1, 2, 3, 0, 1, 2, 3, 0])
        sheet = self.responses(self.students[0])[0]
        with door_as(self.u_centre) as scope:
            rows = sheet.with_user(self.u_centre)._answer_rows()
            self.assertEqual([row[2] for row in rows], [0, 1, 2, 3, 0, 1, 2, 3, 0])
            self.assertTrue(any(key[1] == "psych.response" and key[3] == "answers" for key in scope.openings))

    def test_sheet_never_changes(self):
        self.submit(self.students[0])
        sheet = self.responses(self.students[0])[0]
        for call in (
            lambda: sheet.with_user(self.u_centre).write({"total": 1}),
            lambda: sheet.write({"total": 1}),
            lambda: self.env["psych.response"].create({}),
            lambda: sheet.with_user(self.u_head).unlink(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_flag_counts_from_the_saved_step(self):
        student = self.students[0]
        half = [MISSING] * 8 + [1]
        half = [None if value == MISSING else value for value in half]
        with door_as():
            self.seam()._save(self.token(student), [{"scale": self.phq.id, "answers": half}])
        flag = self.env["psych.response.flag"].search([("student_id", "=", student.id)])
        self.assertEqual((flag.flag_id.code, flag.urgency, flag.response_id.id), ("item9", "talk", False))
        self.env["psych.response.flag"]._cron_catch_up()
        interview = self.env["psych.interview"].search([("student_id", "=", student.id)])
        self.assertEqual((interview.urgency, interview.state), ("talk", "todo"))
        # taken back later: it still counts
        self.submit(student, phq=QUIET)
        self.assertEqual(self.env["psych.response.flag"].search_count([("student_id", "=", student.id)]), 1)
        self.assertTrue(interview.is_open)

    def test_void_sheet_with_flag_is_a_talk(self):
        student = self.students[0]
        self.submit(student, phq=FLAGGED, seconds=1)
        self.assertEqual(self.responses(student)[0].state, "void")
        self.assertTrue(self.env["psych.response.flag"].search_count([("student_id", "=", student.id)]))

    def test_unfinished_becomes_incomplete_at_closing(self):
        student = self.students[0]
        with door_as():
            self.seam()._save(
                self.token(student), [{"scale": self.phq.id, "answers": [3, 3, 3] + [None] * 6}]
            )
        self.campaign.action_close()
        sheet = self.responses(student)
        self.assertEqual((sheet.state, sheet.total), ("incomplete", 0.0))
        self.assertFalse(self.env["psych.response.draft"].search([("student_id", "=", student.id)]))

    def test_resume_on_another_device(self):
        student = self.students[0]
        with door_as():
            self.seam()._save(self.token(student), [{"scale": self.phq.id, "answers": [1, 2] + [None] * 7}])
        with door_as():
            self.seam()._save(
                self.token(student), [{"scale": self.phq.id, "answers": [None, 3, 1] + [None] * 6}]
            )
        with door_as() as scope:
            state = self.seam()._open(self.token(student))
            self.assertEqual(state["steps"][str(self.phq.id)][:4], [1, 3, 1, MISSING])
            self.assertFalse(scope.openings, "the own filling is no reading")

    def test_two_steps_sort_the_urgency(self):
        cases = ((QUIET[:4] and [0] * 5, "watch"), ([1, 0, 0, 0, 0], "talk"), ([1, 1, 1, 0, 0], "acute"))
        for student, (followup, urgency) in zip(
            self.students[:1] | self.students[1:2] | self.students[4:5], cases, strict=True
        ):
            self.assertTrue(self.submit(student, phq=FLAGGED)["ask"])
            with door_as():
                answer = self.seam()._submit(
                    self.token(student), [{"scale": self.safe.id, "answers": followup, "seconds": 20}]
                )
            self.assertEqual(answer, {"ok": True, "ask": False})
            self.env["psych.response.flag"]._cron_catch_up()
            interview = self.env["psych.interview"].search([("student_id", "=", student.id)])
            self.assertEqual(interview.urgency, urgency)

    def test_acute_makes_the_talk_in_the_same_transaction(self):
        student = self.students[0]
        self.submit(student, phq=FLAGGED)
        with door_as():
            self.seam()._submit(self.token(student), [{"scale": self.safe.id, "answers": [1, 1, 1, 0, 1]}])
        interview = self.env["psych.interview"].search([("student_id", "=", student.id)])
        self.assertEqual(interview.urgency, "acute")
        self.assertLessEqual(interview.due_at, NOW.replace(hour=NOW.hour + self.company.psych_acute_hours))

    def test_hook_error_keeps_the_sheet(self):
        Hooks = type(self.env["psych.hooks"])
        with (
            patch.object(Hooks, "_psych_flag_raised", side_effect=ValueError("upper addon")),
            self.assertLogs("odoo.addons.psych_health.models.screening.psych_response_flag", "ERROR"),
        ):
            self.submit(self.students[0], phq=FLAGGED)
        self.assertEqual(len(self.responses(self.students[0])), 2)
        self.assertEqual(self.env["psych.response.flag"]._cron_catch_up(), 1)

    def test_hook_is_told_once_with_the_rule_only(self):
        calls = []
        Hooks = type(self.env["psych.hooks"])
        with patch.object(
            Hooks,
            "_psych_flag_raised",
            lambda _self, record, ref, urgency: calls.append((record._name, ref, urgency)),
        ):
            self.submit(self.students[0], phq=FLAGGED)
            self.submit(self.students[0], phq=FLAGGED)
        rule = self.phq.flag_ids.filtered(lambda flag: flag.code == "item9")
        self.assertEqual(calls, [("psych.response.flag", f"scale.flag:{rule.id}", "talk")])

    def test_declined_is_an_answer(self):
        student = self.students[0]
        with door_as():
            self.seam()._decline(self.token(student))
        self.assertEqual(set(self.responses(student).mapped("state")), {"declined"})
        self.assertFalse(self.env["psych.response.flag"].search([("student_id", "=", student.id)]))
        self.env["psych.campaign.coverage"]._cron_fold()
        row = self.campaign.coverage_ids.filtered(lambda row: row.class_id == self.class_a1)
        self.assertEqual((row.done, row.declined), (0, 1))

    def test_forged_sheets_are_refused(self):
        token = self.token(self.students[0])
        other = self.env.ref("psych_health.psych_scale_scl_90")
        for sheets in (
            [{"scale": other.id, "answers": [1] * 90}],
            [{"scale": self.phq.id, "answers": [9] * 9}],
            [{"scale": self.phq.id, "answers": [0] * 8}],
            [],
            "x",
            [{"scale": self.phq.id, "answers": ["a"] * 9}],
            [{"scale": self.phq.id, "answers": [0] * 9}] * 2,
            [{"scale": self.phq.id, "answers": [-1] * 9}],
        ):
            with self.assertRaises(SheetRefused), door_as():
                self.seam()._submit(token, sheets)
        self.assertFalse(self.responses(self.students[0]))

    def test_wave_state_and_end(self):
        student = self.students[0]
        token = self.token(student)
        member = self.campaign.member_ids.filtered(lambda m: m.student_id == student)
        member.opens_at = NOW.replace(day=NOW.day + 1)
        self.env.flush_all()
        for call in (lambda: self.seam()._open(token), lambda: self.seam()._submit(token, self.sheets())):
            with self.assertRaises(SheetRefused), door_as():
                call()
        member.opens_at = NOW
        student.with_user(self.u_head).sudo().write({"enrolment_state": "deceased"})
        self.env.flush_all()
        with self.assertRaises(SheetRefused), door_as():
            self.seam()._submit(token, self.sheets())
        self.campaign.action_close()
        with self.assertRaises(SheetRefused) as refusal, door_as():
            self.seam()._open(token)
        self.assertEqual(str(refusal.exception), "closed")

    def test_many_in_one_request(self):
        entries = [
            {"token": self.token(student), "sheets": self.sheets()} for student in self.students[:2]
        ] + [{"token": "x", "sheets": []}]
        with door_as():
            answers = self.seam()._submit_many(entries)
        self.assertEqual([answer["ok"] for answer in answers], [True, True, False])
        self.assertEqual(len(self.responses(self.students[1])), 2)

    def test_rescoring_gives_the_stored_numbers(self):
        for student in self.students[:2]:
            self.submit(student, phq=[1, 2, 0, 3, 1, 0, 2, 1, 1])
        self.assertEqual(self.env["psych.response"]._explain_differences(self.phq), [])

    def test_anonymous_leaves_no_trace(self):
        campaign = self.make_campaign(kind="climate", scale_ids=[(6, 0, self.phq.ids)])
        campaign.action_open()
        student = self.students[0]
        with door_as():
            self.seam()._submit(self.token(student, campaign), [{"scale": self.phq.id, "answers": FLAGGED}])
            self.seam()._submit(self.token(student, campaign), [{"scale": self.phq.id, "answers": FLAGGED}])
        rows = self.env["psych.response"].search([("campaign_id", "=", campaign.id)])
        self.assertEqual(len(rows), 1)
        self.assertFalse(
            rows.student_id or rows.class_id or rows.college_id or rows.gender or rows.entry_year
        )
        self.assertEqual(rows.submitted_at.hour, 0)
        self.assertFalse(self.env["psych.response.flag"].search([("campaign_id", "=", campaign.id)]))
        self.assertEqual(self.env["psych.campaign.tick"].search_count([("campaign_id", "=", campaign.id)]), 1)
        missing = self.env["psych.campaign.member"]._missing(campaign).student_id
        self.assertNotIn(student, missing, "who took part is not reminded")
        self.assertIn(self.students[1], missing)

    def test_one_time_code(self):
        student = self.students[0]
        member = self.campaign.member_ids.filtered(lambda m: m.student_id == student)
        code = member._links()[member][1]
        from ..tools import sheet_link

        secret = self.env["psych.campaign.member"]._secrets()[0]
        gate = sheet_link.make(secret, self.campaign.id, 0, clock.now().date())
        with patch.object(type(self.env["psych.link.try"]), "_note", lambda *args: None):
            with door_as():
                token = self.seam()._enter(gate, student.number, code.lower())["token"]
            with door_as():
                self.assertEqual(self.seam()._open(token)["done"], False)
            for number, typed in (
                (student.number, "AAAA-AAAA"),
                ("000", code),
                (self.students[1].number, code),
                (student.number, ""),
            ):
                with self.assertRaises(SheetRefused) as refusal, door_as():
                    self.seam()._enter(gate, number, typed)
                self.assertEqual(
                    str(refusal.exception), "code", "the same answer for wrong number and wrong code"
                )
        with self.assertRaises(SheetRefused), door_as():
            self.seam()._open(gate)

    def test_makeup_round(self):
        student, other = self.students[0], self.students[1]
        self.submit(student, phq=QUIET, seconds=1)  # void
        self.submit(other, phq=QUIET)
        self.campaign.action_close()
        self.campaign.action_makeup()
        self.submit(student, phq=[1] * 9)
        self.assertEqual(
            self.responses(student).filtered(lambda r: r.scale_id == self.phq).mapped("state"),
            ["void", "valid"],
        )
        with self.assertRaises(SheetRefused):
            self.submit(other, phq=[1] * 9)
        self.env["psych.campaign.coverage"]._cron_fold()
        row = self.campaign.coverage_ids.filtered(lambda row: row.class_id == self.class_a1)
        self.assertEqual(row.done, 1)
