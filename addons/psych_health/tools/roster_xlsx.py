"""Workbooks that go back to the person: the empty template, and the rows with problems with their cells marked."""

import io

import xlsxwriter

from . import roster_clean as rc
from .roster_headings import HEADINGS

#: columns whose digits a spreadsheet would spoil
TEXT_FIELDS = ("number", "phone", "guardian_phone", "room", "class_name", "birth_date", "entry_year")
COLOURS = {rc.ERROR: "#F8CBAD", rc.DROPPED: "#FFE699", rc.NOTE: "#DDEBF7"}
EXAMPLE = {
    "number": "2026010101",
    "name": "张三",
    "gender": "男",
    "college": "护理学院",
    "programme": "护理",
    "entry_year": "2026",
    "class_name": "护理2601班",
    "building": "5栋",
    "room": "402",
    "phone": "13800000000",
    "tutor": "李老师",
    "class_teacher": "王老师",
    "guardian_name": "张父",
    "guardian_phone": "13900000000",
    "birth_date": "2008-01-05",
    "ethnicity": "汉族",
    "day_student": "否",
    "enrolment_state": "在读",
}
CHOICES = {
    "gender": ["男", "女"],
    "day_student": ["是", "否"],
    "enrolment_state": ["在读", "休学", "毕业", "退学"],
}


def template(sheet_name, help_name, help_lines, required=("number", "name", "college", "class_name")):
    """An empty roster with the usual headings: text cells, choices, one example row on the help sheet."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet(sheet_name)
    head = book.add_format(
        {"bold": True, "bg_color": "#E2EFDA", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    need = book.add_format(
        {"bold": True, "bg_color": "#C6E0B4", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    text = book.add_format({"num_format": "@"})
    for place, (name, headings) in enumerate(HEADINGS.items()):
        sheet.set_column(place, place, 14, text if name in TEXT_FIELDS else None)
        sheet.write_string(0, place, headings[0], need if name in required else head)
        if name in CHOICES:
            sheet.data_validation(
                1, place, 30000, place, {"validate": "list", "source": CHOICES[name], "error_type": "warning"}
            )
    sheet.freeze_panes(1, 2)
    guide = book.add_worksheet(help_name)
    guide.set_column(0, 0, 100)
    for row, line in enumerate(help_lines):
        guide.write_string(row, 0, line)
    guide.write_string(
        len(help_lines) + 1, 0, "  ".join(f"{HEADINGS[name][0]}={value}" for name, value in EXAMPLE.items())
    )
    book.close()
    return stream.getvalue()


def marked(table, remarks, labels):
    """The rows that need work, as they were, with coloured cells and a last column that says what to do.

    The file can be corrected and imported again as it is: the added columns are known and left out.

    :param remarks: {row index: [(column index or None, severity, sentence)]}
    :param labels: (sheet name, heading of the row column, heading of the remark column, header of a cell's comment)
    """
    sheet_name, row_heading, remark_heading, author = labels
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet(sheet_name)
    head = book.add_format({"bold": True, "bg_color": "#D9D9D9", "border": 1})
    text = book.add_format({"num_format": "@", "valign": "top"})
    colours = {
        name: book.add_format({"num_format": "@", "valign": "top", "bg_color": colour})
        for name, colour in COLOURS.items()
    }
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    headings = [row_heading] + [column.heading for column in table.columns] + [remark_heading]
    sheet.write_row(0, 0, headings, head)
    sheet.set_column(0, len(headings) - 2, 14, text)
    sheet.set_column(len(headings) - 1, len(headings) - 1, 70, wrapped)
    for line, index in enumerate(sorted(remarks), 1):
        _write_row(sheet, line, table, index, remarks[index], colours, text, wrapped, author)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(remarks), 1), len(headings) - 1)
    book.close()
    return stream.getvalue()


def _write_row(sheet, line, table, index, remarks, colours, text, wrapped, author):
    """One row: every cell as text (nothing is read as a formula), marked where a remark belongs to it."""
    order = [rc.ERROR, rc.DROPPED, rc.NOTE]
    worst, comments = {}, {}
    for place, severity, sentence in remarks:
        if place is not None:
            worst[place] = min(worst.get(place, severity), severity, key=order.index)
            comments.setdefault(place, []).append(sentence)
    sheet.write_string(
        line,
        0,
        "!".join(map(str, table.places[index])) if table.places[index][0] else str(table.places[index][1]),
    )
    for place, cell in enumerate(table.rows[index]):
        sheet.write_string(line, place + 1, rc.plain(cell), colours[worst[place]] if place in worst else text)
        if place in comments:
            sheet.write_comment(line, place + 1, "\n".join(comments[place]), {"author": author, "x_scale": 2})
    sentences = list(dict.fromkeys(sentence for _place, _severity, sentence in remarks))
    sheet.write_string(line, len(table.columns) + 1, "\n".join(sentences), wrapped)
