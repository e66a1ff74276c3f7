"""Free hours: plain arithmetic on spans of time, without database and without ORM.

All instants are naive UTC datetimes, as Odoo stores them; only what goes into :func:`free_slots` is in *ticks*,
microseconds since 2000 as PostgreSQL keeps and sends them, because making thousands of datetimes costs more than
the search itself. A *span* is a pair (start, stop), stop excluded.
Days, weeks and caps are counted in the time zone of the school, never in that of the reader.
"""

import struct
from bisect import bisect_left, bisect_right
from datetime import datetime, time, timedelta, timezone
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
EPOCH = datetime(2000, 1, 1)
TICK = timedelta(microseconds=1)
MINUTE = 60 * 10**6  # in ticks
DAY = 24 * 60 * MINUTE
FAR = 2**63  # later than any instant of PostgreSQL


class Rule(NamedTuple):
    """How hours of one service are cut. Minutes unless said otherwise; 0 switches a limit off."""

    length: int = 50  # what the client sees
    pause: int = 10  # kept free for the counsellor after it
    step: int = 0  # distance of two starts; 0 = length + pause
    notice: int = 0  # no start sooner than this from now
    horizon: int = 0  # days ahead; 0 = no limit
    daily_cap: int = 0  # meetings of one counsellor on one day of the school


class Shift(NamedTuple):
    """One span in ticks in which `owner` receives, with the rooms that may be used, best first (empty: none needed)."""

    owner: int
    start: int
    stop: int
    rooms: tuple = ()
    cap: int = 0  # meetings in this shift; 0 = no limit


class Slot(NamedTuple):
    """One free hour. Slots sort by time, then owner."""

    start: datetime
    stop: datetime
    owner: int
    room: int  # 0 = none


_slot = partial(tuple.__new__, Slot)  # Slot._make without its detours: a week has hundreds


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


def ticks(moment):
    """Ticks of a naive UTC datetime."""
    return (moment - EPOCH) // TICK


def instant(tick):
    """Naive UTC datetime of a tick."""
    return EPOCH + timedelta(microseconds=tick)


def unpack(packed):
    """Ticks of timestamps that were put one after the other by ``string_agg(timestamp_send(…), '')``."""
    return struct.unpack(f">{len(packed) // 8}q", packed)


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
    merged, end = [], None
    for span in sorted(spans):
        start, stop = span
        if end is None or start > end:
            if stop > start:
                merged.append(span)
                end = stop
        elif stop > end:
            merged[-1] = (merged[-1][0], stop)
            end = stop
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
    """Merged busy spans of one person or room, asked by bisection.

    Starts and stops are sorted each for itself: the time is free between the n-th stop and the start after it exactly
    when that start is later, whichever spans they belong to.
    """

    __slots__ = ("starts", "stops")

    def __init__(self, starts=(), stops=()):
        starts, stops = sorted(starts), sorted(stops)
        gaps = [(stop, start) for stop, start in zip(stops, starts[1:], strict=False) if start > stop]
        self.starts = starts[:1] + [start for _stop, start in gaps]
        self.stops = [stop for stop, _start in gaps] + stops[-1:]

    def hits(self, start, stop):
        """True when [start, stop) touches a busy span."""
        index = bisect_right(self.stops, start)
        return index < len(self.starts) and self.starts[index] < stop

    def clear(self, start, last, step, length):
        """Those of `start`, `start + step`, … up to `last` from which a time of `length` touches no busy span.

        Walks from gap to gap, so a shift without busy spans costs one step however many hours it has.
        """
        index, found = bisect_right(self.stops, start), []
        for busy_start, busy_stop in zip(self.starts[index:], self.stops[index:], strict=True):
            edge = min(busy_start - length, last)
            found += range(start, edge + 1, step)
            start = _on_grid(start, step, busy_stop)
            if start > last:
                return found
        found += range(start, last + 1, step)
        return found


NEVER = Busy()


def _on_grid(start, step, earliest):
    """First of `start`, `start + step`, … that is not before `earliest`."""
    return start if start >= earliest else start + step * -((start - earliest) // step)


class _Lazy(dict):
    """{id: Busy}, merged when it is first asked for: most rooms never are."""

    def __init__(self, times):
        super().__init__()
        self.times = times or {}

    def __missing__(self, key):
        times = self.times.get(key)
        self[key] = found = Busy(*times) if times else NEVER
        return found


def free_slots(
    rule,
    shifts,
    now,
    tz,
    busy=None,
    room_busy=None,
    client_busy=((), ()),
    counts=None,
    shut_weeks=frozenset(),
    talks=None,
):
    """All free hours. Every instant that goes in is in ticks, spans as two sequences (starts, stops); none is empty.

    :param Rule rule: how hours are cut
    :param shifts: iterable of Shift
    :param now: present instant
    :param busy: {owner: (starts, stops)} anything that occupies the owner, buffers included
    :param room_busy: {room: (starts, stops)}
    :param client_busy: spans of the client who asks
    :param counts: {(owner, date): meetings that day} for the daily cap
    :param shut_weeks: {(ISO year, ISO week)} in which this client may not come (again)
    :param talks: {owner: [start]} for the cap of a shift
    :return: sorted list of Slot, at most one per owner and start
    """
    busy_of, rooms_of, client = _Lazy(busy), _Lazy(room_busy), Busy(*client_busy)
    length, pause = rule.length * MINUTE, rule.pause * MINUTE
    step = rule.step * MINUTE or length + pause
    earliest, latest = now + rule.notice * MINUTE, now + rule.horizon * DAY if rule.horizon else FAR
    limits = _Limits(rule, tz, counts or {}, shut_weeks)
    hours = {}
    for owner, begin, end, rooms, cap in shifts:
        last = min(end - length, latest)
        start = _on_grid(begin, step, earliest)
        if start > last or cap and _count_inside((talks or {}).get(owner, ()), begin, end) >= cap:
            continue
        starts = busy_of[owner].clear(start, last, step, length + pause)
        if client.starts:
            starts = [start for start in starts if not client.hits(start, start + length)]
        if limits.any:
            starts = [start for start in starts if limits.allow(owner, start)]
        if starts:
            _take_rooms(hours, owner, starts, length, rooms, rooms_of)
    return _sorted_slots(hours, length)


class _Limits:
    """Daily cap and weekly limit; one zone calculation per start."""

    def __init__(self, rule, tz, counts, shut_weeks):
        self.cap, self.tz, self.counts, self.shut_weeks = rule.daily_cap, tz, counts, shut_weeks
        self.any = bool(shut_weeks or rule.daily_cap and counts)
        self.days = {}

    def allow(self, owner, start):
        """True when `owner` may receive this client on the day of `start`."""
        day = self.days.get(start)
        if day is None:
            day = self.days[start] = to_local(instant(start), self.tz).date()
        if self.cap and self.counts.get((owner, day), 0) >= self.cap:
            return False
        return not self.shut_weeks or tuple(day.isocalendar())[:2] not in self.shut_weeks


def _count_inside(starts, begin, end):
    """Meetings that begin inside a shift."""
    return sum(begin <= start < end for start in starts)


def _take_rooms(hours, owner, starts, length, rooms, rooms_of):
    """Note each start with its first free room (0 when none is needed) in `hours`: {start: {owner: room}}.

    Overlapping shifts may give an hour twice: the lower room stays.
    """
    for room in rooms or (0,):
        taken = rooms_of[room] if room else NEVER
        left = []
        if taken.hits(starts[0], starts[-1] + length):
            left = [start for start in starts if taken.hits(start, start + length)]
            starts = [start for start in starts if not taken.hits(start, start + length)]
        for start in starts:
            room_of = hours.get(start)
            if room_of is None:
                hours[start] = {owner: room}
            elif room_of.get(owner, room) >= room:
                room_of[owner] = room
        starts = left
        if not starts:
            break


def _sorted_slots(hours, length):
    """Slots of {start: {owner: room}} in order."""
    found, minutes = [], timedelta(microseconds=length)
    for tick, room_of in sorted(hours.items()):
        start = instant(tick)
        stop = start + minutes
        found += [_slot((start, stop, owner, room)) for owner, room in sorted(room_of.items())]
    return found


def between(slots, first, last):
    """The part of sorted slots that start at `first` or later and before `last`."""
    return slots[bisect_left(slots, (first,)) : bisect_left(slots, (last,))]


def full_days(talks, caps, tz):
    """Days on which an owner has reached his cap: {(owner, local date): number of talks}.

    :param talks: {owner: [start]} in ticks
    :param caps: {owner: talks a day at most}
    """
    counts, day_of = {}, {}
    for owner in talks.keys() & caps.keys():
        for start in talks[owner]:
            day = day_of.get(start) or day_of.setdefault(start, to_local(instant(start), tz).date())
            counts[owner, day] = counts.get((owner, day), 0) + 1
    return {key: number for key, number in counts.items() if number >= caps[key[0]]}


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
    """{local date: [Slot]} in order of time; one zone calculation per start."""
    day_of, days = {}, {}
    for slot in slots:
        day = day_of.get(slot.start) or day_of.setdefault(slot.start, to_local(slot.start, tz).date())
        days.setdefault(day, []).append(slot)
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
