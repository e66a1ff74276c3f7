import base64
import time
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.organisation.psych_roster_issue import SEVERITIES
from ...tools import roster_sheet as rs
from ...tools import roster_xlsx

SHOWN = 500


class PsychRosterImport(models.TransientModel):
    """Imports the roster of a school in three steps: file and columns, preview, apply.

    Nothing is written to the register before the last button; then everything or nothing. Importing the same file
    again changes nothing. Only the school administrator may.
    """

    _name = "psych.roster.import"
    _description = "Roster import"

    # step 1
    state = fields.Selection(
        [("upload", "File"), ("columns", "Columns"), ("preview", "Preview"), ("done", "Done")],
        default="upload",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company", string="School", required=True, readonly=True, default=lambda self: self.env.company
    )
    file = fields.Binary(attachment=False, help="XLSX, XLS, ODS or CSV, up to 60 MB.")
    filename = fields.Char()
    table_data = fields.Binary(
        attachment=False, readonly=True, help="The rows as they were read, for the next step."
    )
    column_ids = fields.One2many("psych.roster.import.column", "import_id", string="Columns")
    left_out = fields.Char(compute="_compute_left_out", string="Left out")
    sensitive = fields.Char(compute="_compute_left_out", string="Better not in the file")
    read_count = fields.Integer(string="Rows read", readonly=True)
    skipped_count = fields.Integer(string="Blank and total rows skipped", readonly=True)

    # choices
    fill_down = fields.Boolean(
        string="Empty cells repeat the cell above",
        help="For lists that write the class only into the first row of each block.",
    )
    mark_left = fields.Boolean(
        string="Students missing in the file have left",
        help="Only the grades and colleges of which at least half stand in the file are looked at.",
    )
    skip_errors = fields.Boolean(string="Leave out the rows with errors")

    # step 2
    batch_id = fields.Many2one("psych.roster.batch", readonly=True, ondelete="set null")
    unit_ids = fields.One2many("psych.roster.import.unit", "import_id", string="To be created")
    staff_text = fields.Html(compute="_compute_staff_text", string="Tutors and class teachers")
    row_count = fields.Integer(related="batch_id.row_count")
    new_count = fields.Integer(related="batch_id.new_count")
    changed_count = fields.Integer(related="batch_id.changed_count")
    moved_count = fields.Integer(related="batch_id.moved_count")
    left_count = fields.Integer(related="batch_id.left_count")
    same_count = fields.Integer(related="batch_id.same_count")
    error_count = fields.Integer(related="batch_id.error_count")
    dropped_count = fields.Integer(related="batch_id.dropped_count")
    note_count = fields.Integer(related="batch_id.note_count")
    new_line_ids = fields.Many2many("psych.roster.line", compute="_compute_lines", string="New students")
    changed_line_ids = fields.Many2many(
        "psych.roster.line", compute="_compute_lines", string="Changed students"
    )
    moved_line_ids = fields.Many2many("psych.roster.line", compute="_compute_lines", string="Moved students")
    left_line_ids = fields.Many2many(
        "psych.roster.line", compute="_compute_lines", string="Departed students"
    )
    error_ids = fields.Many2many("psych.roster.issue", compute="_compute_lines", string="Errors")
    dropped_ids = fields.Many2many(
        "psych.roster.issue", compute="_compute_lines", string="Cells that are left out"
    )
    note_ids = fields.Many2many("psych.roster.issue", compute="_compute_lines", string="Please look at these")
    watched_line_ids = fields.Many2many(
        "psych.roster.line",
        compute="_compute_watched_line_ids",
        string="Students with open matters",
        groups="psych_health.group_psych_health_centre",
    )
    nothing_to_do = fields.Boolean(compute="_compute_nothing_to_do")
    seconds = fields.Float(readonly=True, digits=(8, 1))

    # downloads
    error_file = fields.Binary(attachment=False, readonly=True)
    template_file = fields.Binary(attachment=False, readonly=True)

    def init(self):
        """A workbook is packed already: the database does not try to press it once more."""
        self.env.cr.execute(
            "ALTER TABLE psych_roster_import ALTER file SET STORAGE EXTERNAL, ALTER table_data SET STORAGE EXTERNAL"
        )

    @api.depends("filename")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = wizard.filename or self.env._("Roster import")

    @api.depends("column_ids.field")
    def _compute_left_out(self):
        for wizard in self:
            unused = wizard.column_ids.filtered(lambda column: not column.field)
            others = unused.filtered(lambda column: not column.usual and not column.sensitive)
            wizard.left_out = "、".join(others.mapped("heading"))
            wizard.sensitive = "、".join(unused.filtered("sensitive").mapped("heading"))

    @api.depends("batch_id")
    def _compute_lines(self):
        Line, Issue = self.env["psych.roster.line"], self.env["psych.roster.issue"]
        for wizard in self:
            own = [("batch_id", "=", wizard.batch_id.id)]
            for kind in ("new", "changed", "moved", "left"):
                wizard[f"{kind}_line_ids"] = Line.search(own + [("kind", "=", kind)], limit=SHOWN)
            for severity, _label in SEVERITIES:
                wizard[f"{severity}_ids"] = Issue.search(own + [("severity", "=", severity)], limit=SHOWN)

    @api.depends("batch_id")
    def _compute_watched_line_ids(self):
        """For a person of the centre only: the school administrator must not learn who is watched."""
        for wizard in self:
            lines = self.env["psych.roster.line"].search(
                [("batch_id", "=", wizard.batch_id.id), ("kind", "in", ("moved", "left"))]
            )
            watched = self.env["psych.hooks"]._watched_students(lines.student_id)
            wizard.watched_line_ids = lines.filtered(lambda line, watched=watched: line.student_id in watched)

    @api.depends("batch_id")
    def _compute_staff_text(self):
        for wizard in self:
            rows = (wizard.batch_id.plan or {}).get("staff", [])
            wizard.staff_text = (
                self.env["ir.qweb"]._render(
                    "psych_health.psych_roster_import_staff",
                    {"rows": rows[:SHOWN], "more": max(len(rows) - SHOWN, 0)},
                )
                if rows
                else False
            )

    @api.depends("batch_id")
    def _compute_nothing_to_do(self):
        for wizard in self:
            batch = wizard.batch_id
            wizard.nothing_to_do = bool(batch) and not any(
                (
                    batch.new_count,
                    batch.changed_count,
                    batch.moved_count,
                    batch.left_count,
                    (batch.plan or {}).get("staff"),
                )
            )

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_read(self):
        """Step 1: read the file and propose what each column stands for."""
        self.ensure_one()
        self._check_administrator()
        table = self._read_table()
        self.table_data = base64.b64encode(table.pack())
        self.column_ids.unlink()
        self.column_ids = [
            fields.Command.create(
                {
                    "sequence": place,
                    "heading": column.heading,
                    "field": column.field,
                    "sample": " · ".join(column.samples),
                    "usual": column.usual,
                    "sensitive": column.sensitive,
                }
            )
            for place, column in enumerate(table.columns)
        ]
        self.write(
            {
                "state": "columns",
                "read_count": len(table.rows),
                "skipped_count": table.skipped,
                "batch_id": False,
            }
        )
        return True

    def action_preview(self):
        """Step 2: show what the file would do; the choices of columns are remembered."""
        self.ensure_one()
        self._check_administrator()
        started = time.monotonic()
        self._check_columns()
        self._remember()
        refused = [[unit.role, unit.key] for unit in self.unit_ids if not unit.create_it]
        self.batch_id.sudo().unlink()  # named seam: the former preview of the same person
        self.batch_id = self.env["psych.roster.batch"]._preview(
            self.company_id,
            self.filename or "CSV",
            self._payload(),
            {"refused": refused, "mark_left": self.mark_left},
        )
        self._show_units(refused)
        self.write({"state": "preview", "seconds": time.monotonic() - started})
        return True

    def action_apply(self):
        """Step 3: do it, whole or not at all."""
        self.ensure_one()
        started = time.monotonic()
        self.batch_id._apply(skip_errors=self.skip_errors, by_orm=self._by_orm(), payload=self._payload)
        self.write(
            {"state": "done", "seconds": time.monotonic() - started, "file": False, "table_data": False}
        )
        return True

    def action_back(self):
        """One step back; what was chosen is kept."""
        self.ensure_one()
        self.state = {"columns": "upload", "preview": "columns"}.get(self.state, "upload")
        return True

    def action_undo(self):
        """Take the import back while nothing was built on it."""
        self.ensure_one()
        self.batch_id.action_undo()
        self.write({"state": "upload", "batch_id": False, "filename": False})
        return True

    def action_open_students(self):
        """The students of this import in the register."""
        return self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_student_action")

    def action_open_lines(self):
        return self.batch_id.action_open_lines()

    def action_open_issues(self):
        return self.batch_id.action_open_issues()

    def action_download_template(self):
        """An empty roster with the usual headings."""
        self._check_administrator()
        self.template_file = base64.b64encode(
            roster_xlsx.template(
                self.env._("Student roster"),
                self.env._("How to fill in"),
                [
                    self.env._("Dark columns are needed for a new student: number, name, college, class."),
                    self.env._(
                        "An empty cell changes nothing. Extra columns are left out. Please no identity card or bank numbers."
                    ),
                    self.env._(
                        "A class, room or programme that does not exist yet is offered for creation in the preview."
                    ),
                    self.env._("Tutor and class teacher: name, login or staff number."),
                ],
            )
        )
        return self._download("template_file", self.env._("roster-template.xlsx"))

    def action_download_errors(self):
        """The rows with remarks as a workbook, cells marked; it can be corrected and imported again."""
        self._check_administrator()
        table = self._load_table()
        fields_of = self._fields_of(table)
        place_of = {name: place for place, name in enumerate(fields_of) if name}
        remarks = defaultdict(list)
        for issue in self.env["psych.roster.issue"].search([("batch_id", "=", self.batch_id.id)]):
            remarks[issue.row_index].append((place_of.get(issue.field), issue.severity, issue.message))
        labels = (self.env._("To be corrected"), "行", "导入问题", self.company_id.name)
        self.error_file = base64.b64encode(roster_xlsx.marked(table, remarks, labels))
        return self._download("error_file", self.env._("roster-to-correct.xlsx"))

    # ----------------------------------------------------------------------
    # Business
    # ----------------------------------------------------------------------

    def _check_administrator(self):
        self.env["psych.roster.batch"].with_company(self.company_id)._check_administrator()

    def _read_table(self):
        """The uploaded file as a table; what is wrong with it in one sentence.

        :raises UserError: the file cannot be used
        """
        if not self.file:
            raise UserError(self.env._("Please choose a file first."))
        remembered = self.env["psych.roster.mapping"]._remembered(self.company_id)
        try:
            return rs.read_table(
                base64.b64decode(self.with_context(bin_size=False).file), self.filename or "", remembered
            )
        except rs.RosterFileError as error:
            raise UserError(self._file_sentence(error)) from error

    def _load_table(self):
        """The rows that were read in step 1."""
        if not self.table_data:
            return self._read_table()
        return rs.Table.unpack(base64.b64decode(self.with_context(bin_size=False).table_data))

    def _fields_of(self, table):
        """Field of each column of the table as chosen on the screen."""
        chosen = {column.heading: column.field for column in self.column_ids}
        return [chosen.get(column.heading) or None for column in table.columns]

    def _check_columns(self):
        """Each field once, number and name present."""
        seen = {}
        for column in self.column_ids.filtered("field"):
            if column.field in seen:
                raise UserError(
                    self.env._(
                        "Two columns stand for the same field: “%(first)s” and “%(second)s”. Leave one of them out.",
                        first=seen[column.field],
                        second=column.heading,
                    )
                )
            seen[column.field] = column.heading
        for needed in ("number", "name"):
            if needed not in seen:
                raise UserError(self._file_sentence(rs.RosterFileError("column_missing", field=needed)))

    def _remember(self):
        """Keep what the person chose differently from what the heading says by itself."""
        Mapping = self.env["psych.roster.mapping"]
        remembered = Mapping._remembered(self.company_id)
        choices = [
            (column.heading, column.field)
            for column in self.column_ids
            if (rs.field_of(column.heading, remembered) or False) != (column.field or False)
            and not (
                not column.field
                and rs.field_of(column.heading, remembered) in self.column_ids.mapped("field")
            )
        ]
        Mapping._remember(self.company_id, choices)

    def _payload(self):
        """The rows of the file, cleaned, as plain data.

        :raises UserError: the columns for number and name are missing
        """
        table = self._load_table()
        try:
            cleaned = rs.clean_table(table, self._fields_of(table), self.fill_down)
        except rs.RosterFileError as error:
            raise UserError(self._file_sentence(error)) from error
        values = dict(cleaned.values)
        if "birth_date" in values:
            values["birth_date"] = [day and day.isoformat() for day in values["birth_date"]]
        several = table.places[0][0] != table.places[-1][0]
        return {
            "size": cleaned.size,
            "values": values,
            "places": [f"{sheet}!{row}" if several else str(row) for sheet, row in table.places],
            "headings": {column.field: column.heading for column in self.column_ids if column.field},
            "issues": [
                [issue.row, issue.field, issue.code, issue.value, issue.other] for issue in cleaned.issues
            ],
        }

    def _show_units(self, refused):
        """List what would be created, with a tick; what was refused stays in the list without one."""
        kept = {(unit.role, unit.key): unit for unit in self.unit_ids if not unit.create_it}
        planned = (self.batch_id.plan or {}).get("units", [])
        (self.unit_ids - self.env["psych.roster.import.unit"].concat(*kept.values())).unlink()
        self.unit_ids = [
            fields.Command.create(
                {
                    "role": line["role"],
                    "key": line["key"],
                    "name": line["name"],
                    "parent_name": line["parent"],
                    "count": line.get("count", 1),
                    "rows": line["rows"],
                    "similar": line["similar"],
                }
            )
            for line in planned
            if (line["role"], line["key"]) not in kept
        ]

    def _by_orm(self):
        """Schools whose own addons extend students choose the slow path by a system parameter."""
        # named seam: one setting
        return self.env["ir.config_parameter"].sudo().get_param("psych_health.roster_by_orm") == "1"

    def _download(self, field, filename):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/{field}/{filename}?download=true",
            "target": "self",
        }

    def _file_sentence(self, error):
        """What is wrong with the file as a whole, and what to do."""
        params = error.params
        labels = dict(
            self.env["psych.roster.import.column"]._fields["field"]._description_selection(self.env)
        )
        return {
            "file_empty": lambda: self.env._("The file is empty. Please choose another one."),
            "file_too_large": lambda: self.env._(
                "The file is larger than %(megabytes)s MB. Please split it.", **params
            ),
            "no_heading": lambda: self.env._(
                "No row with headings was found. One row must name the columns, at least 学号 and 姓名. Found: %(headings)s",
                headings=params.get("headings") or "–",
            ),
            "no_rows": lambda: self.env._("There are headings but no students below them."),
            "too_many_rows": lambda: self.env._(
                "The file has more than %(rows)s rows. Please split it.", **params
            ),
            "not_a_sheet": lambda: self.env._(
                "This is no spreadsheet, although it may be named so (web page or PDF). Open it and save it as XLSX."
            ),
            "protected": lambda: self.env._(
                "The file is protected by a password. Remove it and choose the file again."
            ),
            "encoding": lambda: self.env._(
                "The text of the file cannot be read. Save it as XLSX, or as CSV in UTF-8."
            ),
            "column_missing": lambda: self.env._(
                "No column stands for “%(field)s”. Please choose one.",
                field=labels.get(params.get("field"), params.get("field")),
            ),
        }.get(
            error.code,
            lambda: self.env._("The file cannot be read. Open it, save it as XLSX and choose it again."),
        )()
