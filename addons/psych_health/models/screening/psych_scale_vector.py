import json

from odoo import fields, models

from ...tools.scoring import MISSING

TOLERANCE = 1e-9


class PsychScaleVector(models.Model):
    """A test of a scale: answers and what they must score. All must pass before a release."""

    _name = "psych.scale.vector"
    _description = "Test vector of a scale"
    _inherit = ["psych.scale.part"]
    _order = "scale_id, sequence, id"

    scale_id = fields.Many2one("psych.scale", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    answers = fields.Text(
        required=True, help="Values in the order of the items, separated by commas; empty = not answered."
    )
    seconds = fields.Integer(help="Time taken; 0 = not stated.")
    expected = fields.Text(
        required=True,
        help='For example {"scores": {"total": 9}, "bands": {"total": 1}, "flags": [], "validity": "valid"}.',
    )

    def _packed(self):
        """The answers as bytes."""
        parts = (self.answers or "").split(",")
        return bytes(MISSING if not part.strip() else int(part) for part in parts)

    def _faults(self, key):
        """What differs from the expectation, as a list of sentences (empty = passed)."""
        try:
            packed = self._packed()
            key.check(packed)
            result = key.score(packed, self.seconds or None)
            expected = json.loads(self.expected)
        except ValueError as fault:
            return [f"{self.name}: {fault}"]
        got = {
            "scores": dict(zip(key.factor_codes, result.scores, strict=True)),
            "bands": dict(zip(key.factor_codes, result.bands, strict=True)),
            "flags": sorted(result.flags),
            "validity": result.validity,
        }
        faults = []
        for part, wanted in expected.items():
            pairs = wanted.items() if isinstance(wanted, dict) else [(None, wanted)]
            for code, value in pairs:
                found = got[part].get(code) if code else got[part]
                if not _same(found, sorted(value) if isinstance(value, list) else value):
                    faults.append(f"{self.name}: {part} {code or ''} {value} != {found}")
        return faults


def _same(found, wanted):
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)):
        return abs(found - wanted) < TOLERANCE
    return found == wanted
