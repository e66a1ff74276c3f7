"""The rows of docs that say where students fall through or are harmed, one test for each that screening answers for."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .screening import FLAGGED, NOW, QUIET, ScreeningCommon, clock, door_as


@tagged("psych_screening", "security", "post_install", "-at_install")
class TestSafetyScreening(ScreeningCommon):
    def talks(self, student=None):
        domain = [("campaign_id", "=", self.campaign.id)]
        return self.env["psych.interview"].search(
            domain + ([("student_id", "=", student.id)] if student else [])
        )

    def open(self, student):
        with door_as():
            return self.seam()._open(self.token(student))

    # F5: real danger does not drown in flags
    def test_f5_the_acute_one_is_first_among_many(self):
        for index in range(12):
            student = self.make_student(f"F5{index}", f"Many {index}", self.class_a1)
            self.campaign.action_add_newcomers()
            self.submit(student, phq=[2] * 8 + [0])
        last = self.make_student("F5X", "Acute", self.class_a1)
        self.campaign.action_add_newcomers()
        self.submit(last, phq=FLAGGED)
        with door_as():
            self.seam()._submit(
                self.token(last), [{"scale": self.safe.id, "answers": [1, 1, 0, 0, 1], "seconds": 20}]
            )
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertEqual(self.talks()[0].student_id, last, "the list of the centre begins with the acute one")
        self.assertLess(self.talks()[0].due_at, self.talks()[1].due_at)

    # F5: opening everybody on one day wants a typed reason
    def test_f5_one_day_wants_a_reason(self):
        campaign = self.make_campaign(expected_share=100, interviewer_count=1, talks_per_day=1)
        with self.assertRaises(UserError):
            campaign.action_open()
        campaign.same_day_reason = "short semester, two more people help"
        campaign.action_open()
        self.assertEqual(campaign.state, "open")

    # F6: a saved answer counts although the sheet is never finished
    def test_f6_half_sheet(self):
        student = self.students[0]
        with door_as():
            self.seam()._save(self.token(student), [{"scale": self.phq.id, "answers": [None] * 8 + [3]}])
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertEqual(self.talks(student).state, "todo")
        self.assertFalse(self.responses(student))

    # F6: what was taken back later stays known
    def test_f6_taken_back(self):
        student = self.students[0]
        with door_as():
            self.seam()._save(self.token(student), [{"scale": self.phq.id, "answers": [None] * 8 + [3]}])
        self.submit(student, phq=QUIET)
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertTrue(self.talks(student))

    # F7: void hides nothing
    def test_f7_void_with_a_rule(self):
        self.submit(self.students[0], phq=FLAGGED, seconds=1)
        self.assertEqual(self.responses(self.students[0])[0].state, "void")
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertTrue(self.talks(self.students[0]))

    # F21: minors take part when the guardian's consent is in
    def test_f21_guardian_consent(self):
        minor, grown = self.students[0], self.students[1]
        minor.birth_date, grown.birth_date = "2011-01-01", "2007-01-01"
        campaign = self.make_campaign(name="Age", minor_age=16)
        campaign.action_open()
        member = campaign.member_ids.filtered(lambda row: row.student_id == minor)
        self.assertEqual((member.state, member.reason), ("left_out", "minor"))
        self.assertEqual(campaign.member_ids.filtered(lambda row: row.student_id == grown).state, "invited")
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO psych_consent (company_id, student_id, purpose, state, row_key)
               VALUES (%s, %s, 'census', 'given', 'f21')""",
            (self.company.id, minor.id),
        )
        campaign.action_add_newcomers()
        self.assertEqual((member.state, member.reason), ("invited", False))

    # H7: the page after submit is the same for everybody; a report is folded, late, never in class, never for a flagged sheet
    def test_h7_same_answer_and_report_rules(self):
        flagged, quiet = self.students[0], self.students[1]
        self.campaign.report_days = 2
        self.submit(flagged, phq=FLAGGED)
        self.submit(quiet, phq=QUIET)
        self.assertEqual([self.open(student)["report"] for student in (flagged, quiet)], [[], []], "not yet")
        with clock.frozen(NOW + timedelta(days=3)):
            self.assertFalse([row for row in self.open(flagged)["report"] if row["scale"] == self.phq.name])
            self.assertEqual(len(self.open(quiet)["report"]), 2)
            self.campaign.in_class = True
            self.assertEqual(self.open(quiet)["report"], [])

    # H8: a machine tells nobody a result, and nothing at night
    def test_h8_no_message_carries_a_result(self):
        before = self.env["mail.mail"].search_count([])
        self.submit(self.students[0], phq=[3] * 9)
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        with clock.frozen(NOW.replace(hour=18)):  # two in the morning in Shanghai
            self.campaign.date_open = NOW - timedelta(days=5)
            self.assertEqual(self.campaign._remind(), 0)

    # H18: declining or not answering is nothing
    def test_h18_declined_and_missing(self):
        with door_as():
            self.seam()._decline(self.token(self.students[0]))
        self.campaign.action_close()
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertFalse(self.talks())
        self.assertFalse(self.env["psych.response.flag"].search([("campaign_id", "=", self.campaign.id)]))
        sheets = self.responses(self.students[0])
        self.assertEqual(set(sheets.mapped("state")), {"declined"})
        self.assertFalse(any(sheets.mapped("is_over")) or any(sheets.mapped("has_flag")))

    # odoo-traps 23: what could not be told is told again, asked from the rows of the upper addon
    @mute_logger("odoo.addons.psych_health.models.screening.psych_response_flag")
    def test_a_flag_that_was_not_told_is_told_again(self):
        Hooks, told = type(self.env["psych.hooks"]), []

        def broken(*args):
            raise ValueError("the upper addon is ill")

        self.patch(Hooks, "_psych_flag_raised", broken)
        self.submit(self.students[0], phq=FLAGGED)
        self.patch(Hooks, "_psych_flag_raised", lambda hooks, record, ref, urgency: told.append(record))
        self.patch(Hooks, "_flags_untold", lambda hooks, flags: flags)
        self.env["psych.response.flag"]._cron_catch_up()
        self.assertEqual([flag.student_id for flag in told], [self.students[0]])
