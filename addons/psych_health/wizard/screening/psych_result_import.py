import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import clock, result_sheet, scoring
from ...tools.roster_sheet import RosterFileError

SHOWN = 500


class PsychResultImport(models.TransientModel):
    """Results of a questionnaire answered elsewhere, for example in the ministry's online system (S1-Art18-a).

    File → preview → apply. Nothing is written before the last button; then everything or nothing. Errors stand with row and
    column. The same file again changes nothing: a result that is there stays, a different one for the same student and
    campaign is an error, because a sheet never changes. Rules of the scale count as if it had been answered here.
    """

    _name = "psych.result.import"
    _description = "Import of results"

    state = fields.Selection(
        [("upload", "File"), ("preview", "Preview"), ("done", "Done")], default="upload", required=True
    )
    company_id = fields.Many2one(
        "res.company", string="School", required=True, readonly=True, default=lambda self: self.env.company
    )
    scale_id = fields.Many2one(
        "psych.scale",
        string="Scale",
        required=True,
        domain="[('kind', '=', 'imported'), ('state', '=', 'released')]",
        default=lambda self: self.env["psych.scale"].search(
            [("kind", "=", "imported"), ("state", "=", "released")], limit=1
        ),
    )
    campaign_id = fields.Many2one(
        "psych.campaign",
        string="Belongs to",
        domain="[('scale_ids', 'in', scale_id), ('state', '!=', 'draft')]",
        help="Empty = a new one is made from the file.",
    )
    campaign_name = fields.Char(string="Name of the new one")
    file = fields.Binary(
        attachment=False, help="XLSX, XLS, ODS or CSV: student number, results by factor, level."
    )
    filename = fields.Char()
    skip_errors = fields.Boolean(string="Leave out the rows with errors")

    # preview
    found = fields.Char(string="Columns used", readonly=True)
    left_out = fields.Char(string="Columns left out", readonly=True)
    row_count = fields.Integer(string="Rows read", readonly=True)
    new_count = fields.Integer(string="New results", readonly=True)
    same_count = fields.Integer(string="There already", readonly=True)
    error_count = fields.Integer(string="Rows with errors", readonly=True)
    flag_count = fields.Integer(string="Would need a look", readonly=True)
    issue_ids = fields.One2many("psych.result.import.issue", "import_id", string="Errors", readonly=True)

    # ----------------------------------------------------------------------
    # Reading
    # ----------------------------------------------------------------------

    def _factors(self):
        """The factors of the scale as the reader of the file wants them, names in all languages."""
        factors = []
        for factor in self.scale_id.factor_ids:
            factors.append(
                {
                    "code": factor.code,
                    "main": factor.is_main,
                    "names": self._names(factor),
                    "bands": [(band.min_score, self._names(band)) for band in factor.band_ids],
                }
            )
        return factors

    @staticmethod
    def _names(record):
        return [record.with_context(lang=lang).name for lang in ("zh_CN", "en_US")]

    def _rows(self):
        """``(found, left out, rows)`` of the file, problems of the register added.

        :raises UserError: the file as a whole cannot be used
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        try:
            found, left_out, rows = result_sheet.read(
                base64.b64decode(self.file), self.filename or "", self._factors()
            )
        except RosterFileError as fault:
            raise UserError(self._file_sentence(fault.code)) from None
        students = self._students([row.number for row in rows])
        stored = self._stored()
        for row in rows:
            row.student = students.get(row.number)
            if row.number and not row.student:
                row.problems.append(("", "unknown_student", row.number))
            elif row.student and row.name and row.name.replace(" ", "") != row.student.name.replace(" ", ""):
                row.problems.append(("", "other_name", row.name))
            if row.when and clock.to_utc(row.when, self.company_id.psych_tz) > clock.now():
                row.problems.append(("", "date_future", str(row.when)))
            row.result = scoring.rate(self.scale_id.definition, row.scores)
            row.same = False
            before = stored.get(row.student.id) if row.student else None
            if before is not None:
                row.same = _same(before, row.result.scores)
                if not row.same:
                    row.problems.append(("", "other_result", ""))
        return found, left_out, rows

    def _students(self, numbers):
        """``{number: student}`` of the school."""
        found = self.env["psych.student"].search(
            [("company_id", "=", self.company_id.id), ("number", "in", [n for n in numbers if n])]
        )
        return {student.number: student for student in found}

    def _stored(self):
        """``{student id: scores}`` of the results that stand in the chosen campaign."""
        sheets = self.env["psych.response"].search(
            [("campaign_id", "=", self.campaign_id.id), ("scale_id", "=", self.scale_id.id)]
        )
        arrays = sheets._arrays()
        return {sheet.student_id.id: arrays[sheet.id][0] for sheet in sheets}

    def _file_sentence(self, code):
        return {
            "file_empty": self.env._("The file is empty."),
            "file_too_large": self.env._("The file is too large."),
            "protected": self.env._("The file is under a password. Save it without one."),
            "no_result_heading": self.env._(
                "No row of headings was found with a student number and at least one result of this scale."
            ),
        }.get(code) or self.env._("The file cannot be read. Save it as XLSX or CSV.")

    def _sentence(self, code, value):
        return {
            "number_missing": self.env._("The student number is missing."),
            "number_rounded": self.env._(
                "The spreadsheet has rounded the student number. Format the column as text."
            ),
            "number_invalid": self.env._("This is not a student number."),
            "unknown_student": self.env._("No student with this number is in the register."),
            "other_name": self.env._("The register has another name for this number."),
            "twice": self.env._("This student stands in the file already: %(place)s.", place=value),
            "date_invalid": self.env._("This is not a date."),
            "date_future": self.env._("This date lies ahead."),
            "result_invalid": self.env._("This is neither a number nor a level of the scale."),
            "result_missing": self.env._("The level is missing."),
            "other_result": self.env._(
                "Another result of this student stands here already. A result never changes: import it under a new name."
            ),
        }[code]

    # ----------------------------------------------------------------------
    # Steps
    # ----------------------------------------------------------------------

    def action_preview(self):
        """Read the file and say what would happen; writes nothing but this page."""
        self.ensure_one()
        found, left_out, rows = self._rows()
        bad = [row for row in rows if row.problems]
        good = [row for row in rows if not row.problems]
        issues = [
            {
                "place": row.place,
                "heading": heading,
                "value": str(value or "")[:64],
                "sentence": self._sentence(code, value),
            }
            for row in bad
            for heading, code, value in row.problems
        ]
        self.issue_ids.unlink()
        self.write(
            {
                "state": "preview",
                "found": "、".join(found),
                "left_out": "、".join(left_out),
                "row_count": len(rows),
                "error_count": len(bad),
                "same_count": sum(row.same for row in good),
                "new_count": sum(not row.same for row in good),
                "flag_count": sum(bool(row.result.flags) for row in good if not row.same),
                "issue_ids": [(0, 0, vals) for vals in issues[:SHOWN]],
                "campaign_name": self.campaign_name
                or self.env._("%(scale)s, imported", scale=self.scale_id.name),
            }
        )
        return self._again()

    def action_apply(self):
        """Write the results: everything or nothing.

        :raises UserError: rows with errors that were not left out on purpose
        """
        self.ensure_one()
        _found, _left_out, rows = self._rows()
        good = [row for row in rows if not row.problems]
        if len(good) < len(rows) and not self.skip_errors:
            raise UserError(self.env._("Some rows have errors. Correct the file, or leave these rows out."))
        new = [row for row in good if not row.same]
        if new:
            self._write_results(new)
        self.write({"state": "done", "new_count": len(new), "file": False})
        return self._again()

    def action_back(self):
        """Back to the file."""
        self.write({"state": "upload", "file": False})
        return self._again()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Import results"),
        }

    # sudo seam: sheets are written by answering or by import only; the caller's right is that to this wizard
    def _write_results(self, rows):
        """Insert sheets, rules and coverage of the new results."""
        now = clock.now()
        for row in rows:
            row.at = clock.to_utc(row.when, self.company_id.psych_tz) if row.when else now
        campaign = self.campaign_id or self._new_campaign(rows)
        self.campaign_id = campaign
        students = self.env["psych.student"].union(*(row.student for row in rows))
        self._add_members(campaign, students)
        plain = campaign.sudo()._plain_data()
        Response, Flag = self.env["psych.response"].sudo(), self.env["psych.response.flag"]
        fresh = Response._insert_results(
            plain, self.scale_id, [(row.student.id, row.at, row.result) for row in rows]
        )
        for row in rows:
            if row.result.flags and row.student.id in fresh:
                Flag._raise(plain, row.student.id, self.scale_id.id, row.result.flags, fresh[row.student.id])
        self.env["psych.file"]._of_campaign(campaign)
        self.env["psych.campaign.coverage"].sudo()._rebuild(campaign)
        self.env["psych.campaign.coverage"].sudo()._cron_fold()

    def _new_campaign(self, rows):
        """A closed campaign that stands for what was answered elsewhere."""
        first, last = min(row.at for row in rows), max(row.at for row in rows)
        term = self.env["psych.term"]._current(self.company_id)
        campaign = self.env["psych.campaign"].create(
            {
                "name": self.campaign_name or self.scale_id.name,
                "company_id": self.company_id.id,
                "term_id": term.id,
                "date_open": first,
                "date_close": max(last, first + timedelta(hours=1)),
                "scale_ids": [(6, 0, self.scale_id.ids)],
                "followup_scale_id": False,
                "reminder_days": 0,
            }
        )
        campaign.state = "closed"
        return campaign

    def _add_members(self, campaign, students):
        """Who stands in the file took part."""
        self.env["psych.campaign.member"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_campaign_member (campaign_id, company_id, student_id, class_id, college_id, state, opens_at)
               SELECT %s, s.company_id, s.id, s.class_id, s.college_id, 'invited', %s FROM psych_student s WHERE s.id IN %s
               ON CONFLICT (campaign_id, student_id) DO NOTHING""",
                campaign.id,
                campaign.date_open,
                tuple(students.ids),
            )
        )
        self.env["psych.campaign.member"].invalidate_model()


def _same(stored, scores):
    """Are two lists of scores the same result? Stored numbers have single precision."""
    stored = list(stored) + [None] * (len(scores) - len(stored))
    return all(
        (a is None and b is None) or (a is not None and b is not None and abs(a - b) <= 1e-5 * max(1, abs(b)))
        for a, b in zip(stored, scores, strict=True)
    )


class PsychResultImportIssue(models.TransientModel):
    """A problem of a row, with row and column as the person sees them."""

    _name = "psych.result.import.issue"
    _description = "Problem of a row of results"
    _order = "id"

    import_id = fields.Many2one("psych.result.import", required=True, ondelete="cascade", index=True)
    place = fields.Char(string="Row", readonly=True)
    heading = fields.Char(string="Column", readonly=True)
    value = fields.Char(string="What stands there", readonly=True)
    sentence = fields.Char(string="What to do", readonly=True)

    @api.depends("place")
    def _compute_display_name(self):
        for issue in self:
            issue.display_name = issue.place
