"""The slot engine: tables of inputs and outputs, no database."""

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


def local(found):
    return [slots.to_local(slot.start, TZ).strftime("%H:%M") for slot in found]


class TestSlots(BaseCase):
    def free(self, rule=Rule(), shifts=("09:00-12:00",), now="00:00", **kw):
        rows = [Shift(ANN, *span(text)) if isinstance(text, str) else text for text in shifts]
        return slots.free_slots(rule, rows, at(now), TZ, **kw)

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
        self.assertEqual(self.free(shifts=[capped], busy={ANN: [span("09:00-10:00")]}), [])
        self.assertEqual(len(self.free(shifts=[capped], busy={ANN: [span("08:00-09:00")]})), 3)

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
