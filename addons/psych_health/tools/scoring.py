"""Scoring of questionnaires: a key (plain data) and packed answers in, numbers out.

No environment, no ORM, no random, no clock: the same function serves the submit of one sheet, the re-scoring of
100,000 and the test vectors, so single and batch cannot differ.

**Answers** are bytes, one per item in the order of the key; 255 is "not answered". A time of day is stored in quarter
hours (0-95), a duration in the step that the item states.

**Key** (dict, JSON-able)::

    {"items":   [{"code": "1", "min": 0, "max": 3, "reverse": false, "scored": true}, ...],
     "factors": [{"code": "total", "method": "sum", "items": ["1", ...], "factors": [], "weights": [],
                  "threshold": 2, "multiplier": 1.0, "offset": 0.0, "rounding": "none",
                  "missing_max": 2, "missing_how": "prorate", "steps": [["ge", 85, 0], ..., ["else", 0, 3]],
                  "bands": [{"min": 0, "code": "none"}, ...]}],
     "flags":   [{"code": "item9", "urgency": "talk", "purpose": "flag", "need": 1, "weight": 0,
                  "terms": [{"item": "9", "op": ">=", "value": 1}]}],
     "validity": {"min_seconds_per_item": 2, "same_share_max": 1.0, "missing_max": 2}}

Factors are computed in the order of the key, so a factor may use the ones before it.
"""

import struct
from bisect import bisect_right
from operator import itemgetter

MISSING = 255

METHODS = ("sum", "mean", "count", "weighted", "ratio", "span_ratio", "flags", "max")
ROUNDINGS = ("none", "floor", "nearest")
OPERATORS = (">=", ">", "<=", "<", "=", "answered", "missing")

_STEP = {
    "ge": lambda score, limit: score >= limit,
    "gt": lambda score, limit: score > limit,
    "le": lambda score, limit: score <= limit,
    "lt": lambda score, limit: score < limit,
    "else": lambda score, limit: True,
}


class KeyFault(ValueError):
    """A key that cannot be computed: the message says which part and why."""


class Result:
    """What one sheet scored.

    ``scores`` and ``bands`` run parallel to the factors of the key (``None`` where it cannot be computed);
    ``flags`` are codes, ``validity`` is ``valid``, ``void`` or ``incomplete``, ``reasons`` say why.
    """

    __slots__ = ("bands", "flags", "reasons", "scores", "validity")

    def __init__(self, scores, bands, flags, validity, reasons):
        self.scores = scores
        self.bands = bands
        self.flags = flags
        self.validity = validity
        self.reasons = reasons

    def __eq__(self, other):
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __repr__(self):
        return f"Result({self.scores}, {self.bands}, {self.flags}, {self.validity}, {self.reasons})"


def pack(answers, codes):
    """Pack ``{item code: value or None}`` into bytes in the order of ``codes``.

    :raises ValueError: when a value does not fit (0-254)
    """
    row = bytearray([MISSING]) * len(codes)
    for position, code in enumerate(codes):
        value = answers.get(code)
        if value is None:
            continue
        if not 0 <= int(value) < MISSING:
            raise ValueError(f"item {code}: value out of range")
        row[position] = int(value)
    return bytes(row)


def unpack(packed, codes):
    """The opposite of :func:`pack`; missing items come back as None."""
    return {code: (None if value == MISSING else value) for code, value in zip(codes, packed, strict=True)}


def merge(older, newer):
    """One sheet from two partial ones: what was answered later wins, what was not answered stays."""
    return bytes(n if n != MISSING else o for o, n in zip(older, newer, strict=True))


def _picker(positions):
    """A callable that takes the values at ``positions`` out of a row, always as a tuple."""
    if len(positions) == 1:
        single = positions[0]
        return lambda row: (row[single],)
    if not positions:
        return lambda row: ()
    return itemgetter(*positions)


class _Factor:
    """One factor of a key, prepared for repeated use."""

    def __init__(self, spec, positions, earlier, flag_weights):
        self.code = spec["code"]
        self.method = spec.get("method", "sum")
        if self.method not in METHODS:
            raise KeyFault(f"factor {self.code}: unknown method {self.method}")
        try:
            self.positions = [positions[code] for code in spec.get("items", ())]
            self.parts = [earlier[code] for code in spec.get("factors", ())]
        except KeyError as fault:
            raise KeyFault(f"factor {self.code}: {fault.args[0]} is not known here") from None
        self.pick = _picker(self.positions)
        self.weights = [float(w) for w in spec.get("weights") or ()]
        if self.method == "weighted" and len(self.weights) != len(self.positions) + len(self.parts):
            raise KeyFault(f"factor {self.code}: one weight per item and part is needed")
        if self.method == "span_ratio" and len(self.positions) != 3:
            raise KeyFault(f"factor {self.code}: needs exactly the items asleep, from, to")
        if self.method == "ratio" and len(self.positions) + len(self.parts) != 2:
            raise KeyFault(f"factor {self.code}: needs exactly two parts")
        self.threshold = spec.get("threshold") or 0
        self.multiplier = spec.get("multiplier", 1.0) or 1.0
        self.offset = spec.get("offset", 0.0) or 0.0
        self.rounding = spec.get("rounding", "none") or "none"
        self.missing_max = spec.get("missing_max", 0) or 0
        self.missing_how = spec.get("missing_how", "none") or "none"
        self.steps = [(_STEP[op], limit, value) for op, limit, value in spec.get("steps") or ()]
        self.flag_weights = [(code, flag_weights[code]) for code in spec.get("flags", ())]
        self.bands = [(float(band["min"]), index) for index, band in enumerate(spec.get("bands") or ())]
        if any(a[0] >= b[0] for a, b in zip(self.bands, self.bands[1:], strict=False)):
            raise KeyFault(f"factor {self.code}: bands overlap or are not in order")
        self.lower = [lower for lower, _index in self.bands]
        self.simple = self.method in ("sum", "mean") and not self.parts and bool(self.positions)
        self.plain = self.multiplier == 1.0 and not self.offset and self.rounding == "none" and not self.steps

    def raw(self, row, complete, scores, flags):
        """The number before multiplier, rounding and steps, or None."""
        if complete and self.simple:
            total = sum(self.pick(row))
            return total if self.method == "sum" else total / len(self.positions)
        if self.method == "flags":
            return max([weight for code, weight in self.flag_weights if code in flags], default=0)
        values = self.pick(row)
        answered = values if complete else tuple(v for v in values if v is not None)
        missing = len(values) - len(answered)
        parts = [scores[index] for index in self.parts]
        if None in parts or missing > self.missing_max:
            return None
        if not answered and not parts:
            return None
        return getattr(self, f"_raw_{self.method}")(values, answered, parts, missing)

    def _raw_sum(self, values, answered, parts, missing):
        total = sum(answered) + (sum(parts) if parts else 0)
        if missing and self.missing_how == "prorate":
            total = total * len(values) / len(answered) if answered else None
        return total

    def _raw_mean(self, values, answered, parts, missing):
        return (sum(answered) + sum(parts)) / (len(answered) + len(parts))

    def _raw_count(self, values, answered, parts, missing):
        threshold = self.threshold
        return sum(1 for value in answered if value >= threshold) + sum(
            1 for value in parts if value >= threshold
        )

    def _raw_max(self, values, answered, parts, missing):
        return max([*answered, *parts])

    def _raw_weighted(self, values, answered, parts, missing):
        pairs = zip([*values, *parts], self.weights, strict=True)
        return sum(value * weight for value, weight in pairs if value is not None)

    def _raw_ratio(self, values, answered, parts, missing):
        if missing:
            return None
        over, under = [*answered, *parts]
        return over / under if under else 0.0

    def _raw_span_ratio(self, values, answered, parts, missing):
        """Asleep (quarter hours) as percent of the time between two times of day; over midnight adds a day."""
        if missing:
            return None
        asleep, start, end = values
        span = (end - start) % 96
        if not span or asleep > span:
            return None
        return asleep * 100.0 / span

    def finish(self, score):
        """Multiplier, offset, rounding and steps, in this order."""
        if score is None or self.plain:
            return score
        score = score * self.multiplier + self.offset
        if self.rounding == "floor":
            score = int(score + 1e-9)
        elif self.rounding == "nearest":
            score = int(score + 0.5 + 1e-9)
        for holds, limit, value in self.steps:
            if holds(score, limit):
                return value
        return score

    def band(self, score):
        """Index of the band whose lower bound was reached last, or None."""
        return band_of(self.lower, score)


class _Flag:
    """One rule over items and factors: at least ``need`` of its terms hold (0 = all of them)."""

    def __init__(self, spec, positions, factors):
        self.code = spec["code"]
        self.purpose = spec.get("purpose") or "flag"
        self.terms = []
        for term in spec.get("terms", ()):
            if term["op"] not in OPERATORS:
                raise KeyFault(f"flag {self.code}: unknown operator {term['op']}")
            where = positions if term.get("item") else factors
            name = term.get("item") or term.get("factor")
            if name not in where:
                raise KeyFault(f"flag {self.code}: {name} is not known here")
            self.terms.append((bool(term.get("item")), where[name], term["op"], term.get("value", 0)))
        if not self.terms:
            raise KeyFault(f"flag {self.code}: has no terms")
        self.need = spec.get("need") or len(self.terms)
        self.items_only = all(term[0] for term in self.terms)
        self.weight = spec.get("weight") or 0

    def holds(self, row, scores):
        count = 0
        for is_item, index, operator, limit in self.terms:
            if _compare(row[index] if is_item else scores[index], operator, limit):
                count += 1
                if count >= self.need:
                    return True
        return False


def _compare(value, operator, limit):
    if operator == "answered":
        return value is not None
    if operator == "missing":
        return value is None
    if value is None:
        return False
    if operator == ">=":
        return value >= limit
    if operator == ">":
        return value > limit
    if operator == "<=":
        return value <= limit
    if operator == "<":
        return value < limit
    return value == limit


class Key:
    """A scoring key made ready for repeated use. Build once, use for every sheet."""

    def __init__(self, spec):
        items = spec.get("items") or ()
        if not items:
            raise KeyFault("the scale has no items")
        self.codes = [item["code"] for item in items]
        if len(set(self.codes)) != len(self.codes):
            raise KeyFault("two items carry the same number")
        self.length = len(items)
        self.limits = [(item.get("min", 0), item.get("max", 0)) for item in items]
        self.top = max(high for _low, high in self.limits)
        self.reversed = [
            (index, low + high)
            for index, (item, (low, high)) in enumerate(zip(items, self.limits, strict=True))
            if item.get("reverse")
        ]
        self.scored = [index for index, item in enumerate(items) if item.get("scored", True)]
        self.score_count = len(self.scored)
        positions = {code: index for index, code in enumerate(self.codes)}
        flag_specs = spec.get("flags") or ()
        weights = {flag["code"]: flag.get("weight") or 0 for flag in flag_specs}
        self.factors, earlier = [], {}
        for index, factor in enumerate(spec.get("factors") or ()):
            self.factors.append(_Factor(factor, positions, earlier, weights))
            earlier[factor["code"]] = index
        self.factor_codes = list(earlier)
        self.flags = [_Flag(flag, positions, earlier) for flag in flag_specs]
        self._late = {index for index, factor in enumerate(self.factors) if factor.method == "flags"}
        validity = spec.get("validity") or {}
        self.seconds_per_item = validity.get("min_seconds_per_item") or 0
        self.same_share = validity.get("same_share_max") or 0
        self.missing_max = validity.get("missing_max") or 0

    # -- one sheet ---------------------------------------------------------------------------------------------
    def row(self, packed):
        """Values after reversing, None where missing. Values outside the item's range are refused.

        :raises ValueError: wrong length or a value that the item does not have
        """
        if len(packed) != self.length:
            raise ValueError(f"{self.length} answers expected, {len(packed)} given")
        row = list(packed)
        if MISSING in packed:
            row = [None if value == MISSING else value for value in row]
        for index, mirror in self.reversed:
            if row[index] is not None:
                row[index] = mirror - row[index]
        return row

    def check(self, packed):
        """Refuse values that no item offers (a forged request).

        :raises ValueError: naming the item
        """
        if len(packed) != self.length:
            raise ValueError(f"{self.length} answers expected, {len(packed)} given")
        for code, value, (low, high) in zip(self.codes, packed, self.limits, strict=True):
            if value != MISSING and not low <= value <= high:
                raise ValueError(f"item {code}: {value} is not between {low} and {high}")

    def score(self, packed, seconds=None):
        """Score one sheet.

        :param bytes packed: answers, one byte per item
        :param int seconds: time taken; None = unknown, then nothing is called too fast
        :rtype: Result
        """
        row = self.row(packed)
        complete = MISSING not in packed
        scores = [None] * len(self.factors)
        for index, factor in enumerate(self.factors):
            if index not in self._late:
                scores[index] = factor.finish(factor.raw(row, complete, scores, ()))
        held = [flag.code for flag in self.flags if flag.holds(row, scores)]
        if self._late:
            for index in sorted(self._late):
                factor = self.factors[index]
                scores[index] = factor.finish(factor.raw(row, complete, scores, held))
        bands = [factor.band(score) for factor, score in zip(self.factors, scores, strict=True)]
        validity, reasons = self._validity(packed, row, complete, seconds, held)
        signals = tuple(flag.code for flag in self.flags if flag.purpose == "flag" and flag.code in held)
        return Result(tuple(scores), tuple(bands), signals, validity, reasons)

    def early_flags(self, packed):
        """Codes of the flags that answered items alone already raise: asked at every saved step (F6)."""
        row = self.row(packed)
        return tuple(
            flag.code
            for flag in self.flags
            if flag.purpose == "flag" and flag.items_only and flag.holds(row, ())
        )

    def _validity(self, packed, row, complete, seconds, held):
        reasons = []
        if not complete:
            missing = sum(1 for index in self.scored if row[index] is None)
            if missing > self.missing_max:
                return "incomplete", ("missing",)
        if self.seconds_per_item and seconds is not None and seconds < self.seconds_per_item * self.length:
            reasons.append("too_fast")
        if self.same_share and self.length > 1:
            values = packed if complete else packed.replace(bytes([MISSING]), b"")
            top = max((values.count(value) for value in set(values)), default=0)
            if top >= self.same_share * self.length:
                reasons.append("same_answer")
        reasons.extend(flag.code for flag in self.flags if flag.purpose == "validity" and flag.code in held)
        return ("void" if reasons else "valid"), tuple(reasons)

    # -- many sheets -------------------------------------------------------------------------------------------
    def score_many(self, sheets):
        """Score an iterable of ``(packed, seconds)``; the very same function, one by one."""
        score = self.score
        return [score(packed, seconds) for packed, seconds in sheets]


def over_norm(score, line, higher_is_better=False):
    """Is a score over the line of a norm?

    :param dict line: ``{"rule": "fixed", "value": 2}``, ``{"rule": "sd", "mean": 1.5, "sd": 0.59, "k": 2}`` or
        ``{"rule": "percentile", "table": [[score, percentile], ...], "percentile": 95}``
    :return: True, False, or None when it cannot be said
    """
    limit = norm_limit(line)
    if score is None or limit is None:
        return None
    return score <= limit + 1e-9 if higher_is_better else score >= limit - 1e-9


def norm_limit(line):
    """The score from which a norm calls for a look; None when the line is not complete."""
    rule = line.get("rule")
    if rule == "fixed":
        return line.get("value")
    if rule == "sd":
        if line.get("mean") is None or not line.get("sd"):
            return None
        return line["mean"] + line.get("k", 2) * line["sd"]
    if rule == "percentile":
        for score, percentile in sorted(line.get("table") or ()):
            if percentile >= line.get("percentile", 95):
                return score
    return None


def standard_score(score, mean, sd):
    """T score (mean 50, SD 10) against a norm, or None."""
    if score is None or not sd:
        return None
    return 50.0 + 10.0 * (score - mean) / sd


def reliable_change(sd, reliability):
    """Smallest change that is larger than measurement error (Jacobson & Truax, 95 %).

    1.96 * SD * sqrt(2) * sqrt(1 - r), in points of the scale; PHQ-9 with SD 6.1 and r 0.84 gives 6.76.
    """
    if not sd or reliability is None:
        return None
    return 1.96 * sd * (2 * (1 - reliability)) ** 0.5


def change_class(first, last, limit, higher_is_better=False):
    """``better``, ``worse`` or ``same`` between two scores of the same scale and version."""
    if first is None or last is None or limit is None:
        return None
    change = (last - first) * (1 if higher_is_better else -1)
    if change >= limit:
        return "better"
    return "worse" if change <= -limit else "same"


def single(score):
    """A score as a column keeps it: single precision holds every number of a scale to six digits.

    Rounding keeps the order, so a stored score reaches a bound that is rounded alike exactly when the score reached it.
    """
    return None if score is None else struct.unpack("f", struct.pack("f", score))[0]


def band_of(lower, stored):
    """Index of the band whose lower bound a stored score reached last, or None (bounds by :func:`single`)."""
    if stored is None:
        return None
    place = bisect_right(lower, stored) - 1
    return place if place >= 0 else None


def rate(spec, scores):
    """Bands and rules of results that were scored elsewhere: there are no items, only factors.

    :param dict spec: key without items
    :param dict scores: factor code → number; what is not there stays unknown
    :rtype: Result
    """
    weights = {flag["code"]: flag.get("weight") or 0 for flag in spec.get("flags") or ()}
    factors = [_Factor({**factor, "items": (), "factors": ()}, {}, {}, weights) for factor in spec["factors"]]
    positions = {factor.code: index for index, factor in enumerate(factors)}
    values = [scores.get(factor.code) for factor in factors]
    flags = [_Flag(flag, {}, positions) for flag in spec.get("flags") or ()]
    bands = [factor.band(value) for factor, value in zip(factors, values, strict=True)]
    held = tuple(flag.code for flag in flags if flag.purpose == "flag" and flag.holds((), values))
    return Result(values, bands, held, "imported", ())
