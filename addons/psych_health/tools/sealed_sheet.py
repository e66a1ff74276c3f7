"""XLSX under password, formula-safe (plain Python, tested without a database).

openpyxl writes, msoffcrypto encrypts (ECMA-376 agile, AES): Excel and WPS open it with the password alone. See
docs/decisions.md.
"""

import io

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(value):
    """Return a cell that no program takes for a formula; numbers stay numbers, texts stay texts."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = "".join(char for char in str(value) if char in "\t\n\r" or ord(char) >= 32)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def plain_workbook(header, rows):
    """Return the bytes of a workbook with a frozen header, filter and fitting widths."""
    book = Workbook()
    sheet = book.active
    sheet.append([safe(cell) for cell in header])
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    for column in range(1, len(header) + 1):
        sheet.cell(1, column).font = Font(bold=True)
        longest = max((_width(row[column - 1]) for row in [header, *rows[:500]]), default=8)
        sheet.column_dimensions[get_column_letter(column)].width = min(40, max(8, longest + 2))
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"
                cell.number_format = "@"
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _width(value):
    return sum(2 if ord(char) > 255 else 1 for char in str(value or ""))


def workbook(header, rows, password):
    """Return the bytes of the workbook encrypted under ``password``."""
    from msoffcrypto.format.ooxml import OOXMLFile

    output = io.BytesIO()
    OOXMLFile(io.BytesIO(plain_workbook(header, rows))).encrypt(password, output)
    return output.getvalue()
