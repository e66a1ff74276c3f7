"""Authenticated encryption of short texts with several keys (plain Python, no Odoo).

A token is ``v1.<key id>.<base64url of nonce + AES-256-GCM ciphertext>``. The plaintext is padded
to blocks of 32 bytes, so that the length of a token does not tell "yes" from "no". The additional
authenticated data binds a token to model, field, row key and student: a token that is copied to
another row, field or student does not open (S1-Art20-a, odoo-traps 24).

The *packed* form of the same is bytes, for tables of millions of rows: one byte (16 + length of the key id - 1), key id,
nonce, ciphertext. It is not padded: only for content whose length is the same for every row of its kind. Where a packed
token is expected, the bytes of a text token open too.
"""

import base64
import binascii
import os
import re
import stat
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
PACKED = 0x10  # high half of the first byte of a packed token; a text token begins with 0x76
NONCE_BYTES = 12
KEY_BYTES = 32
PAD_BLOCK = 32
BARE_ID = "k0"
KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,16}$")


class CipherError(Exception):
    """Base of every error of this module; messages never carry key or text."""


class KeyFileError(CipherError):
    """The key file is missing, readable by others, or not in the stated form."""


class KeyMissing(CipherError):
    """The key that made the token is not in the key file."""


class BadToken(CipherError):
    """The token is not ours, was changed, or stands at another place than where it was made."""


def aad(model, field, row_key, student_id):
    """Return the bytes a token is bound to.

    :param str model: name of the model
    :param str field: name of the plaintext field
    :param str row_key: random key of the row, made at creation and never changed
    :param int student_id: id of the student the row is about, 0 when about nobody
    """
    parts = (model, field, row_key, str(int(student_id or 0)))
    return b"".join(struct.pack(">I", len(p.encode())) + p.encode() for p in parts)


def key_id_of(token):
    """Return the key id inside a token without opening it.

    :raises BadToken: when it is not a token
    """
    if isinstance(token, (bytes, memoryview)):
        return _split_packed(bytes(token))[0]
    parts = (token or "").split(".")
    if len(parts) != 3 or parts[0] != VERSION or not KEY_ID.match(parts[1]):
        raise BadToken("not a token")
    return parts[1]


def packed_head(key_id):
    """Return the first bytes of every packed token under a key."""
    return bytes([PACKED | (len(key_id) - 1)]) + key_id.encode()


def _split_packed(token):
    """:return: (key id, nonce and ciphertext, whether it is padded) of a token that is bytes"""
    if token[:1] == VERSION[:1].encode():
        text = token.decode("ascii", errors="replace")
        return key_id_of(text), base64.urlsafe_b64decode(text.split(".")[2]), True
    start = (token[0] & 0x0F) + 2 if token and token[0] & 0xF0 == PACKED else 0
    key_id = token[1:start].decode("ascii", errors="replace")
    if not KEY_ID.match(key_id) or len(token) <= start:
        raise BadToken("not a token")
    return key_id, token[start:], False


def _split(token):
    """:return: (key id, nonce and ciphertext, whether it is padded) of any token"""
    if isinstance(token, str):
        return key_id_of(token), base64.urlsafe_b64decode(token.split(".")[2]), True
    return _split_packed(bytes(token or b""))


def _pad(data):
    framed = struct.pack(">I", len(data)) + data
    return framed + b"\0" * (-len(framed) % PAD_BLOCK)


def _unpad(framed):
    (length,) = struct.unpack(">I", framed[:4])
    return framed[4 : 4 + length]


class KeyRing:
    """Keys by id, one of them active for new tokens."""

    def __init__(self, keys, active):
        if active not in keys:
            raise KeyFileError("the active key is not in the key file")
        self._keys = dict(keys)
        self.active = active

    def __repr__(self):
        return f"KeyRing({sorted(self._keys)}, active={self.active!r})"

    @property
    def key_ids(self):
        """Ids of all keys, sorted."""
        return sorted(self._keys)

    def encrypt(self, text, bound):
        """Return a token of ``text`` (str or bytes) bound to ``bound`` (see :func:`aad`)."""
        data = text.encode() if isinstance(text, str) else text
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._keys[self.active]).encrypt(nonce, _pad(data), bound)
        body = base64.urlsafe_b64encode(nonce + sealed).decode()
        return f"{VERSION}.{self.active}.{body}"

    def encrypt_packed(self, data, bound):
        """Return a packed token of bytes: not padded, so their length must say nothing."""
        nonce = os.urandom(NONCE_BYTES)
        return packed_head(self.active) + nonce + AESGCM(self._keys[self.active]).encrypt(nonce, data, bound)

    def decrypt(self, token, bound):
        """Return the bytes inside ``token``, text or packed.

        :raises KeyMissing: the key of the token is not here
        :raises BadToken: changed, copied, or another key under the same id
        """
        try:
            key_id, raw, padded = _split(token)
            if key_id not in self._keys:
                raise KeyMissing(f"key {key_id} is not in the key file")
            data = AESGCM(self._keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound)
            return _unpad(data) if padded else data
        except (InvalidTag, binascii.Error, ValueError, struct.error):
            raise BadToken("the token does not open here") from None

    def rotate(self, token, bound):
        """Return the same content under the active key; the token itself when it is already so."""
        if key_id_of(token) == self.active:
            return token
        return self.again(token, bound, bound)

    def again(self, token, old_bound, bound):
        """Return the same content in the same form under the active key, bound to another place."""
        seal = self.encrypt if isinstance(token, str) else self.encrypt_packed
        return seal(self.decrypt(token, old_bound), bound)

    def mac_key(self):
        """Return the bytes of the active key, for keyed hashes (seals of the reading log)."""
        return self._keys[self.active]

    def mac_key_of(self, key_id):
        """Return the bytes of one key by id.

        :raises KeyMissing: when it is not in the file
        """
        if key_id not in self._keys:
            raise KeyMissing(f"key {key_id} is not in the key file")
        return self._keys[key_id]


def check_file(path):
    """Refuse a key file that others on the machine can read or change.

    :raises KeyFileError: missing, not a plain file, of another owner, or with rights for others
    """
    try:
        info = os.stat(path)
    except OSError:
        raise KeyFileError("the key file cannot be found") from None
    if not stat.S_ISREG(info.st_mode):
        raise KeyFileError("the key file is not a plain file")
    if info.st_mode & 0o077:
        raise KeyFileError("the key file can be read by others: set its mode to 0600")
    if info.st_uid not in (0, os.geteuid()):
        raise KeyFileError("the key file belongs to another user")
    return info


def _decode_key(value):
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _parse_line(number, line, keys):
    """Put the key of one line into ``keys``; return the id that ``active=`` names, else None."""
    if bare := _decode_key(line):
        keys.setdefault(BARE_ID, bare)
        return None
    name, _sep, value = (part.strip() for part in line.partition("="))
    if name == "active":
        return value
    key = _decode_key(value)
    if not key or not KEY_ID.match(name) or name in keys:
        raise KeyFileError(f"line {number} of the key file is not <id>=<base64 of 32 bytes>")
    keys[name] = key
    return None


def load(path):
    """Return the :class:`KeyRing` of a key file.

    Lines are ``k1=<base64 of 32 bytes>``; ``active=k1`` names the key of new tokens, without it the
    last key is active. A file with one bare base64 key is a ring of one key ``k0``.

    :raises KeyFileError: with a sentence that says what to mend
    """
    check_file(path)
    keys, active = {}, None
    with open(path, encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if line and not line.startswith("#"):
                active = _parse_line(number, line, keys) or active
    if not keys:
        raise KeyFileError("the key file has no key")
    return KeyRing(keys, active or list(keys)[-1])


def new_key_line(name):
    """Return a line with a fresh random key, for key files of new installations and tests."""
    return f"{name}={base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


def write_key_file(path, names=("k1",), active=None):
    """Create a key file of mode 0600 with fresh keys; never overwrites.

    :param str path: where; the folder must exist
    :param names: ids of the keys
    :param str active: id of the active key, the last one when not given
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.writelines(new_key_line(name) for name in names)
        out.write(f"active={active or names[-1]}\n")
    return path
