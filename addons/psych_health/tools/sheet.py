"""Packed answers for the encrypted column: as bytes (a sheet), as printable text (a saved step).

**Bytes**: the first one is the number of bits per item (3, 4 or 8, by the largest value that the scale offers), then the
items as one number behind a leading 1; all bits set = not answered. A sheet of 90 choices is 35 bytes. The length follows
from the scale alone and says nothing of the answers.

**Text**: answers of 0-7 (nearly every scale) stand in pairs: one sign of 81 for two items, after a ``!``; a single last item has a sign
of its own. Larger values: one sign per item, ``0``-``9`` are the values
0-9, ``-`` is "not answered"; above 77 they go on in Unicode.
"""

from .scoring import MISSING

WIDTHS = (3, 4, 8)
PAIRED = "!"
PAIR_BASE = 33
SINGLE_BASE = PAIR_BASE + 81
BASE = 48
PLAIN_MAX = 77  # the last value that is one byte in UTF-8

_SMALL = bytes((*range(8), MISSING))
_TIMES = bytes(min(9 * value, 255) for value in range(256))
_NINE = bytes(value if value < 8 else 8 for value in range(256))
_FIRST = bytes(
    (8 if code >= SINGLE_BASE + 8 else code - SINGLE_BASE)
    if code >= SINGLE_BASE
    else max(0, code - PAIR_BASE) // 9
    for code in range(256)
).translate(bytes(value if value < 8 else MISSING for value in range(256)))
_SECOND = bytes(max(0, code - PAIR_BASE) % 9 for code in range(256)).translate(
    bytes(value if value < 8 else MISSING for value in range(256))
)
_TO = bytes((BASE + value) if value <= PLAIN_MAX else 45 for value in range(256))
_FROM = bytes((value - BASE) if value >= BASE else MISSING for value in range(256))
_SIGNS = b"0123456789abcdef"
_WRITE = {bits: bytes(_SIGNS[min(value, 2**bits - 1)] for value in range(256)) for bits in WIDTHS[:2]}
_READ = {
    bits: bytes(_SIGNS.index(code) if code in _SIGNS[: 2**bits - 1] else MISSING for code in range(256))
    for bits in WIDTHS[:2]
}


def pack(packed, top):
    """Packed answers as few bytes as the scale allows.

    :param int top: the largest value that the scale offers, 0 to 254
    """
    bits = next(bits for bits in WIDTHS if top < 2**bits - 1)
    if bits == 8:
        return bytes([bits]) + packed
    number = int(b"1" + packed.translate(_WRITE[bits]), 2**bits)
    return bytes([bits]) + number.to_bytes((number.bit_length() + 7) // 8)


def unpack(data):
    """The opposite of :func:`pack`; the bytes of :func:`to_text` are understood too."""
    bits = data[0] if data else 0
    if bits not in WIDTHS:
        return from_text(data.decode())
    if bits == 8:
        return data[1:]
    signs = format(int.from_bytes(data[1:]), "o" if bits == 3 else "x").encode()
    return signs[1:].translate(_READ[bits])


def to_text(packed):
    """Packed answers as text."""
    if not packed.translate(None, _SMALL):
        nine, count = packed.translate(_NINE), len(packed) // 2
        # no digit carries over: the largest sign is 33 + 9 * 8 + 8
        total = sum(int.from_bytes(part) for part in (nine[: 2 * count : 2].translate(_TIMES), nine[1::2]))
        pairs = (total + int.from_bytes(bytes([PAIR_BASE]) * count)).to_bytes(count)
        single = bytes([SINGLE_BASE + nine[-1]]) if len(nine) % 2 else b""
        return PAIRED + (pairs + single).decode("ascii")
    if all(value <= PLAIN_MAX or value == MISSING for value in packed):
        return packed.translate(_TO).decode("ascii")
    return "".join("-" if value == MISSING else chr(BASE + value) for value in packed)


def from_text(text):
    """The opposite of :func:`to_text`."""
    if text[:1] == PAIRED:
        signs = text[1:].encode("ascii")
        packed = bytearray(2 * len(signs))
        packed[::2], packed[1::2] = signs.translate(_FIRST), signs.translate(_SECOND)
        return bytes(packed[:-1] if signs and signs[-1] >= SINGLE_BASE else packed)
    if text.isascii():
        return text.encode("ascii").translate(_FROM)
    return bytes(MISSING if char == "-" else ord(char) - BASE for char in text)
