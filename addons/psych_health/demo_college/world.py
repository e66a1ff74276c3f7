"""What the rooms of the generator share: sizes, dates, people and units made so far."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

from ..tools import clock

SCHOOL = "青禾健康职业学院（演示）"
WEEK_NOW = 11

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_activity_automation_skip": True,
    "no_reset_password": True,
}


class World:
    """The demo college under construction, handed from room to room (see ``rooms.py`` and ``psych.hooks``).

    Everything random comes from :meth:`random`, everything dated from :meth:`day` and :meth:`at`, so one seed and
    one date give one college. ``today`` always lies in week 11 of the semester, on its real weekday.

    Filled by the organisation room: ``root``, ``centre``, ``offices`` (kind code → unit), ``colleges``,
    ``stations`` (college → unit), ``classes``, ``rooms``, ``buildings``, ``class_info`` (class → grade 1..3, programme
    …), ``people`` (code of a post → list of ``(membership, unit, partner or student)``), ``accounts`` (role → user).
    """

    def __init__(self, env, size, seed, shape, today):
        context = dict(env.context, **QUIET, allowed_company_ids=env.company.ids)
        self.env = env(su=True, context=context)  # named seam: the generator runs as the operator
        self.company = self.env.company
        self.size, self.seed, self.shape = size, seed, shape
        self.today = today
        self.monday = today - timedelta(days=today.weekday() + 7 * (WEEK_NOW - 1))
        self.year = self.monday.year if self.monday.month >= 8 else self.monday.year - 1
        self.semester = "1" if self.monday.month >= 8 else "2"
        self.root = self.centre = None
        self.offices, self.stations, self.college_units = {}, {}, {}
        self.colleges, self.classes, self.buildings, self.rooms = [], [], [], []
        self.class_info = {}
        self.people = defaultdict(list)
        self.accounts = {}
        self.lines = []
        self._serial = 0

    def random(self, room):
        """Return the random numbers of one room of the generator: a change in one leaves the others as they were."""
        return random.Random(f"{self.seed}/{room}")

    def day(self, week, weekday=1):
        """Return the date of ``weekday`` (1 = Monday) in teaching week ``week`` (0 and below: before the semester)."""
        return self.monday + timedelta(days=7 * (week - 1) + weekday - 1)

    def at(self, day, hour, minute=0):
        """Return the naive UTC moment of a local time on ``day``."""
        return clock.to_utc(datetime(day.year, day.month, day.day, hour, minute), self.company.psych_tz)

    def ago(self, **delta):
        """Return the naive UTC moment so long before now, for example ``ago(minutes=7)``."""
        return clock.now() - timedelta(**delta)

    def serial(self):
        """Return the next running number (staff numbers, phones)."""
        self._serial += 1
        return self._serial

    def kind(self, code):
        """Return the unit kind with this code."""
        return self.env.ref(f"psych_health.psych_unit_kind_{code}")

    def post(self, code):
        """Return the post with this code."""
        return self.env.ref(f"psych_health.psych_post_{code}")

    def holders(self, code, unit=None):
        """Return the persons (``res.partner`` or ``psych.student``) whom the generator put into a post."""
        return [person for membership, at, person in self.people[code] if unit is None or at == unit]

    def students(self, domain=(), limit=None):
        """Return students of the college by ``domain``, in the order of their numbers."""
        return self.env["psych.student"].search(
            [("company_id", "=", self.company.id), *domain], limit=limit, order="number"
        )

    def say(self, line):
        """Keep a line for the summary that ``build`` prints."""
        self.lines.append(line)
