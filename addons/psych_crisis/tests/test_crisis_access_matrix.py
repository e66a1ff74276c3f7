"""Tests generated from the tables in ``access_matrix/``: each role, and each pair of roles in one person."""

from collections import defaultdict

from odoo.tests import tagged

from odoo.addons.psych_health.tests.access_matrix import OPERATIONS
from odoo.addons.psych_health.tests.test_access_matrix import MatrixCase, MatrixOfRooms

from . import access_matrix


@tagged("psych_crisis", "security")
class TestCrisisAccessMatrix(MatrixOfRooms, MatrixCase):
    """What a role may do stands in the table, and nothing else."""

    matrix = access_matrix

    def test_every_table_stands_in_the_matrix(self):
        """A new table without a row here fails at once; machine tables and rows told elsewhere are named."""
        told = {
            "psych.crisis.heartbeat",  # one row per job, no person
            "psych.crisis.message",  # queue: head of the centre reads, the machine writes
            "psych.crisis.addressee",  # who was told: follows the signal or case
        }
        known = {key.split("/")[0] for room in access_matrix.rooms() for key in access_matrix.load(room)}
        tables = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("psych.crisis.") and not model._transient and not model._abstract
        }
        self.assertEqual(tables - known - told, set())

    def test_every_right_is_bounded_by_a_rule_of_the_role(self):
        rules = defaultdict(list)
        for rule in self.env["ir.rule"].search([("model_id.model", "=like", "psych.crisis.%")]):
            rules[rule.model_id.model].append(rule)
        naked = []
        for access in self.env["ir.model.access"].search([("model_id.model", "=like", "psych.crisis.%")]):
            model = access.model_id.model
            if self.env[model]._transient:
                continue
            groups = access.group_id | access.group_id.all_implied_ids
            for operation in OPERATIONS:
                if access[f"perm_{operation}"] and not any(
                    rule[f"perm_{operation}"] and rule.groups & groups for rule in rules[model]
                ):
                    naked.append(f"{access.name}: {operation}")
        self.assertFalse(naked)
