"""Scales as data: frozen once released, versions, files, wording."""

import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import scale_file

from ..models.screening.psych_scale_file import RELEASED, SHIPPED
from .common import PsychCommon


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychScale(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phq = cls.env.ref("psych_health.psych_scale_phq_9")

    def draft(self):
        scale = self.phq._copy_version()
        return scale

    def test_shipped(self):
        for code in SHIPPED:
            scale = self.env.ref(f"psych_health.psych_scale_{code.lower().replace('-', '_')}")
            self.assertEqual(scale.state, "released" if code in RELEASED else "draft", code)
            self.assertFalse(scale.company_id)
            self.assertEqual(scale._vector_faults(), [], code)
            if code not in RELEASED:
                self.assertEqual(scale.wording, "none")
                self.assertFalse(any(scale.item_ids.mapped("text")), f"{code} ships no wording")
        self.assertEqual(self.phq.wording, "own")
        self.assertTrue(self.phq.wording_note)

    def test_loading_again_changes_nothing(self):
        before = self.env["psych.scale"].search_count([])
        self.env["psych.scale"]._load_shipped()
        self.assertEqual(self.env["psych.scale"].search_count([]), before)

    def test_released_is_frozen(self):
        item, factor, flag = self.phq.item_ids[0], self.phq.factor_ids[0], self.phq.flag_ids[0]
        for call in (
            lambda: self.phq.write({"min_seconds_per_item": 0}),
            lambda: self.phq.write({"state": "draft"}),
            lambda: self.phq.write({"definition": {}}),
            lambda: item.write({"text": "other"}),
            lambda: item.unlink(),
            lambda: factor.write({"multiplier": 2}),
            lambda: factor.band_ids[0].write({"min_score": 1}),
            lambda: flag.write({"urgency": "watch"}),
            lambda: flag.term_ids[0].write({"value": 3}),
            lambda: self.phq.unlink(),
            lambda: self.env["psych.scale.item"].create({"scale_id": self.phq.id, "code": "99"}),
            lambda: self.phq.vector_ids[0].unlink(),
        ):
            with self.assertRaises(UserError):
                call()

    def test_new_version_can_change_and_must_pass(self):
        scale = self.draft()
        self.assertEqual((scale.state, scale.version, scale.company_id), ("draft", "2", self.company))
        self.assertEqual(
            scale._digest(scale._key()), self.phq.number_digest, "the same numbers have the same fingerprint"
        )
        scale.vector_ids[0].expected = json.dumps({"scores": {"total": 99}})
        with self.assertRaises(UserError) as refusal:
            scale.action_release()
        self.assertIn("99", str(refusal.exception))
        scale.vector_ids[0].unlink()
        scale.action_release()
        self.assertEqual(scale.state, "released")
        self.assertEqual(scale.number_digest, self.phq.number_digest)

    def test_release_wants_wording_and_vectors(self):
        scale = self.env.ref("psych_health.psych_scale_scl_90")
        with self.assertRaises(UserError):
            scale.action_release()
        bare = self.draft()
        bare.vector_ids.unlink()
        with self.assertRaises(UserError):
            bare.action_release()

    def test_wording_changes_no_number(self):
        texts = {str(number): f"official {number}" for number in range(1, 10)}
        new = self.phq._load_wording(texts, "zh_CN")
        self.assertEqual((new.wording, new.state, new.previous_id), ("official", "draft", self.phq))
        self.assertEqual(new.with_context(lang="zh_CN").item_ids[0].text, "official 1")
        new.action_release()
        self.assertEqual(new.number_digest, self.phq.number_digest)
        texts.pop("3")
        with self.assertRaises(UserError):
            self.phq._load_wording(texts, "zh_CN")

    def test_wording_on_a_key(self):
        scale = self.env.ref("psych_health.psych_scale_who_5")
        scale._load_wording({str(number): f"text {number}" for number in range(1, 6)}, "zh_CN")
        scale.action_release()
        self.assertEqual(scale.state, "released")

    def test_files_round_trip(self):
        """Every shipped scale comes back from every kind of file as it went out, and scores alike."""
        for code in SHIPPED:
            scale = self.env.ref(f"psych_health.psych_scale_{code.lower().replace('-', '_')}")
            spec = scale._export_spec()
            for kind in ("json", "xlsx", "fhir"):
                name, content = scale._export_file(kind)
                again = self.env["psych.scale"]._read_file(name, content)
                self.assertEqual(self.bare(again), self.bare(spec), f"{code} {kind}")
            copy = self.env["psych.scale"]._import_spec({**again, "version": "8"}, self.company)
            self.assertEqual(
                self.bare({**copy._export_spec(), "version": spec["version"]}), self.bare(spec), code
            )
            self.assertEqual(copy._digest(copy._key()), scale._digest(scale._key()), code)
            self.assertEqual(copy._vector_faults(), [], code)

    @staticmethod
    def bare(spec):
        return json.loads(
            json.dumps(
                {name: part for name, part in spec.items() if part not in ("", [], {})}, sort_keys=True
            )
        )

    def test_numbers_survive_the_file(self):
        for code in ("SCL-90", "PSQI"):
            scale = self.env.ref(f"psych_health.psych_scale_{code.lower().replace('-', '_')}")
            copy = self.env["psych.scale"]._import_spec(
                {**scale._export_spec(), "version": "77"}, self.company
            )
            self.assertEqual(copy._digest(copy._key()), scale._digest(scale._key()), code)
            self.assertEqual(copy._vector_faults(), [])

    def test_foreign_fhir_questionnaire(self):
        resource = {
            "resourceType": "Questionnaire",
            "status": "active",
            "name": "WellBeing",
            "title": "Well-being",
            "version": "3",
            "item": [
                {
                    "linkId": "g",
                    "type": "group",
                    "item": [
                        {
                            "linkId": "a",
                            "text": "First",
                            "type": "choice",
                            "answerOption": [
                                {"valueCoding": {"code": "no", "display": "No"}},
                                {"valueCoding": {"code": "yes", "display": "Yes"}},
                            ],
                        },
                        {"linkId": "b", "text": "Second", "type": "boolean"},
                    ],
                }
            ],
        }
        spec = self.env["psych.scale"]._read_file("q.json", json.dumps(resource).encode())
        scale = self.env["psych.scale"]._import_spec(spec, self.company)
        self.assertEqual(scale.item_ids.mapped("code"), ["a", "b"])
        self.assertEqual(scale.state, "draft")

    def test_broken_files_are_said(self):
        Scale = self.env["psych.scale"]
        for name, content in (
            ("a.json", b"{"),
            ("a.json", b"{}"),
            ("a.xlsx", b"zip"),
            ("a.json", b'{"resourceType": "Questionnaire"}'),
        ):
            with self.assertRaises(UserError):
                Scale._read_file(name, content)
        spec = self.phq._export_spec()
        spec["factors"][0]["items"] = ["nowhere"]
        with self.assertRaises(UserError):
            Scale._import_spec(spec)

    def test_another_norm_gives_a_second_result(self):
        scale = self.env.ref("psych_health.psych_scale_scl_90")
        fixed, adult = scale.norm_ids.sorted("sequence")
        scores = {"somatization": 2.1, "phobic": 2.1, "depression": 2.1}
        self.assertTrue(fixed._over(scores)["depression"])
        self.assertFalse(adult._over(scores)["depression"], "2.68 by mean + 2 SD")
        self.assertTrue(adult._over(scores)["phobic"], "2.05 by mean + 2 SD")
        self.assertAlmostEqual(adult.line_ids[0].limit, 2.33, 2)

    def test_item_values_fit_a_byte(self):
        with self.assertRaises(ValidationError):
            self.env["psych.scale.item"].create({"scale_id": self.draft().id, "code": "x", "max_value": 255})

    def test_a_school_builds_its_own_without_code(self):
        Scale = self.env["psych.scale"].with_user(self.u_admin)
        scale = Scale.create(
            {
                "code": "OWN",
                "name": "Own",
                "wording": "own",
                "company_id": self.company.id,
                "min_seconds_per_item": 0,
                "item_ids": [
                    (0, 0, {"code": "1", "text": "one"}),
                    (0, 0, {"code": "2", "text": "two", "is_reverse": True}),
                ],
            }
        )
        factor = (
            self.env["psych.scale.factor"]
            .with_user(self.u_admin)
            .create(
                {
                    "scale_id": scale.id,
                    "code": "t",
                    "name": "Total",
                    "item_ids": [(6, 0, scale.item_ids.ids)],
                    "is_main": True,
                    "band_ids": [
                        (0, 0, {"min_score": 0, "max_score": 2, "name": "low"}),
                        (0, 0, {"min_score": 3, "max_score": 6, "name": "high"}),
                    ],
                }
            )
        )
        self.env["psych.scale.vector"].with_user(self.u_admin).create(
            {
                "scale_id": scale.id,
                "name": "edge",
                "answers": "1,1",
                "expected": '{"scores": {"t": 3}, "bands": {"t": 1}}',
            }
        )
        self.assertEqual(factor._key()["bands"][1]["min"], 3)
        scale.action_release()
        self.assertEqual(scale.state, "released")

    def test_shared_scales_are_read_only_to_schools(self):
        who5 = self.env.ref("psych_health.psych_scale_who_5")
        for user in (self.u_admin, self.u_head):
            with self.assertRaises(AccessError):
                who5.with_user(user).write({"name": "x"})
        with self.assertRaises(AccessError):
            self.env["psych.scale"].with_user(self.u_tutor).create(
                {"code": "T", "name": "T", "company_id": self.company.id}
            )
        other = self.env["res.company"].create({"name": "Other school"})
        foreign = self.env["psych.scale"].create({"code": "F", "name": "F", "company_id": other.id})
        self.assertFalse(self.env["psych.scale"].with_user(self.u_admin).search([("id", "=", foreign.id)]))
        self.assertTrue(scale_file.FORMAT)
