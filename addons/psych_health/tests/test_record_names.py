"""What a record is called in breadcrumbs and links: words of the college in its own time, never a table name or a second."""

from odoo.tests import tagged

from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install", "psych_health")
class TestRecordNames(CounsellingCommon):
    """Names that people read."""

    def test_who_can_be_opened_has_a_name(self):
        actions = self.env["ir.actions.act_window"].search([("res_model", "=like", "psych.%")])
        models = {self.env[action.res_model] for action in actions if "form" in (action.view_mode or "")}
        self.assertGreater(len(models), 20)
        for model in models:
            if model._transient or not model._auto:
                continue
            owners = [cls for cls in type(model).__mro__ if "_compute_display_name" in vars(cls)]
            own = getattr(owners[0], "_name", "base") != "base"
            kind = model._fields[model._rec_name].type if model._rec_name else None
            with self.subTest(model=model._name):
                self.assertTrue(own or kind, "the breadcrumb would show the table and a number")
                self.assertTrue(own or kind != "datetime", "the breadcrumb would show seconds")

    def test_a_choice_is_named_by_its_words(self):
        scope = self.env["psych.scope"].sudo().search([("role", "!=", False)], limit=1)
        words = dict(scope._fields["role"]._description_selection(self.env))
        self.assertEqual(scope.display_name, words[scope.role])

    def test_a_moment_is_named_in_the_time_of_the_college(self):
        group = self.env["psych.group"].create(
            {"name": "Calm before exams", "leader_id": self.ann.id, "company_id": self.company.id}
        )
        meeting = self.env["psych.group.session"].create({"group_id": group.id, "start": at("14:30")})
        self.assertRegex(meeting.display_name, r"^Calm before exams \d{4}-\d\d-\d\d 14:30$")
