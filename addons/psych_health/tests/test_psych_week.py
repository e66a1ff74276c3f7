"""The week on paper and the rules of booking as settings."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.psych_health.tools import clock

from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychWeek(CounsellingCommon):
    def words(self, record, user):
        """Everything that stands on the sheet, as plain text."""
        html = (
            self.env["ir.actions.report"]
            .with_user(user)
            ._render_qweb_html(f"psych_health.{record._name.replace('.', '_')}_week_report", record.ids)[0]
        )
        return html.decode()

    def test_sheet_names_nobody(self):
        self.book("14:00")
        for record, user in (
            (self.ann, self.u_counsellor),
            (self.room_a, self.u_counsellor),
            (self.ann, self.u_centre),
        ):
            text = self.words(record, user)
            self.assertIn("14:00", text)
            for word in (self.student.name, self.student.number, "Y26-"):
                self.assertNotIn(word, text)

    def test_others_print_nothing(self):
        self.book("14:00")
        for user in (self.u_tutor, self.u_admin, self.u_leader, self.u_office):
            with self.assertRaises(AccessError):
                self.ann.with_user(user)._week()
        self.assertNotIn(
            "14:00", str(self.ann.with_user(self.u_counsellor2)._week()[0]["days"][2]["rows"][1:])
        )

    def test_days_are_those_of_the_school(self):
        self.make_shift(self.ann, "22:00", "24:00", self.next_day())
        week = self.ann.with_user(self.u_counsellor).with_context(tz="America/New_York")._week()[0]
        self.assertEqual([row[:2] for row in week["days"][3]["rows"]], [("22:00", "00:00")])
        self.assertFalse(week["days"][4]["rows"])


@tagged("post_install", "-at_install")
class TestCounsellingSettings(CounsellingCommon):
    def settings(self, user):
        return (
            self.env["psych.school.settings"]
            .with_user(user)
            .with_company(self.company)
            .with_context(allowed_company_ids=self.company.ids)
        )

    def test_administrator_changes_every_rule_on_the_screen(self):
        view = "psych_health.psych_school_settings_view_form_counselling"
        with Form(self.settings(self.u_admin), view=view) as form:
            form.psych_week_limit = 2
            form.psych_broken_limit = 4
            form.psych_one_counsellor = False
            form.psych_reminder_hours = 48
            form.psych_help_phone = "0731-1"
        name = self.company.name
        form.record.action_save()
        company = self.company
        self.assertEqual(
            (company.psych_week_limit, company.psych_broken_limit, company.psych_reminder_hours), (2, 4, 48)
        )
        self.assertEqual((company.psych_one_counsellor, company.psych_help_phone), (False, "0731-1"))
        self.assertEqual((company.name, company.psych_term_limit), (name, 10), "the rest stays")
        for user in (self.u_centre, self.u_tutor):
            with self.assertRaises(AccessError):
                self.settings(user).create({"name": "x"}).action_save()

    def test_rules_of_a_service_too(self):
        service = self.talk.with_user(self.u_admin)
        service.write({"cancel_hours": 48, "late_minutes": 30, "length": 60})
        self.assertEqual(self.talk.cancel_hours, 48)
        with self.assertRaises(AccessError):
            self.talk.with_user(self.u_counsellor).length = 10

    def test_catalogue_for_a_school_without_services(self):
        company = self.env["res.company"].create({"name": "Second school"})
        Service = self.env["psych.service"].with_context(allowed_company_ids=company.ids)
        services = Service._take_over_catalogue(company)
        self.assertEqual(len(Service._covered_sides(company)), 8)
        self.assertFalse(services.counsellor_ids)
        self.assertEqual(Service._take_over_catalogue(company), services, "a second time adds nothing")

    def test_broken_hours_ask_for_contact(self):
        """Three broken hours in one semester, cancelled late among them (facts D1)."""
        self.company.write({"psych_no_show_limit": 0, "psych_week_limit": 0, "psych_broken_limit": 2})
        self.make_shift(self.ann, "14:00", "17:00", self.next_day())
        for start, day in (("14:00", self.next_day()), ("15:00", self.next_day())):
            booked = self.book(start, service=self.talk, day=day)
            booked.with_user(self.u_student)._portal_cancel(self.student.with_user(self.u_student))
            self.assertEqual(booked.cancel_kind, "late")
        with self.assertRaises(UserError):
            self.book("16:00", service=self.talk, day=self.next_day())
        with clock.frozen(at("10:30")):
            self.env["psych.appointment"].with_user(self.u_counsellor).create(
                {
                    "student_id": self.student.id,
                    "service_id": self.talk.id,
                    "counsellor_id": self.ann.id,
                    "start": at("16:00", self.next_day(2)),
                    "channel": "phone",
                }
            )
        Appointment = self.env["psych.appointment"].with_user(self.u_student)
        refusal = Appointment._portal_refusal(self.student.with_user(self.u_student), self.talk)
        self.assertFalse(refusal, "they have spoken to each other since")

    def test_one_counsellor_at_a_time(self):
        self.company.psych_week_limit = 0
        self.make_shift(self.ben, "14:00", "17:00", self.next_day())
        self.make_shift(self.ann, "14:00", "17:00", self.next_day(2))
        self.book("14:00", service=self.talk)
        with self.assertRaises(UserError):
            self.book("14:00", service=self.talk, day=self.next_day(), counsellor=self.ben)
        again = self.book("14:00", service=self.talk, day=self.next_day(2))
        self.assertEqual(again.counsellor_id, self.ann)
        self.assertTrue(self.book("15:00", service=self.urgent, day=self.next_day(), counsellor=self.ben))
        self.company.psych_one_counsellor = False
        self.assertTrue(self.book("16:00", service=self.talk, day=self.next_day(), counsellor=self.ben))
