"""Whether the log of changes rests. Only the generator of the demo college lets it, and only in an empty school.

A variable of the process, not a context key: no request can set it.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_paused = ContextVar("psych_audit_paused", default=False)


def is_paused() -> bool:
    """:return: whether changes are made that nobody has to account for"""
    return _paused.get()


@contextmanager
def paused():
    """Let the log of changes rest inside the block."""
    token = _paused.set(True)
    try:
        yield
    finally:
        _paused.reset(token)
