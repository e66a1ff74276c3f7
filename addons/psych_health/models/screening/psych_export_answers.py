import csv
import io
import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import clock, door, scale_file, scoring, sealed_sheet, sheet


class PsychExportAnswers(models.Model):
    """Answers of a campaign leave the system: asked, approved by the head of the centre, taken once.

    One scale at a time, as XLSX, CSV or FHIR R4 QuestionnaireResponse. Names go out in the sealed workbook only; without
    names each person is a random code of this one file. Whoever takes it must be allowed to open each answer: the gate
    decides and the reading log is written, as if the sheets had been opened one by one.
    """

    _inherit = "psych.export.request"

    kind = fields.Selection(
        selection_add=[("answers", "Answers of a campaign")], ondelete={"answers": "cascade"}
    )
    campaign_id = fields.Many2one(
        "psych.campaign", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    scale_id = fields.Many2one("psych.scale", string="Scale", readonly=True, ondelete="restrict")
    file_format = fields.Selection(
        [("xlsx", "XLSX, under password"), ("csv", "CSV, without names"), ("fhir", "FHIR R4, without names")],
        default="xlsx",
        readonly=True,
    )
    with_names = fields.Boolean(readonly=True)

    def _asked(self):
        return super()._asked() | {"campaign_id", "scale_id", "file_format", "with_names"}

    @api.constrains("kind", "campaign_id", "scale_id", "file_format", "with_names")
    def _check_answers(self):
        for row in self.filtered(lambda row: row.kind == "answers"):
            if (
                not row.campaign_id
                or row.scale_id not in row.campaign_id.scale_ids | row.campaign_id.followup_scale_id
            ):
                raise ValidationError(self.env._("Choose a campaign and one of its scales."))
            if row.campaign_id.company_id != row.company_id:
                raise ValidationError(self.env._("The campaign belongs to another school."))
            if row.with_names and row.file_format != "xlsx":
                raise ValidationError(self.env._("Names leave in the sealed workbook only."))

    # ----------------------------------------------------------------------
    # The file
    # ----------------------------------------------------------------------

    def _sheets(self):
        """The sheets of the request that hold answers, as the caller may read them, in the order of ids."""
        domain = [
            ("campaign_id", "=", self.campaign_id.id),
            ("scale_id", "=", self.scale_id.id),
            ("state", "in", ("valid", "void", "incomplete")),
        ]
        if self.unit_id:
            domain += ["|", ("class_id", "=", self.unit_id.id), ("college_id", "=", self.unit_id.id)]
        return self.env["psych.response"].search(domain, order="id")

    def _rows(self):
        if self.kind != "answers":
            return super()._rows()
        sheets = self._sheets()
        self.env["psych.gate"]._check_open(sheets, "answers")
        door.state_reason(
            self.env._("Export %(number)s: %(purpose)s", number=self.number, purpose=self.purpose)
        )
        items = self.scale_id.item_ids.sorted(lambda part: (part.sequence, part.id))
        factors = self.scale_id.factor_ids.sorted(lambda part: (part.sequence, part.id))
        arrays = sheets._arrays()
        header = [
            self.env._("Person"),
            *([self.env._("Name"), self.env._("Class")] if self.with_names else []),
            self.env._("Grade"),
            self.env._("Gender"),
            self.env._("Submitted"),
            self.env._("Seconds"),
            self.env._("State"),
            *items.mapped("code"),
            *factors.mapped("name"),
        ]
        rows = [self._answer_cells(response, arrays[response.id][0]) for response in sheets]
        if not self.with_names:
            # the order of arrival would tell who is who
            secrets.SystemRandom().shuffle(rows)
        return header, rows

    def _answer_cells(self, response, scores):
        packed = sheet.from_text(response.answers) if response.answers else b""
        when = clock.local(response.submitted_at, self.company_id.psych_tz) if response.submitted_at else None
        if self.with_names:
            student = response.student_id
            person = [student.number or "", student.name or "", response.class_id.name or ""]
            moment = f"{when:%Y-%m-%d %H:%M}" if when else ""
        else:
            person, moment = [secrets.token_hex(6)], f"{when:%Y-%m-%d}" if when else ""
        return [
            *person,
            response.entry_year or "",
            response.gender or "",
            moment,
            response.seconds or "",
            response.state,
            *(("" if value == scoring.MISSING else value) for value in packed),
            *(("" if score is None else score) for score in scores),
        ]

    def _file(self, header, rows):
        if self.kind != "answers" or self.file_format == "xlsx":
            return super()._file(header, rows)
        if self.file_format == "csv":
            stream = io.StringIO()
            writer = csv.writer(stream)
            writer.writerows([[sealed_sheet.safe(cell) for cell in row] for row in (header, *rows)])
            return stream.getvalue().encode("utf-8-sig"), ""
        return self._fhir(rows), ""

    def _fhir(self, rows):
        """A FHIR R4 Bundle of QuestionnaireResponse, one per sheet."""
        codes = self.scale_id.item_ids.sorted(lambda part: (part.sequence, part.id)).mapped("code")
        entries = []
        for row in rows:
            answers = dict(
                zip(codes, (None if cell == "" else cell for cell in row[6 : 6 + len(codes)]), strict=True)
            )
            resource = scale_file.answers_to_fhir(
                self.scale_id.code, self.scale_id.version, answers, row[0], row[3]
            )
            entries.append({"resource": resource})
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        return json.dumps(bundle, ensure_ascii=False, indent=1).encode()

    def _file_kind(self):
        if self.kind == "answers" and self.file_format == "csv":
            return "csv", "text/csv"
        if self.kind == "answers" and self.file_format == "fhir":
            return "json", "application/fhir+json"
        return super()._file_kind()
