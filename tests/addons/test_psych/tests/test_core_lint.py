import importlib
import unittest
from pathlib import Path
from unittest.mock import patch

from odoo.modules import Manifest
from odoo.tests import BaseCase, TransactionCase, tagged

OURS = ("psych_health", "psych_crisis", "test_psych")
LINT = "odoo.addons.test_lint.tests."


def core(name):
    """Return a module of core's test_lint; the case is skipped where a tree of Odoo comes without it."""
    try:
        return importlib.import_module(LINT + name)
    except ImportError as error:
        raise unittest.SkipTest(str(error)) from error


def is_ours(model_cls):
    """Tell whether one of our addons defines or extends this model."""
    return any(part in OURS for cls in model_cls.mro() for part in cls.__module__.split(".")[2:3])


def manifests():
    """Return the manifests of our addons."""
    return [manifest for name in OURS if (manifest := Manifest.for_addon(name))]


@tagged("post_install", "-at_install")
class TestCoreLintFiles(BaseCase):
    """Core's test_lint on the files of our addons: manifests, imports, onchange domains, words in scripts."""

    def run_core(self, module, case, method):
        check = getattr(core(module), case)(method)
        with patch.object(Manifest, "all_addon_manifests", manifests):
            result = unittest.TestResult()
            check.run(result)
        self.assertTrue(result.testsRun)
        self.assertFalse([text for _case, text in [*result.failures, *result.errors]])

    def test_manifests(self):
        self.run_core("test_manifests", "ManifestLinter", "test_manifests")

    def test_orm_import(self):
        """Core's rule, but for one file: core has no public way to say how a condition is asked."""
        pattern = core("test_orm_import").import_orm_re
        files = [path for manifest in manifests() for path in Path(manifest.path).rglob("*.py")]
        found = {
            path.name
            for path in files
            if any(map(pattern.match, path.read_text(encoding="utf-8").splitlines()))
        }
        self.assertGreater(len(files), 100)
        self.assertEqual(found, {"x2many_condition.py"})

    def test_dunderinit(self):
        self.run_core("test_dunderinit", "TestDunderinit", "test_dunderinit")

    def test_onchange_domains(self):
        self.run_core("test_onchange_domains", "TestOnchangeDomains", "test_forbid_domains_in_onchanges")

    def test_js_translations(self):
        self.run_core("test_jstranslate", "TestJsTranslations", "test_js_translations")

    def test_translatable_props(self):
        self.run_core("test_i18n", "TestI18n", "test_user_content_as_prop_is_translatable")


@tagged("post_install", "-at_install")
class TestCoreLintModels(TransactionCase):
    """Core's test_lint on the models that our addons define or extend: signatures, names, docstrings, indexes."""

    def run_core(self, module, case, method):
        """Run a case of core on our models alone.

        :return: the messages of its failures
        """
        module = core(module)
        models = {name: cls for name, cls in self.registry.items() if is_ours(cls)}
        self.assertTrue(models)
        check = getattr(module, case)(method)
        result = unittest.TestResult()
        with (
            patch.object(module, "Registry", lambda _name: models),
            patch.object(BaseCase, "setUpClass"),  # this class is set up already
        ):
            check.setUpClass()
            check.run(result)
        return [text for _case, text in [*result.failures, *result.errors]]

    def test_override_signatures(self):
        found = self.run_core(
            "test_override_signatures", "TestLintOverrideSignatures", "test_lint_override_signature"
        )
        self.assertFalse([text for text in found if any(name in text for name in OURS)])

    def test_rpc_parameters(self):
        self.assertFalse(self.run_core("test_naming", "TestNaming", "test_parameter_rpc_compatible"))

    def test_docstrings(self):
        found = self.run_core("test_docstring", "TestDocstring", "test_docstring")
        self.assertFalse([text for text in found if any(name in text for name in OURS)])

    def test_indexes_of_one2many(self):
        check = core("test_index").TestIndex("test_enforce_index_on_one2many_inverse")
        check.env = self.env
        with patch.object(check, "fail", self.missing_index):
            check.test_enforce_index_on_one2many_inverse()

    def missing_index(self, message):
        """Fail on inverse fields of ours that begin no index of their table."""
        fields = [
            line.split(" ")[0].rpartition(".") for line in message.splitlines() if line.startswith("psych.")
        ]
        missing = [
            f"{model}.{field}" for model, _dot, field in fields if not self.begins_an_index(model, field)
        ]
        self.assertFalse(missing, "a one2many without index on its inverse")

    def begins_an_index(self, model, field):
        self.env.cr.execute(
            """SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = %s::regclass AND a.attname = %s AND i.indpred IS NULL""",
            (self.env[model]._table, field),
        )
        return bool(self.env.cr.fetchone())
