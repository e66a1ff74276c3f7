"""Ids that a person types, conditions on rows, links of telephones: what core would answer too freely."""

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .common import PsychCommon


@tagged("post_install", "-at_install", "security")
class TestTypedIds(PsychCommon):
    """A form shows what follows from the rows it points at: only rows that the person may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.students[6]  # college B
        cls.talks = cls.env["psych.talk"].with_user(cls.u_tutor)
        cls.spec = {
            "student_id": {"fields": {"display_name": {}}},
            "class_id": {"fields": {"display_name": {}}},
        }

    def test_a_student_of_others_is_not_shown_by_a_form(self):
        for values, names, context in (
            ({"student_id": self.stranger.id}, ["student_id"], {}),
            ({}, [], {"default_student_id": self.stranger.id}),
        ):
            with self.assertRaises(AccessError):
                self.talks.with_context(**context).onchange(values, names, self.spec)

    def test_an_id_is_an_id_however_it_is_written(self):
        """Core takes a dict as a row with this id as its origin, a plain id and a dict among the lines of a relation."""
        for value in ({"id": self.stranger.id}, {"id": self.stranger.id, "name": "X"}):
            with self.assertRaises(AccessError):
                self.talks.onchange({"student_id": value}, ["student_id"], self.spec)
            with self.assertRaises(AccessError):
                self.talks.with_context(default_student_id=value).onchange({}, [], self.spec)
        units = self.env["psych.unit"].with_user(self.u_tutor)
        spec = {"student_ids": {"fields": {"display_name": {}, "name": {}}}}
        for lines in (
            [self.stranger.id],
            [{"id": self.stranger.id}],
            [Command.set([self.stranger.id])],
            [Command.update(self.stranger.id, {})],
            [(Command.LINK, self.stranger.id, {})],
            [Command.link(str(self.stranger.id))],
        ):
            with self.assertRaises(AccessError, msg=str(lines)):
                units.onchange({"student_ids": lines}, ["student_ids"], spec)

    def test_another_school_is_not_named(self):
        """Core's sentence about two companies names the row of the other one (S1: names leave the school)."""
        foreign = self.env["res.company"].create({"name": "Other school"})
        college = self.make_unit("College X", "college", foreign.psych_unit_id)
        group = self.make_unit("Class X", "class", college, entry_year=2026)
        student = self.make_student("X1", "Foreign student", group, company_id=foreign.id)
        self.env.flush_all()
        with self.assertRaises(UserError) as refused:
            self.talks.create({"student_id": student.id, "date": "2026-11-20"})
        self.assertNotIn("Foreign student", str(refused.exception))
        self.assertIn("another school", str(refused.exception))

    def test_the_own_student_is_shown(self):
        own = self.students[0]
        answer = self.talks.onchange({"student_id": own.id}, ["student_id"], self.spec)
        self.assertEqual(answer["value"]["class_id"]["id"], own.class_id.id)
        answer = self.talks.with_context(default_student_id=own.id).onchange({}, [], self.spec)
        self.assertEqual(answer["value"]["student_id"]["id"], own.id)

    def test_lines_of_a_form_are_checked_as_well(self):
        units = self.env["psych.unit"].with_user(self.u_admin)
        foreign = self.env["res.company"].create({"name": "Other school"})
        college = self.make_unit("College X", "college", foreign.psych_unit_id)
        spec = {"child_ids": {"fields": {"parent_id": {"fields": {"display_name": {}}}}}}
        for command in (Command.link(college.id), Command.create({"guided_by_id": college.id})):
            with self.assertRaises(AccessError):
                units.onchange({"child_ids": [command]}, ["child_ids"], spec)
        units.onchange({"child_ids": [Command.link(self.college_a.id)]}, ["child_ids"], spec)

    def test_wizards_take_no_hidden_row(self):
        wizard = self.env["psych.unit.merge"].with_user(self.u_admin)
        foreign = self.env["res.company"].create({"name": "Other school"})
        with self.assertRaises(AccessError):
            wizard.create({"target_id": foreign.psych_unit_id.id})


@tagged("post_install", "-at_install", "security")
class TestRowsOfOthers(PsychCommon):
    """``!= False`` and ``in`` keep to the rules of the rows, as ``any`` does."""

    def test_a_hold_is_not_found_by_its_student(self):
        student = self.students[0]
        contact = self.env["psych.family.contact"].create(
            {"student_id": student.id, "name": "Mother", "relation": "mother", "phone": "1"}
        )
        mine = self.env["psych.student"].with_user(self.make_reader(student))
        self.assertEqual(mine.search([]), student)
        for domain in (
            [("family_contact_ids", "!=", False)],
            [("family_contact_ids", "in", contact.ids)],
            [("family_contact_ids", "=", contact.id)],
        ):
            try:
                found = mine.search(domain)
            except AccessError:
                continue
            self.assertFalse(found, domain)
        tutor = self.env["psych.student"].with_user(self.u_tutor)
        self.assertEqual(tutor.search([("family_contact_ids", "!=", False)]), student)
        self.assertEqual(tutor.search([("family_contact_ids", "in", contact.ids)]), student)
        self.assertNotIn(student, tutor.search([("family_contact_ids", "=", False)]))
        self.assertNotIn(student, tutor.search([("family_contact_ids", "not in", contact.ids)]))
        self.assertIn(student, tutor.search([("family_contact_ids", "in", [False, *contact.ids])]))

    def test_no_relation_searches_past_the_rules(self):
        """Rules run with ``sudo()`` anyway; on rows about students the flag would open searches to everybody."""
        past = {
            f"{name}.{field.name}"
            for name, model in self.env.registry.items()
            if not model._abstract
            for field in model._fields.values()
            if getattr(field, "bypass_search_access", False)
            and field.comodel_name.startswith("psych.")
            and field.comodel_name not in ("psych.scope", "psych.lockout")
        }
        self.assertFalse(past)

    def make_reader(self, student):
        """Return the portal user of ``student``: reads the own row, no contacts."""
        return student.user_id or self.make_portal(student)


@tagged("post_install", "-at_install", "security")
class TestTelephones(TransactionCase):
    """No button sends a text message about a student through a service of others (core's SMS by IAP)."""

    def test_no_text_message_beside_a_telephone(self):
        views = self.env["ir.ui.view"].search([("model", "=like", "psych.%"), ("arch_db", "ilike", "phone")])
        self.assertTrue(views)
        offered = [
            f"{view.xml_id}: {node.get('name')}"
            for view in views
            for node in etree.fromstring(view.arch).iter("field")
            if node.get("widget") == "phone" and "'enable_sms': False" not in (node.get("options") or "")
        ]
        self.assertFalse(offered)

    def test_public_lines_stand_in_one_place(self):
        company = self.env["res.company"].create({"name": "Quiet", "psych_police_phone": False})
        self.assertEqual([number for _who, number in company._psych_public_lines()], ["120"])
        pages = self.env["ir.ui.view"].search([("key", "=like", "psych_%"), ("type", "=", "qweb")])
        typed = [
            page.key
            for page in pages
            for number in ("tel:110", "tel:120", "12356")
            if number in (page.arch or "")
        ]
        self.assertTrue(len(pages) > 20)
        self.assertFalse(typed)
