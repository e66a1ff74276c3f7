"""Cells of a roster made clean: one function per kind of cell, no Odoo, no database.

Every cleaner takes a raw cell (text, number, date, bool, empty) and returns ``(value, code)``: value is None when
nothing can be taken over; code is None or the key of a sentence in :data:`CODES`.
"""

import datetime
import re
import unicodedata
from functools import lru_cache

ERROR, DROPPED, NOTE = "error", "dropped", "note"

#: code -> severity. error: the row cannot be imported; dropped: the cell is left out; note: look at it
CODES = {
    "number_missing": ERROR,
    "number_invalid": ERROR,
    "number_rounded": ERROR,
    "number_twice": ERROR,
    "number_repeated": NOTE,
    "number_padded": NOTE,
    "name_missing": ERROR,
    "name_invalid": ERROR,
    "name_digits": NOTE,
    "namesake": NOTE,
    "gender_unknown": DROPPED,
    "phone_invalid": DROPPED,
    "phone_several": NOTE,
    "date_invalid": DROPPED,
    "date_ambiguous": DROPPED,
    "date_implausible": DROPPED,
    "year_unknown": DROPPED,
    "day_student_unknown": DROPPED,
    "state_unknown": DROPPED,
    "state_reserved": DROPPED,
    "text_too_long": DROPPED,
    "cell_error": DROPPED,
    "room_no_building": DROPPED,
    "class_no_college": ERROR,
    "class_ambiguous": ERROR,
    "class_missing": ERROR,
    "unit_unknown": ERROR,
    "record_closed": NOTE,
    "name_changed": NOTE,
    "maybe_renumbered": NOTE,
    "staff_unknown": NOTE,
    "staff_ambiguous": NOTE,
    "staff_differs": NOTE,
}

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x200E, 0x200F])
_TABLE = {**_WIDTH, **_INVISIBLE, 0x3000: " ", 0x00A0: " ", 0x2007: " ", 0x202F: " "}
_EXCEL_TEXT = re.compile(r'^="?(.*?)"?$', re.S)
_FLOAT_ZERO = re.compile(r"^(\d+)\.0+$")
_SCIENCE = re.compile(r"^(\d(?:\.\d+)?)[eE]\+?(\d{1,2})$")
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{2,31}")
_MIDDLE_DOT = re.compile(r"\s*[•‧・･⋅∙●.．。]\s*")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BLANKS = frozenset(("", "-", "--", "—", "/", "\\", "无", "null", "none", "n/a", "#n/a", "nan", "暂无", "空"))
_EXCEL_ERRORS = frozenset(("#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"))
MAX_TEXT = 64


def has_chinese(text):
    """:return: whether a Chinese sign stands in ``text``"""
    return bool(_CJK.search(text))


def plain(cell):
    """A cell as one line of text: half-width, no stray or invisible blanks, whole numbers without '.0'."""
    if type(cell) is str:
        if cell.isascii() and cell.isalnum():
            return cell
        text = " ".join(cell.translate(_TABLE).split())
        return text.lstrip("'`") if text[:1] != "=" else _EXCEL_TEXT.match(text).group(1).strip()
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else ("是" if cell else "否")
    if isinstance(cell, float):
        return str(int(cell)) if cell == cell and abs(cell) < 1e15 and cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return str(cell)


def is_blank(text):
    """True for an empty cell and for what people write into a cell they leave empty."""
    return text.lower() in _BLANKS


def clean_number(cell):
    """Student number: text with its leading zeros; '20260101.0' and '2.0260101E+07' are mended where nothing is lost."""
    if type(cell) is str and 3 <= len(cell) <= 32 and cell.isascii() and cell.isdigit():
        return cell, None  # as nearly all are
    text = plain(cell).replace(" ", "")
    if match := _FLOAT_ZERO.match(text):
        text = match.group(1)
    if text.isascii() and text.isalnum() and 3 <= len(text) <= 32 and not (match := _SCIENCE.match(text)):
        return text, None
    if is_blank(text):
        return None, "number_missing"
    if match := _SCIENCE.match(text):
        digits, power = match.group(1).replace(".", ""), int(match.group(2))
        if len(digits) == power + 1:
            return digits, None
        return None, "number_rounded"
    return (text, None) if _NUMBER.fullmatch(text) else (None, "number_invalid")


def clean_name(cell):
    """Person's name: no blanks inside a Chinese name, one between Latin words, one kind of middle dot."""
    text = plain(cell)
    if is_blank(text):
        return None, "name_missing"
    if has_chinese(text):
        text = _MIDDLE_DOT.sub("·", text.replace(" ", ""))
    if text.replace(".", "").isdigit() or text in _EXCEL_ERRORS or len(text) > MAX_TEXT:
        return None, "name_invalid"
    return text, "name_digits" if any(map(str.isdigit, text)) else None


def clean_text(cell):
    """Any other short text."""
    text = plain(cell)
    if is_blank(text):
        return None, None
    if text in _EXCEL_ERRORS:
        return None, "cell_error"
    return (text, None) if len(text) <= MAX_TEXT else (None, "text_too_long")


def clean_person(cell):
    """Name of a member of staff or a parent; nothing in it is an error of the student's row."""
    value, code = clean_text(cell)
    if value and has_chinese(value):
        value = _MIDDLE_DOT.sub("·", value.replace(" ", ""))
    return value, code


_GENDERS = {
    "男": "male",
    "男生": "male",
    "男性": "male",
    "m": "male",
    "male": "male",
    "1": "male",
    "boy": "male",
    "1男": "male",
    "女": "female",
    "女生": "female",
    "女性": "female",
    "f": "female",
    "female": "female",
    "2": "female",
    "girl": "female",
    "2女": "female",
}


def clean_gender(cell):
    """'male' or 'female'."""
    text = plain(cell)
    if is_blank(text):
        return None, None
    value = _GENDERS.get(re.sub(r"[\s\-()]", "", text.lower()))
    return value, None if value else "gender_unknown"


_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}(?:[转x]\d{1,6})?")
_PHONE_SPLIT = re.compile(r"[/;,、，；|或]+")


def clean_phone(cell):
    """Mobile (11 digits) or landline with its area code, digits only."""
    if type(cell) is str and len(cell) == 11 and cell.isascii() and cell.isdigit() and _MOBILE.match(cell):
        return cell, None  # as nearly all are
    text = plain(cell)
    if is_blank(text):
        return None, None
    parts = [part for part in map(_one_phone, _PHONE_SPLIT.split(text)) if part]
    if not parts:
        return None, "phone_invalid"
    return parts[0], "phone_several" if len(set(parts)) > 1 else None


def _one_phone(text):
    digits = re.sub(r"[\s\-()—+.]|\.0$", "", _FLOAT_ZERO.sub(r"\1", text.strip()))
    if match := _SCIENCE.match(text.strip()):
        digits = clean_number(text)[0] or match.group(1)
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and _MOBILE.fullmatch(digits[len(prefix) :]):
            digits = digits[len(prefix) :]
    digits = re.sub(r"^[^\d]+|[^\dx转]+$", "", digits)
    return digits if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) else None


_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[\sT]+\d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_D_M_Y = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_EPOCH = datetime.date(1899, 12, 30)


def clean_date(cell):
    """Date of birth from a date cell, an Excel serial or text in the common forms."""
    if isinstance(cell, datetime.datetime):
        return _plausible(cell.date())
    if isinstance(cell, datetime.date):
        return _plausible(cell)
    text = plain(cell)
    if is_blank(text):
        return None, None
    if match := _YMD.fullmatch(text) or _COMPACT.fullmatch(text):
        return _date(*map(int, match.groups()))
    if match := re.fullmatch(r"(\d{5})(?:\.\d+)?", text):
        return _plausible(_EPOCH + datetime.timedelta(days=int(match.group(1))))
    if match := _D_M_Y.fullmatch(text):
        first, second, year = map(int, match.groups())
        if first > 12 or second > 12 or first == second:
            return _date(year, *((second, first) if first > 12 else (first, second)))
        return None, "date_ambiguous"
    return None, "date_invalid"


def _date(year, month, day):
    try:
        return _plausible(datetime.date(year, month, day))
    except ValueError:
        return None, "date_invalid"


def _plausible(value):
    return (value, None) if 1940 <= value.year <= 2020 else (None, "date_implausible")


def clean_year(cell):
    """Year of entry: 2026, '2026级', '26级', '2026-09-01'."""
    if isinstance(cell, (datetime.date, datetime.datetime)):
        return cell.year, None
    text = plain(cell)
    if is_blank(text):
        return None, None
    if match := re.match(r"(20\d{2})(?!\d)|(20\d{2})(?=(0[1-9]|1[0-2])(\d{2})?$)", text):
        return int(match.group(1) or match.group(2)), None
    if match := re.fullmatch(r"(\d{2})\s*[级届]", text):
        return 2000 + int(match.group(1)), None
    return None, "year_unknown"


_YES = frozenset(
    (
        "走读",
        "走读生",
        "是",
        "y",
        "yes",
        "1",
        "true",
        "√",
        "v",
        "外宿",
        "校外",
        "校外住宿",
        "校外租房",
        "通学",
        "不住校",
        "不住宿",
    )
)
_NO = frozenset(
    (
        "住校",
        "住校生",
        "否",
        "n",
        "no",
        "0",
        "false",
        "×",
        "x",
        "住宿",
        "住宿生",
        "校内",
        "寄宿",
        "校内住宿",
        "在校住宿",
    )
)
_STATES = {
    "enrolled": (
        "在读",
        "在籍",
        "在校",
        "在校生",
        "注册",
        "注册学籍",
        "有学籍",
        "正常",
        "复学",
        "在籍在校",
        "实习",
        "enrolled",
    ),
    "on_leave": ("休学", "保留学籍", "入伍", "参军", "保留入学资格", "on leave"),
    "graduated": ("毕业", "结业", "已毕业", "graduated"),
    "left": ("退学", "转学", "转出", "肄业", "开除", "开除学籍", "注销学籍", "放弃入学资格", "离校", "left"),
}
_STATE_OF = {name: state for state, names in _STATES.items() for name in names}


def clean_day_student(cell, inverse=False):
    """True for a day student. :param inverse: the column asks 'lives in?' (是否住校)"""
    text = plain(cell).lower()
    if is_blank(text) and text != "无":
        return None, None
    if text in _YES or text in _NO:
        says_yes = text in _YES
        asks_itself = text in (
            "是",
            "y",
            "yes",
            "1",
            "true",
            "√",
            "v",
            "否",
            "n",
            "no",
            "0",
            "false",
            "×",
            "x",
        )
        return says_yes != (inverse and asks_itself), None
    return None, "day_student_unknown"


def clean_state(cell):
    """Enrolment state; a death is never taken from a file (safety H1: the head of the centre records it)."""
    text = plain(cell).lower()
    if is_blank(text):
        return None, None
    if text in ("死亡", "已故", "去世", "deceased"):
        return None, "state_reserved"
    value = _STATE_OF.get(text)
    return value, None if value else "state_unknown"


_NUMERAL = {char: index for index, char in enumerate("一二三四五六七八九", 1)}
_NUMERALS = re.compile(r"[一二三四五六七八九十]{1,3}(?=[栋幢班号公舍楼座])")
_BUILDING_TAIL = re.compile(r"(?:号)?(?:学生)?(?:栋|幢|号|楼|公寓|宿舍|舍|座|#)+$")
_ROOM_TAIL = re.compile(r"(?:号)?(?:寝室|宿舍|房间|室|房|号|寝)+$")
_NOT_NAME = re.compile(r"[\s()\[\]【】<>《》\-_—·.,、，]+")


@lru_cache(maxsize=20_000)
def unit_key(name):
    """What two spellings of a unit's name have in common: '护理 2601 班' = '护理２６０１班', '(一)班' = '1班'."""
    text = unicodedata.normalize("NFKC", name).lower()
    return _NUMERALS.sub(_digits, _NOT_NAME.sub("", text))


def _digits(match):
    tens, mark, ones = match.group().rpartition("十")
    if not mark:
        return "".join(str(_NUMERAL[char]) for char in ones)
    return str((_NUMERAL.get(tens, 1) if len(tens) < 2 else 1) * 10 + (_NUMERAL.get(ones, 0)))


def building_key(name):
    """'5栋', '五号楼', '5#', '5号公寓' are one building."""
    key = unit_key(name)
    return _BUILDING_TAIL.sub("", key) or key


def room_key(name):
    """'402', '402室', '402 寝室' are one room."""
    key = unit_key(name)
    return _ROOM_TAIL.sub("", key) or key


_ROOM_IN_BUILDING = re.compile(
    r"(?P<building>.*?(?:号楼|栋|幢|公寓|楼|舍|座|#)|[0-9A-Za-z]{1,3}(?=-))[\s\-]*"
    r"(?P<room>[A-Za-z]?\d{2,5}[A-Za-z]?)(?:室|房|号|寝室|宿舍)*(?:[-\s]*\d{1,2}(?:号?床|床位)?)?"
)
_ROOM_WITH_BED = re.compile(r"([A-Za-z]?\d{3,5}[A-Za-z]?)(?:室|房)?-\d{1,2}(?:号?床)?")
_OUTSIDE = frozenset(("走读", "校外", "外宿", "租房", "校外住宿", "不住校", "走读生", "家", "在家"))


def split_room(building, room):
    """(building, room, is day student) from the two cells, which people also write into one ('5栋402-3')."""
    if room in _OUTSIDE or building in _OUTSIDE:
        return None, None, True
    if not room:
        return None, None, None
    if match := _ROOM_IN_BUILDING.fullmatch(room):
        if not building or building_key(match["building"]) == building_key(building):
            return building or match["building"], match["room"], None
    if match := _ROOM_WITH_BED.fullmatch(room):
        room = match.group(1)
    return building, _ROOM_TAIL.sub("", room) or room, None


def year_of_class(name):
    """Year of entry as a class name tells it: '护理2601班', '2026级护理1班', '26护理1'."""
    if match := re.search(r"(?<!\d)(20[0-4]\d)(?!\d)|(?<!\d)(20[0-4]\d)(?=级)", name):
        return int(match.group(1) or match.group(2))
    if match := re.search(r"(?<!\d)(1[5-9]|[23]\d)(?:\d{1,2})?(?!\d)", name):
        return 2000 + int(match.group(1))
    return None


def year_of_number(number):
    """Year of entry as most student numbers begin with it: '2026010101'; None when it does not look like one."""
    return int(number[:4]) if number and len(number) >= 8 and re.match(r"20[1-3]\d", number) else None
