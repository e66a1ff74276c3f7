"""A roster of a college as it really arrives: 5,000 rows, some twenty kinds of dirt, with what has to come of it."""

import io
import random

import xlsxwriter

HEAD = [
    "序号", "*学号", "姓 名", "性别", "院系名称", "专业名称", "年级", "班级名称", "楼栋", "房间号", "联系电话（本人）", "辅导员姓名",
    "出生日期", "监护人", "", "是否走读", "身份证号", "特长",
]  # fmt: skip
BELOW = [""] * 13 + ["姓名", "电话"] + [""] * 3
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
FAMILY, GIVEN = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"


def clean_row(index, rnd):
    """One student as the registrar meant it; the number has leading zeros."""
    group, bed = index // 50, index % 1200 // 6
    college = group % 4
    person = rnd.choice(FAMILY) + rnd.choice(GIVEN) + rnd.choice(GIVEN)
    return [
        index + 1, f"0026{index:06d}", person, rnd.choice("男女"), ["护理学院", "药学院", "医学技术学院", "康复学院"][college],
        ["护理", "药学", "医学检验技术", "康复治疗技术"][college], "2026级", f"{'护药检康'[college]}26{group:02d}班",
        f"{index // 1200 + 1}栋", f"{bed // 20 + 1}{bed % 20 + 1:02d}", f"138{index:08d}", f"李老师{group // 5}",
        f"2008-{index % 12 + 1:02d}-{index % 28 + 1:02d}", f"{person[0]}父", f"139{index:08d}", "否", "430102200801010011", "",
    ]  # fmt: skip


def _set(place, change):
    """A kind of dirt that rewrites one cell."""

    def spoil_cell(row, index):
        row[place] = change(row[place], index)

    return spoil_cell


def _room_in_one_cell(row, index):
    row[8], row[9] = "", row[8] + row[9] + "-3"


def _day_student(row, index):
    row[8], row[9], row[15] = "", "走读", "是"


def _two_phones(row, index):
    row[10] = f"{row[10]}/{row[14]}"


#: position in a hundred rows -> what is wrong there; the meaning stays, the last three are left out
KINDS = {
    1: _set(1, lambda text, index: text.translate(WIDE)),
    2: _set(1, lambda text, index: f" {text}\u3000"),
    3: _set(1, lambda text, index: int(text)),  # a number cell: the leading zeros are gone
    4: _set(1, lambda text, index: f"'{text}"),
    5: _set(2, lambda text, index: f"{text[0]}\u3000{text[1:]} "),
    6: _set(3, lambda text, index: {"男": "男生", "女": "Ｆ"}[text]),
    7: _set(7, lambda text, index: text.translate(WIDE).replace("班", " 班")),
    8: _room_in_one_cell,
    9: _set(9, lambda text, index: text + "室"),
    10: _set(10, lambda text, index: float(text)),
    11: _set(10, lambda text, index: f"+86 {text[:3]}-{text[3:7]}-{text[7:]}"),
    12: _two_phones,
    13: _set(12, lambda text, index: 39448 + index % 300),  # serial of a date
    14: _set(12, lambda text, index: text.replace("-", "年", 1).replace("-", "月") + "日"),
    15: _set(12, lambda text, index: text.replace("-", "/")),
    16: _set(6, lambda text, index: 2026.0),
    17: _day_student,
    18: _set(10, lambda text, index: "没有手机"),
    19: _set(12, lambda text, index: "2008-13-45"),
    20: _set(3, lambda text, index: "不详"),
}
NO_NUMBER, NO_NAME = (521, 1521, 2521), (522, 1522)


def spoil(row, index):
    """Make one row dirty, by its position."""
    if kind := KINDS.get(index % 100):
        kind(row, index)
    if index in NO_NUMBER:
        row[1] = ""
    if index in NO_NAME:
        row[2] = ""
    return row


def build(size=5000, seed=7):
    """(bytes of the workbook, expected figures)."""
    rnd = random.Random(seed)
    rows = [spoil(clean_row(index, rnd), index) for index in range(size)]
    double = [*rows[730]]
    other = [*rows[731]]
    other[2] = "另一人"  # the same number with another name: both rows are errors
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("2026级名册")
    sheet.merge_range("A1:R1", "青禾健康职业学院（演示）2026级学生花名册")
    sheet.write_row(2, 0, HEAD)
    sheet.write_row(3, 0, BELOW)
    sheet.merge_range("N3:O3", "监护人")
    line = 4
    for index, row in enumerate([*rows, double, other]):
        if index and index % 1000 == 0:  # headings repeated for printing, and a blank row
            sheet.write_row(line + 1, 0, HEAD)
            line += 2
        for place, cell in enumerate(row):
            (sheet.write_string if isinstance(cell, str) else sheet.write)(line, place, cell)
        line += 1
    sheet.write_row(line + 1, 0, ["合计", size])
    sheet.write(line + 2, 0, "制表人：教务处")
    _merge_classes(sheet, rows)
    book.add_worksheet("填表说明").write(0, 0, "请勿改动表头")
    book.close()
    return stream.getvalue(), {"rows": size + 2, "errors": 5 + 2, "students": size - 6, "classes": size // 50}


def _merge_classes(sheet, rows):
    """The tutor of the first class stands in one merged cell."""
    sheet.merge_range(4, 11, 4 + 49, 11, rows[0][11])
