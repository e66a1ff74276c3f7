from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon


class PeriodCommon(CrisisCommon):
    """The small school with a semester that has a holiday and an exam week."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["psych.term"].create(
            {
                "year_start": 2026,
                "date_start": "2026-09-01",
                "date_end": "2027-01-17",
                "company_id": cls.company.id,
            }
        )
        cls.env["psych.term.event"].create(
            [
                {
                    "term_id": cls.term.id,
                    "kind": kind,
                    "name": name,
                    "date_start": first,
                    "date_end": last,
                }
                for kind, name, first, last in (
                    ("holiday", "National Day", "2026-10-01", "2026-10-07"),
                    ("exam", "Exams", "2026-11-16", "2026-11-20"),
                )
            ]
        )
        cls.Period = cls.env["psych.crisis.key.period"]


@tagged("psych_crisis")
class TestPsychCrisisKeyPeriod(PeriodCommon):
    """The seven windows from term and calendar (facts B1); rhythms get denser inside."""

    def test_windows_from_the_calendar(self):
        rows = self.Period._build(self.term)
        got = {(row.code, row.date_start): row.date_end for row in rows}
        for code, first, last in (
            ("start", date(2026, 8, 25), date(2026, 9, 15)),
            ("holiday", date(2026, 9, 28), date(2026, 10, 10)),
            ("after_holiday", date(2026, 10, 8), date(2026, 10, 21)),
            ("exam", date(2026, 11, 2), date(2026, 11, 27)),
        ):
            self.assertEqual(got.get((code, first)), last, code)
        self.assertFalse(self.Period._build(self.term), "running again changes nothing")

    def test_rhythm_is_tightened(self):
        Rhythm = self.env["psych.crisis.rhythm"]
        now = clock.now()
        self.Period.search([]).unlink()
        calm = Rhythm._next_due(self.company, "tier_key", now, now) - now
        self.Period._build(self.term)
        tight = Rhythm._next_due(self.company, "tier_key", now, now) - now
        self.assertLess(tight, calm)
        self.assertEqual(self.env["psych.crisis.report"]._period(self.company, "room")[0], date(2026, 11, 3))

    def test_head_and_administrator_edit(self):
        values = {
            "name": "Sports day",
            "code": "event",
            "date_start": "2026-12-01",
            "date_end": "2026-12-03",
            "company_id": self.company.id,
        }
        self.assertTrue(self.Period.with_user(self.u_head).create(dict(values, date_start="2026-11-30")))
        self.assertTrue(self.Period.with_user(self.u_admin).create(dict(values)))
        for user in (self.u_centre, self.u_station, self.u_leader):
            with self.assertRaises(AccessError):
                self.Period.with_user(user).create(dict(values, date_start="2026-11-29"))


@tagged("psych_crisis")
class TestPsychCrisisSweep(PeriodCommon):
    """One sweep per college and window, numbers per category, zero said in so many words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Period._cron_periods()
        cls.Period._cron_periods()
        sweeps = cls.env["psych.crisis.sweep"].search([("company_id", "=", cls.company.id)])
        cls.sweep = sweeps.filtered(lambda row: row.college_id == cls.college_a)
        cls.sweep_b = sweeps.filtered(lambda row: row.college_id == cls.college_b)

    def test_one_per_college_with_every_category(self):
        self.assertEqual((len(self.sweep), len(self.sweep_b)), (1, 1))
        categories = self.env["psych.crisis.category"].search(
            [("company_id", "in", (False, self.company.id))]
        )
        self.assertEqual(self.sweep.line_ids.category_id, categories)
        self.assertFalse(categories.filtered(lambda row: row.list_code != "neutral"))

    def test_numbers_or_zero(self):
        row = self.sweep.with_user(self.u_station)
        with self.assertRaises(UserError):
            row.action_file()
        row.line_ids[0].count = 3
        with self.assertRaises(UserError):
            row.action_zero()
        row.action_file()
        self.assertEqual((row.state, row.filed_by_id, row.total), ("filed", self.u_station, 3))
        with self.assertRaises(UserError):
            row.line_ids[0].count = 4
        with self.assertRaises(UserError):
            row.action_file()
        self.sweep_b.with_user(self.u_station_b).action_zero()
        self.assertEqual(self.sweep_b.state, "zero")

    def test_late_and_rights(self):
        self.assertFalse(self.sweep.is_late)
        with self.at(days=20):
            self.assertTrue(self.sweep.is_late)
            late = self.sweep.search([("is_late", "=", True), ("company_id", "=", self.company.id)])
            self.assertEqual(late, self.sweep | self.sweep_b)
        for user in (self.u_station_b, self.u_tutor, self.u_leader, self.u_duty):
            with self.assertRaises(AccessError, msg=user.login):
                self.sweep.with_user(user).action_zero()

    def test_leadership_reads_who_filed_and_no_number(self):
        """One student of a category in a small college is a name: no number by reading, grouping or view (H16, trap 38)."""
        self.sweep.line_ids[0].count = 1
        self.sweep.with_user(self.u_station).action_file()
        sweep = self.sweep.with_user(self.u_leader)
        self.assertEqual(sweep.read(["state", "college_id"])[0]["state"], "filed")
        Line = self.env["psych.crisis.sweep.line"].with_user(self.u_leader)
        for ask in (
            lambda: sweep.read(["total"]),
            lambda: sweep.read(["line_ids"]),
            lambda: Line.search_count([]),
            lambda: Line._read_group([], ["category_id"], ["count:sum"]),
            lambda: sweep.search([("line_ids.count", "=", 1)]),
        ):
            with self.assertRaises(AccessError):
                ask()
            self.env.invalidate_all()
        for view in ("list", "form"):
            arch = sweep.get_view(view_type=view)["arch"]
            self.assertNotIn("total", arch)
            self.assertNotIn("line_ids", arch)
        self.assertEqual(self.sweep.with_user(self.u_station).total, 1)


@tagged("psych_crisis")
class TestPsychCrisisReport(PeriodCommon):
    """Room → class → college: once per period, silence is no signal at once, read receipts, dimensions as data."""

    def test_filing_twice_changes_nothing(self):
        Report = self.env["psych.crisis.report"]
        first, new = Report._file(self.room_1, "room", "calm", college_id=self.college_a.id)
        again, second = Report._file(self.room_1, "room", "help", college_id=self.college_a.id)
        self.assertEqual((first, new, second, again.mood), (again, True, False, "calm"))
        self.assertTrue(first.is_zero)

    def test_silent_class_becomes_a_signal_after_two_periods_once(self):
        Report = self.env["psych.crisis.report"]
        for days in (-14, -28):
            with self.at(days=days):
                for unit in (self.class_a2, self.class_b1, self.class_b2):
                    Report._file(unit, "class")
        for _run in range(2):
            Report._cron_silence()
        silent = self.Signal.search([("kind_id.code", "=", "silence"), ("company_id", "=", self.company.id)])
        self.assertEqual((silent.class_id, silent.student_id), (self.class_a1, self.Signal.student_id))
        self.assertEqual(silent.urgency, "watch")

    def test_silent_class_with_an_open_case_becomes_a_signal_after_one_period(self):
        Report = self.env["psych.crisis.report"]
        student = self.students.filtered(lambda row: row.class_id == self.class_a1)[:1]
        self.env["psych.crisis.case"].with_user(self.u_head)._open_for_student(student, "orange")
        classes = (self.class_a1, self.class_a2, self.class_b1, self.class_b2)
        for days, silent in ((-28, ()), (-14, (self.class_a1, self.class_b1))):
            with self.at(days=days):
                for unit in classes:
                    if unit not in silent:
                        Report._file(unit, "class")
        Report._cron_silence()
        found = self.Signal.search([("kind_id.code", "=", "silence"), ("company_id", "=", self.company.id)])
        self.assertEqual(found.class_id, self.class_a1)

    def test_month_of_the_college_with_own_dimensions(self):
        own = (
            self.env["psych.crisis.dimension"]
            .with_user(self.u_admin)
            .create({"name": "Internship sites", "company_id": self.company.id})
        )
        page = self.env["psych.crisis.month"].with_user(self.u_station).create({"sentence": "Exams near"})
        self.assertEqual(page.college_id, self.college_a)
        self.assertEqual(len(page.line_ids), 6)
        self.assertEqual(page.class_text.split()[0], "0")
        page.line_ids.filtered(lambda line: line.dimension_id == own).value = "watch"
        page.action_file()
        report = self.env["psych.crisis.report"].search(
            [("kind", "=", "college"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(report.line_ids.filtered(lambda line: line.value == "watch").dimension_id, own)
        with self.assertRaisesRegex(UserError, "already"):
            self.env["psych.crisis.month"].with_user(self.u_station).create({}).action_file()

    def test_station_of_the_college_only(self):
        Report = self.env["psych.crisis.report"]
        for user in (self.u_station_b, self.u_tutor, self.u_centre, self.u_leader):
            with self.assertRaises(UserError):
                Report.with_user(user).action_file_college(self.college_a.id, {})
        with self.assertRaises(AccessError):
            self.env["psych.crisis.month"].with_user(self.u_tutor).create({"college_id": self.college_a.id})

    def test_read_receipt(self):
        report, _new = self.env["psych.crisis.report"]._file(self.class_a1, "class", "tension")
        with self.assertRaises(AccessError):
            report.with_user(self.u_tutor_b).action_read()
        report.with_user(self.u_tutor).action_read()
        report.with_user(self.u_centre).action_read()
        self.assertEqual((report.read_by_id, report.read_at), (self.u_tutor, clock.now()))
