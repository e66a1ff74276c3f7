"""The checks that psych_health makes over the registry, here with the models of this addon in it."""

from odoo.tests import tagged

from odoo.addons.psych_health.tests import (
    test_confidential_models,
    test_lockout_rules,
    test_partial_indexes,
    test_record_names,
)


@tagged("post_install", "-at_install", "security", "psych_crisis")
class TestConfidentialModelsOfCrisis(test_confidential_models.TestConfidentialModels):
    """Every confidential model of both addons keeps the rules."""

    allow_inherited_tests_method = True


@tagged("post_install", "-at_install", "security", "psych_crisis")
class TestLockoutRulesOfCrisis(test_lockout_rules.TestLockoutRules):
    """Every table about a student of both addons has the lock-out rule."""

    allow_inherited_tests_method = True


@tagged("post_install", "-at_install", "psych_crisis")
class TestPartialIndexesOfCrisis(test_partial_indexes.TestPartialIndexes):
    """Every partial index of both addons is found by a domain."""

    allow_inherited_tests_method = True


@tagged("post_install", "-at_install", "psych_crisis")
class TestRecordNamesOfCrisis(test_record_names.TestRecordNames):
    """Every record of both addons that can be opened has a name."""

    allow_inherited_tests_method = True
