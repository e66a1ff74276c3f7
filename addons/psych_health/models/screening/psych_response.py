import secrets

from markupsafe import Markup
from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools import cipher, clock, confidential, keys, profile_chart, scoring, sheet
from .psych_scale import FACTORS_MAX

STATES = [
    ("valid", "Valid"),
    ("void", "Void"),
    ("incomplete", "Incomplete"),
    ("declined", "Declined"),
    ("imported", "Imported"),
]
# beside the ORM: a column per factor in the order of the frozen scale, and a bit per rule. A row of a census counts in bytes:
# an array of sixteen scores would carry 21 bytes of head, its bands follow from the scores
SMALL_MAX = 32_767
FACTORS = tuple(f"f{place}" for place in range(1, FACTORS_MAX + 1))
COLUMNS = (
    ("scale_id", "int"),
    ("row_key", "varchar"),
    ("state", "varchar"),
    ("reasons", "varchar"),
    ("seconds", "int"),
    ("total", "double precision"),
    ("band_id", "int"),
    ("is_over", "bool"),
    ("has_flag", "bool"),
    ("answers_cipher", "bytea"),
    ("rule_bits", "int"),
)


def score_array(alias, count=FACTORS_MAX):
    """The scores of a row as an SQL array.

    :param int count: number of factors of the scale
    """
    return SQL("ARRAY[%s]", SQL(", ").join(SQL.identifier(alias, name) for name in FACTORS[:count]))


def sheet_key(campaign_id, scale_id, number):
    """What the answers of a student's sheet are bound to, beside the student: campaign, scale and round.

    The four together are unique in the table and never change, so such a sheet needs no random row key.
    """
    return f"{campaign_id}.{scale_id}.{number}"


def _numbers(key, rows):
    """Machine opening *score*: ``[(id, Result)]`` of sealed sheets; answers to numbers, never answers.

    A function of this file and not a method: code planted in the database reaches methods only.

    :param rows: ``(id, token, row key, student id, seconds)``
    """
    ring, bound, found = keys.content_ring(), cipher.aad, []
    for row_id, token, row_key, student_id, seconds in rows:
        data = ring.decrypt(token, bound("psych.response", "answers", row_key, student_id))
        found.append((row_id, key.score(sheet.unpack(data), seconds)))
    return found


def _seal_again(row, bound_to, top):
    """Machine opening *rotate* of one sheet: the same answers under the active key, packed and bound to ``bound_to``.

    A function of this file and not a method: code planted in the database reaches methods only.

    :raises cipher.CipherError: no key opens the answers
    """
    bound = cipher.aad("psych.response", "answers", row["row_key"], row["student"])
    packed = sheet.unpack(keys.content_ring().decrypt(row["answers_cipher"], bound))
    return confidential.seal_answers("psych.response", packed, top, bound_to, row["student"])


def new_row_key():
    """A row key of 72 random bits, for sheets without a student."""
    return secrets.token_urlsafe(9)


class Small(fields.Integer):
    """An integer of two bytes, at most SMALL_MAX."""

    _column_type = ("int2", "int2")


class PsychResponse(models.Model):
    """One answer sheet: a student, a scale, a campaign round. Written once, never changed.

    Answers are packed and encrypted (right *answers*), bound to student, campaign, scale and round (:func:`sheet_key`);
    a sheet without student to a random row key. Scores and rules stand in columns beside the ORM that SQL aggregates:
    ``f1`` … are the factors of the frozen scale in order, bit n of ``rule_bits`` is its rule n. A submit only INSERTs, so thousands at once do not wait for each other. Unit, gender and entry year are a
    snapshot of the day. Rows of an anonymous campaign have no student and no moment, only the day.
    """

    _name = "psych.response"
    _description = "Answer sheet"
    _inherit = ["psych.confidential.mixin"]
    _psych_content_right = "answers"
    _psych_link_opens = False
    _order = "id desc"  # sheets are inserted as they come: the order of time without an index of its own
    _log_access = False
    _rec_name = "id"

    # identity, snapshot and outcome; declared from wide to narrow kinds, so that a row has no holes
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True)
    campaign_id = fields.Many2one("psych.campaign", required=True, readonly=True, ondelete="restrict")
    scale_id = fields.Many2one("psych.scale", required=True, readonly=True, ondelete="restrict")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True, ondelete="restrict")
    college_id = fields.Many2one("psych.unit", string="College", readonly=True, ondelete="restrict")
    band_id = fields.Many2one("psych.scale.band", string="Band", readonly=True, ondelete="restrict")
    round = Small(default=1, readonly=True)
    entry_year = Small(readonly=True)
    seconds = Small(readonly=True)
    submitted_at = fields.Datetime(readonly=True)
    total = fields.Float(string="Main result", readonly=True, aggregator="avg")
    is_over = fields.Boolean(string="Over the line", readonly=True)
    has_flag = fields.Boolean(string="Rule fired", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    gender = fields.Char(readonly=True)
    reasons = fields.Char(string="Why void", readonly=True)
    answers = confidential.ConfidentialAnswers(string="Answers")

    # for the reader
    score_text = fields.Text(string="Scores", compute="_compute_score_text")
    profile = fields.Html(string="Factor profile", compute="_compute_profile", sanitize=False)
    norm_table = fields.Html(string="Against the norms", compute="_compute_norm_table", sanitize=False)
    has_norm = fields.Boolean(compute="_compute_norm_table")
    why = fields.Text(string="Rules that fired", compute="_compute_why")

    # the student first: serves the file of a student as well as the uniqueness; campaigns lie together on disk
    _sheet_uniq = models.UniqueIndex(
        "(student_id, campaign_id, scale_id, round) WHERE student_id IS NOT NULL"
    )
    _campaign_range = models.Index("USING brin (campaign_id) WITH (pages_per_range = 16)")
    # only sheets without student have a key of their own
    _row_key_unique = models.UniqueIndex("(row_key) WHERE row_key IS NOT NULL")

    def init(self):
        """Columns beside the ORM: SQL aggregates them, no view reads them. Ids only grow, so their index is packed full."""
        columns = [*((name, "real") for name in FACTORS), ("rule_bits", "integer")]
        added = SQL(", ").join(
            SQL("ADD COLUMN IF NOT EXISTS %s %s", SQL.identifier(name), SQL(kind)) for name, kind in columns
        )
        self.env.cr.execute(SQL("ALTER TABLE psych_response %s", added))
        self.env.cr.execute("ALTER INDEX psych_response_pkey SET (fillfactor = 100)")

    # ----------------------------------------------------------------------
    # Reading
    # ----------------------------------------------------------------------

    def _arrays(self):
        """``{id: (scores, indexes of bands, flag ids)}`` of the sheets, scores and bands in the order of the factors.

        A band is -1 where there is none, a score None.
        """
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                "SELECT id, scale_id, %s, rule_bits FROM psych_response WHERE id IN %s",
                score_array("psych_response"),
                tuple(self.ids),
            )
        )
        return {row_id: self._outcome(*row) for row_id, *row in rows}

    def _outcome(self, scale_id, scores, rule_bits):
        """One value of :meth:`_arrays`: bands follow from the stored scores, rules from their bits."""
        table = self.env["psych.scale"]._rule_table(scale_id)
        scores = scores[: len(table["lower"])]
        bands = [scoring.band_of(lower, score) for lower, score in zip(table["lower"], scores, strict=True)]
        flags = [
            flag_id
            for place, flag_id in enumerate(table["flag_ids"].values())
            if (rule_bits or 0) >> place & 1
        ]
        return scores, [-1 if band is None else band for band in bands], flags

    @api.depends("scale_id", "student_id")
    def _compute_display_name(self):
        for response in self:
            day = fields.Date.to_string(response.submitted_at) if response.submitted_at else ""
            response.display_name = f"{response.scale_id.code or ''} {day}".strip()

    def _score_rows(self):
        """``{id: [(factor record, score, band record or None)]}``, computed factors without a value left out."""
        arrays = self._arrays()
        result = {}
        for response in self:
            scores, bands, _flags = arrays.get(response.id, ([], [], []))
            factors = response.scale_id.factor_ids.sorted(lambda part: (part.sequence, part.id))
            rows = []
            for index, factor in enumerate(factors):
                score = scores[index] if index < len(scores) else None
                band = bands[index] if index < len(bands) else None
                rows.append(
                    (factor, score, factor.band_ids[band] if band is not None and band >= 0 else None)
                )
            result[response.id] = rows
        return result

    def _compute_score_text(self):
        rows = self._score_rows()
        for response in self:
            response.score_text = "\n".join(
                f"{factor.name}: {score:g}" + (f" · {band.name}" if band else "")
                for factor, score, band in rows[response.id]
                if score is not None
            )

    def _compute_profile(self):
        for response in self:
            response.profile = response._profile_chart()

    def _profile_chart(self, before=None):
        """The factor profile as SVG, with the lines of the norms.

        :param before: an earlier sheet of the same numbers, drawn as marks
        """
        self.ensure_one()
        norms = self.scale_id.norm_ids.sorted(lambda norm: (not norm.is_default, norm.sequence, norm.id))
        limits = [{line.factor_id: line.limit for line in norm.line_ids} for norm in norms]
        earlier = [row[1] for row in before._score_rows()[before.id]] if before else []
        rows = []
        for index, (factor, score, band) in enumerate(self._score_rows()[self.id]):
            rows.append(
                {
                    "label": factor.name,
                    "score": score,
                    "top": max(factor.band_ids.mapped("max_score"), default=0),
                    "lines": [limit.get(factor) for limit in limits],
                    "before": earlier[index] if index < len(earlier) else None,
                    "over": bool(band and band.is_over),
                }
            )
        words = self.env._("before, %(day)s", day=f"{before.submitted_at:%Y-%m-%d}") if before else ""
        return Markup(profile_chart.svg(rows, norms.mapped("name"), words))

    def _compute_norm_table(self):
        """A second norm gives a second result beside the first: every factor against every norm of the scale."""
        for response in self:
            norms = response.scale_id.norm_ids.sorted(
                lambda norm: (not norm.is_default, norm.sequence, norm.id)
            )
            rows = response._score_rows()[response.id]
            scores = {factor.code: score for factor, score, _band in rows}
            over = [norm._over(scores) for norm in norms]
            limits = [{line.factor_id.code: line.limit for line in norm.line_ids} for norm in norms]
            response.has_norm = bool(norms)
            response.norm_table = (
                Markup('<table class="table table-sm"><thead><tr>%s</tr></thead><tbody>%s</tbody></table>')
                % (
                    Markup().join(
                        Markup("<th>%s</th>") % text
                        for text in (self.env._("Factor"), self.env._("Score"), *norms.mapped("name"))
                    ),
                    Markup().join(
                        Markup("<tr><td>%s</td><td>%s</td>%s</tr>")
                        % (
                            factor.name,
                            f"{score:.4g}",
                            Markup().join(
                                Markup("<td>%s</td>")
                                % response._norm_cell(
                                    over[index].get(factor.code), limits[index].get(factor.code)
                                )
                                for index in range(len(norms))
                            ),
                        )
                        for factor, score, _band in rows
                        if score is not None
                    ),
                )
                if norms
                else False
            )

    def _norm_cell(self, over, limit):
        """In words: over the line, within, or nothing where the norm has no line."""
        if over is None:
            return "—"
        words = self.env._("over the line") if over else self.env._("within")
        return f"{words} ({limit:.4g})"

    def _compute_why(self):
        arrays = self._arrays()
        for response in self:
            rules = self.env["psych.scale.flag"].browse(arrays.get(response.id, ((), (), ()))[2])
            response.why = "\n".join(rules.mapped("name"))

    def _state_word(self):
        return dict(self._fields["state"]._description_selection(self.env)).get(self.state, "")

    def _answer_rows(self):
        """Item and answer in words of one sheet, through the gate (the caller's door decides, the log is written)."""
        self.ensure_one()
        self.env["psych.gate"]._check_open(self, "answers")
        text = self.answers
        if not text or confidential.is_mark(text):
            return []
        items = self.scale_id.item_ids.sorted(lambda part: (part.sequence, part.id))
        packed = sheet.from_text(text)
        rows = []
        for item, value in zip(items, packed, strict=True):
            form = item._form()
            label = dict(map(tuple, form["options"])).get(
                value, "" if value == scoring.MISSING else str(value)
            )
            rows.append((item.code, form["text"], "" if value == scoring.MISSING else value, label))
        return rows

    def action_open_answers(self):
        """Show the answers of this sheet in words; the gate decides, the reading log is written."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/psych/sheet/{self.id}", "target": "new"}

    # ----------------------------------------------------------------------
    # CRUD: sheets come in by one seam and stay as they are
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Answer sheets are written by answering or by import only."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(
            self.env._("An answer sheet never changes. Another norm gives a second result beside it.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_retention(self):
        if not self.env.su:
            raise AccessError(self.env._("Answer sheets are destroyed by the retention rules only."))

    # ----------------------------------------------------------------------
    # The one way in (sudo seam: the student has no rights on the table)
    # ----------------------------------------------------------------------

    @api.model
    def _insert_sheets(self, campaign, student_id, rows, at=None):
        """Insert the sheets of one sitting in one statement and say what is new.

        Snapshot, coverage delta and uniqueness are part of the statement: nothing is read and then written, no row
        of campaign or student changes. A sheet that is there already stays as it is (double tap, lost reply).

        :param dict campaign: plain data of the campaign (``psych.campaign._plain``)
        :param int student_id: member of the campaign
        :param list rows: dicts of :meth:`_sheet_row`
        :param at: naive UTC moment of answering, now when not given
        :return: ``{scale id: response id}`` of the sheets that this call wrote; None when not a member
        """
        values, names, template = self._values(rows)
        query = f"""
            WITH who AS (
                SELECT m.class_id, m.college_id, s.gender, s.entry_year
                  FROM psych_campaign_member m JOIN psych_student s ON s.id = m.student_id
                 WHERE m.campaign_id = {int(campaign["id"])} AND m.student_id = {int(student_id)} AND m.state = 'invited'
                   AND m.opens_at <= '{clock.now()}' AND s.enrolment_state IN ('enrolled', 'on_leave')
            ), fresh AS (
                INSERT INTO psych_response (company_id, campaign_id, student_id, round, submitted_at, class_id,
                                            college_id, gender, entry_year, {names})
                SELECT {int(campaign["company_id"])}, {int(campaign["id"])}, {int(student_id)}, {int(campaign["round"])},
                       '{at or clock.now()}', who.class_id, who.college_id, who.gender, who.entry_year, v.*
                  FROM who, (VALUES %s) v ({names})
                ON CONFLICT (student_id, campaign_id, scale_id, round) WHERE student_id IS NOT NULL DO NOTHING
                RETURNING id, scale_id, class_id, college_id, state
            ), delta AS (
                INSERT INTO psych_campaign_delta (campaign_id, class_id, college_id, scale_id, kind)
                SELECT {int(campaign["id"])}, class_id, college_id, scale_id, state FROM fresh
                 WHERE scale_id = {int(campaign["lead_scale_id"])} AND NOT EXISTS (
                       SELECT 1 FROM psych_response r WHERE r.campaign_id = {int(campaign["id"])}
                          AND r.student_id = {int(student_id)} AND r.round < {int(campaign["round"])})
            )
            SELECT (SELECT count(*) FROM who), fresh.id, fresh.scale_id FROM (SELECT 1) one LEFT JOIN fresh ON true
        """  # noqa: S608 - every inserted part above is an integer, our own clock or a constant
        found = execute_values(self.env.cr, query, values, template, page_size=len(values) + 1, fetch=True)
        if not found[0][0]:
            return None
        return {scale_id: response_id for _count, response_id, scale_id in found if response_id}

    @staticmethod
    def _values(rows):
        """Sheets for an INSERT: (tuples, names of the columns, template of a tuple); no more factors than there are."""
        factors = FACTORS[: max((len(row["scores"]) for row in rows), default=0)]
        columns = [*COLUMNS, *((name, "real") for name in factors)]
        tuples = [
            (
                *(row[name] for name, _kind in COLUMNS),
                *row["scores"],
                *[None] * (len(factors) - len(row["scores"])),
            )
            for row in rows
        ]
        names = ", ".join(name for name, _kind in columns)
        return tuples, names, "(" + ", ".join(f"%s::{kind}" for _name, kind in columns) + ")"

    @api.model
    def _insert_unnamed(self, campaign, rows):
        """Insert sheets of an anonymous campaign: no student, no unit, the day instead of the moment."""
        values, names, template = self._values(rows)
        query = f"""
            INSERT INTO psych_response (company_id, campaign_id, round, submitted_at, {names})
            SELECT {int(campaign["company_id"])}, {int(campaign["id"])}, {int(campaign["round"])},
                   '{clock.now().replace(hour=0, minute=0, second=0)}', v.* FROM (VALUES %s) v ({names})
        """  # noqa: S608 - every inserted part above is an integer, our own clock or a constant
        execute_values(self.env.cr, query, values, template)

    @api.model
    def _scored_row(self, scale_id, packed, seconds):
        """Score one sheet.

        :param bytes packed: answers in the order of the items
        :return: dict of column values, plus ``codes`` (rules that fired) for the caller
        :raises ValueError: an answer that the scale does not offer
        """
        Scale = self.env["psych.scale"]
        key, table = Scale._compiled_frozen(scale_id), Scale._rule_table(scale_id)
        key.check(packed)
        result = key.score(packed, seconds)
        return {
            **self._result_row(table, result),
            "scale_id": scale_id,
            "seconds": seconds,
            "codes": result.flags,
        }

    @api.model
    def _sheet_row(self, campaign, scale_id, student_id, packed, seconds):
        """Score and seal one sheet, see :meth:`_scored_row`.

        :param dict campaign: plain data of the campaign; at least ``id`` and ``round``
        :param int student_id: 0 = nobody (anonymous)
        """
        row_key = None if student_id else new_row_key()
        bound_to = row_key or sheet_key(campaign["id"], scale_id, campaign["round"])
        top = self.env["psych.scale"]._compiled_frozen(scale_id).top
        return {
            **self._scored_row(scale_id, packed, seconds),
            "row_key": row_key,
            "answers_cipher": confidential.seal_answers(self._name, packed, top, bound_to, student_id),
        }

    @staticmethod
    def _result_row(table, result):
        """Column values of what a sheet scored."""
        main = table["main"]
        band = result.bands[main]
        band_id, is_over = table["bands"][main][band] if band is not None else (None, False)
        return {
            "state": result.validity,
            "reasons": ",".join(result.reasons) or None,
            "total": result.scores[main],
            "band_id": band_id,
            "is_over": is_over,
            "has_flag": bool(result.flags),
            "scores": result.scores,
            "rule_bits": sum(
                1 << place for place, code in enumerate(table["flag_ids"]) if code in result.flags
            )
            or None,
        }

    @api.model
    def _insert_results(self, campaign, scale, results):
        """Insert results that were scored elsewhere; one that is there already stays.

        :param dict campaign: plain data of the campaign
        :param results: ``(student id, naive UTC moment, Result)``
        :return: ``{student id: response id}`` of what this call wrote
        """
        table, fresh = self.env["psych.scale"]._rule_table(scale.id), {}
        for student_id, at, result in results:
            row = {
                **self._result_row(table, result),
                "scale_id": scale.id,
                "row_key": None,
                "seconds": None,
                "answers_cipher": None,
            }
            found = self._insert_sheets(campaign, student_id, [row], at) or {}
            if found:
                fresh[student_id] = found[scale.id]
        return fresh

    @api.model
    def _declined_row(self, scale_id):
        """Column values of a sheet whose student chose not to take part: an answer, and never suspicious."""
        return {
            "scale_id": scale_id,
            "row_key": None,
            "state": "declined",
            "reasons": None,
            "seconds": None,
            "total": None,
            "band_id": None,
            "is_over": False,
            "has_flag": False,
            "answers_cipher": None,
            "scores": (),
            "rule_bits": None,
            "codes": (),
        }

    # ----------------------------------------------------------------------
    # Keys
    # ----------------------------------------------------------------------

    def _psych_row_key_sql(self):
        """The random key where there is one (sheets without student, sheets of an earlier version), see sheet_key."""
        return SQL("COALESCE(row_key, concat_ws('.', campaign_id, scale_id, round))")

    def _psych_rotate_row(self, row, columns):
        """Rotation also brings a sheet of an earlier version to the packed form: no row key where there is a student."""
        record = self.browse(row["id"])
        plain = record.campaign_id.id, record.scale_id.id, record.round
        row_key = None if row["student"] else row["row_key"]
        try:
            top = self.env["psych.scale"]._compiled_frozen(record.scale_id.id).top
            token = _seal_again(row, row_key or sheet_key(*plain), top)
        except cipher.CipherError:
            return 0, 1
        self.env.cr.execute(
            SQL(
                "UPDATE psych_response SET answers_cipher = %s, row_key = %s WHERE id = %s",
                token,
                row_key,
                row["id"],
            )
        )
        return 1, 0

    # ----------------------------------------------------------------------
    # Recomputation
    # ----------------------------------------------------------------------

    @api.model
    def _recompute_numbers(self, scale, after_id=0, limit=10_000):
        """Score the stored sheets of a scale again, answers to numbers (machine opening *score*).

        :return: (list of ``(id, Result)``, highest id looked at or 0 when done)
        """
        key = scale._compiled()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, answers_cipher, %s, COALESCE(student_id, 0), seconds FROM psych_response
                WHERE scale_id = %s AND id > %s AND answers_cipher IS NOT NULL ORDER BY id LIMIT %s""",
                self._psych_row_key_sql(),
                scale.id,
                after_id,
                limit,
            )
        )
        return _numbers(key, rows), rows[-1][0] if rows else 0

    @api.model
    def _explain_differences(self, scale):
        """Sheets whose stored numbers are not what the frozen scale gives now (must be none): list of ids."""
        different, after = [], 0
        while True:
            scored, after = self._recompute_numbers(scale, after)
            if not scored:
                return different
            arrays = self.browse([row[0] for row in scored])._arrays()
            different += [
                row_id
                for row_id, result in scored
                if [scoring.single(score) for score in result.scores] != arrays[row_id][0]
            ]
