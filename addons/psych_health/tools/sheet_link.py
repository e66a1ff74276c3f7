"""Signed short links of a campaign: a token bound to campaign and student, and the one-time code on a slip.

The token is the credential, so it carries 80 bits of keyed hash over version, campaign, student and last day: nobody
makes one, and a student number opens nothing. It travels in the body of a request or behind ``#``, not in a log.
Plain Python: the caller hands over the secrets, newest first, so links of an older key stay good.
"""

import base64
import hashlib
import hmac
import struct
from datetime import date, timedelta

PERSONAL, BY_SLIP = 1, 2
EPOCH = date(2020, 1, 1)
MAC_BYTES = 10
HEAD = struct.Struct(">BIIH")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 1 I L O
CODE_LENGTH = 8


class BadLink(ValueError):
    """Not a link of ours, changed, or its last day has passed; the message says which, never for whom."""


def _mac(secret, head):
    return hmac.new(secret, b"psych-link" + head, hashlib.sha256).digest()[:MAC_BYTES]


def make(secret, campaign_id, student_id, last_day, by_slip=False):
    """Return the token of a student in a campaign (28 characters).

    :param int student_id: 0 for the entrance of a campaign (printed QR of a class)
    :param date last_day: last day on which it opens
    :param bool by_slip: made for whoever typed the code of a slip, which went through other hands
    """
    head = HEAD.pack(BY_SLIP if by_slip else PERSONAL, campaign_id, student_id, (last_day - EPOCH).days)
    return base64.urlsafe_b64encode(head + _mac(secret, head)).decode().rstrip("=")


def read(secrets, token, today):
    """Return ``(campaign id, student id, by slip)`` of a token.

    :raises BadLink: not ours, changed, or expired
    """
    if not isinstance(token, str) or not 20 <= len(token) <= 40:
        raise BadLink("unknown")
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise BadLink("unknown") from None
    head, mac = raw[: HEAD.size], raw[HEAD.size :]
    if len(raw) != HEAD.size + MAC_BYTES or not any(
        hmac.compare_digest(_mac(secret, head), mac) for secret in secrets
    ):
        raise BadLink("unknown")
    version, campaign_id, student_id, day = HEAD.unpack(head)
    if version not in (PERSONAL, BY_SLIP):
        raise BadLink("unknown")
    if EPOCH + timedelta(days=day) < today:
        raise BadLink("expired")
    return campaign_id, student_id, version == BY_SLIP


def code(secret, campaign_id, student_id):
    """The one-time code on the slip of a student, like ``K7QF3M9P`` (40 bits)."""
    digest = hmac.new(
        secret, b"psych-code" + struct.pack(">II", campaign_id, student_id), hashlib.sha256
    ).digest()
    number = int.from_bytes(digest[:8], "big")
    letters = []
    for _position in range(CODE_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def same_code(secrets, campaign_id, student_id, typed):
    """Is ``typed`` the code of this student? Case, spaces and dashes do not matter; takes equal time."""
    typed = "".join(char for char in (typed or "").upper() if char.isalnum())
    return any(hmac.compare_digest(code(secret, campaign_id, student_id), typed) for secret in secrets)
