"""A row of hours: looked at first, booked one by one, conflicts listed, cancelled from one hour on."""

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import Form, tagged

from odoo.addons.psych_health.tools import clock

from .common_counselling import TODAY, CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychSeries(CounsellingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann.service_ids = cls.intake | cls.talk | cls.urgent
        for week in (1, 2, 4):  # no duty in week 3
            cls.make_shift(cls.ann, "14:00", "17:00", TODAY + timedelta(days=7 * week))
        cls.term = cls.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-09-07",
                "date_end": "2027-01-17",
                "company_id": cls.company.id,
            }
        )

    def series(self, count=4, first=None):
        """Open the form from the appointment as the counsellor does."""
        booked = first or self.book("14:00", service=self.talk)
        action = booked.with_user(self.u_counsellor).action_series()
        model = self.env["psych.series"].with_user(self.u_counsellor).with_context(**action["context"])
        form = Form(model.with_company(self.company))
        form.count = count
        return form

    def test_free_hours_are_booked_with_plain_events(self):
        record = self.series(2).save()
        self.assertEqual(record.line_ids.mapped("state"), ["free", "free"])
        record.action_book()
        hours = record.line_ids.appointment_id.sorted("start")
        self.assertEqual(
            hours.mapped("start"), [at("14:00", self.next_day(7)), at("14:00", self.next_day(14))]
        )
        self.assertEqual(len(set(hours.mapped("series_key"))), 1)
        self.assertFalse(any(event.recurrency for event in hours.event_id))
        self.assertEqual(len(hours.event_id), 2)
        with self.assertRaises(UserError):
            record.action_book()

    def test_conflicts_are_listed_with_the_nearest_hour(self):
        taken = self.env["psych.appointment"].create(
            {
                "student_id": self.student2.id,
                "service_id": self.talk.id,
                "counsellor_id": self.ann.id,
                "place_id": self.room_a.id,
                "start": at("14:00", self.next_day(7)),
            }
        )
        self.env["psych.term.event"].create(
            {
                "term_id": self.term.id,
                "kind": "holiday",
                "name": "Day off",
                "date_start": self.next_day(14),
                "date_end": self.next_day(14),
            }
        )
        self.env["psych.duty.shift"].search([("date", "=", self.next_day(14))]).state = "cancelled"
        lines = self.series(4).save().line_ids.sorted("wanted")
        self.assertEqual(sorted(lines.mapped("state")), ["free", "none", "outside", "taken"])
        by_state = {line.state: line for line in lines}
        self.assertEqual(by_state["taken"].start, at("15:00", taken.start.date()))
        self.assertFalse(by_state["none"].is_chosen, "a holiday without a free hour in that week")
        self.assertTrue(by_state["outside"].is_chosen, "the counsellor may receive outside the roster")

    def test_who_is_faster_leaves_the_rest(self):
        record = self.series(2).save()
        rival = self.env["psych.appointment"].create(
            {
                "student_id": self.student2.id,
                "service_id": self.talk.id,
                "counsellor_id": self.ann.id,
                "start": at("14:00", self.next_day(7)),
            }
        )
        action = record.action_book()
        self.assertEqual(action["res_model"], "psych.series", "the list stays open")
        self.assertEqual(len(record.line_ids.appointment_id), 1)
        left = record.line_ids.filtered(lambda line: not line.appointment_id)
        self.assertEqual((left.state, left.is_chosen), ("taken", False))
        self.assertEqual(left.start, at("15:00", rival.start.date()))
        left.is_chosen = True
        record.action_book()
        self.assertEqual(len(set(record.line_ids.appointment_id.mapped("series_key"))), 1)

    def test_cancel_from_one_hour_on(self):
        record = self.series(3).save()
        record.action_book()
        hours = record.line_ids.appointment_id.sorted("start")
        hours[1].with_user(self.u_counsellor).action_cancel_following()
        self.assertEqual(hours.mapped("state"), ["confirmed", "cancelled", "cancelled"])
        self.assertFalse(hours[1:].event_id)

    def test_wrong_numbers_are_told(self):
        form = self.series(2)
        for name, value in (("count", 0), ("count", 21), ("weeks", 0), ("weeks", 9)):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.series(2).save().write({name: value})
        self.assertEqual(len(form.save().line_ids), 2)

    def test_nothing_is_booked_in_the_past(self):
        """A wrong year is told with its hour; what was typed stays."""
        form = self.series(2)
        form.start = at("14:00", TODAY - timedelta(days=365))
        record = form.save()
        before = self.env["psych.appointment"].search_count([])
        with self.assertRaisesRegex(UserError, "past"):
            record.action_book()
        self.assertEqual(self.env["psych.appointment"].search_count([]), before)

    def test_a_late_start_begins_ahead(self):
        """From an old appointment the series begins at the next such time that lies ahead."""
        booked = self.book("14:00", service=self.talk)
        with clock.frozen(at("10:00", self.next_day(15))):
            context = booked.with_user(self.u_counsellor).action_series()["context"]
        self.assertEqual(Datetime.to_datetime(context["default_start"]), at("14:00", self.next_day(21)))
