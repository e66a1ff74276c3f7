"""Reading and cleaning of roster files: tables of cells, whole files with dirt, properties."""

import datetime
import io
import string

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import roster_clean as rc
from ..tools import roster_sheet as rs
from ..tools.roster_headings import HEADINGS, field_of

HEAD = ["学号", "姓名", "性别", "学院", "班级"]


def xlsx(*sheets, merges=()):
    """Bytes of a workbook; each sheet is (name, rows); merges: (sheet index, range, value)."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    date_format = book.add_format({"num_format": "yyyy-mm-dd"})
    made = []
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        made.append(sheet)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(r, c, datetime.datetime.combine(cell, datetime.time()), date_format)
                elif cell is not None:
                    sheet.write(r, c, cell)
    for index, cells, value in merges:
        made[index].merge_range(cells, value)
    book.close()
    return stream.getvalue()


def codes(cleaned):
    return {(issue.row, issue.field, issue.code) for issue in cleaned.issues}


@tagged("post_install", "-at_install")
class TestRosterCells(BaseCase):
    def check(self, cleaner, table):
        for cell, value, code in table:
            self.assertEqual(cleaner(cell), (value, code), f"{cleaner.__name__}({cell!r})")

    def test_number(self):
        self.check(
            rc.clean_number,
            [
                ("2026010101", "2026010101", None),
                ("0026010101", "0026010101", None),
                (2026010101, "2026010101", None),
                (20260101.0, "20260101", None),
                ("20260101.0", "20260101", None),
                ("２０２６０１０１", "20260101", None),
                (" 2026 0101 ", "20260101", None),
                ("\u30002026\u00a00101\t", "20260101", None),
                ("'20260101", "20260101", None),
                ('="00260101"', "00260101", None),
                ("\ufeff20260101", "20260101", None),
                ("2026\u200b0101", "20260101", None),
                ("2.0260101E+07", "20260101", None),
                ("2.0260101e7", "20260101", None),
                ("2.026E+11", None, "number_rounded"),
                ("Ｓ2026-01", "S2026-01", None),
                ("", None, "number_missing"),
                (None, None, "number_missing"),
                ("无", None, "number_missing"),
                ("12", None, "number_invalid"),
                ("张三", None, "number_invalid"),
                ("20260101/2", None, "number_invalid"),
                ("#REF!", None, "number_invalid"),
                (True, None, "number_invalid"),
                (20260101.5, None, "number_invalid"),
            ],
        )

    def test_name(self):
        self.check(
            rc.clean_name,
            [
                ("张三", "张三", None),
                ("张 三", "张三", None),
                ("张\u3000三 ", "张三", None),
                ("阿依古丽•买买提", "阿依古丽·买买提", None),
                ("阿依古丽．买买提", "阿依古丽·买买提", None),
                ("John  Smith", "John Smith", None),
                ("张伟1", "张伟1", "name_digits"),
                ("", None, "name_missing"),
                ("20260101", None, "name_invalid"),
                ("#N/A", None, "name_missing"),
                ("#REF!", None, "name_invalid"),
                ("长" * 80, None, "name_invalid"),
                ("𠮷田", "𠮷田", None),
            ],
        )

    def test_gender_phone(self):
        self.check(
            rc.clean_gender,
            [
                ("男", "male", None),
                ("女 生", "female", None),
                ("Ｍ", "male", None),
                (2.0, "female", None),
                ("", None, None),
                ("男女", None, "gender_unknown"),
                ("FEMALE", "female", None),
            ],
        )
        self.check(
            rc.clean_phone,
            [
                ("13812345678", "13812345678", None),
                (13812345678.0, "13812345678", None),
                ("13812345678.0", "13812345678", None),
                ("1.3812345678E+10", "13812345678", None),
                ("138-1234-5678", "13812345678", None),
                ("138 1234 5678", "13812345678", None),
                ("+86 13812345678", "13812345678", None),
                ("008613812345678", "13812345678", None),
                ("１３８１２３４５６７８", "13812345678", None),
                ("0731-88123456", "073188123456", None),
                ("(0731)8812345", "07318812345", None),
                ("13812345678/13912345678", "13812345678", "phone_several"),
                ("13812345678、13812345678", "13812345678", None),
                ("父亲13812345678", "13812345678", None),
                ("1381234567", None, "phone_invalid"),
                ("138123456789", None, "phone_invalid"),
                ("没有手机", None, "phone_invalid"),
                ("-", None, None),
                ("", None, None),
            ],
        )

    def test_date(self):
        day = datetime.date(2006, 1, 5)
        self.check(
            rc.clean_date,
            [
                (form, day, None)
                for form in (
                    "2006-1-5",
                    "2006/01/05",
                    "2006.1.5",
                    "2006年1月5日",
                    "20060105",
                    "２００６－１－５",
                    20060105,
                    38722,
                    38722.0,
                    "38722",
                    "2006-01-05 00:00:00",
                    day,
                    datetime.datetime(2006, 1, 5, 8),
                    "2006年01月05号",
                )
            ]
            + [
                ("2006-13-01", None, "date_invalid"),
                ("2006-02-30", None, "date_invalid"),
                ("1896-02-03", None, "date_implausible"),
                ("2066-02-03", None, "date_implausible"),
                ("13/1/2006", datetime.date(2006, 1, 13), None),
                ("1/13/2006", datetime.date(2006, 1, 13), None),
                ("1/2/2006", None, "date_ambiguous"),
                ("3/3/2006", datetime.date(2006, 3, 3), None),
                ("06-1-5", None, "date_invalid"),
                ("正月初五", None, "date_invalid"),
                ("2006年1月", None, "date_invalid"),
                ("", None, None),
            ],
        )

    def test_year_day_state(self):
        self.check(
            rc.clean_year,
            [
                ("2026", 2026, None),
                ("2026级", 2026, None),
                (2026.0, 2026, None),
                ("26级", 2026, None),
                ("２０２６级", 2026, None),
                ("2026-09-01", 2026, None),
                ("202609", 2026, None),
                ("20260901", 2026, None),
                ("大一", None, "year_unknown"),
                ("", None, None),
                (datetime.date(2026, 9, 1), 2026, None),
            ],
        )
        self.check(
            rc.clean_day_student,
            [
                ("是", True, None),
                ("走读", True, None),
                ("否", False, None),
                ("住校", False, None),
                ("√", True, None),
                ("", None, None),
                ("也许", None, "day_student_unknown"),
            ],
        )
        self.assertEqual(rc.clean_day_student("是", inverse=True), (False, None))
        self.assertEqual(rc.clean_day_student("走读", inverse=True), (True, None))
        self.check(
            rc.clean_state,
            [
                ("在读", "enrolled", None),
                ("休学", "on_leave", None),
                ("退学", "left", None),
                ("毕业", "graduated", None),
                ("已故", None, "state_reserved"),
                ("？", None, "state_unknown"),
                ("", None, None),
            ],
        )

    def test_rooms_and_keys(self):
        for pair, expected in {
            ("5栋", "402"): ("5栋", "402", None),
            ("5栋", "402室"): ("5栋", "402", None),
            ("5栋", "5栋402"): ("5栋", "402", None),
            ("5栋", "402-3"): ("5栋", "402", None),
            (None, "5栋402"): ("5栋", "402", None),
            (None, "5#402寝室"): ("5#", "402", None),
            (None, "5-402"): ("5", "402", None),
            (None, "5-402-3"): ("5", "402", None),
            (None, "学生公寓5栋B402-1床"): ("学生公寓5栋", "B402", None),
            (None, "402"): (None, "402", None),
            ("5栋", "0402"): ("5栋", "0402", None),
            (None, "走读"): (None, None, True),
            ("校外", None): (None, None, True),
            ("5栋", None): (None, None, None),
        }.items():
            self.assertEqual(rc.split_room(*pair), expected, pair)
        self.assertEqual(
            len({rc.building_key(name) for name in ("5栋", "五栋", "5号楼", "5#", "5 号公寓", "５栋")}), 1
        )
        self.assertEqual(rc.unit_key("护理（一）班"), rc.unit_key("护理1班"))
        self.assertEqual(rc.unit_key("护理十二班"), rc.unit_key("护理12班"))
        self.assertNotEqual(rc.unit_key("护理2601班"), rc.unit_key("护理2602班"))
        self.assertEqual(rc.room_key("402室"), rc.room_key("402"))
        for name, year in {
            "护理2601班": 2026,
            "2025级护理1班": 2025,
            "26护理1": 2026,
            "护理1班": None,
            "护理251班": 2025,
            "高职护理12班": None,
        }.items():
            self.assertEqual(rc.year_of_class(name), year, name)


@tagged("post_install", "-at_install")
class TestRosterHeadings(BaseCase):
    def test_variants(self):
        for heading, name in {
            "学号": "number",
            " 学 号 ": "number",
            "*学号": "number",
            "学号（必填）": "number",
            "姓名：": "name",
            "系（部）": "college",
            "学院/系部": "college",
            "二级学院": "college",
            "公寓/楼栋": "building",
            "寝室/房间号": "room",
            "手机号码": "phone",
            "联系电话（本人）": "phone",
            "联系电话（家长）": "guardian_phone",
            "家长（监护人）": "guardian_name",
            "监护人 电话": "guardian_phone",
            "是否走读": "day_student",
            "班主任姓名": "class_teacher",
            "身份证号": None,
            "备注": None,
            "Student No.": "number",
        }.items():
            self.assertEqual(field_of(heading), name, heading)

    def test_remembered_wins(self):
        self.assertEqual(field_of("编码", {"编码": "number"}), "number")
        self.assertIsNone(field_of("学号", {"学号": ""}))

    def test_no_heading_stands_for_two_fields(self):
        seen = {}
        for name, headings in HEADINGS.items():
            for heading in headings:
                self.assertEqual(seen.setdefault(heading, name), name, heading)


@tagged("post_install", "-at_install")
class TestRosterSheet(BaseCase):
    def read(self, rows, **kwargs):  # pylint: disable=method-required-super
        table = rs.read_table(xlsx(("名册", rows)), "名册.xlsx")
        return table, rs.clean_table(table, **kwargs)

    def test_header_below_title(self):
        table, cleaned = self.read(
            [
                ["青禾学院2026级新生名册"],
                [],
                ["制表日期", "2026-09-01"],
                HEAD,
                ["0001", "张三", "男", "护理学院", "护理2601班"],
            ]
        )
        self.assertEqual(cleaned.values["number"], ["0001"])
        self.assertEqual(table.places, [("名册", 5)])
        self.assertFalse(cleaned.issues)

    def test_header_in_two_rows(self):
        data = xlsx(
            (
                "表",
                [
                    ["学号", "姓名", "监护人", ""],
                    ["", "", "姓名", "电话"],
                    ["20260101", "张三", "张父", "13812345678"],
                ],
            ),
            merges=((0, "A1:A2", "学号"), (0, "B1:B2", "姓名"), (0, "C1:D1", "监护人")),
        )
        table = rs.read_table(data)
        self.assertEqual(table.fields(), ["number", "name", "guardian_name", "guardian_phone"])
        self.assertEqual(rs.clean_table(table).values["guardian_phone"], ["13812345678"])

    def test_merged_cells_fill_down(self):
        data = xlsx(
            (
                "表",
                [HEAD, ["20260101", "张三", "男"], ["20260102", "李四", "女"], ["20260103", "王五", "男"]],
            ),
            merges=((0, "D2:D4", "护理学院"), (0, "E2:E3", "护理2601班")),
        )
        cleaned = rs.clean_table(rs.read_table(data))
        self.assertEqual(cleaned.values["college"], ["护理学院"] * 3)
        self.assertEqual(cleaned.values["class_name"], ["护理2601班", "护理2601班", None])
        filled = rs.clean_table(rs.read_table(data), fill_down=True)
        self.assertEqual(filled.values["class_name"], ["护理2601班"] * 3)

    def test_several_sheets_with_other_column_order(self):
        table = rs.read_table(
            xlsx(
                ("说明", [["请勿改动表头"]]),
                ("护理", [HEAD, ["20260101", "张三", "男", "护理学院", "护理2601班"]]),
                (
                    "药学",
                    [["姓名", "学号", "班级", "手机号"], ["李四", "20260102", "药学2601班", "13812345678"]],
                ),
            )
        )
        cleaned = rs.clean_table(table)
        self.assertEqual(cleaned.values["number"], ["20260101", "20260102"])
        self.assertEqual(cleaned.values["phone"], [None, "13812345678"])
        self.assertEqual(rs.place_label(table, 1), "药学!2")

    def test_noise_rows(self):
        table, cleaned = self.read(
            [
                HEAD,
                ["20260101", "张三", "男", "护理学院", "1班"],
                [],
                HEAD,
                ["20260102", "李四", "女", "护理学院", "1班"],
                ["合计", 2],
                ["制表人：王老师"],
            ]
        )
        self.assertEqual(cleaned.values["number"], ["20260101", "20260102"])
        self.assertEqual(table.skipped, 4)

    def test_duplicates(self):
        row = ["20260101", "张三", "男", "护理学院", "1班"]
        _table, cleaned = self.read([HEAD, row, row])
        self.assertEqual(codes(cleaned), {(1, "number", "number_repeated")})
        _table, cleaned = self.read([HEAD, row, ["20260101", "李四", "女", "护理学院", "1班"]])
        self.assertEqual(codes(cleaned), {(0, "number", "number_twice"), (1, "number", "number_twice")})
        self.assertEqual(cleaned.bad_rows(), {0, 1})

    def test_namesakes(self):
        _table, cleaned = self.read(
            [
                HEAD,
                ["20260101", "张伟", "男", "护理学院", "1班"],
                ["20260102", "张 伟", "女", "护理学院", "1班"],
                ["20260103", "张伟", "女", "护理学院", "2班"],
            ]
        )
        self.assertEqual({row for row, _f, code in codes(cleaned) if code == "namesake"}, {0, 1})

    def test_lost_leading_zero(self):
        _table, cleaned = self.read([HEAD[:2], ["00260101", "张三"], [260102, "李四"]])
        self.assertEqual(cleaned.values["number"], ["00260101", "00260102"])
        self.assertEqual(codes(cleaned), {(1, "number", "number_padded")})

    def test_extra_and_sensitive_columns(self):
        table, _cleaned = self.read(
            [["序号", *HEAD[:2], "身份证号", "特长"], [1, "20260101", "张三", "43010220060105001X", "画画"]]
        )
        marks = {column.heading: (column.field, column.usual, column.sensitive) for column in table.columns}
        samples = {column.heading: column.samples for column in table.columns}
        self.assertEqual(
            (samples["身份证号"], samples["特长"]), ([], ["画画"]), "what is not read is not shown"
        )
        self.assertEqual(marks["序号"], (None, True, False))
        self.assertEqual(marks["身份证号"], (None, False, True))
        self.assertEqual(marks["特长"], (None, False, False))

    def test_one_field_one_column(self):
        table, _cleaned = self.read(
            [
                ["学号", "姓名", "父亲电话", "监护人电话", "母亲电话"],
                ["20260101", "张三", "1", "13812345678", "2"],
            ]
        )
        self.assertEqual(table.fields(), ["number", "name", None, "guardian_phone", None])

    def test_csv_encodings_and_delimiters(self):
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"):
            for delimiter in ",\t;|":
                text = "\r\n".join(
                    delimiter.join(row) for row in [HEAD, ["0001", "张三", "男", "护理学院", "护理2601班"]]
                )
                table = rs.read_table(text.encode(encoding), "名册.csv")
                self.assertEqual(rs.clean_table(table).values["number"], ["0001"], (encoding, delimiter))
        text = 'sep=;\n学号;姓名\n="0001";"张;三"\n'
        self.assertEqual(rs.clean_table(rs.read_table(text.encode())).values["name"], ["张;三"])

    def test_files_refused(self):
        for data, code in (
            (b"", "file_empty"),
            (b"<html><table></table></html>", "not_a_sheet"),
            (b"%PDF-1.4", "not_a_sheet"),
            (b"PK\x03\x04" + b"x" * 100, "unreadable"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "unreadable"),
            ("标题,内容\n甲,乙\n".encode(), "no_heading"),
            ("学号,姓名\n".encode(), "no_rows"),
            (b"\xff\xff\xff\xff,\x80\n", "encoding"),
        ):
            with self.assertRaises(rs.RosterFileError) as caught:
                rs.read_table(data, "x")
            self.assertEqual(caught.exception.code, code, data[:20])
        with self.assertRaises(rs.RosterFileError) as caught:
            rs.clean_table(rs.read_table("学号,班级\n0001,1班\n".encode()))
        self.assertEqual(caught.exception.code, "column_missing")

    def test_rooms_in_one_cell(self):
        _table, cleaned = self.read(
            [
                ["学号", "姓名", "寝室"],
                ["0001", "张三", "5栋402-3"],
                ["0002", "李四", "走读"],
                ["0003", "王五", "402"],
            ]
        )
        self.assertEqual(cleaned.values["building"], ["5栋", None, None])
        self.assertEqual(cleaned.values["room"], ["402", None, None])
        self.assertEqual(cleaned.values["day_student"], [None, True, None])
        self.assertIn((2, "room", "room_no_building"), codes(cleaned))


FAST = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
ANY_CELL = st.one_of(
    st.text(max_size=40),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.text(alphabet=string.digits + "０１２３．.-/年月日 \u3000Ee+", max_size=20),
)


@tagged("post_install", "-at_install")
class TestRosterProperties(BaseCase):
    def test_cleaners_never_fail_and_are_idempotent(self):
        cleaners = [
            rc.clean_number,
            rc.clean_name,
            rc.clean_gender,
            rc.clean_phone,
            rc.clean_date,
            rc.clean_year,
            rc.clean_text,
            rc.clean_person,
            rc.clean_day_student,
            rc.clean_state,
        ]

        @FAST
        @given(ANY_CELL)
        def check(cell):
            for cleaner in cleaners:
                value, code = cleaner(cell)
                if code:
                    self.assertIn(code, rc.CODES)
                if isinstance(value, str) and cleaner not in (rc.clean_gender, rc.clean_state):
                    self.assertEqual(cleaner(value)[0], value, cleaner.__name__)
                    self.assertFalse(set(value) & set("\t\n\r\0"), repr(value))

        check()

    def test_number_survives_every_disguise(self):
        wide = str.maketrans(string.digits, "０１２３４５６７８９")

        @FAST
        @given(st.text(alphabet=string.digits, min_size=4, max_size=14))
        def check(number):
            for form in (
                number,
                number.translate(wide),
                f" {number}\u3000",
                f"'{number}",
                f'="{number}"',
                f"{number}.0",
            ):
                self.assertEqual(rc.clean_number(form), (number, None), form)
            if number[0] != "0":
                self.assertEqual(rc.clean_number(float(number)), (number, None))

        check()

    def test_date_survives_every_form(self):
        @FAST
        @given(st.dates(datetime.date(1940, 1, 1), datetime.date(2020, 12, 31)))
        def check(day):
            serial = (day - datetime.date(1899, 12, 30)).days
            for form in (
                day,
                serial,
                float(serial),
                day.isoformat(),
                f"{day:%Y%m%d}",
                f"{day.year}/{day.month}/{day.day}",
                f"{day.year}年{day.month}月{day.day}日",
                f"{day.year}.{day.month:02}.{day.day:02}",
            ):
                self.assertEqual(rc.clean_date(form), (day, None), form)

        check()

    def test_any_csv_is_read_or_refused(self):
        @FAST
        @given(st.binary(max_size=300), st.booleans())
        def check(tail, with_header):
            data = ("学号,姓名\n".encode() if with_header else b"") + tail
            try:
                cleaned = rs.clean_table(rs.read_table(data, "x.csv"))
            except rs.RosterFileError:
                return
            self.assertEqual({len(column) for column in cleaned.values.values()}, {cleaned.size})

        check()
