"""Results of a questionnaire that was answered elsewhere, read from the file of that system.

    columns, rows = read(data, "结果.xlsx", factors)

Plain Python. Headings are found by name, wherever the row stands; a level may be a number or the words of its band
(一级, 1级, 未见异常). Problems carry the row as the person sees it, the heading, and a code that the caller words.
"""

import datetime
import re
from dataclasses import dataclass, field

from . import roster_clean as rc
from .roster_sheet import HEADER_WITHIN, RosterFileError, _raw_sheets

NUMBER = ("学号", "学生学号", "学籍号", "student number", "number")
NAME = ("姓名", "学生姓名", "name")
WHEN = ("测评时间", "测评日期", "完成时间", "完成日期", "提交时间", "作答时间", "date", "submitted at")
DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_DATE = re.compile(
    r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\D{0,2}(?:\s*T?(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?"
)


@dataclass
class Row:
    """One student's result."""

    place: str  # "sheet!row"
    number: str
    name: str = ""
    when: datetime.datetime | None = None
    scores: dict = field(default_factory=dict)  # factor code → number
    problems: list = field(default_factory=list)  # (heading, code, value)


def read(data, filename, factors):
    """Read a file of results.

    :param factors: dicts ``{"code", "names": [..], "main": bool, "bands": [(lower bound, [names])]}``
    :return: (headings found, headings left out, list of :class:`Row`)
    :raises RosterFileError: unreadable, or no row of headings with a student number and a result
    """
    if not data:
        raise RosterFileError("file_empty")
    best = None
    for sheet, rows in _raw_sheets(data, filename):
        for index, cells in enumerate(rows[:HEADER_WITHIN]):
            columns = _columns(cells, factors)
            if "number" in columns.values() and (best is None or len(columns) > len(best[3])):
                best = (sheet, rows, index, columns)
    if best is None or not any(isinstance(what, dict) for what in best[3].values()):
        raise RosterFileError("no_result_heading")
    sheet, rows, index, columns = best
    headings = [rc.plain(cell) for cell in rows[index]]
    left_out = [text for place, text in enumerate(headings) if text and place not in columns]
    found = [headings[place] for place in sorted(columns)]
    result, seen = [], {}
    for number, cells in enumerate(rows[index + 1 :], index + 2):
        if not any(rc.plain(cell) for cell in cells):
            continue
        row = _row(f"{sheet}!{number}", cells, columns, headings)
        if row.number and row.number in seen:
            row.problems.append((headings[_place(columns, "number")], "twice", seen[row.number]))
        seen.setdefault(row.number, row.place)
        result.append(row)
    return found, left_out, result


def _place(columns, what):
    return next((place for place, name in columns.items() if name == what), None)


def _key(text):
    return re.sub(r"[\s（）()：:_-]", "", rc.plain(text)).lower()


def _columns(cells, factors):
    """``{column: "number" | "name" | "when" | factor}`` of a row that may be the headings."""
    names = {}
    for factor in factors:
        for name in (*factor["names"], factor["code"]):
            names.setdefault(_key(name), factor)
    for words, what in ((NUMBER, "number"), (NAME, "name"), (WHEN, "when")):
        names.update({_key(word): what for word in words})
    columns, used = {}, set()
    for place, cell in enumerate(cells):
        what = names.get(_key(cell)) if rc.plain(cell) else None
        mark = what["code"] if isinstance(what, dict) else what
        if what is not None and mark not in used:
            columns[place] = what
            used.add(mark)
    return columns


def _row(place, cells, columns, headings):
    row = Row(place, "")
    for column, what in columns.items():
        cell = cells[column] if column < len(cells) else ""
        text = rc.plain(cell)
        if what == "number":
            number, problem = rc.clean_number(cell)
            row.number = number or ""
            if problem:
                row.problems.append((headings[column], problem, text))
        elif what == "name":
            row.name = text
        elif what == "when":
            _when(row, cell, text, headings[column])
        else:
            _score(row, what, text, headings[column])
    return row


def _when(row, cell, text, heading):
    if isinstance(cell, datetime.datetime):
        row.when = cell
    elif match := _DATE.match(text):
        year, month, day, hour, minute = (int(part or 0) for part in match.groups())
        try:
            row.when = datetime.datetime(year, month, day, hour or 12, minute)
        except ValueError:
            row.problems.append((heading, "date_invalid", text))
    elif text:
        row.problems.append((heading, "date_invalid", text))


def _score(row, factor, text, heading):
    """A number, or the words of a band; empty = not delivered, which only the main result must be."""
    value = level(text, factor["bands"]) if factor["bands"] else _number(text)
    if value is not None:
        row.scores[factor["code"]] = value
    elif text:
        row.problems.append((heading, "result_invalid", text))
    elif factor["main"]:
        row.problems.append((heading, "result_missing", ""))


def _number(text):
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None


def level(text, bands):
    """The lower bound of the band that ``text`` names, or the number that it is, or None.

    A bare digit means the level of that number (1 → 一级) where a band is called so, else the number itself.
    """
    plain = _key(text).translate(DIGITS)
    if not plain:
        return None
    for lower, names in bands:
        words = {part for name in names for part in re.split(r"[：:]", name)} | set(names)
        keys = {_key(word).translate(DIGITS) for word in words}
        if plain in keys or (plain.isdigit() and plain + "级" in keys):
            return lower
    return _number(plain)
