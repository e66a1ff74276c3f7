import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock, sealed_sheet

SEAM = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""
HOURS_TO_TAKE = 72
ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY3479"


class PsychExportRequest(models.Model):
    """A list with names leaves the system: asked, approved by a second person, taken once, under password.

    (S1-Art20-c; PIPL art. 51.) The register keeps who, why, for whom, how many rows and the hash of the file. The
    file itself is not kept. Cells cannot start a formula in the program that opens them.
    """

    _name = "psych.export.request"
    _description = "Export with names"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="School",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("roster", "Roster of students"), ("family", "Family contacts")], required=True, default="roster"
    )
    unit_id = fields.Many2one(
        "psych.unit",
        string="College or class",
        help="Empty: all that you may read.",
        domain="[('role', 'in', ('college', 'class'))]",
    )
    purpose = fields.Char(required=True, help="What the list is needed for; no names here.")
    recipient = fields.Char(required=True, help="Who gets the list.")
    delete_on = fields.Date(
        string="Deleted by", required=True, help="Until when the list will be deleted again."
    )
    user_id = fields.Many2one(
        "res.users", string="Asked by", readonly=True, default=lambda self: self.env.user
    )
    approved_by_id = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)
    taken_at = fields.Datetime(readonly=True)
    row_count = fields.Integer(readonly=True)
    file_hash = fields.Char(string="SHA-256 of the file", readonly=True)
    state = fields.Selection(
        [("asked", "Requested"), ("approved", "Approved"), ("refused", "Refused"), ("taken", "Taken")],
        required=True,
        default="asked",
        readonly=True,
    )

    def _asked(self):
        """Names of the fields that whoever asks fills in; everything else is the system's."""
        return {"kind", "unit_id", "purpose", "recipient", "delete_on"}

    @api.model_create_multi
    def create(self, vals_list):
        asked = self._asked()
        prepared = [
            {
                **{name: value for name, value in vals.items() if name in asked},
                # named seam: the next number
                "number": self.env["ir.sequence"].sudo().next_by_code("psych.export.request"),
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "state": "asked",
            }
            for vals in vals_list
        ]
        return super().create(prepared)

    def write(self, vals):
        if self.env.context.get("psych_export") is not SEAM:
            raise AccessError(self.env._("A request is decided and taken, never edited."))
        return super().write(vals)

    # sudo seam: each caller checks who acts
    def _seam(self):
        return self.sudo().with_context(psych_export=SEAM)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_register(self):
        raise UserError(self.env._("The register of exports is kept."))

    def _decide(self, state):
        for row in self:
            if row.user_id == self.env.user:
                raise AccessError(self.env._("Another person than the one who asked decides."))
            if not self.env.user._psych_has_scope("centre_head", company=row.company_id):
                raise AccessError(self.env._("The head of the centre decides on lists with names."))
            if row.state != "asked":
                raise UserError(self.env._("This request is decided already."))
        self._seam().write({"state": state, "approved_by_id": self.env.uid, "approved_at": clock.now()})

    def action_approve(self):
        """Approve: the person who asked may take the list once, within three days."""
        self._decide("approved")

    def action_refuse(self):
        """Refuse."""
        self._decide("refused")

    def action_open_take(self):
        """Go to the page where the list is made and its password shown once."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/psych/export/{self.id}", "target": "new"}

    def _take(self):
        """Make the file for the person who asked: once, as that person reads it, under a fresh password.

        :return: (bytes, password); the password is empty where the file names nobody and is no workbook
        """
        self.ensure_one()
        if self.user_id != self.env.user or self.state != "approved":
            raise AccessError(self.env._("Only who asked takes the list, once, after it was approved."))
        if (clock.now() - self.approved_at).total_seconds() > HOURS_TO_TAKE * 3600:
            raise UserError(self.env._("The approval is older than three days. Please ask again."))
        header, rows = self._rows()
        content, password = self._file(header, rows)
        self._seam().write(
            {
                "state": "taken",
                "taken_at": clock.now(),
                "row_count": len(rows),
                "file_hash": hashlib.sha256(content).hexdigest(),
            }
        )
        return content, password

    def _file(self, header, rows):
        """Return (bytes, password) of the file."""
        password = "".join(secrets.choice(ALPHABET) for _ in range(12))
        return sealed_sheet.workbook(header, rows, password), password

    def _file_kind(self):
        """Return (ending, media type) of the file."""
        return "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def _rows(self):
        """Return (header, rows) under the rights of the person who asked."""
        domain = [("company_id", "=", self.company_id.id)]
        if self.unit_id:
            domain += ["|", ("class_id", "=", self.unit_id.id), ("college_id", "=", self.unit_id.id)]
        students = self.env["psych.student"].search(domain)
        if self.kind == "roster":
            names = (
                "number",
                "name",
                "gender",
                "class_id",
                "college_id",
                "room_id",
                "phone",
                "enrolment_state",
            )
            return self._cells(students, names)
        contacts = self.env["psych.family.contact"].search([("student_id", "in", students.ids)])
        return self._cells(contacts, ("student_id", "relation", "name", "phone", "do_not_contact"))

    def _cells(self, records, names):
        header = [records._fields[name]._description_string(self.env) for name in names]
        labels = {
            name: dict(records._fields[name]._description_selection(self.env))
            for name in names
            if records._fields[name].type == "selection"
        }

        def cell(record, name):
            value = record[name]
            if name in labels:
                return labels[name].get(value, "")
            if records._fields[name].type == "boolean":
                return "1" if value else ""
            return value.display_name if isinstance(value, models.BaseModel) else value or ""

        return header, [[cell(record, name) for name in names] for record in records]
