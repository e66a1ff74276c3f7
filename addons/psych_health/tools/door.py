"""Who stands at the door: the identity that decides about opening content (plain Python).

The dispatcher of a request opens ONE scope (models/privacy/ir_http.py) and says who asks. It is
kept in context variables of this module, never in an Odoo context: a client can send any context.
Outside a scope nobody stands at the door and nothing opens (scheduled actions, shell, websocket,
server actions). While foreign code runs (server action, automation, template, scheduled action,
rule, manual field) the gate is *shut* for everybody, also inside a scope.

Two named machine openings exist, both without a door: ``rotate`` (bytes to bytes) and ``score``
(answers to numbers) in ``tools/confidential.py``.
"""

import itertools
from contextlib import contextmanager
from contextvars import ContextVar

KIND_SESSION = "session"
KIND_API_KEY = "api_key"
KIND_RPC = "rpc"
KIND_LINK = "link"

_scope = ContextVar("psych_door_scope", default=None)
_shut = ContextVar("psych_door_shut", default=())
_serial = itertools.count(1)


class Identity:
    """A named person at the door: a user (``uid``) or the student of a signed link."""

    __slots__ = ("kind", "student_id", "uid")

    def __init__(self, kind, uid=None, student_id=None):
        self.kind = kind
        self.uid = uid
        self.student_id = student_id

    def __repr__(self):
        return f"Identity({self.kind}, uid={self.uid}, student={self.student_id})"


class Scope:
    """One request: its identity and what it opened.

    ``openings`` maps (database, model, record id, right) to a dict of what the reading log needs; ``memo`` is
    the scratch pad of the writer of the log.
    """

    __slots__ = ("identity", "memo", "openings", "path", "reason", "serial")

    def __init__(self, identity, path=""):
        self.identity = identity
        self.path = path
        self.reason = ""
        self.memo = {}
        self.serial = next(_serial)
        self.openings = {}


@contextmanager
def scope(identity=None, path=""):
    """Open the scope of a request. Only the dispatcher (and the test helper) calls this.

    :param Identity identity: None when nobody is signed in yet (RPC: see :func:`arrive`)
    :param str path: path of the request without query, for the log
    """
    current = Scope(identity, path)
    token = _scope.set(current)
    shut_token = _shut.set(())
    try:
        yield current
    finally:
        _shut.reset(shut_token)
        _scope.reset(token)


def arrive(identity):
    """Name the person of an open scope that had none (RPC credential, signed link).

    Set once: a second, different identity empties the door instead of replacing the first.
    """
    current = _scope.get()
    if current is None:
        return
    if current.identity is None and not current.openings:
        current.identity = identity
    elif (current.identity.uid, current.identity.student_id) != (identity.uid, identity.student_id):
        current.identity = Identity("none")


def current_scope():
    """Return the open :class:`Scope` or None."""
    return _scope.get()


def identity():
    """Return the :class:`Identity` at the door, or None when nobody is or the gate is shut."""
    current = _scope.get()
    if current is None or _shut.get() or current.identity is None:
        return None
    who = current.identity
    return who if who.uid or who.student_id else None


@contextmanager
def shut(why):
    """Shut the gate while foreign code runs.

    :param str why: what runs ('server action', 'template', …), for messages of tests
    """
    token = _shut.set((*_shut.get(), why))
    try:
        yield
    finally:
        _shut.reset(token)


def is_shut():
    """Whether foreign code runs now; the reasons as a tuple, empty when open."""
    return _shut.get()


def cache_token(env):
    """Return the key under which plaintext may stand in the ORM cache: this door, user and mode."""
    current = _scope.get()
    return (current.serial if current else 0, env.uid, env.su, bool(_shut.get()))


def note_opening(record, right, field_name):
    """Remember that content left the gate; written by the dispatcher before the response leaves."""
    current = _scope.get()
    if current is not None:
        key = (record.env.cr.dbname, record._name, record._origin.id, right)
        row = current.openings.setdefault(key, {"fields": set()})
        row["fields"].add(field_name)


def state_reason(text):
    """State why the records of this request are opened (shown to the student, H15).

    :param str text: short reason without clinical content
    """
    current = _scope.get()
    if current is not None:
        current.reason = (text or "")[:200]
