"""Scoring without a database: edges of every band, missing answers, rules, validity, single = batch."""

import json
import random

from odoo.tests import BaseCase, tagged
from odoo.tools import file_path

from odoo.addons.psych_health.tools import scoring, sheet, suppress
from odoo.addons.psych_health.tools.scoring import MISSING, Key

from ..models.screening.psych_scale_file import SHIPPED


def load(code):
    with open(
        file_path(f"psych_health/data/screening/scales/{code.lower().replace('-', '_')}.json"),
        encoding="utf-8",
    ) as handle:
        return json.load(handle)


def packed(text):
    return bytes(MISSING if not part else int(part) for part in text.split(","))


@tagged("psych_screening")
class TestScoring(BaseCase):
    def test_every_vector_of_every_shipped_scale(self):
        count = 0
        for code in SHIPPED:
            spec = load(code)
            if spec.get("kind") == "imported":
                continue
            key = Key(spec)
            for vector in spec["vectors"]:
                row = packed(vector["answers"])
                key.check(row)
                result = key.score(row, vector.get("seconds"))
                expected = vector["expected"]
                where = f"{code}: {vector['name']}"
                scores = dict(zip(key.factor_codes, result.scores, strict=True))
                bands = dict(zip(key.factor_codes, result.bands, strict=True))
                for factor, score in expected.get("scores", {}).items():
                    if score is None:
                        self.assertIsNone(scores[factor], where)
                    else:
                        self.assertAlmostEqual(scores[factor], score, 9, where)
                for factor, band in expected.get("bands", {}).items():
                    self.assertEqual(bands[factor], band, where)
                self.assertEqual(sorted(result.flags), sorted(expected.get("flags", result.flags)), where)
                self.assertEqual(result.validity, expected["validity"], where)
                count += 1
        self.assertGreater(count, 200)

    def test_each_band_edge_has_a_vector(self):
        """On both sides of every edge of every factor some vector scores the number next to the edge."""
        edges = 0
        for code in SHIPPED:
            spec = load(code)
            if spec.get("kind") == "imported":
                continue
            key = Key(spec)
            results = [key.score(packed(v["answers"]), v.get("seconds") or None) for v in spec["vectors"]]
            for index, factor in enumerate(spec["factors"]):
                bands = factor.get("bands") or ()
                self.assertLessEqual(
                    set(range(len(bands))),
                    {result.bands[index] for result in results},
                    f"{code} {factor['code']}",
                )
                scored = {result.scores[index] for result in results} - {None}
                for edge in self.next_to_edges(spec, factor, key.factors[index]):
                    edges += 1
                    self.assertTrue(
                        any(abs(edge - score) < 1e-9 for score in scored), f"{code} {factor['code']}: {edge}"
                    )
        self.assertGreater(edges, 120)

    @staticmethod
    def next_to_edges(spec, factor, prepared):
        """The numbers next to each edge that a sum, mean or count can give, after rounding and steps."""
        if factor.get("method", "sum") not in ("sum", "mean", "count") or factor.get("factors"):
            return set()
        limits = {item["code"]: (item.get("min", 0), item.get("max", 0)) for item in spec["items"]}
        count = len(factor["items"])
        if factor.get("method") == "count":
            raws = range(count + 1)
        else:
            low, high = (sum(limits[code][side] for code in factor["items"]) for side in (0, 1))
            share = count if factor.get("method") == "mean" else 1
            raws = [raw / share for raw in range(low, high + 1)]
        numbers = sorted({prepared.finish(raw) for raw in raws})
        found = set()
        for band in factor.get("bands") or ():
            above = [number for number in numbers if number >= band["min"]]
            below = [number for number in numbers if number < band["min"]]
            found |= {*above[:1], *below[-1:]}
        return found

    def test_scl90_factors_partition_the_items(self):
        spec = load("SCL-90")
        items = [code for factor in spec["factors"][:10] for code in factor["items"]]
        self.assertEqual(sorted(map(int, items)), list(range(1, 91)))

    def test_single_and_batch_give_the_same(self):
        rng = random.Random(5)
        for code in SHIPPED:
            spec = load(code)
            if spec.get("kind") == "imported":
                continue
            key = Key(spec)
            sheets = []
            for _index in range(60):
                row = bytes(
                    MISSING if rng.random() < 0.03 else rng.randint(item["min"], item["max"])
                    for item in spec["items"]
                )
                sheets.append((row, rng.choice([None, 5, 400])))
            self.assertEqual(key.score_many(sheets), [key.score(*one) for one in sheets], code)

    def test_flags_count_before_validity_and_on_half_sheets(self):
        key = Key(load("PHQ-9"))
        void = key.score(bytes([0] * 8 + [3]), 2)
        self.assertEqual((void.validity, void.flags), ("void", ("item9",)))
        half = bytes([MISSING] * 8 + [1])
        self.assertEqual(key.early_flags(half), ("item9",))
        self.assertEqual(key.score(half).validity, "incomplete")
        self.assertEqual(key.early_flags(bytes([3] * 8 + [0])), (), "a total is no early rule")

    def test_values_that_nobody_offers_are_refused(self):
        key = Key(load("PHQ-9"))
        for row in (bytes([4] + [0] * 8), bytes([0] * 8), bytes([0] * 10)):
            with self.assertRaises(ValueError):
                key.check(row)

    def test_faulty_keys_say_where(self):
        base = {"items": [{"code": "1", "min": 0, "max": 3}]}
        for factors, flags in (
            ([{"code": "t", "items": ["2"]}], []),
            ([{"code": "t", "items": ["1"], "method": "magic"}], []),
            ([{"code": "t", "items": ["1"], "bands": [{"min": 3}, {"min": 1}]}], []),
            ([], [{"code": "f", "terms": [{"item": "9", "op": ">=", "value": 1}]}]),
            ([], [{"code": "f", "terms": []}]),
        ):
            with self.assertRaises(scoring.KeyFault):
                Key({**base, "factors": factors, "flags": flags})

    def test_norm_lines(self):
        self.assertTrue(scoring.over_norm(2.0, {"rule": "fixed", "value": 2}))
        self.assertFalse(scoring.over_norm(1.99, {"rule": "fixed", "value": 2}))
        self.assertTrue(scoring.over_norm(2.33, {"rule": "sd", "mean": 1.37, "sd": 0.48, "k": 2}))
        self.assertFalse(scoring.over_norm(2.32, {"rule": "sd", "mean": 1.37, "sd": 0.48, "k": 2}))
        table = {"rule": "percentile", "percentile": 95, "table": [[10, 80], [14, 95], [20, 99]]}
        self.assertEqual(scoring.norm_limit(table), 14)
        self.assertIsNone(scoring.over_norm(None, table))
        self.assertIsNone(scoring.over_norm(3, {"rule": "sd", "mean": None, "sd": 0}))
        self.assertTrue(scoring.over_norm(28, {"rule": "fixed", "value": 28}, higher_is_better=True))

    def test_reliable_change_as_published(self):
        self.assertAlmostEqual(scoring.reliable_change(6.1, 0.84), 6.76, 2)
        self.assertAlmostEqual(scoring.reliable_change(4.7, 0.89), 4.32, 2)
        self.assertEqual(scoring.change_class(15, 9, 6), "better")
        self.assertEqual(scoring.change_class(9, 15, 6), "worse")
        self.assertEqual(scoring.change_class(9, 14, 6), "same")
        self.assertEqual(scoring.change_class(40, 52, 10, higher_is_better=True), "better")

    def test_a_stored_score_lies_in_the_band_of_the_score(self):
        """Bands are not stored: they follow from the score in single precision."""
        bounds = [0.1, 0.7, 1.1, 1.7, 2.3, 84.4, 86.3, 160.05]
        lower = [scoring.single(bound) for bound in bounds]
        for place, bound in enumerate(bounds):
            self.assertEqual(scoring.band_of(lower, scoring.single(bound)), place)
            below = scoring.band_of(lower, scoring.single(bound - 1 / 9000))
            self.assertEqual(below, place - 1 if place else None)
        self.assertIsNone(scoring.band_of(lower, None))

    def test_packing_round_trips(self):
        for values in ([0, 1, 2, 3, 5], [MISSING, 0, 4], [254, 78, 77, 0, MISSING], []):
            row = bytes(values)
            self.assertEqual(sheet.from_text(sheet.to_text(row)), row)
        for length in range(8):
            for value in (0, 7, 8, 77, 78, 254, MISSING):
                row = bytes([value, *range(length)])[:length]
                self.assertEqual(sheet.from_text(sheet.to_text(row)), row)
        self.assertEqual(len(sheet.to_text(bytes(90))), 46, "two items in a sign")
        for top in (1, 6, 7, 14, 15, 254):
            lengths = set()
            for values in ((0,) * 7, (top,) * 7, (MISSING,) * 7, (top, MISSING, 0, 1, 0, MISSING, top)):
                packed = sheet.pack(bytes(values), top)
                self.assertEqual(sheet.unpack(packed), bytes(values))
                lengths.add(len(packed))
            self.assertEqual(len(lengths), 1, "the length says nothing of the answers")
            self.assertEqual(sheet.unpack(sheet.pack(b"", top)), b"")
        self.assertEqual(len(sheet.pack(bytes(90), 5)), 35, "three bits an item")
        for values in ([0, 7, MISSING], [0, 9, MISSING], [254, 78, 0]):
            self.assertEqual(sheet.unpack(sheet.to_text(bytes(values)).encode()), bytes(values))
        self.assertEqual(sheet.to_text(bytes([0, 9, MISSING])), "09-")
        codes = ["1", "2", "3"]
        self.assertEqual(
            scoring.unpack(scoring.pack({"1": 2, "3": 0}, codes), codes), {"1": 2, "2": None, "3": 0}
        )
        self.assertEqual(scoring.merge(bytes([1, MISSING, 3]), bytes([MISSING, 2, 0])), bytes([1, 2, 0]))


@tagged("psych_screening")
class TestSuppress(BaseCase):
    def test_nothing_can_be_computed_back(self):
        rng = random.Random(7)
        for _round in range(300):
            table = {
                (r, c): rng.choice([0, 1, 2, 3, 4, 6, 9, 40])
                for r in range(rng.randint(2, 5))
                for c in range(rng.randint(2, 4))
            }
            table = {
                (r, c): table.get((r, c), 7) for r in {k[0] for k in table} for c in {k[1] for k in table}
            }
            hidden = suppress.hide(table)
            for cell, count in table.items():
                if 0 < count < suppress.LIMIT:
                    self.assertIn(cell, hidden)
            for line in suppress._lines(table):
                gone = [cell for cell in line if cell in hidden]
                others = [cell for cell in line if cell not in hidden and table[cell]]
                if len(gone) == 1:
                    self.assertFalse(others, "one hidden cell beside shown ones gives itself away")

    def test_large_groups_stay(self):
        self.assertEqual(suppress.hide({("a", 1): 10, ("a", 2): 20, ("b", 1): 5, ("b", 2): 9}), set())
