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


def spoil(row, index):
    """Make one row dirty, by its position; the meaning stays unless noted in `EXPECTED`."""
    kind = index % 100
    number = row[1]
    if kind == 1:
        row[1] = number.translate(WIDE)
    elif kind == 2:
        row[1] = f" {number}\u3000"
    elif kind == 3:
        row[1] = int(number)  # a number cell: the leading zeros are gone
    elif kind == 4:
        row[1] = f"'{number}"
    elif kind == 5:
        row[2] = row[2][0] + "\u3000" + row[2][1:] + " "
    elif kind == 6:
        row[3] = {"男": "男生", "女": "Ｆ"}[row[3]]
    elif kind == 7:
        row[7] = row[7].translate(WIDE).replace("班", " 班")
    elif kind == 8:
        row[8], row[9] = "", row[8] + row[9] + "-3"  # building and bed in the cell of the room
    elif kind == 9:
        row[9] = row[9] + "室"
    elif kind == 10:
        row[10] = float(row[10])
    elif kind == 11:
        row[10] = f"+86 {row[10][:3]}-{row[10][3:7]}-{row[10][7:]}"
    elif kind == 12:
        row[10] = row[10] + "/" + row[14]
    elif kind == 13:
        row[12] = 39448 + index % 300  # serial of a date
    elif kind == 14:
        row[12] = row[12].replace("-", "年", 1).replace("-", "月") + "日"
    elif kind == 15:
        row[12] = row[12].replace("-", "/")
    elif kind == 16:
        row[6] = 2026.0
    elif kind == 17:
        row[8], row[9], row[15] = "", "走读", "是"
    elif kind == 18:
        row[10] = "没有手机"  # left out
    elif kind == 19:
        row[12] = "2008-13-45"  # left out
    elif kind == 20:
        row[3] = "不详"  # left out
    elif index in (521, 1521, 2521):
        row[1] = ""  # error
    elif index in (522, 1522):
        row[2] = ""  # error
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
