"""The psychological file: reads by the reader's rights, compares like with like, says what is missing."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .screening import FLAGGED, ScreeningCommon, door_as


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychFile(ScreeningCommon):
    def file(self, user):
        return self.env["psych.file"]._of(self.students[0]).with_user(user)

    def test_timeline_change_and_completeness(self):
        student = self.students[0]
        self.submit(student, phq=[2] * 7 + [1, 0])
        second = self.make_campaign(name="Second")
        second.action_open()
        self.submit(student, phq=[1] * 8 + [0], campaign=second)
        self.env["psych.response.flag"]._cron_catch_up()
        file = self.file(self.u_centre)
        self.assertIn(self.phq.name, file.timeline)
        ((scale, first, last, kind, limit),) = [row for row in file._changes() if row[0] == self.phq]
        self.assertEqual((first, last, kind, limit), (15, 8, "better", 6))
        self.assertLess(file.complete_share, 100)
        talk = self.env["psych.interview"].search([("student_id", "=", student.id)])
        talk.write({"outcome": "none", "is_confirmed": "no"})
        talk.action_done()
        student.phone = "1"
        file.invalidate_recordset()
        self.assertEqual((file.complete_share, file.missing_parts), (100, ""))
        self.assertTrue(scale)

    def test_profile_with_the_sheet_before(self):
        student = self.students[0]
        self.submit(student, phq=[2] * 7 + [1, 0])
        second = self.make_campaign(name="Second")
        second.action_open()
        self.submit(student, phq=[1] * 8 + [0], campaign=second)
        chart = self.file(self.u_centre).profile
        self.assertEqual(chart.count("<svg"), 2, "PHQ-9 and GAD-7")
        self.assertIn("◆", chart)
        self.assertNotIn("<script", chart)

    def test_second_norm_beside_the_first(self):
        """Another norm gives a second result; bands and rules stay what they were."""
        self.submit(self.students[0], phq=[2] * 7 + [1, 0])
        sheet = self.responses(self.students[0])[0]
        before = (sheet.band_id, sheet.is_over, sheet.why)
        self.phq.norm_ids.unlink()
        for code, value in (("strict", 5), ("loose", 20)):
            self.env["psych.scale.norm"].create(
                {
                    "scale_id": self.phq.id,
                    "code": code,
                    "name": f"Norm {code}",
                    "line_ids": [(0, 0, {"factor_id": self.phq.factor_ids[0].id, "value": value})],
                }
            )
        sheet.invalidate_recordset()
        table = sheet.norm_table
        self.assertIn("over the line (5)", table)
        self.assertIn("within (20)", table)
        self.assertEqual((sheet.band_id, sheet.is_over, sheet.why), before)

    def test_who_reads_a_file(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.env["psych.response.flag"]._cron_catch_up()
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_admin, self.u_student):
            with self.assertRaises(AccessError):
                self.file(user).read(["timeline"])
        with self.assertRaises(AccessError):
            self.file(self.u_counsellor).read(["timeline"])
        self.env["psych.interview"].search(
            [("student_id", "=", self.students[0].id)]
        ).user_id = self.u_counsellor
        self.env.flush_all()
        with door_as(self.u_counsellor):
            self.assertTrue(self.file(self.u_counsellor).timeline)

    def test_paper(self):
        self.submit(self.students[0], phq=FLAGGED)
        report = self.env["ir.actions.report"].with_user(self.u_centre)
        file = self.file(self.u_centre)
        html = report._render_qweb_html("psych_health.psych_file_document", file.ids)[0].decode()
        self.assertIn(self.students[0].number, html)
        row = self.campaign.coverage_ids.filtered(lambda row: row.class_id == self.class_a1)
        html = (
            report.with_user(self.u_tutor)
            ._render_qweb_html("psych_health.psych_campaign_slip_document", row.ids)[0]
            .decode()
        )
        self.assertIn("data:image/png;base64,", html)
        self.assertIn(self.students[4].number, html)
        self.assertNotIn(self.students[0].number, html, "who answered needs no slip")
