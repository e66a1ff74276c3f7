"""The one seam through which the product asks what time it is.

Everything that computes a due time, an overdue state or a deadline calls :func:`now` or :func:`today`;
nothing reads ``create_date`` or SQL ``now()`` for such a decision. So a test or a simulation moves one
clock and the whole product follows.
"""

from contextlib import contextmanager
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

DEFAULT_TZ = "Asia/Shanghai"
_frozen = []


def now():
    """Return the present moment as a naive UTC ``datetime`` with whole seconds, as Odoo stores it."""
    if _frozen:
        return _frozen[-1]
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def today(env, company=None):
    """Return today's ``date`` in the time zone of the school.

    :param env: environment, for the company when none is given
    :param company: ``res.company`` record; the environment's company by default
    """
    company = company or env.company
    return local(now(), company.psych_tz).date()


def local(moment, tz=None):
    """Return the naive UTC ``moment`` as an aware ``datetime`` in ``tz`` (name; default Asia/Shanghai)."""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz or DEFAULT_TZ))


def text(moment, tz=None):
    """Return the naive UTC ``moment`` as people read it in ``tz``: ``2026-11-26 20:38``, empty for none."""
    return f"{local(moment, tz):%Y-%m-%d %H:%M}" if moment else ""


def to_utc(moment, tz=None):
    """Return the naive local ``moment`` of ``tz`` as a naive UTC ``datetime``."""
    return moment.replace(tzinfo=ZoneInfo(tz or DEFAULT_TZ)).astimezone(timezone.utc).replace(tzinfo=None)


@contextmanager
def frozen(moment):
    """Let :func:`now` answer the naive UTC ``moment`` inside the block (tests and simulation only)."""
    _frozen.append(moment)
    try:
        yield
    finally:
        _frozen.pop()
