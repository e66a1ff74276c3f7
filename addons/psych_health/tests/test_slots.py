"""The slot engine: tables of inputs and outputs, no database."""

import random
import struct
from datetime import date, datetime, timedelta

from odoo.tests.common import BaseCase

from odoo.addons.psych_health.tools import slots
from odoo.addons.psych_health.tools.slots import Days, Rule, Shift

TZ = "Asia/Shanghai"
MONDAY = date(2026, 9, 7)
ANN, BEN = 1, 2


def at(text, day=MONDAY, tz=TZ):
    """'09:30' on the Monday of the tests, as UTC."""
    hour, minute = text.split(":")
    return slots.to_utc(day, int(hour) + int(minute) / 60, tz)


def span(text, day=MONDAY):
    start, stop = text.split("-")
    return at(start, day), at(stop, day)


def in_ticks(spans):
    """(starts, stops), as the engine takes them."""
    return [[slots.ticks(span[side]) for span in spans] for side in (0, 1)]


def local(found):
    return [slots.to_local(slot.start, TZ).strftime("%H:%M") for slot in found]


class TestSlots(BaseCase):
    def free(self, rule=Rule(), shifts=("09:00-12:00",), now="00:00", **kw):
        """The engine with datetimes, as a reader writes them; it counts in ticks."""
        rows = [Shift(ANN, *span(text)) if isinstance(text, str) else text for text in shifts]
        rows = [row._replace(start=slots.ticks(row.start), stop=slots.ticks(row.stop)) for row in rows]
        for name in ("busy", "room_busy"):
            kw[name] = {key: in_ticks(spans) for key, spans in kw.get(name, {}).items()}
        kw["client_busy"] = in_ticks(kw.get("client_busy", ()))
        kw["talks"] = {
            key: [slots.ticks(at(text)) for text in rows] for key, rows in kw.get("talks", {}).items()
        }
        return slots.free_slots(rule, rows, slots.ticks(at(now)), TZ, **kw)

    def test_grid(self):
        self.assertEqual(local(self.free()), ["09:00", "10:00", "11:00"])
        self.assertEqual(local(self.free(Rule(length=90, pause=0))), ["09:00", "10:30"])
        self.assertEqual(local(self.free(Rule(step=30), ["09:00-10:30"])), ["09:00", "09:30"])
        self.assertEqual(self.free(shifts=["09:00-09:40"]), [], "shorter than the meeting")
        self.assertEqual(
            local(self.free(shifts=["09:00-09:50"])), ["09:00"], "the pause may lie after the shift"
        )

    def test_busy_and_buffers(self):
        for text, expected in {
            "10:00-11:00": ["09:00", "11:00"],
            "09:50-10:00": ["10:00", "11:00"],  # takes the pause of nine o'clock
            "08:00-09:00": ["09:00", "10:00", "11:00"],
            "09:59-10:01": ["11:00"],
            "08:00-13:00": [],
        }.items():
            self.assertEqual(local(self.free(busy={ANN: [span(text)]})), expected, text)
        self.assertEqual(local(self.free(busy={BEN: [span("08:00-13:00")]})), ["09:00", "10:00", "11:00"])
        self.assertEqual(
            local(self.free(client_busy=[span("09:50-10:00")])),
            ["09:00", "10:00", "11:00"],
            "the pause is the counsellor's, not the client's",
        )
        self.assertEqual(local(self.free(client_busy=[span("09:40-10:10")])), ["11:00"])

    def test_rooms(self):
        shift = Shift(ANN, *span("09:00-11:00"), rooms=(7, 8))
        found = self.free(shifts=[shift], room_busy={7: [span("09:00-09:50")], 8: [span("10:00-10:50")]})
        self.assertEqual([slot.room for slot in found], [8, 7])
        both = {7: [span("09:00-11:00")], 8: [span("09:30-09:40")]}
        self.assertEqual(local(self.free(shifts=[shift], room_busy=both)), ["10:00"])
        self.assertEqual([slot.room for slot in self.free()], [0, 0, 0], "no room needed")

    def test_notice_and_horizon(self):
        self.assertEqual(
            local(self.free(Rule(notice=60), now="08:30")), ["10:00", "11:00"], "stays on the grid"
        )
        self.assertEqual(local(self.free(Rule(notice=60), now="08:00")), ["09:00", "10:00", "11:00"])
        self.assertEqual(self.free(now="11:01"), [])
        week = [Shift(ANN, *span("09:00-10:00", MONDAY + timedelta(days=n))) for n in range(9)]
        self.assertEqual(len(self.free(Rule(horizon=7), week, now="09:00")), 8, "both ends included")
        self.assertEqual(len(self.free(Rule(horizon=7), week, now="08:00")), 7)

    def test_caps(self):
        rule = Rule(daily_cap=3)
        self.assertEqual(self.free(rule, counts={(ANN, MONDAY): 3}), [])
        self.assertEqual(len(self.free(rule, counts={(ANN, MONDAY): 2})), 3)
        capped = Shift(ANN, *span("09:00-12:00"), cap=1)
        self.assertEqual(self.free(shifts=[capped], talks={ANN: ["09:00"]}), [])
        self.assertEqual(len(self.free(shifts=[capped], talks={ANN: ["08:00", "12:00"], BEN: ["09:00"]})), 3)
        two = capped._replace(cap=2)
        row = {"busy": {ANN: [span("09:00-10:00"), span("10:00-11:00")]}, "talks": {ANN: ["09:00", "10:00"]}}
        self.assertEqual(
            self.free(shifts=[two], **row), [], "two talks in a row are two talks, not one busy span"
        )

    def test_full_days(self):
        starts = [slots.ticks(at(text)) for text in ("09:00", "23:30")] + [
            slots.ticks(at("00:00", MONDAY + timedelta(days=1)))
        ]
        self.assertEqual(slots.full_days({ANN: starts, BEN: starts}, {ANN: 2}, TZ), {(ANN, MONDAY): 2})
        self.assertEqual(slots.full_days({ANN: starts}, {ANN: 3}, TZ), {})

    def test_ticks(self):
        moment = datetime(2026, 9, 7, 1, 2, 3, 400000)
        self.assertEqual(slots.ticks(datetime(2000, 1, 1)), 0)
        self.assertEqual(slots.instant(slots.ticks(moment)), moment)
        self.assertEqual(slots.unpack(struct.pack(">2q", 1, slots.ticks(moment))), (1, slots.ticks(moment)))

    def test_between(self):
        found = self.free()
        self.assertEqual(local(slots.between(found, at("10:00"), at("11:00"))), ["10:00"], "last is left out")
        self.assertEqual(slots.between(found, at("11:30"), at("23:00")), [])

    def test_like_a_naive_search(self):
        """A thousand random weeks: the engine finds what trying every start against every span finds."""
        for seed in range(1000):
            case = _random_week(random.Random(seed))
            with self.subTest(seed=seed):
                self.assertEqual(slots.free_slots(**case), _naive(**case))

    def test_one_per_week(self):
        shut = {tuple(MONDAY.isocalendar())[:2]}
        week = [Shift(ANN, *span("09:00-10:00", MONDAY + timedelta(days=n))) for n in (0, 6, 7)]
        found = self.free(shifts=week, shut_weeks=shut)
        self.assertEqual(
            [slots.to_local(slot.start, TZ).date() for slot in found], [MONDAY + timedelta(days=7)]
        )

    def test_overlapping_shifts_give_an_hour_once(self):
        self.assertEqual(local(self.free(shifts=["09:00-11:00", "10:00-12:00"])), ["09:00", "10:00", "11:00"])

    def test_midnight_and_time_zone(self):
        night = Shift(ANN, at("23:00"), at("01:00", MONDAY + timedelta(days=1)))
        found = self.free(Rule(daily_cap=1), [night], counts={(ANN, MONDAY): 1})
        self.assertEqual(local(found), ["00:00"], "the cap counts days of the school, not UTC days")
        self.assertEqual(at("00:30"), datetime(2026, 9, 6, 16, 30))
        self.assertEqual(slots.day_bounds(MONDAY, TZ), (datetime(2026, 9, 6, 16), datetime(2026, 9, 7, 16)))
        self.assertEqual(slots.to_utc(date(2026, 3, 29), 12, "Europe/Berlin"), datetime(2026, 3, 29, 10))
        self.assertEqual(slots.to_utc(date(2026, 3, 28), 12, "Europe/Berlin"), datetime(2026, 3, 28, 11))
        self.assertEqual(slots.to_utc(MONDAY, 24, TZ), datetime(2026, 9, 7, 16))

    def test_holidays_and_make_up_days(self):
        # National Day 2026: 1-7 October off, Saturday 10 October works as a Wednesday
        days = Days(
            frozenset(date(2026, 10, day) for day in range(1, 8)),
            {date(2026, 10, 10): 2, date(2026, 10, 4): 0},
        )
        pattern = [(0, 8, 12, "mon"), (2, 14, 17, "wed")]
        found = slots.weekly_spans(pattern, date(2026, 9, 28), date(2026, 10, 12), TZ, days)
        self.assertEqual(
            [(row[0].day, row[3]) for row in found],
            [(28, "mon"), (30, "wed"), (4, "mon"), (10, "wed"), (12, "mon")],
        )
        self.assertIsNone(days.weekday(date(2026, 10, 5)))
        self.assertEqual(Days().weekday(date(2026, 10, 5)), 0)

    def test_spans(self):
        day = [span("09:00-12:00")]
        self.assertEqual(slots.merge([span("10:00-11:00"), span("09:00-10:00")]), [span("09:00-11:00")])
        self.assertEqual(
            slots.subtract(day, [span("10:00-11:00")]), [span("09:00-10:00"), span("11:00-12:00")]
        )
        self.assertEqual(slots.subtract(day, [span("08:00-13:00")]), [])
        self.assertEqual(slots.gaps(day, [span("09:00-11:00")]), [span("11:00-12:00")])
        self.assertEqual(slots.hours([span("09:00-11:00"), span("10:00-11:30")]), 2.5)

    def test_choice(self):
        rows = [Shift(ANN, *span("09:00-12:00")), Shift(BEN, *span("10:00-12:00"))]
        found = self.free(shifts=rows)
        self.assertEqual(len(found), 5)
        first = slots.first_free(found, 2, load={ANN: 4})
        self.assertEqual(
            [(slot.owner, text) for slot, text in zip(first, local(first))], [(ANN, "09:00"), (BEN, "10:00")]
        )
        self.assertEqual(local(slots.nearest(found, at("10:05"), 2)), ["10:00", "11:00"])
        self.assertEqual(list(slots.by_day(found, TZ)), [MONDAY])

    def test_quiet_hours(self):
        tuesday = MONDAY + timedelta(days=1)
        for text, expected in {
            "21:59": at("21:59"),
            "22:00": at("08:00", tuesday),
            "23:30": at("08:00", tuesday),
            "00:00": at("08:00"),
            "07:59": at("08:00"),
            "08:00": at("08:00"),
        }.items():
            self.assertEqual(slots.quiet(at(text), TZ), expected, text)


def _random_week(rnd):
    """Arguments of the engine: short days of many overlapping spans, so that edges meet often."""
    start = slots.ticks(at("00:00"))

    def when(first=0, last=2 * 24 * 4):
        return start + rnd.randint(first, last) * 15 * slots.MINUTE

    def spans(number):
        starts = [when() for _n in range(number)]
        return starts, [start + rnd.randint(1, 10) * 10 * slots.MINUTE for start in starts]

    rule = Rule(
        length=rnd.choice((20, 50, 90)),
        pause=rnd.choice((0, 10, 15)),
        step=rnd.choice((0, 0, 15, 30, 100)),
        notice=rnd.choice((0, 0, 90)),
        horizon=rnd.choice((0, 1)),
        daily_cap=rnd.choice((0, 2)),
    )
    shifts = [
        Shift(
            rnd.choice((ANN, BEN)),
            first,
            first + rnd.randint(1, 24) * 15 * slots.MINUTE,
            rnd.choice(((), (7,), (8, 7), (9, 7, 8))),
            rnd.choice((0, 0, 1, 3)),
        )
        for first in (when() for _n in range(rnd.randint(0, 6)))
    ]
    return {
        "rule": rule,
        "shifts": shifts,
        "now": when(-40, 60),
        "tz": TZ,
        "busy": {owner: spans(rnd.randint(0, 12)) for owner in (ANN, BEN)},
        "room_busy": {room: spans(rnd.randint(0, 9)) for room in (7, 8)},
        "client_busy": spans(rnd.randint(0, 2)),
        "counts": {(ANN, MONDAY): rnd.randint(0, 3)},
        "shut_weeks": frozenset(rnd.choice(((), (tuple(MONDAY.isocalendar())[:2],)))),
        "talks": {ANN: [when() for _n in range(rnd.randint(0, 6))]},
    }


def _naive(rule, shifts, now, tz, busy, room_busy, client_busy, counts, shut_weeks, talks):
    """Every start of every shift against every span, in the words of the rules."""
    length, pause = rule.length * slots.MINUTE, rule.pause * slots.MINUTE
    step = rule.step * slots.MINUTE or length + pause

    def touches(spans, start, stop):
        return any(first < stop and last > start for first, last in zip(*spans, strict=True))

    def allowed(shift, start):
        day = slots.to_local(slots.instant(start), tz).date()
        inside = [talk for talk in talks.get(shift.owner, ()) if shift.start <= talk < shift.stop]
        return (
            start >= now + rule.notice * slots.MINUTE
            and not (rule.horizon and start > now + rule.horizon * slots.DAY)
            and not (shift.cap and len(inside) >= shift.cap)
            and not (rule.daily_cap and counts.get((shift.owner, day), 0) >= rule.daily_cap)
            and tuple(day.isocalendar())[:2] not in shut_weeks
            and not touches(busy.get(shift.owner, ((), ())), start, start + length + pause)
            and not touches(client_busy, start, start + length)
        )

    found = {}
    for shift in shifts:
        for start in range(shift.start, shift.stop - length + 1, step):
            rooms = [
                room
                for room in shift.rooms
                if not touches(room_busy.get(room, ((), ())), start, start + length)
            ]
            if allowed(shift, start) and (rooms or not shift.rooms):
                room = rooms[0] if rooms else 0
                key = start, shift.owner
                found[key] = min(found.get(key, room), room)
    return [
        slots.Slot(slots.instant(start), slots.instant(start + length), owner, room)
        for (start, owner), room in sorted(found.items())
    ]
