from datetime import date
from io import BytesIO

from PyPDF2 import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import PsychCommon


@tagged("post_install", "-at_install")
class TestOrganisationWizards(PsychCommon):
    """Settings, staff accounts, vacancies, renewal, the new semester: through the forms, as the administrator."""

    def as_admin(self, model):
        return self.env[model].with_user(self.u_admin)

    def test_settings_are_saved_without_system_rights(self):
        with Form(self.as_admin("psych.school.settings")) as form:
            form.psych_students_per_counsellor = 2
        settings = form.save()
        self.assertEqual(settings.counsellors_required, 2)
        settings.action_save()
        self.assertEqual(self.company.psych_students_per_counsellor, 2)
        self.assertEqual(self.company._psych_required_counsellors(), 4)
        with self.assertRaises(AccessError):
            settings.with_user(self.u_head).action_save()

    def test_account_opens_nothing(self):
        wizard = self.as_admin("psych.staff.account").create(
            {"name": "New colleague", "login": "new.colleague"}
        )
        action = wizard.action_create()
        user = wizard.user_id
        self.assertTrue(user.has_group("base.group_user"))
        self.assertFalse(user.has_group("psych_health.group_psych_health_staff"))
        password = action["params"]["message"].split(" ")[-1]
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM psych_staff_account WHERE id = %s", (wizard.id,))
        self.assertNotIn(password, str(self.env.cr.fetchall()))
        again = self.as_admin("psych.staff.account").create({"name": "Other", "login": "NEW.colleague"})
        with self.assertRaises(UserError):
            again.action_create()

    def test_account_of_a_clinical_person_comes_from_the_head(self):
        partner = self.env["res.partner"].create({"name": "Known", "psych_is_staff": True})
        membership = self.env["psych.membership"].create(
            {
                "post_id": self.env.ref("psych_health.psych_post_counsellor_part").id,
                "unit_id": self.centre.id,
                "partner_id": partner.id,
                "pledge_date": "2026-09-01",
            }
        )
        membership._do_appoint(self.env.ref("base.user_root"))
        vals = {"partner_id": partner.id, "name": "Known", "login": "known"}
        with self.assertRaises(AccessError):
            self.as_admin("psych.staff.account").create(vals).action_create()
        wizard = self.env["psych.staff.account"].with_user(self.u_head).create(vals)
        wizard.action_create()
        self.assertTrue(wizard.user_id.has_group("psych_health.group_psych_health_counsellor"))

    def test_operator_makes_the_first_administrator_only(self):
        school = self.env["res.company"].create({"name": "Fresh school"})
        operator = self.env.ref("base.user_admin")
        operator.company_ids += school
        env = self.env(user=operator, context={"allowed_company_ids": school.ids})
        wizard = env["psych.staff.account"].create({"name": "First", "login": "first.admin"})
        self.assertTrue(wizard.is_first)
        wizard.action_create()
        self.assertTrue(wizard.user_id.has_group("psych_health.group_psych_health_admin"))
        self.assertFalse(wizard.user_id.has_group("base.group_system"))
        with self.assertRaises(AccessError):
            env["psych.staff.account"].create({"name": "Second", "login": "second.admin"}).action_create()

    def test_others_make_no_accounts(self):
        for user in (self.u_tutor, self.u_centre, self.u_office, self.u_leader):
            with self.assertRaises(AccessError):
                self.env["psych.staff.account"].with_user(user).create({"name": "x", "login": "x"})

    def test_vacancies_and_nomination(self):
        row = self.as_admin("psych.vacancy").search(
            [("unit_id", "=", self.class_a2.id), ("post_id.code", "=", "tutor")]
        )
        self.assertEqual((row.required, row.filled, row.missing), (1, 0, 1))
        action = row.action_nominate()
        self.assertEqual(action["context"]["default_unit_id"], self.class_a2.id)
        filled = self.as_admin("psych.vacancy").search(
            [("unit_id", "=", self.class_a1.id), ("post_id.code", "=", "tutor")]
        )
        self.assertEqual(filled.missing, 0)
        self.assertFalse(self.as_admin("psych.vacancy").search([("company_id", "!=", self.company.id)]))

    def test_renewal_of_a_clinical_post_takes_two(self):
        membership = self.env["psych.membership"].search([("user_id", "=", self.u_counsellor.id)])
        end = membership.date_end
        membership.with_user(self.u_admin).action_renew()
        self.assertEqual(membership.date_end, end)
        with self.assertRaises(UserError):
            membership.with_user(self.u_admin).action_confirm_renewal()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            membership.with_user(self.u_admin).write({"date_end": "2030-01-01"})
        membership.with_user(self.u_head).action_confirm_renewal()
        self.assertEqual(membership.date_end, date(2028, 8, 31))

    def test_new_semester(self):
        """Autumn of the third year: the old class leaves, posts are renewed, nothing happens before «Apply»."""
        self.env["psych.term"].create(
            {
                "year_start": 2027,
                "semester": "2",
                "date_start": "2028-02-28",
                "date_end": "2028-07-14",
                "company_id": self.company.id,
            }
        )
        member = self.appoint("class_member", self.class_a1, self.students[0], date_end="2028-08-31")
        wizard = self.as_admin("psych.term.assistant").create({})
        self.assertEqual((wizard.year_start, wizard.semester, wizard.date_start.weekday()), (2028, "1", 0))
        wizard.action_next()
        self.assertEqual(wizard.leaver_ids.unit_id, self.class_b1 | self.class_b2)
        wizard.leaver_ids.filtered(lambda line: line.unit_id == self.class_b2).choice = "keep"
        wizard.action_next()
        self.assertIn(member, wizard.post_ids.membership_id)
        wizard.action_back()
        wizard.action_next()
        wizard.action_next()
        self.assertEqual(wizard.leaving_count, 2)
        self.assertTrue(self.class_b1.active)
        wizard.action_apply()
        self.assertFalse(self.class_b1.active)
        self.assertEqual(
            set(self.students.filtered(lambda s: s.class_id == self.class_b1).mapped("enrolment_state")),
            {"graduated"},
        )
        self.assertEqual(member.date_end, date(2029, 8, 31))
        self.assertFalse(self.u_tutor_b.has_group("psych_health.group_psych_health_tutor"))

    def test_merge_through_the_wizard(self):
        wizard = (
            self.as_admin("psych.unit.merge")
            .with_context(active_model="psych.unit", active_ids=(self.class_a1 | self.class_a2).ids)
            .create({"target_id": self.class_a1.id})
        )
        self.assertEqual(wizard.student_count, 2)
        wizard.action_merge()
        self.assertEqual(len(self.class_a1.student_ids), 4)

    def test_letter_and_pledge_are_printed(self):
        """The PDFs carry person, post and unit (S1-Art6-c)."""
        membership = (
            self.env["psych.membership"]
            .search([("user_id", "=", self.u_counsellor.id)])
            .with_user(self.u_admin)
        )
        for report in ("letter", "pledge"):
            content, kind = (
                self.env["ir.actions.report"]
                .with_user(self.u_admin)
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(f"psych_health.psych_membership_{report}", membership.ids)
            )
            self.assertEqual(kind, "pdf")
            text = PdfReader(BytesIO(content)).pages[0].extract_text()
            for word in (membership.person_name, "Part-time counsellor", "Centre"):
                self.assertIn(word, text.replace("\n", " "))
