import base64
import mimetypes

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import cipher, confidential, keys
from ...tools.confidential import Confidential
from .psych_confidential_mixin import ROTATE_BATCH

ROTATE_FILES = 50  # documents re-encrypted in one batch: each is a file

MAX_BYTES = 25 * 1024 * 1024
MAGIC = b"\x00psy\x00"
CONTENT = "content"


def _open_file(raw, row_key, student_id):
    """Return the plain bytes of a stored file; a function of this file, see the mixin."""
    bound = cipher.aad("psych.document", CONTENT, row_key, student_id)
    return keys.content_ring().decrypt(_to_token(raw), bound)


def _to_raw(token):
    """Bytes of a token: no text, so that no index of words is made of them."""
    version, key_id, body = token.split(".")
    return MAGIC + f"{version}.{key_id}".encode() + b"\x00" + base64.urlsafe_b64decode(body)


def _to_token(raw):
    if not raw.startswith(MAGIC):
        raise cipher.BadToken("not a file of ours")
    head, _sep, body = raw[len(MAGIC) :].partition(b"\x00")
    return f"{head.decode()}.{base64.urlsafe_b64encode(body).decode()}"


class PsychDocument(models.Model):
    """A file that belongs to a record with confidential content, kept encrypted (trap 31).

    ``ir.attachment`` gets ciphertext as octet-stream with a neutral name: no index of words, no
    checksum of the plain file, no preview. The file name is encrypted like the content. Whoever may
    read the record sees that there is a document; name and content open as the record's own content
    right does, through the gate, with a row on the log. The only way out is ``/psych/document/<id>``.

    Use: ``document_ids = fields.One2many("psych.document", "res_id", domain=[("res_model", "=", _name)])``.
    """

    _name = "psych.document"
    _inherit = ["psych.confidential.mixin"]
    _description = "Encrypted document"
    _order = "id desc"
    _rec_name = "id"
    _psych_content_right = "notes"
    _psych_grantable = False  # the record it belongs to is

    res_model = fields.Char("Kind of record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True, index=True
    )
    student_id = fields.Many2one("psych.student", readonly=True, index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    file_name = Confidential("File name")
    # upload only: reading gives nothing, the file leaves by its route
    content = fields.Binary("File", compute="_compute_content", inverse="_inverse_content", exportable=False)
    file_size = fields.Integer("Size (bytes)", readonly=True)
    key_id = fields.Char("Key id", readonly=True, groups=fields.NO_ACCESS)
    attachment_id = fields.Many2one(
        "ir.attachment", readonly=True, groups=fields.NO_ACCESS, ondelete="restrict"
    )
    download_url = fields.Char(compute="_compute_download_url")

    _owner = models.Index("(res_model, res_id)")

    def _compute_content(self):
        self.content = False

    def _inverse_content(self):
        """Nothing: ``create`` takes the file out of the values before the ORM sees it."""

    def _compute_download_url(self):
        for document in self:
            document.download_url = f"/psych/document/{document.id}" if document.id else False

    @api.depends("res_model")
    def _compute_display_name(self):
        for document in self:
            document.display_name = self.env._("Document %(number)s", number=document.id or "")

    # ------------------------------------------------------------------
    # Rights: those of the record the document belongs to
    # ------------------------------------------------------------------
    def _psych_records(self):
        """Return [(record, documents of it)] in the environment of the caller."""
        pairs = {}
        for document in self.sudo():  # sudo seam: which record a document belongs to, nothing else
            key = (document.res_model, document.res_id)
            pairs.setdefault(key, []).append(document.id)
        return [
            (self.env[model].browse(res_id), self.browse(ids))
            for (model, res_id), ids in pairs.items()
            if model in self.env
        ]

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self or self.env.su:
            return result
        refused = result[0] if result else self.browse()
        need = "read" if operation == "read" else "write"
        for record, documents in (self - refused)._psych_records():
            if not record.exists() or not record.has_access(need):
                refused |= documents
        if not refused:
            return None
        return refused, lambda: self.env["ir.rule"]._make_access_error(operation, refused)

    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        if self.env.su or bypass_access:
            return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)
        found = self.browse(super()._search(domain, order=order, **kwargs))
        allowed = found._filtered_access("read")
        end = None if limit is None else offset + limit
        return allowed[offset:end]._as_query(ordered=bool(order))

    @api.model
    def _psych_opened(self, documents):
        """Gate: the documents whose record opens to the door now under the record's own right."""
        opened = self.browse()
        for record, owned in documents._psych_records():
            right = getattr(record, "_psych_content_right", None)
            if right and self.env["psych.gate"]._may_open(record, right):
                opened |= owned
        return opened

    # ------------------------------------------------------------------
    # In and out
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        files = []
        prepared = []
        for vals in vals_list:
            files.append(self._psych_decode(vals.get(CONTENT)))
            rest = {key: value for key, value in vals.items() if key != CONTENT}
            prepared.append({**rest, **self._psych_owner_vals(rest)})
        documents = super().create(prepared)
        for document, data in zip(documents, files, strict=True):
            document._psych_store(data)
        return documents

    def write(self, vals):
        if {CONTENT, "res_model", "res_id", "student_id", "company_id"} & set(vals):
            raise UserError(self.env._("A document is not changed: please add a new one."))
        return super().write(vals)

    def unlink(self):
        attachments_sudo = self.sudo().attachment_id  # sudo seam: nobody has rights on the noise
        result = super().unlink()
        attachments_sudo.unlink()
        return result

    def _psych_decode(self, content):
        if not content:
            raise UserError(self.env._("Please choose a file."))
        data = base64.b64decode(content)
        if len(data) > MAX_BYTES:
            raise UserError(self.env._("The file is larger than 25 MB. Nothing was saved."))
        return data

    def _psych_owner_vals(self, vals):
        """Student and school of the record the document belongs to."""
        record = self.env[vals["res_model"]].browse(vals["res_id"])
        if not confidential.is_confidential(self.env, record._name):
            raise UserError(self.env._("Documents belong to records with confidential content."))
        path = self.env["psych.gate"]._student_path(record)
        students = record.mapped(path) if path else self.env["psych.student"]
        company = record.company_id if "company_id" in record._fields else self.env.company
        return {"student_id": students[:1].id, "company_id": company.id}

    def _psych_store(self, data):
        ring = keys.content_ring()
        bound = cipher.aad(self._name, CONTENT, self._psych_row_key(), self._psych_student_id())
        attachment = (
            # named seam: nobody has rights on the attachment; it holds ciphertext under a neutral name
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": "document",
                    "raw": _to_raw(ring.encrypt(data, bound)),
                    "mimetype": "application/octet-stream",
                    "res_model": self._name,
                    "res_id": self.id,
                    "description": confidential.Sealed("encrypted"),
                }
            )
        )
        # named seam: where the ciphertext lies
        self.sudo().write({"attachment_id": attachment.id, "key_id": ring.active, "file_size": len(data)})

    def _psych_download(self):
        """Return (file name, type, bytes) for the person at the door; the dispatcher logs it.

        :raises AccessError: when the record's content does not open, or the key is missing
        """
        self.ensure_one()
        if not self._psych_opened(self):
            raise AccessError(self.env._("This document is not open to you."))
        (row,) = self._psych_rows([])
        raw = self.sudo().attachment_id.raw  # sudo seam: ciphertext only
        try:
            data = _open_file(raw, row["row_key"], row["student"])
        except cipher.CipherError:
            raise AccessError(self.env._("This document is locked: its key is missing or wrong.")) from None
        confidential.door.note_opening(self, self._psych_content_right, CONTENT)
        name = self.file_name if not confidential.is_mark(self.file_name) else ""
        name = name or f"document-{self.id}"
        return name, mimetypes.guess_type(name)[0] or "application/octet-stream", data

    # ------------------------------------------------------------------
    # Rotation
    # ------------------------------------------------------------------
    @api.model
    def _psych_rotate(self, after_id=0, limit=ROTATE_BATCH):
        ring = keys.content_ring()
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, row_key, student_id AS student FROM psych_document "
                "WHERE id > %s AND (key_id IS DISTINCT FROM %s OR file_name_cipher NOT LIKE %s) "
                "ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
                after_id,
                ring.active,
                f"{cipher.VERSION}.{ring.active}.%",
                min(limit, ROTATE_FILES),
            )
        )
        done = broken = 0
        for row in rows:
            rotated, failed = self.browse(row["id"])._psych_rotate_file(row, ring)
            done, broken = done + rotated, broken + failed
        return (rows[-1]["id"] if rows else 0), done, broken

    def _psych_rotate_file(self, row, ring):
        column = "file_name" + confidential.SUFFIX
        (names,) = self._psych_rows(["file_name"])
        done, broken = self._psych_rotate_row({**row, column: names[column]}, [column])
        bound = cipher.aad(self._name, CONTENT, row["row_key"], row["student"])
        try:
            token = ring.rotate(_to_token(self.attachment_id.raw or b""), bound)
        except cipher.CipherError:
            return done, broken + 1
        self.attachment_id.write({"raw": _to_raw(token)})
        self.env.cr.execute(SQL("UPDATE psych_document SET key_id = %s WHERE id = %s", ring.active, self.id))
        return done + 1, broken

    @api.model
    def _psych_documents_of(self, record):
        """Return the documents of a record."""
        return self.search(Domain("res_model", "=", record._name) & Domain("res_id", "=", record.id))
