"""Results of the ministry's online system come in as a table: previewed, whole or not at all, twice without effect."""

import base64
import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..tools import result_sheet
from .screening import ScreeningCommon


def workbook(rows, title="大学生心理健康测评结果"):
    """An XLSX as the other system exports it: a title above the headings."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append([title])
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychResultImport(ScreeningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scale = cls.env.ref("psych_health.psych_scale_ccsmhs")

    def wizard(self, rows, user=None, **vals):
        return (
            self.env["psych.result.import"]
            .with_user(user or self.u_centre)
            .create(
                {
                    "scale_id": self.scale.id,
                    "file": base64.b64encode(workbook([self.head(), *rows])),
                    "filename": "结果.xlsx",
                    "campaign_name": "Online system 2026",
                    **vals,
                }
            )
        )

    def head(self):
        """Headings by the codes of the factors, which every language has."""
        return ["学号", "姓名", "level", "anxiety", "depression", "suicide", "测评时间", "备注"]

    def rows(self):
        a, b, c = self.students[0], self.students[1], self.students[2]
        return [
            [a.number, a.name, "Level 1", 21.5, 30, 12, "2026-10-20 10:30:00", "x"],
            [b.number, b.name, "No finding", 5, 4, 0, "2026/10/20", ""],
            [c.number, c.name, "Level 2: general", 11, 14, None, "2026年10月21日", ""],
        ]

    def sheets(self):
        return self.env["psych.response"].search([("scale_id", "=", self.scale.id)], order="id")

    def test_preview_writes_nothing_then_apply(self):
        wizard = self.wizard(self.rows())
        wizard.action_preview()
        self.assertEqual((wizard.row_count, wizard.new_count, wizard.error_count), (3, 3, 0))
        self.assertEqual((wizard.flag_count, wizard.left_out), (2, "备注"))
        self.assertFalse(self.sheets())
        wizard.action_apply()
        self.assertFalse(wizard.file, "the file does not stay")
        first, quiet, second = self.sheets()
        self.assertEqual({sheet.state for sheet in self.sheets()}, {"imported"})
        self.assertEqual((first.total, first.band_id.min_score, first.is_over), (3, 3, True))
        self.assertEqual(first._arrays()[first.id][0][2:4], [21.5, 30.0], "anxiety and depression")
        self.assertEqual(str(first.submitted_at), "2026-10-20 02:30:00", "stated in local time")
        self.assertFalse(quiet.has_flag or quiet.is_over)
        self.assertEqual(second.total, 2)
        campaign = wizard.campaign_id
        self.assertEqual((campaign.state, campaign.expected_count, campaign.done_count), ("closed", 3, 3))
        self.env["psych.response.flag"]._cron_catch_up()
        talks = self.env["psych.interview"].search([("campaign_id", "=", campaign.id)])
        self.assertEqual(
            {talk.student_id: talk.urgency for talk in talks},
            {self.students[0]: "talk", self.students[2]: "watch"},
        )

    def test_again_changes_nothing(self):
        first = self.wizard(self.rows())
        first.action_preview()
        first.action_apply()
        again = self.wizard(self.rows(), campaign_id=first.campaign_id.id)
        again.action_preview()
        self.assertEqual((again.new_count, again.same_count, again.error_count), (0, 3, 0))
        again.action_apply()
        self.assertEqual(len(self.sheets()), 3)
        self.assertEqual(
            len(self.env["psych.response.flag"].search([("campaign_id", "=", first.campaign_id.id)])), 2
        )
        changed = self.rows()
        changed[1][2] = "Level 1"
        other = self.wizard(changed, campaign_id=first.campaign_id.id)
        other.action_preview()
        self.assertEqual((other.error_count, other.same_count), (1, 2))
        self.assertIn("never changes", other.issue_ids.sentence)

    def test_errors_by_row_and_column(self):
        a, b = self.students[0], self.students[1]
        rows = [
            [a.number, a.name, 3, "viel", 1, 1, "", ""],
            ["999999", "Nobody", 1, 1, 1, 1, "", ""],
            [b.number, "Somebody else", 1, 1, 1, 1, "", ""],
            [b.number, b.name, "", 1, 1, 1, "", ""],
            [self.students[2].number, "", "Level 9", 1, 1, 1, "2030-01-01", ""],
            ["", "", "", "", "", "", "", ""],
        ]
        wizard = self.wizard(rows)
        wizard.action_preview()
        found = {(issue.place.split("!")[1], issue.heading or "") for issue in wizard.issue_ids}
        self.assertEqual(
            found,
            {
                ("3", "anxiety"),
                ("4", ""),
                ("5", ""),
                ("6", "学号"),
                ("6", "level"),
                ("7", "level"),
                ("7", ""),
            },
        )
        self.assertEqual((wizard.row_count, wizard.new_count, wizard.error_count), (5, 0, 5))
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertFalse(self.sheets())
        wizard = self.wizard([self.rows()[0], rows[1]], skip_errors=True)
        wizard.action_preview()
        wizard.action_apply()
        self.assertEqual(len(self.sheets()), 1)

    def test_files_that_are_no_results(self):
        for content in (
            b"",
            b"PK\x03\x04broken",
            workbook([["a", "b"], [1, 2]]),
            workbook([["学号", "姓名"], ["1", "A"]]),
        ):
            wizard = self.wizard([])
            wizard.file = base64.b64encode(content)
            with self.assertRaises(UserError):
                wizard.action_preview()

    def test_levels_in_words(self):
        """The words of the official system, in Chinese, with digits of either kind."""
        bands = [
            (0.0, ["未见异常", "No finding"]),
            (1.0, ["三级：发展性困扰"]),
            (2.0, ["二级：一般心理问题"]),
            (3.0, ["一级：严重心理问题"]),
        ]
        cases = {
            "一级": 3,
            "1级": 3,
            "1": 3,
            "二级": 2,
            "三级：发展性困扰": 1,
            "严重心理问题": 3,
            "未见异常": 0,
            "0": 0,
            "其他": None,
            "": None,
        }
        for text, value in cases.items():
            self.assertEqual(result_sheet.level(text, bands), value, text)

    def test_who_may(self):
        form = Form(self.env["psych.result.import"].with_user(self.u_centre))
        self.assertEqual(form.scale_id, self.scale)
        for user in (
            self.u_tutor,
            self.u_station,
            self.u_admin,
            self.u_leader,
            self.u_counsellor,
            self.u_student,
        ):
            with self.assertRaises(AccessError):
                self.wizard(self.rows(), user=user)
        other = self.wizard(self.rows())
        self.assertFalse(other.with_user(self.u_head).has_access("read"), "the file of another person")
