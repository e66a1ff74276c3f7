"""Packed answers as printable text, for the encrypted column: one character per item.

``0``-``9`` are the values 0-9, ``-`` is "not answered"; larger values go on in Unicode after ``9``. A sheet of 90
choices is 90 bytes before encryption.
"""

from .scoring import MISSING

BASE = 48
PLAIN_MAX = 77  # the last value that is one byte in UTF-8

_TO = bytes((BASE + value) if value <= PLAIN_MAX else 45 for value in range(256))
_FROM = bytes((value - BASE) if value >= BASE else MISSING for value in range(256))


def to_text(packed):
    """Packed answers as text."""
    if all(value <= PLAIN_MAX or value == MISSING for value in packed):
        return packed.translate(_TO).decode("ascii")
    return "".join("-" if value == MISSING else chr(BASE + value) for value in packed)


def from_text(text):
    """The opposite of :func:`to_text`."""
    if text.isascii():
        return text.encode("ascii").translate(_FROM)
    return bytes(MISSING if char == "-" else ord(char) - BASE for char in text)
