"""Every model with confidential content of every installed addon keeps the rules: no line per model needed.

What a model must behave like is proven on toy models (tests/addons/test_psych); here the declarations are
checked, so that a later model that forgets one of them fails by its name.
"""

from lxml import etree

from odoo.tests import TransactionCase, tagged

from odoo.addons.psych_health.models.privacy.psych_gate import RIGHTS
from odoo.addons.psych_health.tools import confidential


@tagged("security", "post_install", "-at_install")
class TestConfidentialModels(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.names = confidential.confidential_models(cls.env)

    def each(self):
        return [(name, self.env[name]) for name in self.names]

    def test_built_on_the_mixin_with_a_right(self):
        for _name, model in self.each():
            self.assertTrue(hasattr(model, "_psych_open_texts"))
            self.assertIn(model._psych_content_right, dict(RIGHTS))

    def test_student_is_a_column(self):
        """The text is bound to a column of the same row; where there is none, a path says so or nobody."""
        for name, model in self.each():
            field = model._psych_student_field
            if field:
                self.assertIn(field, model._fields, f"{name}: set _psych_student_field = None")
                self.assertTrue(model._fields[field].store and model._fields[field].type == "many2one")
            path = self.env["psych.gate"]._student_path(model)
            if path:
                model.search([(path, "in", [1])], limit=1)

    def test_someone_is_named_in_the_matrix(self):
        for name, model in self.each():
            if name == "psych.document" or model._psych_link_opens:
                continue
            rows = self.env["psych.content.right"]._rows(name, model._psych_content_right)
            self.assertTrue(rows, f"{name}: no row of psych.content.right, nobody can read it")
            for row in rows:
                model.search(row._domain(self.env.uid), limit=1)

    def test_never_the_name_of_a_record(self):
        for name, model in self.each():
            texts = confidential.confidential_names(model)
            self.assertNotIn(model._rec_name, texts)
            for searched in model._rec_names_search or ():
                self.assertNotIn(searched.split(".")[0], texts)
            self.assertNotIn((model._order or "").split(" ")[0], texts, name)

    def test_columns_are_noise(self):
        for _name, model in self.each():
            for field in confidential.confidential_names(model):
                self.assertFalse(model._fields[field].store)
                column = model._fields[field + confidential.SUFFIX]
                self.assertTrue(column.store and not column.copy)
                self.assertEqual(column.groups, ".")

    def test_no_plain_copy_of_a_text(self):
        """No stored field follows a confidential one."""
        for name in self.names:
            texts = set(confidential.confidential_names(self.env[name]))
            for model in self.env.registry.values():
                for field in model._fields.values():
                    if field.store and field.related and not model._abstract:
                        self.assertFalse(
                            field.related_field.model_name == name and field.related_field.name in texts,
                            f"{field} keeps a copy of {name}",
                        )

    def test_windows_and_views_keep_nothing(self):
        for name, _model in self.each():
            for action in self.env["ir.actions.act_window"].search([("res_model", "=", name)]):
                self.assertFalse(action.cache, action.xml_id)

    def test_no_clear_text_box(self):
        """A text box on a form or list of a confidential model is confidential, or the model says why not.

        ``_psych_clear_text = {"place": "a room, for whoever goes there"}`` on the model is the one line.
        """
        found = set()
        for name, model in self.each():
            stated = {"name", "number", *getattr(model, "_psych_clear_text", {})}
            views = self.env["ir.ui.view"].search([("model", "=", name), ("type", "in", ("form", "list"))])
            for view in views:
                for node in etree.fromstring(view.arch).iter("field"):
                    field = model._fields.get(node.get("name"))
                    if self._takes_text(field, node) and field.name not in stated:
                        found.add(str(field))
        self.assertFalse(found, "typed text would stand in clear")

    def _takes_text(self, field, node):
        return (
            field is not None
            and field.store
            and field.type in ("char", "text", "html")
            and not field.readonly
            and node.get("readonly") not in ("1", "True")
        )

    def test_mixin_before_chat(self):
        for name, model in self.each():
            order = [cls._name for cls in type(model).mro() if getattr(cls, "_name", None)]
            if "mail.thread" in order:
                self.assertLess(order.index("psych.confidential.mixin"), order.index("mail.thread"), name)

    def test_not_kept_by_other_addons(self):
        if "auditlog.rule" not in self.env:
            return
        rules = self.env["auditlog.rule"].search([]).model_id.mapped("model")
        self.assertFalse(set(rules) & set(self.names))
