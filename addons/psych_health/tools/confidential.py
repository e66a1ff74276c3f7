"""Encrypted text fields: ``note = Confidential("Note")`` on a model of the mixin.

A confidential field is two fields. ``note`` is never stored: it is computed for the person at the
door and lives in the ORM cache under a key of that door, user and mode only. ``note_cipher`` is the
stored token (tools/cipher.py) that nobody reads by the ORM. Reading what the gate keeps closed, or
what no key opens, gives a *mark*: a sentence with an invisible prefix that is never written back.
"""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from . import cipher, door, keys, sheet

MARK = "\u2063\u2060\u2063"
SUFFIX = "_cipher"
ROW_KEY = "row_key"
FORBIDDEN = (
    "store",
    "compute",
    "inverse",
    "search",
    "related",
    "tracking",
    "index",
    "translate",
    "copy",
    "company_dependent",
    "default",
    "group_expand",
    "compute_sudo",
)


class Sealed(str):
    """A value of a cipher column made by this addon; a client cannot make one."""

    __slots__ = ()


def is_mark(value):
    """Whether ``value`` is a mark (closed or locked) instead of content."""
    return isinstance(value, str) and value.startswith(MARK)


class Cipher(fields.Text):
    """The stored token of a confidential field: written by the mixin only, read by nobody."""

    _description_searchable = False

    def stale_sql(self, key_id):
        """The condition "is a token, and not under this key"."""
        return SQL("%s NOT LIKE %s", SQL.identifier(self.name), f"{cipher.VERSION}.{key_id}.%")


class PackedCipher(Cipher):
    """The same as bytes (packed tokens)."""

    _column_type = ("bytea", "bytea")

    def stale_sql(self, key_id):
        head = cipher.packed_head(key_id)
        return SQL("substr(%s, 1, %s) <> %s", SQL.identifier(self.name), len(head), head)


class Confidential(fields.Text):
    """Encrypted text. Options of layout only: string, help, required, readonly, groups."""

    _cipher = Cipher

    def __init__(self, string=None, **kwargs):
        if "_base_fields__" not in kwargs:
            wrong = [name for name in FORBIDDEN if name in kwargs]
            if wrong:
                raise TypeError(f"a confidential field takes no {', '.join(wrong)}")
            kwargs.setdefault("readonly", False)
            kwargs.update(
                compute="_compute_confidential",
                store=False,
                compute_sudo=False,
                copy=False,
                exportable=False,
                prefetch=False,
                depends_context=("uid",),
            )
            if string is not None:
                kwargs["string"] = string
        super().__init__(**kwargs)

    def __set_name__(self, owner, name):
        super().__set_name__(owner, name)
        if getattr(owner, "pool", None) is None and not name.endswith(SUFFIX):
            column = self._cipher(copy=False, groups=".", exportable=False, prefetch=False, readonly=True)
            setattr(owner, name + SUFFIX, column)
            column.__set_name__(owner, name + SUFFIX)

    @property
    def column_name(self):
        """Name of the stored column with the token."""
        return self.name + SUFFIX

    @staticmethod
    def text_of(data):
        """The text that the decrypted bytes stand for."""
        return data.decode()

    def get_depends(self, model):
        return (self.column_name,), ("uid",)

    # cache: one dictionary per door, user and mode
    def _get_cache(self, env):
        return env.transaction.field_data[self].setdefault(door.cache_token(env), {})

    def __get__(self, record, owner=None):
        value = super().__get__(record, owner)
        if record is not None and value and not is_mark(value) and record._origin:
            door.note_opening(record, record._psych_content_right, self.name)
        return value

    # never searched, sorted, grouped or exported
    def to_sql(self, model, alias):
        raise AccessError(model.env._("Confidential content cannot be searched, sorted or grouped."))

    def convert_to_export(self, value, record):
        raise UserError(record.env._("Confidential content cannot be exported."))

    _description_searchable = False

    def _description_sortable(self, env):
        return False

    def _description_groupable(self, env):
        return False


class ConfidentialAnswers(Confidential):
    """Packed answers of a sheet (tools/sheet.py), stored as a packed token; they read as text."""

    _cipher = PackedCipher

    @staticmethod
    def text_of(data):
        return sheet.to_text(sheet.unpack(data))


def confidential_names(model):
    """Return the names of the confidential fields of a model, in order of declaration."""
    return [name for name, field in model._fields.items() if isinstance(field, Confidential)]


def confidential_models(env):
    """Return the names of all models of the registry that hold confidential content."""
    return sorted(
        name
        for name, cls in env.registry.items()
        if not cls._abstract and any(isinstance(f, Confidential) for f in cls._fields.values())
    )


def seal(model, field, text, row_key, student_id):
    """Return the token of a text: for write paths by SQL that must be fast (submit of a sheet).

    :raises cipher.CipherError: no key
    """
    if not text:
        return None
    return Sealed(keys.content_ring().encrypt(text, cipher.aad(model, field, row_key, student_id)))


def seal_answers(model, packed, top, row_key, student_id):
    """Return the packed token of the answers of a sheet.

    :param int top: the largest value that the scale offers; with the number of items it gives the length
    :raises cipher.CipherError: no key
    """
    data = sheet.pack(packed, top)
    return keys.content_ring().encrypt_packed(data, cipher.aad(model, "answers", row_key, student_id))


def rebind(model, field, token, row_key, old_student_id, new_student_id):
    """Bind a token to another student without showing it (machine opening, bytes to bytes)."""
    old = cipher.aad(model, field, row_key, old_student_id)
    return _sealed(keys.content_ring().again(token, old, cipher.aad(model, field, row_key, new_student_id)))


def rotate(model, field, token, row_key, student_id):
    """Machine opening *rotate*: the same content under the active key, bytes to bytes."""
    return _sealed(keys.content_ring().rotate(token, cipher.aad(model, field, row_key, student_id)))


def _sealed(token):
    return Sealed(token) if isinstance(token, str) else token


def opens(model, field, token, row_key, student_id):
    """Whether a token opens here and now; says nothing about its content."""
    try:
        keys.content_ring().decrypt(token, cipher.aad(model, field, row_key, student_id))
    except cipher.CipherError:
        return False
    return True


_scorers = {}


def scorer(name):
    """Register a function of the code as a scorer: the only code that machine scoring may call.

    It gets the text of one record and returns a number, or a dict of short codes to numbers.
    """

    def register(function):
        _scorers[name] = function
        return function

    return register


def _only_numbers(value):
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, dict):
        return {
            str(code): _only_numbers(number)
            for code, number in value.items()
            if len(str(code)) <= 32 and not isinstance(number, dict)
        }
    raise TypeError("a scorer returns numbers only")


def score(name, model, field, token, row_key, student_id):
    """Machine opening *score*: the numbers a registered scorer finds in a text, never the text."""
    bound = cipher.aad(model, field, row_key, student_id)
    text = keys.content_ring().decrypt(token, bound).decode()
    return _only_numbers(_scorers[name](text))


def is_confidential(env, model_name):
    """Whether a model (by name, may be empty) holds confidential content."""
    cls = env.registry.models.get(model_name) if model_name else None
    return bool(cls) and any(isinstance(f, Confidential) for f in cls._fields.values())


def takes_no_chat(env, model_name):
    """Whether typed chat, activity texts and plain files are refused at a record of this model (trap 13).

    All models of this product refuse them: people write about students where they can. A model about the business of
    an office says ``_psych_clear_chat = "why"``.
    """
    cls = env.registry.models.get(model_name) if model_name else None
    if not cls:
        return False
    ours = model_name.partition(".")[0].endswith("psych")
    return is_confidential(env, model_name) or (ours and not getattr(cls, "_psych_clear_chat", None))
