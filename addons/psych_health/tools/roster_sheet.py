"""A roster file as a college sends it, read into rows: XLSX, XLS, ODS or CSV, whatever its heading row and encoding.

    table = read_table(data, "名册.xlsx")        # columns with the field each heading stands for, raw rows
    cleaned = clean_table(table)                 # columns of clean values, problems by row and column

Plain Python: no Odoo, no database.
"""

import csv
import dataclasses
import io
import json
import zipfile
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from dataclasses import field as dc_field

from . import roster_clean as rc
from .roster_headings import HEADINGS, LEFT_OUT_KEYS, RANK, SENSITIVE_KEYS, field_of, heading_key

MAX_BYTES = 60 * 2**20
MAX_UNPACKED = 600 * 2**20
MAX_ROWS = 200_000
HEADER_WITHIN = 30
_FOOTER = (
    "合计",
    "总计",
    "小计",
    "共计",
    "说明",
    "备注",
    "制表",
    "填表",
    "审核",
    "注:",
    "注：",
    "统计",
    "打印",
)


class RosterFileError(ValueError):
    """The file as a whole cannot be used. ``code`` names the sentence, ``params`` its words."""

    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


@dataclass
class Column:
    """One column of the file: its heading, the field it stands for (None: left out), a few sample cells."""

    heading: str
    field: str | None = None
    samples: list = dc_field(default_factory=list)
    sensitive: bool = False
    usual: bool = False  # known and left out on purpose (serial number, remark …)


@dataclass
class Table:
    """All sheets of a file that carry a roster, one under the other."""

    columns: list
    rows: list
    places: list  # (sheet name, row number as the person sees it)
    skipped: int = 0  # blank rows, repeated heading rows, totals

    def fields(self):
        """Field of each column, None where it is left out."""
        return [column.field for column in self.columns]

    def pack(self):
        """The table as bytes, to be kept between two requests (dates become text)."""
        data = {
            "columns": [dataclasses.asdict(column) for column in self.columns],
            "rows": self.rows,
            "places": self.places,
            "skipped": self.skipped,
        }
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
        return zlib.compress(text.encode(), 1)

    @classmethod
    def unpack(cls, data):
        """The table of :meth:`pack`."""
        data = json.loads(zlib.decompress(data))
        columns = [Column(**column) for column in data["columns"]]
        return cls(columns, data["rows"], [tuple(place) for place in data["places"]], data["skipped"])


@dataclass
class Issue:
    """A sentence about one cell: row index in the table, roster field, code of the sentence, what stood there."""

    row: int
    field: str
    code: str
    value: str = ""
    other: str = ""

    @property
    def severity(self):
        return rc.CODES[self.code]


@dataclass
class Cleaned:
    """Clean values by field (lists of equal length), issues, and the rows that cannot be imported."""

    values: dict
    issues: list
    size: int

    def bad_rows(self):
        return {issue.row for issue in self.issues if issue.severity == rc.ERROR}


# ---- reading -------------------------------------------------------------------------------------------------


def read_table(data, filename="", remembered=None):
    """Read a file into a :class:`Table`.

    :param bytes data: the file
    :param remembered: {heading key: field or ''} choices of the school
    :raises RosterFileError: empty, too large, unreadable, protected, or no heading row with number and name
    """
    if not data:
        raise RosterFileError("file_empty")
    if len(data) > MAX_BYTES:
        raise RosterFileError("file_too_large", megabytes=MAX_BYTES // 2**20)
    sheets = [_Sheet(name, rows, remembered) for name, rows in _raw_sheets(data, filename)]
    found = [sheet for sheet in sheets if sheet.header is not None] or [
        sheet for sheet in sheets if sheet.guess()
    ][:1]
    if not found:
        raise RosterFileError("no_heading", headings=", ".join(_best_guess(sheets)))
    table = _stack(found)
    if not table.rows:
        raise RosterFileError("no_rows")
    if len(table.rows) > MAX_ROWS:
        raise RosterFileError("too_many_rows", rows=MAX_ROWS)
    return table


def _raw_sheets(data, filename):
    """[(sheet name, rows)]; merged cells are filled with the value of their first cell."""
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _read_workbook(data)
    head = data[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"%pdf", b"<style")):
        raise RosterFileError("not_a_sheet")
    return [(filename or "CSV", read_csv(data))]


def _read_workbook(data):
    import python_calamine as calamine

    if data[:2] == b"PK":
        _check_unpacked_size(data)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = []
        for meta in book.sheets_metadata:
            if meta.typ == calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(meta.name)
                sheets.append((meta.name, _fill_merged(sheet.to_python(skip_empty_area=False), sheet)))
        return sheets
    except calamine.PasswordError as error:
        raise RosterFileError("protected") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise RosterFileError("unreadable") from error


def _check_unpacked_size(data):
    """A small file may unpack to gigabytes (zip bomb): refuse before the reader touches it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise RosterFileError("unreadable") from error
    if unpacked > MAX_UNPACKED:
        raise RosterFileError("file_too_large", megabytes=MAX_UNPACKED // 2**20)


def _fill_merged(rows, sheet):
    width = max(map(len, rows), default=0)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top < len(rows) and left < width:
            value = rows[top][left]
            for row in rows[top : bottom + 1]:
                row[left : right + 1] = [value] * (min(right, width - 1) - left + 1)
    return rows


def read_csv(data):
    """Rows of a CSV of any usual encoding and delimiter."""
    text = decode(data)
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep="):
        delimiter, text = lines[0][4:5] or ",", text.split("\n", 1)[-1]
    else:
        delimiter = sniff_delimiter(lines[:HEADER_WITHIN])
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
    except csv.Error as error:
        raise RosterFileError("unreadable") from error


def decode(data):
    """Text of a file written in UTF-8 (with or without mark), UTF-16 (with mark) or GB18030 (GBK, GB2312)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterFileError("encoding")


def sniff_delimiter(lines):
    """The sign that cuts most lines into the same number (> 1) of cells."""
    best, score = ",", 0
    for delimiter in (",", "\t", ";", "|", "，"):
        widths = Counter(line.count(delimiter) for line in lines if delimiter in line)
        if widths:
            width, lines_of_it = widths.most_common(1)[0]
            if (points := lines_of_it * 100 + min(width, 50)) > score:
                best, score = delimiter, points
    return best


# ---- headings ------------------------------------------------------------------------------------------------


class _Sheet:
    """One sheet: where its headings are and what lies under them."""

    def __init__(self, name, rows, remembered):
        self.name, self.rows, self.remembered = name, rows, remembered
        self.header, self.headings, self.first = None, [], 0
        best = 1
        for index, row in enumerate(rows[:HEADER_WITHIN]):
            headings, depth = self._headings_at(index, row)
            fields = {self._field(text) for text in headings} - {None}
            if len(fields) > best and fields & {"number"}:
                best = len(fields)
                self.header, self.headings, self.first = index, headings, index + depth

    def guess(self):
        """Take the first row of several texts as headings, so that the person can say what they stand for."""
        for index, row in enumerate(self.rows[:HEADER_WITHIN]):
            texts = [rc.plain(cell) for cell in row]
            filled = [text for text in texts if text and not text[0].isdigit()]
            if len(filled) > 2 and len(set(filled)) == len(filled) and len(filled) * 2 > len(texts):
                self.header, self.headings, self.first = index, texts, index + 1
                return True
        return False

    def _field(self, text):
        return field_of(text, self.remembered) if text else None

    def _headings_at(self, index, row):
        """Headings in one row, or in two rows of which the upper one groups the lower (监护人 | 姓名, 电话)."""
        upper = [rc.plain(cell) for cell in row]
        below = self.rows[index + 1] if index + 1 < len(self.rows) else []
        lower = [rc.plain(cell) for cell in below]
        if not lower or any(char.isdigit() for cell in lower for char in cell) or not any(lower):
            return upper, 1
        lower += [""] * (len(upper) - len(lower))
        upper = upper + [""] * (len(lower) - len(upper))
        both = [high if low in ("", high) else high + low for high, low in zip(upper, lower, strict=False)]
        one, two = (len({self._field(text) for text in texts} - {None}) for texts in (upper, both))
        return (both, 2) if two > one else (upper[: len(row)], 1)


def _best_guess(sheets):
    for sheet in sheets:
        for row in sheet.rows[:HEADER_WITHIN]:
            texts = [text for text in map(rc.plain, row) if text]
            if len(texts) > 2:
                return texts[:12]
    return []


def _stack(sheets):
    """One table of all sheets; a column is known by its heading, wherever it stands."""
    keys, columns = {}, []
    for sheet in sheets:
        for text, _index in _distinct(sheet.headings):
            if text and text not in keys:
                keys[text] = len(columns)
                columns.append(Column(text, field_of(text, sheet.remembered)))
    table = Table(columns, [], [])
    for sheet in sheets:
        _append(table, sheet, keys)
    _settle_fields(columns, table.rows, sheets[0].remembered or {})
    return table


def _distinct(headings):
    """(heading, column) with '(2)' added to a heading that occurs again."""
    seen = Counter()
    for index, text in enumerate(headings):
        seen[text] += 1
        yield (f"{text} ({seen[text]})" if text and seen[text] > 1 else text), index


def _append(table, sheet, keys):
    order = [(keys[text], index) for text, index in _distinct(sheet.headings) if text]
    straight = (
        [place for place, _index in order] == list(range(len(table.columns))) == [i for _place, i in order]
    )
    width = len(table.columns)
    titles = {rc.plain(cell) for cell in sheet.headings} - {""}
    for number, row in enumerate(sheet.rows[sheet.first :], sheet.first + 1):
        if straight and len(row) == width and row[0] != "" and row[1] != "":
            laid = row
        else:
            laid = [""] * width
            for place, index in order:
                if index < len(row):
                    laid[place] = row[index]
        if _is_noise(laid, titles):
            table.skipped += 1
        else:
            table.rows.append(laid)
            table.places.append((sheet.name, number))


def _is_noise(row, titles):
    """A blank row, a heading row repeated for printing, a line of totals or remarks."""
    first = row[0]
    if type(first) is not str or (first[:1].isdigit() and len(first) > 3):
        return first is None and not any(cell not in ("", None) for cell in row)
    filled = {text for text in map(rc.plain, row) if text}
    if not filled or (len(filled & titles) > 2 and len(filled & titles) * 2 > len(filled)):
        return True
    return len(filled) <= 3 and any(text.startswith(_FOOTER) for text in filled)


def _settle_fields(columns, rows, remembered):
    """One column per field: the school's choice wins, then the usual heading, then the left one."""
    taken = defaultdict(list)
    for place, column in enumerate(columns):
        key = heading_key(column.heading)
        column.sensitive, column.usual = key in SENSITIVE_KEYS, key in LEFT_OUT_KEYS
        column.samples = [] if column.sensitive else _samples(rows, place)
        if column.field:
            taken[column.field].append((-1 if key in remembered else RANK.get(key, 99), place))
    for candidates in taken.values():
        for _rank, place in sorted(candidates)[1:]:
            columns[place].field = None


def _samples(rows, place, count=3):
    found = []
    for row in rows[:200]:
        text = rc.plain(row[place])
        if text and text not in found:
            found.append(text)
            if len(found) == count:
                break
    return found


# ---- cleaning ------------------------------------------------------------------------------------------------

_CLEANERS = {
    "number": rc.clean_number,
    "name": rc.clean_name,
    "gender": rc.clean_gender,
    "entry_year": rc.clean_year,
    "phone": rc.clean_phone,
    "guardian_phone": rc.clean_phone,
    "birth_date": rc.clean_date,
    "tutor": rc.clean_person,
    "class_teacher": rc.clean_person,
    "guardian_name": rc.clean_person,
    "day_student": rc.clean_day_student,
    "enrolment_state": rc.clean_state,
}
_FILL_DOWN = ("college", "programme", "entry_year", "class_name", "building", "tutor", "class_teacher")


def clean_table(table, fields=None, fill_down=False):
    """Clean every mapped column and compare the rows with each other.

    :param fields: field of each column; None: as the headings say
    :param fill_down: an empty cell of college, programme, year, class, building, tutor repeats the cell above
    """
    fields = table.fields() if fields is None else fields
    cleaned = Cleaned({}, [], len(table.rows))
    for place, name in enumerate(fields):
        if name in HEADINGS and name not in cleaned.values:
            cells = [row[place] for row in table.rows]
            if fill_down and name in _FILL_DOWN:
                cells = _filled(cells)
            cleaned.values[name] = _clean_column(name, cells, cleaned.issues, table.columns[place].heading)
    for name in ("number", "name"):
        if name not in cleaned.values:
            raise RosterFileError("column_missing", field=name)
    _mend_leading_zeros(table, fields, cleaned)
    _split_rooms(cleaned)
    _mark_duplicates(table, cleaned)
    _mark_namesakes(cleaned)
    return cleaned


def _filled(cells):
    above, out = "", []
    for cell in cells:
        above = cell if rc.plain(cell) else above
        out.append(above)
    return out


def _clean_column(name, cells, issues, heading):
    """Clean values of one column; equal cells are cleaned once."""
    cleaner = _CLEANERS.get(name, rc.clean_text)
    if name == "day_student" and any(word in heading for word in ("住校", "住宿")) and "走读" not in heading:
        cleaner = _lives_in
    kinds = set(map(type, cells))
    # 1, 1.0 and True are equal and hash alike, yet mean different things: mixed columns are told apart by type too
    keys = cells if kinds == {str} else list(zip(map(type, cells), cells, strict=True))
    memo = {key: cleaner(cell) for key, cell in dict(zip(keys, cells, strict=True)).items()}
    if any(code for _value, code in memo.values()):
        for index, (key, cell) in enumerate(zip(keys, cells, strict=True)):
            if code := memo[key][1]:
                issues.append(Issue(index, name, code, rc.plain(cell)))
    return [memo[key][0] for key in keys]


def _lives_in(cell):
    return rc.clean_day_student(cell, inverse=True)


def _mend_leading_zeros(table, fields, cleaned):
    """A number cell lost its zeros while the text cells of the column kept theirs: '0260101' typed as 260101."""
    numbers = cleaned.values["number"]
    place = fields.index("number")
    raw = [row[place] for row in table.rows]
    texts = [value for value, cell in zip(numbers, raw, strict=False) if value and isinstance(cell, str)]
    zeroed = [value for value in texts if value[0] == "0" and value.isdigit()]
    if not zeroed:
        return
    width = Counter(map(len, zeroed)).most_common(1)[0][0]
    for index, (value, cell) in enumerate(zip(numbers, raw, strict=False)):
        if value and not isinstance(cell, str) and len(value) < width:
            numbers[index] = value.zfill(width)
            cleaned.issues.append(Issue(index, "number", "number_padded", value, numbers[index]))


def _split_rooms(cleaned):
    """Building and room from their cells; 'outside' in one of them makes a day student."""
    rooms = cleaned.values.get("room")
    if rooms is None:
        cleaned.values.pop("building", None)
        return
    buildings = cleaned.values.get("building") or [None] * cleaned.size
    day = cleaned.values.setdefault("day_student", [None] * cleaned.size)
    memo = {}
    for index, pair in enumerate(zip(buildings, rooms, strict=False)):
        if pair == (None, None):
            continue
        if pair not in memo:
            memo[pair] = rc.split_room(*pair)
        building, room, outside = memo[pair]
        if outside and day[index] is None:
            day[index] = True
        if day[index]:
            building = room = None
        elif room and not building:
            cleaned.issues.append(Issue(index, "room", "room_no_building", room))
            room = None
        buildings[index], rooms[index] = building, room
    cleaned.values["building"] = buildings


def _mark_duplicates(table, cleaned):
    """The same number again: an equal row is dropped with a note, a different one stops both rows."""
    first, numbers = {}, cleaned.values["number"]
    columns = list(cleaned.values.values())
    for index, number in enumerate(numbers):
        if number is None:
            continue
        earlier = first.setdefault(number, index)
        if earlier == index:
            continue
        if all(column[earlier] == column[index] for column in columns):
            cleaned.issues.append(
                Issue(index, "number", "number_repeated", number, place_label(table, earlier))
            )
        else:
            cleaned.issues.append(Issue(earlier, "number", "number_twice", number, place_label(table, index)))
            cleaned.issues.append(Issue(index, "number", "number_twice", number, place_label(table, earlier)))


def place_label(table, index):
    """'3' or 'sheet!3': where a person finds the row."""
    sheet, row = table.places[index]
    several = table.places[0][0] != table.places[-1][0]
    return f"{sheet}!{row}" if several else str(row)


def _mark_namesakes(cleaned):
    """Two students of one name in one class: said once per row, nothing is changed."""
    classes = cleaned.values.get("class_name") or [None] * cleaned.size
    keys = {name: name and rc.unit_key(name) for name in set(classes)}
    groups = defaultdict(list)
    for index, (name, group) in enumerate(zip(cleaned.values["name"], classes, strict=False)):
        groups[name, keys[group]].append(index)
    numbers = cleaned.values["number"]
    for (name, _class), rows in groups.items():
        if name and len(rows) > 1 and len({numbers[index] for index in rows} - {None}) > 1:
            others = ", ".join(filter(None, (numbers[index] for index in rows[:5])))
            cleaned.issues.extend(Issue(index, "name", "namesake", name, others) for index in rows)
