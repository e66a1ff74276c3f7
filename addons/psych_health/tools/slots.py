"""Free hours: plain arithmetic on spans of time, without database and without ORM.

All instants are naive UTC datetimes, as Odoo stores them. A *span* is a pair (start, stop), stop excluded.
Days, weeks and caps are counted in the time zone of the school, never in that of the reader.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class Rule(NamedTuple):
    """How hours of one service are cut. Minutes unless said otherwise; 0 switches a limit off."""

    length: int = 50  # what the client sees
    pause: int = 10  # kept free for the counsellor after it
    step: int = 0  # distance of two starts; 0 = length + pause
    notice: int = 0  # no start sooner than this from now
    horizon: int = 0  # days ahead; 0 = no limit
    daily_cap: int = 0  # meetings of one counsellor on one day of the school


class Shift(NamedTuple):
    """One span in which `owner` receives, with the rooms that may be used, best first (empty: none needed)."""

    owner: int
    start: datetime
    stop: datetime
    rooms: tuple = ()
    cap: int = 0  # meetings in this shift; 0 = no limit


class Slot(NamedTuple):
    """One free hour. Slots sort by time, then owner."""

    start: datetime
    stop: datetime
    owner: int
    room: int  # 0 = none


class Days(NamedTuple):
    """Holidays and make-up days of the school.

    `closed`: dates without work. `moved`: date -> weekday (0 = Monday) whose timetable holds on that date.
    """

    closed: frozenset = frozenset()
    moved: dict = {}

    def weekday(self, day):
        """Weekday whose timetable holds on `day`, None when the school is closed. A make-up day beats a holiday."""
        if day in self.moved:
            return self.moved[day]
        return None if day in self.closed else day.weekday()


def to_utc(day, hour, tz):
    """Naive UTC instant of `hour` (float, 0-24) on the date `day` in the zone named `tz`."""
    minutes = round(hour * 60)
    local = datetime.combine(day, time(0)) + timedelta(minutes=minutes)
    return local.replace(tzinfo=ZoneInfo(tz)).astimezone(timezone.utc).replace(tzinfo=None)


def to_local(instant, tz):
    """Naive local datetime of a naive UTC instant."""
    return instant.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).replace(tzinfo=None)


def day_bounds(day, tz):
    """Span of the date `day` in the zone `tz`."""
    return to_utc(day, 0, tz), to_utc(day + ONE_DAY, 0, tz)


def weekly_spans(pattern, first, last, tz, days=Days()):
    """Spans of a weekly timetable between two dates, both included.

    :param pattern: rows (weekday, hour_from, hour_to, *anything); anything is handed through
    :return: list of (day, start, stop, *anything)
    """
    by_weekday = {}
    for weekday, *rest in pattern:
        by_weekday.setdefault(weekday, []).append(rest)
    spans, day = [], first
    while day <= last:
        for hour_from, hour_to, *rest in by_weekday.get(days.weekday(day), ()):
            spans.append((day, to_utc(day, hour_from, tz), to_utc(day, hour_to, tz), *rest))
        day += ONE_DAY
    return spans


def add_working_days(day, number, days=Days()):
    """The date `number` working days after `day`: Monday to Friday, holidays left out, make-up days counted in."""
    while number > 0:
        day += ONE_DAY
        if day in days.moved or (days.weekday(day) is not None and day.weekday() < 5):
            number -= 1
    return day


def merge(spans):
    """Sorted spans without overlap that cover the same time."""
    merged = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            if stop > merged[-1][1]:
                merged[-1] = (merged[-1][0], stop)
        elif stop > start:
            merged.append((start, stop))
    return merged


def subtract(spans, holes):
    """What is left of `spans` outside `holes`."""
    left = []
    holes = merge(holes)
    for start, stop in merge(spans):
        for hole_start, hole_stop in holes:
            if hole_stop <= start or hole_start >= stop:
                continue
            if hole_start > start:
                left.append((start, hole_start))
            start = max(start, hole_stop)
            if start >= stop:
                break
        if start < stop:
            left.append((start, stop))
    return left


class Busy:
    """Merged busy spans of one person or room, asked by bisection."""

    __slots__ = ("starts", "stops")

    def __init__(self, spans=()):
        merged = merge(spans)
        self.starts = [span[0] for span in merged]
        self.stops = [span[1] for span in merged]

    def hits(self, start, stop):
        """True when [start, stop) touches a busy span."""
        index = bisect_right(self.stops, start)
        return index < len(self.starts) and self.starts[index] < stop


NEVER = Busy()


def _day_of(instant, tz, cache):
    """Local date, one zone calculation per hour of UTC (zones shift by whole quarters, so cache by instant)."""
    day = cache.get(instant)
    if day is None:
        day = cache[instant] = to_local(instant, tz).date()
    return day


def free_slots(
    rule, shifts, now, tz, busy=None, room_busy=None, client_busy=(), counts=None, shut_weeks=frozenset()
):
    """All free hours.

    :param Rule rule: how hours are cut
    :param shifts: iterable of Shift
    :param busy: {owner: [span]} anything that occupies the owner, buffers included
    :param room_busy: {room: [span]}
    :param client_busy: spans of the client who asks
    :param counts: {(owner, date): meetings that day} for the daily cap
    :param shut_weeks: {(ISO year, ISO week)} in which this client may not come (again)
    :return: sorted list of Slot, at most one per owner and start
    """
    busy_of = {owner: Busy(spans) for owner, spans in (busy or {}).items()}
    rooms_of = {room: Busy(spans) for room, spans in (room_busy or {}).items()}
    client, counts, cache, free = Busy(client_busy), counts or {}, {}, set()
    length, pause = timedelta(minutes=rule.length), timedelta(minutes=rule.pause)
    step = timedelta(minutes=rule.step or rule.length + rule.pause)
    earliest = now + timedelta(minutes=rule.notice)
    latest = now + timedelta(days=rule.horizon) if rule.horizon else datetime.max
    for shift in shifts:
        if shift.stop <= earliest or shift.start > latest:
            continue
        mine = busy_of.get(shift.owner, NEVER)
        if shift.cap and _count_inside(mine, shift) >= shift.cap:
            continue
        start = shift.start
        if start < earliest:
            start += step * -((start - earliest) // step)
        while start + length <= shift.stop and start <= latest:
            stop = start + length
            if not mine.hits(start, stop + pause) and not client.hits(start, stop):
                day = _day_of(start, tz, cache)
                if _allowed(rule, shift.owner, day, counts, shut_weeks):
                    room = _first_room(shift.rooms, rooms_of, start, stop)
                    if room is not None:
                        free.add(Slot(start, stop, shift.owner, room))
            start += step
    return _one_per_start(free)


def _allowed(rule, owner, day, counts, shut_weeks):
    """Daily cap and weekly limit."""
    if rule.daily_cap and counts.get((owner, day), 0) >= rule.daily_cap:
        return False
    return not shut_weeks or tuple(day.isocalendar())[:2] not in shut_weeks


def _count_inside(busy, shift):
    """Busy spans that begin inside the shift."""
    return bisect_left(busy.starts, shift.stop) - bisect_left(busy.starts, shift.start)


def _first_room(rooms, rooms_of, start, stop):
    """First free room, 0 when none is needed, None when all are taken."""
    if not rooms:
        return 0
    for room in rooms:
        if not rooms_of.get(room, NEVER).hits(start, stop):
            return room
    return None


def _one_per_start(free):
    """Overlapping shifts may give the same hour twice: keep one."""
    seen, slots = set(), []
    for slot in sorted(free):
        key = (slot.start, slot.owner)
        if key not in seen:
            seen.add(key)
            slots.append(slot)
    return slots


def first_free(slots, count=3, load=None):
    """The next hours, one per start, the least loaded owner first.

    :param load: {owner: number} meetings ahead; owners with few come first
    """
    load, by_start = load or {}, {}
    for slot in slots:
        best = by_start.get(slot.start)
        if best is None or (load.get(slot.owner, 0), slot.owner) < (load.get(best.owner, 0), best.owner):
            by_start[slot.start] = slot
    return [by_start[start] for start in sorted(by_start)[:count]]


def nearest(slots, wanted, count=3):
    """The free hours closest to the instant `wanted`, in order of time."""
    closest = sorted(slots, key=lambda slot: (abs(slot.start - wanted), slot.start, slot.owner))
    seen, chosen = set(), []
    for slot in closest:
        if slot.start not in seen:
            seen.add(slot.start)
            chosen.append(slot)
        if len(chosen) == count:
            break
    return sorted(chosen)


def by_day(slots, tz):
    """{local date: [Slot]} in order of time."""
    cache, days = {}, {}
    for slot in slots:
        days.setdefault(_day_of(slot.start, tz, cache), []).append(slot)
    return days


def gaps(required, covered):
    """Spans of `required` duty that nobody covers."""
    return subtract(required, covered)


def hours(spans):
    """Length of spans in hours, overlaps counted once."""
    return sum(((stop - start).total_seconds() for start, stop in merge(spans)), 0.0) / 3600


def quiet(instant, tz, hour_from=22, hour_to=8):
    """The instant itself, or the end of the quiet hours when it lies in them."""
    local = to_local(instant, tz)
    if hour_to <= local.hour < hour_from:
        return instant
    day = local.date() + (ONE_DAY if local.hour >= hour_from else timedelta(0))
    return to_utc(day, hour_to, tz)
