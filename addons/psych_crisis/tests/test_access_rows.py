from odoo.tests import TransactionCase, tagged


@tagged("psych_crisis", "security")
class TestAccessRows(TransactionCase):
    """Every role with an access row has a rule of its own; without one it would see every row."""

    def test_each_group_of_an_access_row_has_a_rule(self):
        models = self.env["ir.model"].search([("model", "=like", "psych.crisis.%")])
        lacking = []
        for access in self.env["ir.model.access"].search([("model_id", "in", models.ids)]):
            if access.model_id.transient:
                continue
            groups = access.group_id.all_implied_ids | access.group_id
            rules = self.env["ir.rule"].search([("model_id", "=", access.model_id.id)])
            if not any(rule.groups & groups for rule in rules):
                lacking.append(f"{access.model_id.model} {access.group_id.name}")
        self.assertFalse(lacking)

    def test_nothing_is_deleted_by_a_role(self):
        rows = self.env["ir.model.access"].search(
            [
                (
                    "model_id.model",
                    "in",
                    (
                        "psych.crisis.signal",
                        "psych.crisis.case",
                        "psych.crisis.attention",
                        "psych.crisis.case.entry",
                    ),
                ),
                ("perm_unlink", "=", True),
            ]
        )
        self.assertFalse(rows)
