import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools import cipher, confidential, keys

ROTATE_BATCH = 500


def _open_token(model, field, row, locked):
    """Return the text of one token, ``locked`` when no key opens it.

    A function of this file and not a method: code planted in the database reaches methods only.
    """
    token = row[field.column_name]
    if not token:
        return False
    bound = cipher.aad(model, field.name, row[confidential.ROW_KEY], row["student"])
    try:
        return field.text_of(keys.content_ring().decrypt(token, bound))
    except cipher.CipherError:
        return locked


class PsychConfidentialMixin(models.AbstractModel):
    """Encrypted content of a record (S1-Art20-a; promise 5: a dump reads as noise).

    A model inherits this and declares ``note = Confidential()`` (tools/confidential.py). It states:

    - ``_psych_content_right``: which of the content rights the text is under, see ``psych.gate``;
    - ``_psych_student_field``: stored Many2one to ``psych.student`` on the same row the text is
      bound to, None when the row is about nobody or about many;
    - ``_psych_student_path``: dotted path to the student(s) for lock-out and the own-file list,
      the student field when not given.

    Content is encrypted in ``create``/``write`` before the ORM sees it and opened by
    ``psych.gate`` for the person at the door only; ``sudo()`` and ``with_user()`` open nothing.
    List this mixin BEFORE ``mail.thread`` in ``_inherit``.
    """

    _name = "psych.confidential.mixin"
    _description = "Encrypted content"
    _psych_content_right = "notes"
    _psych_student_field = "student_id"
    _psych_student_path = None
    # the student of a signed link may open the own record (answers of a half-filled sheet)
    _psych_link_opens = False

    row_key = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)

    _row_key_unique = models.UniqueIndex("(row_key)", "The row key of encrypted content is unique.")

    # ------------------------------------------------------------------
    # Opening
    # ------------------------------------------------------------------
    def _compute_confidential(self):
        names = confidential.confidential_names(self)
        texts = self._psych_open_texts(names)
        closed = self._psych_closed_mark()
        for record in self:
            origin_id = record._origin.id
            for name in names:
                value = texts[origin_id][name] if origin_id in texts else closed
                if not origin_id:
                    value = False
                self._fields[name]._insert_cache(record, [value or None])

    def _psych_open_texts(self, names):
        """Return {id: {field: text, locked mark or False}} of the records that open, asked here."""
        opened = self.env["psych.gate"]._may_open(self._origin, self._psych_content_right)
        locked = self._psych_locked_mark()
        return {
            row["id"]: {name: _open_token(self._name, self._fields[name], row, locked) for name in names}
            for row in opened._psych_rows(names)
        }

    def _psych_rows(self, names):
        """Return id, row key, student id and tokens of the rows, straight from the table."""
        if not self:
            return []
        columns = [name + confidential.SUFFIX for name in names]
        student = self._psych_student_field
        self.flush_recordset([confidential.ROW_KEY, *columns, *([student] if student else [])])
        return self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM %s WHERE id IN %s",
                self._psych_columns(columns),
                SQL.identifier(self._table),
                tuple(self.ids),
            )
        )

    def _psych_columns(self, columns):
        """Id, row key and student of a row, and its tokens."""
        student = self._psych_student_field
        return SQL(
            "id, %s AS row_key, %s AS student%s",
            self._psych_row_key_sql(),
            SQL.identifier(student) if student else SQL("0"),
            SQL("").join(SQL(", %s", SQL.identifier(column)) for column in columns),
        )

    def _psych_row_key_sql(self):
        """What the tokens of a row are bound to: unique, known before the row is there, and never changed."""
        return SQL.identifier(confidential.ROW_KEY)

    def _psych_filled(self, name):
        """Whether the confidential field ``name`` of this record holds a text, for whomever it opens."""
        return any(row[name + confidential.SUFFIX] for row in self._psych_rows([name]))

    def _psych_closed_mark(self):
        return confidential.MARK + self.env._("Not open to you")

    def _psych_locked_mark(self):
        return confidential.MARK + self.env._("Locked: the key of this content is missing or wrong")

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        names = confidential.confidential_names(self)
        prepared, plain = [], []
        for vals in vals_list:
            rest, texts = self._psych_split(vals, names)
            row_key = confidential.Sealed(secrets.token_hex(16))
            student = self._psych_student_of_vals(rest) if texts else 0
            tokens = self._psych_seal(texts, row_key, student)
            prepared.append({**rest, confidential.ROW_KEY: row_key, **tokens})
            plain.append((student, texts))
        records = super().create(prepared)
        if self._psych_student_may_differ():
            for record, (student, texts) in zip(records, plain, strict=True):
                if texts and record._psych_student_id() != student:
                    record._psych_write_tokens(texts)
        return records

    def write(self, vals):
        names = confidential.confidential_names(self)
        rest, texts = self._psych_split(vals, names)
        self._psych_check_student_kept(rest, names)
        if not texts:
            return super().write(rest) if rest or not vals else True
        self._psych_check_overwrite(list(texts))
        if len(self) == 1:
            tokens = self._psych_seal(texts, self._psych_row_key(), self._psych_student_id())
            return super().write({**rest, **tokens})
        if rest:
            super().write(rest)
        for record in self:
            record._psych_write_tokens(texts)
        return True

    def _psych_write_tokens(self, texts):
        self.ensure_one()
        tokens = self._psych_seal(texts, self._psych_row_key(), self._psych_student_id())
        return super().write(tokens)

    def _psych_split(self, vals, names):
        """Part values into plain ones and confidential texts; marks are dropped, never written."""
        rest, texts = {}, {}
        for name, value in vals.items():
            if name in names:
                if confidential.is_mark(value):
                    self._psych_check_mark_untouched(value)
                else:
                    texts[name] = value
            elif isinstance(self._fields.get(name), confidential.Cipher) or name == "row_key":
                if not isinstance(value, confidential.Sealed):
                    raise AccessError(self.env._("Encrypted columns are written by the system only."))
                rest[name] = value
            else:
                rest[name] = value
        return rest, texts

    def _psych_check_mark_untouched(self, value):
        marks = {self._psych_closed_mark(), self._psych_locked_mark()}
        if not any(value.strip() == mark.strip() for mark in marks):
            raise UserError(
                self.env._("This text is not open to you, so it cannot be changed. Nothing was saved.")
            )

    def _psych_seal(self, texts, row_key, student_id):
        try:
            return {
                name + confidential.SUFFIX: text
                and confidential.seal(self._name, name, text, row_key, student_id)
                for name, text in texts.items()
            }
        except cipher.CipherError:
            raise UserError(
                self.env._(
                    "The text cannot be encrypted because the key is missing. Nothing was saved. "
                    "Please keep your text and ask the operator of the system."
                )
            ) from None

    def _psych_check_overwrite(self, names):
        """Refuse to overwrite what the key does not open, or what is closed to the writer."""
        filled = {
            row["id"]: row
            for row in self._psych_rows(names)
            if any(row[name + confidential.SUFFIX] for name in names)
        }
        for row in filled.values():
            for name in names:
                token = row[name + confidential.SUFFIX]
                if token and not confidential.opens(
                    self._name, name, token, row[confidential.ROW_KEY], row["student"]
                ):
                    raise UserError(
                        self.env._(
                            "The stored text is locked because its key is missing or wrong. "
                            "It was not overwritten. Please ask the operator of the system."
                        )
                    )
        if not self.env.su:
            self.env["psych.gate"]._check_open(self.browse(filled), self._psych_content_right)

    def _psych_check_student_kept(self, vals, names):
        student = self._psych_student_field
        if not student or student not in vals:
            return
        new_id = vals[student].id if isinstance(vals[student], models.BaseModel) else vals[student]
        for row in self._psych_rows(names):
            if (row["student"] or 0) != (new_id or 0) and any(
                row[name + confidential.SUFFIX] for name in names
            ):
                raise UserError(
                    self.env._(
                        "The student of a record with confidential text cannot be changed here. "
                        "Use the correction with trace."
                    )
                )

    def _psych_relink(self, student):
        """Bind the record to another student, tokens included (safety H13); log it at the caller.

        :param student: the right ``psych.student``, may be empty
        """
        names = confidential.confidential_names(self)
        for row in self._psych_rows(names):
            tokens = {
                name + confidential.SUFFIX: confidential.rebind(
                    self._name,
                    name,
                    row[name + confidential.SUFFIX],
                    row[confidential.ROW_KEY],
                    row["student"],
                    student.id,
                )
                for name in names
                if row[name + confidential.SUFFIX]
            }
            record = self.browse(row["id"])
            super(PsychConfidentialMixin, record).write({self._psych_student_field: student.id, **tokens})
        return True

    def _psych_student_may_differ(self):
        """Whether creation itself can set another student than the values say (computed field)."""
        field = self._fields.get(self._psych_student_field or "")
        return bool(field and (field.compute or field.related))

    def _psych_row_key(self):
        (row,) = self._psych_rows([])
        return row[confidential.ROW_KEY]

    def _psych_student_id(self):
        """Id of the student the text is bound to, 0 when nobody."""
        if not self._psych_student_field:
            return 0
        (row,) = self._psych_rows([])
        return row["student"] or 0

    def _psych_student_of_vals(self, vals):
        name = self._psych_student_field
        if not name:
            return 0
        value = vals[name] if name in vals else self.default_get([name]).get(name)
        return (value.id if isinstance(value, models.BaseModel) else value) or 0

    # ------------------------------------------------------------------
    # Doors that stay shut
    # ------------------------------------------------------------------
    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        for name in confidential.confidential_names(self):
            values.pop(name, None)
            values.pop(name + confidential.SUFFIX, None)
        values.pop(confidential.ROW_KEY, None)
        return values

    @api.model
    def load(self, fields, data):
        """Refuse texts in an import: the file itself would stay in the database in clear."""
        texts = set(confidential.confidential_names(self))
        if texts & {name.split("/")[0] for name in fields}:
            raise UserError(self.env._("Confidential content cannot be imported from a file."))
        return super().load(fields, data)

    def _has_field_access(self, field, operation):
        if operation == "write" and isinstance(field, confidential.Cipher):
            return True  # the value itself must be Sealed, see _psych_split
        if operation == "write" and field.name == confidential.ROW_KEY:
            return True
        return super()._has_field_access(field, operation)

    # ------------------------------------------------------------------
    # Machine openings and scheduled actions
    # ------------------------------------------------------------------
    def _psych_score(self, scorer, name):
        """Numbers a registered scorer finds in field ``name``: {id: number or dict}, never text."""
        return {
            row["id"]: confidential.score(
                scorer, self._name, name, row[name + confidential.SUFFIX], row["row_key"], row["student"]
            )
            for row in self._psych_rows([name])
            if row[name + confidential.SUFFIX]
        }

    @api.model
    def _psych_rotate(self, after_id=0, limit=ROTATE_BATCH):
        """Bring the next rows of this model under the active key, bytes to bytes.

        :return: (highest id looked at or 0 when done, tokens rotated, tokens no key opens)
        """
        columns = [n + confidential.SUFFIX for n in confidential.confidential_names(self)]
        active = keys.content_ring().active
        stale = SQL(" OR ").join(self._fields[column].stale_sql(active) for column in columns)
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM %s WHERE id > %s AND (%s) ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
                self._psych_columns(columns),
                SQL.identifier(self._table),
                after_id,
                stale,
                limit,
            )
        )
        done = broken = 0
        for row in rows:
            rotated, failed = self._psych_rotate_row(row, columns)
            done, broken = done + rotated, broken + failed
        return (rows[-1]["id"] if rows else 0), done, broken

    def _psych_rotate_row(self, row, columns):
        done = failed = 0
        for column in columns:
            if not row[column]:
                continue
            name = column[: -len(confidential.SUFFIX)]
            try:
                token = confidential.rotate(self._name, name, row[column], row["row_key"], row["student"])
            except cipher.CipherError:
                failed += 1
                continue
            if token != row[column]:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        SQL.identifier(self._table),
                        SQL.identifier(column),
                        token,
                        row["id"],
                    )
                )
                done += 1
        return done, failed
