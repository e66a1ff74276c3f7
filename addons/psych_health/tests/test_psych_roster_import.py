"""The roster import: dirt, preview, all or nothing, twice, undo, wrong role, fast path = ORM path."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.organisation.psych_roster_stage import ROSTER_COLUMNS
from ..tools import roster_sheet as rs
from .common import PsychCommon, PsychWorld
from .test_roster_sheet import xlsx

HEAD = ["学号", "姓名", "性别", "二级学院", "专业", "年级", "班级", "公寓", "寝室", "手机号", "出生日期"]


class RosterCase(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin_env = cls.env(user=cls.u_admin)
        cls.Student = cls.env["psych.student"].with_context(active_test=False)

    def upload(self, rows, merges=(), data=None, **vals):
        """A wizard of the administrator with the columns read."""
        data = data or xlsx(("名册", rows), merges=merges)
        wizard = self.admin_env["psych.roster.import"].create(
            {"file": base64.b64encode(data), "filename": "名册.xlsx", **vals}
        )
        wizard.action_read()
        return wizard

    def preview(self, rows, **vals):
        wizard = self.upload(rows, **vals)
        wizard.action_preview()
        return wizard

    def load(self, rows, **vals):
        wizard = self.preview(rows, **vals)
        wizard.action_apply()
        return wizard

    def student(self, number):
        return self.Student.search([("number", "=", number), ("company_id", "=", self.company.id)])

    def counts(self, wizard):
        return tuple(wizard[f"{name}_count"] for name in ("new", "changed", "moved", "left", "same", "error"))

    def codes(self, wizard):
        return set(wizard.batch_id.issue_ids.mapped("code"))

    def snapshot(self):
        """Every roster value of every student of the school, with names instead of ids."""
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            student.number: tuple(
                student[name].complete_name
                if getattr(student[name], "_name", "") == "psych.unit"
                else student[name].name
                if hasattr(student[name], "_name")
                else student[name]
                for name in ROSTER_COLUMNS
            )
            for student in self.Student.search([("company_id", "=", self.company.id)])
        }


ROW = [
    "2026010101",
    "张三",
    "男",
    "College A",
    "护理",
    "2026级",
    "Class A1",
    "Building 1",
    "401",
    "13812345678",
    "2008-01-05",
]
OTHER = [
    "2026010102",
    "李四",
    "女",
    "College A",
    "护理",
    "2026级",
    "护理2609班",
    "7栋",
    "701",
    "13812345679",
    "2008-02-05",
]


@tagged("post_install", "-at_install")
class TestPsychRosterImport(RosterCase):
    def test_programmes_and_units_may_have_equal_ids(self):
        """In a fresh database both tables count from one: what was previewed is what is applied."""
        self.env.cr.execute("SELECT nextval('psych_unit_id_seq')")
        last = self.env.cr.fetchone()[0]
        self.env.cr.execute("SELECT setval('psych_programme_id_seq', %s, false)", (last + 3,))
        rows = [
            [
                f"202601020{index}",
                f"学生{index}",
                "女",
                "College A",
                name,
                "2026级",
                f"{name}2609班",
                "7栋",
                "701",
            ]
            + OTHER[9:]
            for index, name in enumerate(("护理", "药学", "检验"), 1)
        ]
        wizard = self.preview([HEAD, *rows])
        wizard.action_apply()
        self.assertEqual(wizard.batch_id.state, "applied")
        self.assertEqual(self.student("2026010202").room_id.parent_id.name, "7栋")

    def test_new_students_with_their_units(self):
        wizard = self.preview([HEAD, ROW, OTHER])
        self.assertEqual(self.counts(wizard), (2, 0, 0, 0, 0, 0))
        self.assertEqual(
            set(wizard.unit_ids.mapped(lambda unit: (unit.role, unit.name))),
            {("programme", "护理"), ("class", "护理2609班"), ("building", "7栋"), ("room", "701")},
        )
        self.assertFalse(self.student("2026010101"), "a preview writes nothing")
        self.assertFalse(self.env["psych.unit"].search([("name", "=", "7栋")]))
        wizard.action_apply()
        one, two = self.student("2026010101"), self.student("2026010102")
        self.assertEqual(
            (one.class_id, one.college_id, one.room_id), (self.class_a1, self.college_a, self.room_1)
        )
        self.assertEqual(
            (one.gender, one.phone, str(one.birth_date), one.entry_year),
            ("male", "13812345678", "2008-01-05", 2026),
        )
        self.assertEqual((one.enrolment_state, one.whereabouts_state, one.active), ("enrolled", "dorm", True))
        unit = two.class_id
        self.assertEqual(
            (unit.name, unit.parent_id, unit.college_id, unit.entry_year),
            ("护理2609班", self.college_a, self.college_a, 2026),
        )
        self.assertEqual((unit.kind_id.role, unit.role, unit.programme_id.name), ("class", "class", "护理"))
        self.assertEqual(unit.programme_id.unit_id, self.college_a)
        self.assertEqual((two.room_id.name, two.room_id.parent_id.name), ("701", "7栋"))
        self.assertEqual(
            two.room_id.parent_path, f"{self.root.id}/{two.room_id.parent_id.id}/{two.room_id.id}/"
        )
        self.assertEqual(wizard.batch_id.state, "applied")
        self.assertFalse(wizard.batch_id.to_create)

    def test_rights_reach_new_classes(self):
        self.load([HEAD, OTHER])
        self.assertTrue(self.student("2026010102").with_user(self.u_station).has_access("read"))
        self.assertFalse(self.student("2026010102").with_user(self.u_station_b).has_access("read"))
        self.assertFalse(self.student("2026010102").with_user(self.u_tutor).has_access("read"))

    def test_again_changes_nothing(self):
        self.load([HEAD, ROW, OTHER])
        before, units = self.snapshot(), self.env["psych.unit"].search_count([])
        wizard = self.preview([HEAD, ROW, OTHER])
        self.assertEqual(self.counts(wizard), (0, 0, 0, 0, 2, 0))
        self.assertTrue(wizard.nothing_to_do)
        self.assertFalse(wizard.unit_ids)
        wizard.action_apply()
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.env["psych.unit"].search_count([]), units)

    def test_changed_field_by_field(self):
        self.load([HEAD, ROW])
        row = [*ROW]
        row[9], row[10] = "13912345678", ""
        wizard = self.preview([HEAD, row])
        self.assertEqual(self.counts(wizard), (0, 1, 0, 0, 0, 0))
        line = wizard.changed_line_ids
        self.assertEqual(
            (line.old_values, line.new_values), ({"phone": "13812345678"}, {"phone": "13912345678"})
        )
        self.assertIn("13812345678 → 13912345678", line.changes)
        wizard.action_apply()
        self.assertEqual(self.student("2026010101").phone, "13912345678")
        self.assertTrue(self.student("2026010101").birth_date, "an empty cell changes nothing")

    def test_moved_and_day_student(self):
        self.load([HEAD, ROW])
        row = [*ROW]
        row[6], row[8] = "Class A2", "走读"
        wizard = self.preview([HEAD, row])
        self.assertEqual(self.counts(wizard), (0, 0, 1, 0, 0, 0))
        self.assertIn("Class A1 → Class A2", wizard.moved_line_ids.changes)
        wizard.action_apply()
        student = self.student("2026010101")
        self.assertEqual(
            (student.class_id, student.room_id.id, student.whereabouts_state), (self.class_a2, False, "day")
        )
        self.load([HEAD, ROW])
        self.assertEqual((student.room_id, student.whereabouts_state), (self.room_1, "dorm"))

    def test_whereabouts_of_care_stay(self):
        self.load([HEAD, ROW])
        self.student("2026010101").whereabouts_state = "hospital"
        wizard = self.preview([HEAD, ROW])
        self.assertEqual(self.counts(wizard), (0, 0, 0, 0, 1, 0))

    def test_left_only_when_chosen_and_by_grade(self):
        rows = [
            [s.number, s.name, "", "College A", "", "", s.class_id.name, "", "", "", ""]
            for s in self.students
            if s.college_id == self.college_a
        ][:-1]
        self.assertEqual(self.counts(self.preview([HEAD, *rows]))[3], 0)
        wizard = self.load([HEAD, *rows], mark_left=True)
        self.assertEqual(wizard.left_count, 1)
        gone = self.students.filtered(lambda s: s.enrolment_state == "left")
        self.assertEqual(len(gone), 1)
        self.assertEqual(gone.college_id, self.college_a, "the other college is not in the file")
        self.assertTrue(gone.class_id, "the file of who left still finds the class")

    def test_one_repeater_does_not_empty_a_grade(self):
        extra = [
            ["2026020%03d" % i, f"生{i}", "", "College A", "", "2026级", "Class A1", "", "", "", ""]
            for i in range(9)
        ]
        self.load([HEAD, *extra])
        wizard = self.preview([HEAD, extra[0]], mark_left=True)
        self.assertEqual(wizard.left_count, 0)

    def test_back_in_the_roster(self):
        self.load([HEAD, ROW])
        self.student("2026010101").sudo().write({"enrolment_state": "left"})
        self.load([HEAD, ROW])
        self.assertEqual(self.student("2026010101").enrolment_state, "enrolled")

    def test_deceased_is_not_touched(self):
        self.load([HEAD, ROW])
        self.student("2026010101").sudo().write({"enrolment_state": "deceased"})
        row = [*ROW]
        row[9] = "13912345678"
        wizard = self.preview([HEAD, row], mark_left=True)
        self.assertEqual(self.counts(wizard), (0, 0, 0, 0, 0, 0))
        self.assertIn("record_closed", self.codes(wizard))

    def test_errors_stop_everything_unless_left_out(self):
        wizard = self.preview([HEAD, ROW, ["", "无号", *ROW[2:]], ["2026010103", "", *ROW[2:]]])
        self.assertEqual(wizard.error_count, 2)
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertFalse(self.student("2026010101"))
        wizard.skip_errors = True
        wizard.action_apply()
        self.assertTrue(self.student("2026010101"))
        self.assertFalse(self.student("2026010103"))

    def test_class_of_a_new_student(self):
        row = [*ROW]
        row[6] = ""
        self.assertEqual(self.codes(self.preview([HEAD, row])), {"class_missing"})
        row[3], row[6] = "", "不存在班"
        self.assertEqual(self.codes(self.preview([HEAD, row])), {"class_no_college"})
        row[6] = "Class A1"
        self.assertEqual(self.counts(self.preview([HEAD, row])), (1, 0, 0, 0, 0, 0))
        self.make_unit("Class A1", "class", self.college_b, entry_year=2026)
        self.assertEqual(self.codes(self.preview([HEAD, row])), {"class_ambiguous"})

    def test_unit_refused(self):
        wizard = self.preview([HEAD, ROW, OTHER])
        for unit in wizard.unit_ids:
            unit.create_it = unit.role in ("building", "programme")
        wizard.action_preview()
        self.assertEqual(self.counts(wizard), (1, 0, 0, 0, 0, 1))
        self.assertEqual(
            set(wizard.unit_ids.filtered(lambda u: not u.create_it).mapped("role")), {"class", "room"}
        )
        wizard.unit_ids.filtered(lambda u: u.role == "class").create_it = True
        wizard.action_preview()
        self.assertEqual(wizard.error_count, 1, "a room that is not created: the row says so")

    def test_similar_names_are_shown(self):
        row = [*ROW]
        row[3] = "CollegeA院"
        wizard = self.preview([HEAD, row])
        self.assertEqual(wizard.unit_ids.filtered(lambda u: u.role == "college").similar, "College A")

    def test_fifteen_kinds_of_dirt(self):
        rows = [
            ["2026级学生花名册"],
            [],
            [
                "*学号",
                "姓 名",
                "性别",
                "学院/系部",
                "专业名称",
                "年级",
                "班级名称",
                "楼栋",
                "房间号",
                "联系电话（本人）",
                "出生日期",
                "身份证号",
                "特长",
            ],
            [
                2026010101,
                "张 三",
                "男生",
                "College A",
                "护理",
                "2026级",
                "class a1",
                "1号building",
                "401室",
                13812345678,
                39452,
                "4301",
                "画",
            ],
            [
                "２０２６０１０１０２",
                "李四\u3000",
                "F",
                "COLLEGE  A",
                "护理",
                2026,
                "Class　A1",
                "Building 1",
                "401-2",
                "+86 138-1234-5679",
                "2008年1月5日",
                "",
                "",
            ],
            [
                "2026010103.0",
                "王五",
                "女",
                "College A",
                "",
                "26级",
                "Class A1",
                "",
                "走读",
                "13812345670/13812345671",
                "20080105",
                "",
                "",
            ],
            [
                "'2026010104",
                "阿依•古丽",
                "女",
                "College A",
                "护理",
                "2026",
                "Class A1",
                "Building 1",
                "402",
                "没有",
                "2008.1.5",
                "",
                "",
            ],
            [
                "2026\u200b010105 ",
                "张三",
                "男",
                "College A",
                "护理",
                "2026",
                "Class A1",
                "Building 1",
                "402",
                "1.3812345672E+10",
                "1/2/2008",
                "",
                "",
            ],
            [
                "2026010106",
                "赵六",
                "不详",
                "College A",
                "护理",
                "2026",
                "Class A1",
                "Building 1",
                "402",
                "13812345673",
                "2008-13-45",
                "",
                "",
            ],
            [
                "2026010106",
                "赵六",
                "不详",
                "College A",
                "护理",
                "2026",
                "Class A1",
                "Building 1",
                "402",
                "13812345673",
                "2008-13-45",
                "",
                "",
            ],
            ["*学号", "姓 名", "性别", "学院/系部"],
            [],
            ["2026010107", "孙七", "男", "College A", "护理", "2026", "Class A1"],
            ["2026010107", "孙八", "男", "College A", "护理", "2026", "Class A1"],
            ["合计", 8],
            ["制表：教务处"],
        ]
        wizard = self.upload(rows, merges=((0, "M4:M6", "画"),))
        self.assertEqual(wizard.sensitive, "身份证号")
        self.assertIn("特长", wizard.left_out)
        self.assertEqual(wizard.skipped_count, 4)
        wizard.action_preview()
        self.assertEqual(wizard.error_count, 2, wizard.error_ids.mapped("message"))
        self.assertEqual(
            self.codes(wizard),
            {
                "namesake",
                "phone_several",
                "phone_invalid",
                "date_ambiguous",
                "gender_unknown",
                "date_invalid",
                "number_repeated",
                "number_twice",
            },
        )
        wizard.skip_errors = True
        wizard.action_apply()
        students = [self.student(f"202601010{index}") for index in range(1, 8)]
        self.assertEqual(
            [s.name for s in students], ["张三", "李四", "王五", "阿依·古丽", "张三", "赵六", False]
        )
        self.assertEqual({s.class_id for s in students[:6]}, {self.class_a1})
        self.assertEqual(
            [s.phone for s in students[:5]],
            ["13812345678", "13812345679", "13812345670", False, "13812345672"],
        )
        self.assertEqual({str(s.birth_date) for s in students[:4]}, {"2008-01-05"})
        self.assertEqual(students[1].room_id, self.room_1)
        self.assertEqual(students[2].whereabouts_state, "day")
        self.assertEqual(students[0].entry_year, 2026)

    def test_half_filled_file(self):
        self.load([HEAD, ROW])
        wizard = self.load([["学号", "姓名", "手机号"], ["2026010101", "张三", "13700000000"]])
        student = self.student("2026010101")
        self.assertEqual(
            (student.phone, student.class_id, student.room_id, student.gender),
            ("13700000000", self.class_a1, self.room_1, "male"),
        )
        self.assertEqual(self.counts(wizard), (0, 1, 0, 0, 0, 0))

    def test_mapping_is_remembered(self):
        rows = [["编码", "称呼", "学号"], ["2026010101", "张三", "x"]]
        wizard = self.upload(rows)
        wizard.column_ids.filtered(lambda c: c.heading == "编码").field = "number"
        wizard.column_ids.filtered(lambda c: c.heading == "学号").field = False
        with self.assertRaises(UserError, msg="no name column"):
            wizard.action_preview()
        wizard.column_ids.filtered(lambda c: c.heading == "称呼").field = "name"
        wizard.action_preview()
        again = self.upload(rows)
        self.assertEqual(again.column_ids.mapped("field"), ["number", "name", False])
        self.assertFalse(self.env["psych.roster.mapping"].search([("company_id", "!=", self.company.id)]))

    def test_two_columns_for_one_field(self):
        wizard = self.upload([["学号", "姓名", "绰号"], ["2026010101", "张三", "三"]])
        wizard.column_ids[2].field = "name"
        with self.assertRaises(UserError):
            wizard.action_preview()

    def test_stale_preview_is_refused(self):
        wizard = self.preview([HEAD, ROW])
        self.load([HEAD, ROW])
        with self.assertRaises(UserError):
            wizard.action_apply()
        wizard.action_preview()
        self.assertTrue(wizard.nothing_to_do)

    def test_untouched_register_is_not_compared_twice(self):
        """What the preview compared is applied as it stands, also for students who were there before."""
        old = self.students[0]
        rows = [HEAD, ROW, [old.number, "Another", "男", *[""] * 5, "", "13800000000", ""]]
        wizard = self.preview(rows)
        lines = wizard.batch_id.line_ids
        with patch.object(type(wizard), "_payload", side_effect=AssertionError("read again")):
            wizard.action_apply()
        self.assertEqual(wizard.batch_id.line_ids, lines, "the lines of the preview are the journal")
        self.assertEqual((old.name, self.student(ROW[0]).name), ("Another", "张三"))

    def test_a_change_since_the_preview_is_compared_anew(self):
        """A tutor writes a whereabouts, the office makes a unit: nothing of the file is touched, the import goes on."""
        for change in (
            lambda: self.students[0].write({"whereabouts_state": "internship"}),
            lambda: self.make_unit("Class A9", "class", self.college_a),
            lambda: self.env["psych.programme"].create({"name": "口腔", "company_id": self.company.id}),
        ):
            with self.env.cr.savepoint() as savepoint:
                wizard = self.preview([HEAD, ROW, OTHER])
                change()
                with self.assertRaises(UserError):
                    wizard.batch_id._apply()  # nobody gives the file again
                with patch.object(
                    type(wizard), "_payload", autospec=True, side_effect=type(wizard)._payload
                ) as read:
                    wizard.action_apply()
                self.assertTrue(read.called)
                self.assertEqual(self.student(OTHER[0]).class_id.name, "护理2609班")
                self.assertEqual(len(wizard.batch_id.line_ids), 2)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_a_change_that_matters_is_refused(self):
        """Who stands in the file, the class it names, or its programme changed: nothing is imported."""
        old = self.students[0]
        rows = [HEAD, ROW, [old.number, "Another", *[""] * 9]]
        for change in (
            lambda: old.write({"name": "Third"}),
            lambda: self.class_a1.write({"name": "Class A7"}),
            lambda: self.make_student(ROW[0], ROW[1], self.class_a2),
        ):
            with self.env.cr.savepoint() as savepoint:
                wizard = self.preview(rows)
                change()
                with self.assertRaises(UserError):
                    wizard.action_apply()
                savepoint.rollback()
            self.env.invalidate_all()

    def test_hints_on_people(self):
        self.load([HEAD, ROW])
        row = [*ROW]
        row[1] = "王小明"
        self.assertIn("name_changed", self.codes(self.preview([HEAD, row])))
        row = ["2026019999", *ROW[1:]]
        self.assertIn("maybe_renumbered", self.codes(self.preview([HEAD, row])))

    def test_error_file_can_be_corrected_and_imported(self):
        wizard = self.preview([HEAD, ROW, ["", *OTHER[1:]]])
        action = wizard.action_download_errors()
        self.assertIn("/web/content/psych.roster.import/", action["url"])
        data = base64.b64decode(wizard.error_file)
        table = rs.read_table(data)
        self.assertEqual(table.fields()[0], None)
        self.assertEqual(len(table.rows), 1, "only the row that needs work")
        self.assertEqual(rs.clean_table(table).values["name"], ["李四"])
        self.assertTrue(table.rows[0][-1], "what to do stands in the last column")

    def test_template_is_readable_by_ourselves(self):
        wizard = self.admin_env["psych.roster.import"].create({})
        wizard.action_download_template()
        with self.assertRaises(rs.RosterFileError) as caught:
            rs.read_table(base64.b64decode(wizard.template_file))
        self.assertEqual(caught.exception.code, "no_rows")

    def test_file_problems_are_said(self):
        for data in (b"<html></html>", b"PK\x03\x04abc", "甲,乙\n1,2\n".encode()):
            wizard = self.admin_env["psych.roster.import"].create(
                {"file": base64.b64encode(data), "filename": "x"}
            )
            with self.assertRaises(UserError):
                wizard.action_read()

    def test_large_preview_is_thrown_away(self):
        wizard = self.preview([HEAD, ROW])
        batch = wizard.batch_id
        wizard.action_preview()
        self.assertFalse(batch.exists(), "a new preview replaces the old one")
        self.env.cr.execute(
            "UPDATE psych_roster_batch SET create_date = '2026-11-01' WHERE id = %s", [wizard.batch_id.id]
        )
        self.env.invalidate_all()
        self.env["psych.roster.batch"]._gc_previews()
        self.assertFalse(wizard.batch_id.exists())


@tagged("post_install", "-at_install")
class TestPsychRosterPaths(RosterCase):
    def rows(self):
        old = [
            [
                s.number,
                s.name + "改",
                "男",
                s.college_id.name,
                "药学",
                s.entry_year,
                self.class_a2.name if s.college_id == self.college_a else self.class_b1.name,
                "Building 1",
                "402",
                "13800000000",
                "2007-05-06",
            ]
            for s in self.students[:-1]
        ]
        return [HEAD, *old, ROW, OTHER]

    def test_fast_path_equals_orm_path(self):
        wizard = self.preview(self.rows(), mark_left=True)
        results = []
        for by_orm in (False, True):
            with self.env.cr.savepoint() as savepoint:
                wizard.batch_id._apply(by_orm=by_orm)
                lines = wizard.batch_id.line_ids
                results.append(
                    (
                        self.snapshot(),
                        sorted((line.number, line.kind, line.student_id.number or "") for line in lines),
                    )
                )
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(results[0], results[1])
        self.assertGreater(len(results[0][0]), 8)

    def test_units_equal_units_of_the_orm(self):
        self.load([HEAD, OTHER])
        unit = self.student("2026010102").class_id
        twin = self.make_unit(
            "Twin", "class", self.college_a, entry_year=2026, programme_id=unit.programme_id.id
        )
        self.env.flush_all()
        own = {"id", "name", "parent_path", "create_date", "write_date", "create_uid", "write_uid"}
        columns = [
            name
            for name, field in unit._fields.items()
            if field.store and field.column_type and name not in own
        ]
        self.assertEqual(
            unit.sudo().read(columns, load="")[0] | {"id": 0},
            twin.sudo().read(columns, load="")[0] | {"id": 0},
        )

    def test_student_columns_equal_those_of_the_orm(self):
        self.load([HEAD, ROW])
        student = self.student("2026010101")
        twin = self.make_student("2026019999", "张三", self.class_a1, self.room_1)
        self.env.flush_all()
        known = {"id", "number", "create_date", "write_date", "create_uid", "write_uid", *ROSTER_COLUMNS}
        columns = [
            name
            for name, field in student._fields.items()
            if field.store and field.column_type and name not in known
        ]
        self.env.cr.execute(
            f"SELECT {', '.join(columns)} FROM psych_student WHERE id IN %s", [(student.id, twin.id)]
        )
        one, two = self.env.cr.fetchall()
        self.assertEqual(one, two)


@tagged("post_install", "-at_install")
class TestPsychRosterUndo(RosterCase):
    def test_undo(self):
        before, units = self.snapshot(), self.env["psych.unit"].search([("company_id", "=", self.company.id)])
        old = [
            [
                s.number,
                "改",
                "男",
                "College A",
                "",
                "",
                self.class_a2.name,
                "Building 1",
                "402",
                "13800000000",
                "",
            ]
            for s in self.students
            if s.college_id == self.college_a
        ][:-1]
        wizard = self.load([HEAD, *old, ROW, OTHER], mark_left=True)
        self.assertNotEqual(self.snapshot(), before)
        batch = wizard.batch_id
        self.assertTrue(batch.can_undo)
        wizard.action_undo()
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.env["psych.unit"].search([("company_id", "=", self.company.id)]), units)
        self.assertFalse(self.env["psych.programme"].search([("company_id", "=", self.company.id)]))
        self.assertEqual(batch.state, "undone")
        with self.assertRaises(UserError):
            batch.with_user(self.u_admin).action_undo()

    def test_only_the_last_one(self):
        first = self.load([HEAD, ROW]).batch_id
        second = self.load([HEAD, OTHER]).batch_id
        with self.assertRaises(UserError):
            first.with_user(self.u_admin).action_undo()
        second.with_user(self.u_admin).action_undo()
        first.with_user(self.u_admin).action_undo()
        self.assertFalse(self.student("2026010101"))

    def test_not_when_edited_since(self):
        batch = self.load([HEAD, ROW]).batch_id
        self.student("2026010101").phone = "13700000000"
        with self.assertRaisesRegex(UserError, "2026010101"):
            batch.with_user(self.u_admin).action_undo()

    def test_not_when_built_upon(self):
        batch = self.load([HEAD, ROW]).batch_id
        self.appoint("class_member", self.class_a1, self.student("2026010101"))
        with self.assertRaises(UserError):
            batch.with_user(self.u_admin).action_undo()
        self.assertTrue(self.student("2026010101"))

    def test_unit_in_use_stays(self):
        batch = self.load([HEAD, OTHER]).batch_id
        unit = self.student("2026010102").class_id
        self.make_student("2026018888", "后来", unit)
        batch.with_user(self.u_admin).action_undo()
        self.assertTrue(unit.exists())
        self.assertFalse(self.student("2026010102"))


@tagged("post_install", "-at_install")
class TestPsychRosterStaff(RosterCase):
    STAFF_HEAD = [*HEAD[:7], "辅导员", "班主任"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.li = cls.make_staff("li.min")
        cls.li.name = "李敏"
        cls.post = cls.env.ref("psych_health.psych_post_tutor")
        cls.teacher_post = cls.env.ref("psych_health.psych_post_class_teacher")

    def posts(self, unit, post=None):
        return self.env["psych.membership"].search(
            [("unit_id", "=", unit.id), ("post_id", "=", (post or self.post).id)]
        )

    def test_nominated_and_appointed(self):
        self.teacher_post.needs_pledge = False
        wizard = self.preview([self.STAFF_HEAD, [*ROW[:6], "Class A2", "李敏老师", "li.min"]])
        self.assertIn("李敏", str(wizard.staff_text))
        wizard.action_apply()
        tutor = self.posts(self.class_a2)
        self.assertEqual(
            (tutor.state, tutor.partner_id), ("nominated", self.li.partner_id), "the pledge is missing"
        )
        teacher = self.posts(self.class_a2, self.teacher_post)
        self.assertEqual((teacher.state, teacher.user_id), ("appointed", self.li))
        self.assertTrue(
            self.student("2026010101").with_user(self.li).has_access("read"), "the post opens the class"
        )
        again = self.preview([self.STAFF_HEAD, [*ROW[:6], "Class A2", "李 敏", "李敏"]])
        self.assertTrue(again.nothing_to_do)

    def test_new_tutor_waits_for_the_hand_over(self):
        self.post.needs_pledge = False
        wizard = self.preview([self.STAFF_HEAD, [*ROW[:6], "Class A1", "李敏", ""]])
        wizard.action_apply()
        states = dict(self.posts(self.class_a1).mapped(lambda m: (m.user_id, m.state)))
        self.assertEqual(states, {self.u_tutor: "appointed", self.li: "nominated"})
        self.assertTrue(self.students[0].with_user(self.u_tutor).has_access("read"))
        self.assertFalse(self.students[0].with_user(self.li).has_access("read"))

    def test_unknown_and_ambiguous(self):
        self.make_staff("li.min2").name = "李敏"
        rows = [
            [*ROW[:6], "Class A2", "李敏", "没有人"],
            ["2026010102", "李四", *ROW[2:6], "Class A2", "李敏", "没有人"],
        ]
        wizard = self.load([self.STAFF_HEAD, *rows])
        self.assertEqual(
            sorted(wizard.batch_id.issue_ids.mapped("code")), ["staff_ambiguous", "staff_unknown"]
        )
        self.assertFalse(self.posts(self.class_a2))

    def test_one_class_two_names(self):
        self.make_staff("wang").name = "王芳"
        rows = [
            [f"202601010{i}", f"生{i}", *ROW[2:6], "Class A2", name, ""]
            for i, name in enumerate(("李敏", "王芳", "王芳"))
        ]
        wizard = self.load([self.STAFF_HEAD, *rows])
        self.assertIn("staff_differs", self.codes(wizard))
        self.assertEqual(self.posts(self.class_a2).person_name, "王芳")

    def test_undo_takes_nominations_back(self):
        self.teacher_post.needs_pledge = False
        batch = self.load([self.STAFF_HEAD, [*ROW[:6], "Class A2", "李敏", "李敏"]]).batch_id
        batch.with_user(self.u_admin).action_undo()
        self.assertFalse(self.posts(self.class_a2))
        self.assertEqual(self.posts(self.class_a2, self.teacher_post).state, "ended")

    def test_room_move_ends_the_informant(self):
        student = self.students[0]
        membership = self.appoint("dorm_informant", self.room_1, student)
        self.load([["学号", "姓名", "公寓", "寝室"], [student.number, student.name, "Building 1", "402"]])
        self.assertEqual(student.room_id, self.room_2)
        self.assertEqual(membership.state, "ended")


@tagged("post_install", "-at_install", "security")
class TestPsychRosterWatched(RosterCase):
    """F9: a roster moves or removes a student with an open matter."""

    def run_watched(self, rows, **vals):
        watched, told = self.students[0] | self.students[4], []
        Hooks = type(self.env["psych.hooks"])
        with (
            patch.object(Hooks, "_watched_students", lambda hooks, students: students & watched),
            patch.object(Hooks, "_roster_handover", lambda hooks, handovers: told.append(handovers)),
        ):
            return self.load(rows, **vals), told

    def test_move_and_departure_are_handed_over(self):
        moved, gone = self.students[0], self.students[4]
        rows = [
            [s.number, s.name, "College A", "Class A2" if s == moved else s.class_id.name]
            for s in self.students
            if s.college_id == self.college_a and s != gone
        ]
        wizard, told = self.run_watched([["学号", "姓名", "学院", "班级"], *rows], mark_left=True)
        self.assertEqual(gone.enrolment_state, "left")
        handovers = self.env["psych.roster.handover"].with_user(self.u_centre).search([])
        self.assertEqual({(h.student_id, h.kind) for h in handovers}, {(moved, "moved"), (gone, "left")})
        self.assertEqual(len(told), 1)
        self.assertEqual(handovers.filtered(lambda h: h.kind == "moved").from_class_id, self.class_a1)
        self.assertEqual(set(handovers.mapped("state")), {"waiting"})
        handovers.action_accept()
        self.assertEqual(handovers.accepted_by_id, self.u_centre)
        with self.assertRaises(UserError):
            handovers.action_accept()
        # the administrator does not learn who is watched, by no door
        admin = self.admin_env
        with self.assertRaises(AccessError):
            admin["psych.roster.handover"].search([])
        with self.assertRaises(AccessError):
            wizard.read(["watched_line_ids"])

    def test_room_change_is_no_hand_over(self):
        _wizard, told = self.run_watched(
            [["学号", "姓名", "公寓", "寝室"], [self.students[0].number, "Student 0", "Building 1", "402"]]
        )
        self.assertFalse(told)

    def test_centre_sees_the_list_in_its_own_preview(self):
        self.appoint("administrator", self.root, self.u_centre)
        env = self.env(user=self.u_centre)
        data = xlsx(
            (
                "名册",
                [
                    ["学号", "姓名", "学院", "班级"],
                    [self.students[0].number, "Student 0", "College A", "Class A2"],
                ],
            )
        )
        wizard = env["psych.roster.import"].create({"file": base64.b64encode(data), "filename": "x.xlsx"})
        wizard.action_read()
        wizard.action_preview()
        watched = self.students[0]
        with patch.object(
            type(self.env["psych.hooks"]), "_watched_students", lambda hooks, students: students & watched
        ):
            wizard.invalidate_recordset()
            self.assertEqual(wizard.watched_line_ids.student_id, watched)


@tagged("post_install", "-at_install", "security")
class TestPsychRosterAccess(RosterCase):
    def test_only_the_administrator(self):
        data = base64.b64encode(xlsx(("名册", [HEAD, ROW])))
        wizard = self.preview([HEAD, ROW])
        roles = (
            "leader",
            "head",
            "centre",
            "counsellor",
            "station",
            "tutor",
            "office",
            "duty",
            "nobody",
            "student",
        )
        for user in (getattr(self, f"u_{role}") for role in roles):
            env = self.env(user=user)
            with self.assertRaises(AccessError, msg=user.login):
                env["psych.roster.import"].create({"file": data, "filename": "x"})
            for call in (
                lambda env=env: wizard.with_env(env).action_preview(),
                lambda env=env: wizard.with_env(env).action_apply(),
                lambda env=env: wizard.batch_id.with_env(env).action_undo(),
                lambda env=env: wizard.batch_id.with_env(env)._apply(),
                lambda env=env: wizard.batch_id.with_env(env).read(["filename"]),
                lambda env=env: env["psych.roster.line"].search([]),
                lambda env=env: env["psych.roster.issue"].search([]),
                lambda env=env: env["psych.roster.mapping"].search([]),
            ):
                with self.assertRaises(AccessError, msg=user.login):
                    call()
        self.assertFalse(self.student("2026010101"))

    def test_journal_is_written_by_the_machine_only(self):
        batch = self.load([HEAD, ROW]).batch_id
        for call in (
            lambda: batch.write({"state": "preview"}),
            lambda: batch.unlink(),
            lambda: batch.line_ids.write({"old_values": {"phone": "1"}}),
            lambda: self.admin_env["psych.roster.line"].create(
                {"batch_id": batch.id, "kind": "new", "number": "1"}
            ),
            lambda: self.admin_env["psych.roster.batch"].create(
                {"filename": "x", "company_id": self.company.id}
            ),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_other_school(self):
        other = self.env["res.company"].create({"name": "Other school"})
        twin_class = self.make_unit(
            "Class A1", "class", self.make_unit("College A", "college", other.psych_unit_id)
        )
        twin = self.make_student("2026010101", "别人", twin_class)
        with self.assertRaises(AccessError):
            self.preview([HEAD, ROW], company_id=other.id)
        self.u_admin.company_ids |= other
        with self.assertRaises(AccessError, msg="access to a company is not its administration"):
            self.upload([HEAD, ROW], company_id=other.id)
        wizard = self.load([HEAD, ROW])
        self.assertEqual(self.student("2026010101").class_id, self.class_a1)
        self.assertEqual((twin.name, twin.class_id), ("别人", twin_class))
        wizard.action_undo()
        self.assertTrue(twin.exists())


@tagged("post_install", "-at_install", "security")
class TestPsychRosterRpc(PsychWorld, HttpCase):
    """The doors of the web client: a tutor, a student and nobody call the import."""

    @mute_logger("odoo.http")
    def test_refused_by_rpc(self):
        self.psych_world()
        cls = type(self)
        admin = self.holder("administrator", self.root, "admin_rpc")
        tutor = self.holder("tutor", self.class_a1, "tutor_rpc")
        student = self.make_portal(self.students[0])
        data = base64.b64encode(xlsx(("名册", [HEAD, ROW]))).decode()
        wizard = self.env["psych.roster.import"].with_user(admin).create({"file": data, "filename": "x.xlsx"})
        for user in (tutor, student):
            self.authenticate(user.login, user.login)
            for model, method, args in (
                ("psych.roster.import", "create", [{"file": data}]),
                ("psych.roster.import", "action_read", [wizard.ids]),
                ("psych.roster.import", "action_apply", [wizard.ids]),
                ("psych.roster.import", "read", [wizard.ids, ["file"]]),
                ("psych.roster.batch", "search_read", [[]]),
                ("psych.roster.batch", "_apply", [[1]]),
                ("psych.roster.stage", "_apply", [1, False]),
                ("psych.roster.undo", "_undo", [1]),
            ):
                answer = self.make_jsonrpc_request_raw(model, method, args)
                self.assertIn("error", answer, (user.login, model, method))
                self.assertIn("AccessError", answer["error"]["data"]["name"])
        self.assertFalse(self.env["psych.student"].search([("number", "=", ROW[0])]))
        self.assertTrue(cls.company)

    def make_jsonrpc_request_raw(self, model, method, args):
        response = self.url_open(
            "/web/dataset/call_kw",
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "id": 1,
                "params": {"model": model, "method": method, "args": args, "kwargs": {}},
            },
        )
        return response.json()
