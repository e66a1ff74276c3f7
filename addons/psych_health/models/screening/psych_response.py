import secrets
import struct

from markupsafe import Markup
from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools import cipher, clock, confidential, keys, profile_chart, scoring, sheet

STATES = [
    ("valid", "Valid"),
    ("void", "Void"),
    ("incomplete", "Incomplete"),
    ("declined", "Declined"),
    ("imported", "Imported"),
]
# arrays beside the ORM
ARRAYS = (("scores", "real[]"), ("bands", "varchar"), ("flags", "integer[]"))
BANDS = "0123456789abcdefghijklmnopqrstuvwxyz"  # one sign per factor, "-" = no band
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
    ("answers_cipher", "text"),
    *ARRAYS,
)


def _numbers(key, rows):
    """Machine opening *score*: ``[(id, Result)]`` of sealed sheets; answers to numbers, never answers.

    A function of this file and not a method: code planted in the database reaches methods only.

    :param rows: ``(id, token, row key, student id, seconds)``
    """
    ring, bound, found = keys.content_ring(), cipher.aad, []
    for row_id, token, row_key, student_id, seconds in rows:
        text = ring.decrypt(token, bound("psych.response", "answers", row_key, student_id)).decode()
        found.append((row_id, key.score(sheet.from_text(text), seconds)))
    return found


def _single(score):
    """A score as the column keeps it: single precision holds every number of a scale to six digits."""
    return None if score is None else struct.unpack("f", struct.pack("f", score))[0]


def new_row_key():
    """A row key of 72 random bits: an index of millions of sheets stays small."""
    return secrets.token_urlsafe(9)


class PsychResponse(models.Model):
    """One answer sheet: a student, a scale, a campaign round. Written once, never changed.

    Answers are packed and encrypted (right *answers*); scores, bands and ids of rules stand in columns that SQL
    aggregates: ``scores``, ``bands`` (one sign per factor) and ``flags`` stand beside the ORM, parallel to the factors of
    the frozen scale. A submit only INSERTs, so thousands at once do not wait for each other. Unit, gender and entry year are a
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

    # identity
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True)
    campaign_id = fields.Many2one("psych.campaign", required=True, readonly=True, ondelete="restrict")
    scale_id = fields.Many2one("psych.scale", required=True, readonly=True, ondelete="restrict")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    round = fields.Integer(default=1, readonly=True)

    # snapshot
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True, ondelete="restrict")
    college_id = fields.Many2one("psych.unit", string="College", readonly=True, ondelete="restrict")
    gender = fields.Char(readonly=True)
    entry_year = fields.Integer(readonly=True)

    # what came out
    state = fields.Selection(STATES, required=True, readonly=True)
    reasons = fields.Char(string="Why void", readonly=True)
    submitted_at = fields.Datetime(readonly=True)
    seconds = fields.Integer(readonly=True)
    total = fields.Float(string="Main result", readonly=True, aggregator="avg")
    band_id = fields.Many2one("psych.scale.band", string="Band", readonly=True, ondelete="restrict")
    is_over = fields.Boolean(string="Over the line", readonly=True)
    has_flag = fields.Boolean(string="Rule fired", readonly=True)
    answers = confidential.Confidential(string="Answers")

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

    def init(self):
        """Columns beside the ORM: SQL aggregates them, no view reads them."""
        self._narrow_columns()
        for name, kind in ARRAYS:
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE psych_response ADD COLUMN IF NOT EXISTS %s %s",
                    SQL.identifier(name),
                    SQL(kind),
                )
            )

    def _narrow_columns(self):
        """Bring the columns of an earlier version to their present width."""
        for name, old, new, using in (
            ("scores", "_float8", "real[]", "scores::real[]"),
            ("bands", "_int2", "varchar", "array_to_string(bands, '', '-')"),
        ):
            known = self.env.execute_query(
                SQL(
                    "SELECT udt_name FROM information_schema.columns WHERE table_name = 'psych_response' AND column_name = %s",
                    name,
                )
            )
            if known and known[0][0] == old:
                self.env.cr.execute(
                    SQL(
                        "ALTER TABLE psych_response ALTER COLUMN %s TYPE %s USING %s",
                        SQL.identifier(name),
                        SQL(new),
                        SQL(using),
                    )
                )

    # ----------------------------------------------------------------------
    # Reading
    # ----------------------------------------------------------------------

    def _arrays(self):
        """``{id: (scores, indexes of bands, flag ids)}`` of the sheets."""
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL("SELECT id, scores, bands, flags FROM psych_response WHERE id IN %s", tuple(self.ids))
        )
        return {
            row_id: (scores or [], [BANDS.find(sign) for sign in bands or ""], flags or [])
            for row_id, scores, bands, flags in rows
        }

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
        names = ", ".join(name for name, _kind in COLUMNS)
        template = "(" + ", ".join(f"%s::{kind}" for _name, kind in COLUMNS) + ")"
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
        values = [tuple(row[name] for name, _kind in COLUMNS) for row in rows]
        found = execute_values(self.env.cr, query, values, template, page_size=len(values) + 1, fetch=True)
        if not found[0][0]:
            return None
        return {scale_id: response_id for _count, response_id, scale_id in found if response_id}

    @api.model
    def _sheet_row(self, scale_id, student_id, packed, seconds):
        """Score and seal one sheet.

        :param bytes packed: answers in the order of the items
        :return: dict of column values, plus ``codes`` (rules that fired) for the caller
        :raises ValueError: an answer that the scale does not offer
        """
        Scale = self.env["psych.scale"]
        key, table = Scale._compiled_frozen(scale_id), Scale._rule_table(scale_id)
        key.check(packed)
        result = key.score(packed, seconds)
        row_key = new_row_key()
        return {
            **self._result_row(table, result),
            "scale_id": scale_id,
            "row_key": row_key,
            "seconds": seconds,
            "answers_cipher": confidential.seal(
                self._name, "answers", sheet.to_text(packed), row_key, student_id
            ),
            "codes": result.flags,
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
            "scores": list(result.scores),
            "bands": "".join("-" if index is None else BANDS[index] for index in result.bands),
            "flags": [table["flag_ids"][code] for code in result.flags] or None,
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
                "row_key": new_row_key(),
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
            "row_key": new_row_key(),
            "state": "declined",
            "reasons": None,
            "seconds": None,
            "total": None,
            "band_id": None,
            "is_over": False,
            "has_flag": False,
            "answers_cipher": None,
            "scores": None,
            "bands": None,
            "flags": None,
            "codes": (),
        }

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
                """SELECT id, answers_cipher, row_key, COALESCE(student_id, 0), seconds FROM psych_response
                WHERE scale_id = %s AND id > %s AND answers_cipher IS NOT NULL ORDER BY id LIMIT %s""",
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
                if [_single(score) for score in result.scores]
                != [_single(score) for score in arrays[row_id][0]]
            ]
