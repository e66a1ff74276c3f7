import hashlib
import hmac
import logging
import os
import struct
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import cipher, clock, keys
from .psych_access_log import WRITER_LOCK

_logger = logging.getLogger(__name__)

SEGMENT = 5000
MARK_BYTES = 8
ROW = struct.Struct(">q8s")
TEXT = SQL(
    "concat_ws(E'\\x1f', id, to_char(at, 'YYYY-MM-DD HH24:MI:SS.US'), company_id, user_id, user_name, "
    "role, unit_name, door, model, res_id, student_id, content_right, field_names, reason, grant_id, path)"
)


class PsychAccessSeal(models.Model):
    """Seal over a segment of the reading log; every seal holds the one before (trap 6).

    A seal covers all rows of one month between two ids. ``marks`` holds id and eight bytes of a
    keyed hash of every row, so that the check names the FIRST row that was changed, deleted or
    slipped in. ``digest`` is the keyed hash over the marks and the digest before. The key lies
    outside the database, and each digest is appended to a file outside (``PSYCH_HEALTH_SEAL_FILE``): who
    holds the database alone can break the chain but cannot mend it, nor cut off its end unseen.

    A seal of kind *retired* stands for a month that retention dropped.
    """

    _name = "psych.access.seal"
    _description = "Seal of the reading log"
    _auto = False
    _log_access = False
    _order = "id desc"
    _rec_name = "digest"

    at = fields.Datetime("Time", readonly=True)
    kind = fields.Selection([("seal", "Seal"), ("retired", "Month dropped")], readonly=True)
    month = fields.Char(readonly=True, help="YYYY-MM of the rows")
    from_id = fields.Integer(readonly=True)
    to_id = fields.Integer(readonly=True)
    row_count = fields.Integer(readonly=True)
    key_id = fields.Char(readonly=True)
    digest = fields.Char(readonly=True)

    def init(self):
        self.env.cr.execute(_CREATE)

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------
    @api.model
    def _cron_seal(self):
        """Seal what is final; called every ten minutes. Each segment is committed by itself."""
        horizon = self._final_id()
        while horizon and self._seal_segment(horizon):
            pass

    @api.model
    def _final_id(self):
        """Return the highest id below which no row can appear any more.

        Every writer holds the shared lock from before it takes its row id until it commits. The lock
        alone is exclusive, so while we hold it nobody is between id and commit. A writer that hangs
        ends this turn with a lock timeout; the next turn seals what is left.
        """
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '20s'")
            cr.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
            cr.execute("SELECT last_value FROM psych_access_log_id_seq")
            return cr.fetchone()[0]

    @api.model
    def _seal_segment(self, horizon):
        """Seal the next rows of one month up to id ``horizon``; return how many."""
        with self.env.registry.cursor() as cr:
            cr.execute("LOCK TABLE psych_access_seal IN SHARE ROW EXCLUSIVE MODE")
            last_id, before = self._last(cr)
            rows = self._rows(cr, last_id, horizon, SEGMENT)
            if not rows:
                return 0
            month = rows[0][1]
            rows = list(self._leading(rows, month))
            marks = self._marks(keys.log_ring().mac_key(), rows)
            line = self._append(cr, "seal", month, rows[0][0], rows[-1][0], len(rows), marks, before)
        self._append_outside(line)  # after the commit: what stands outside stands in the table
        return len(rows)

    @staticmethod
    def _leading(rows, month):
        for row in rows:
            if row[1] != month:
                return
            yield row

    @staticmethod
    def _last(cr):
        cr.execute("SELECT digest FROM psych_access_seal ORDER BY id DESC LIMIT 1")
        digest = (cr.fetchone() or ("",))[0]
        cr.execute("SELECT coalesce(max(to_id), 0) FROM psych_access_seal WHERE kind = 'seal'")
        return cr.fetchone()[0], digest

    @staticmethod
    def _rows(cr, after_id, to_id, limit=None):
        cr.execute(
            SQL(
                "SELECT id, to_char(at, 'YYYY-MM'), %s FROM psych_access_log "
                "WHERE id > %s AND id <= %s ORDER BY id %s",
                TEXT,
                after_id,
                to_id,
                SQL("LIMIT %s", limit) if limit else SQL(),
            )
        )
        return cr.fetchall()

    @staticmethod
    def _mark(key, text):
        return hmac.digest(key, text.encode(), "sha256")[:MARK_BYTES]

    @classmethod
    def _marks(cls, key, rows):
        return b"".join(ROW.pack(row[0], cls._mark(key, row[2])) for row in rows)

    @staticmethod
    def _digest(key, values, marks, before):
        head = "\x1f".join(str(value) for value in values) + "\x1f" + before + "\x1f"
        return hmac.new(key, head.encode() + marks, hashlib.sha256).hexdigest()

    def _append(self, cr, kind, month, from_id, to_id, count, marks, before):
        ring = keys.log_ring()
        at = clock.now()
        values = (kind, month, from_id, to_id, count, ring.active, at.isoformat())
        digest = self._digest(ring.mac_key(), values, marks, before)
        cr.execute(
            SQL(
                "INSERT INTO psych_access_seal (at, kind, month, from_id, to_id, row_count, key_id, "
                "marks, digest) VALUES (%s) RETURNING id",
                SQL(", ").join(
                    SQL("%s", value)
                    for value in (at, kind, month, from_id, to_id, count, ring.active, marks, digest)
                ),
            )
        )
        return f"{self.env.cr.dbname} {cr.fetchone()[0]} {at.isoformat()} {digest}\n"

    @staticmethod
    def _append_outside(line):
        """Append a seal to the file outside the database; when that fails, an error on the log."""
        try:
            handle = os.open(keys.seal_file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "a", encoding="ascii") as out:
                out.write(line)
        except OSError as error:
            _logger.error("the seal file cannot be written: %s", type(error).__name__)

    # ------------------------------------------------------------------
    # Checking
    # ------------------------------------------------------------------
    @api.model
    def _check_chain(self, progress=None):
        """Check the whole chain, oldest first, and stop at the first break.

        :return: dict ``ok``, ``rows`` checked, ``seals`` checked, ``unsealed`` rows younger than the
            last seal, and on a break ``what`` and ``row`` (id of the first broken row) or ``seal``
        """
        state = {"ok": True, "rows": 0, "seals": 0, "unsealed": 0}
        ring = keys.log_ring()
        before, last_to, retired = "", 0, self._retired_months()
        for seal in self._seals():
            broken = self._check_digest(ring, seal, before) or (
                seal["kind"] == "seal"
                and seal["month"] not in retired
                and self._check_rows(ring, seal, last_to)
            )
            if broken:
                return {**state, "ok": False, "seal": seal["id"], **broken}
            state["seals"] += 1
            if seal["kind"] == "seal":
                state["rows"] += seal["row_count"]
                last_to = seal["to_id"]
            before = seal["digest"]
        state["unsealed"] = self._count_after(last_to)
        outside = self._check_outside()
        return {**state, "ok": False, **outside} if outside else state

    def _seals(self):
        """Yield all seals, oldest first, a thousand at a time."""
        after = 0
        while True:
            self.env.cr.execute(
                "SELECT id, at, kind, month, from_id, to_id, row_count, key_id, marks, digest "
                "FROM psych_access_seal WHERE id > %s ORDER BY id LIMIT 200",
                (after,),
            )
            seals = self.env.cr.dictfetchall()
            if not seals:
                return
            yield from seals
            after = seals[-1]["id"]

    def _retired_months(self):
        self.env.cr.execute("SELECT month FROM psych_access_seal WHERE kind = 'retired'")
        return {month for (month,) in self.env.cr.fetchall()}

    def _check_digest(self, ring, seal, before):
        values = (
            seal["kind"],
            seal["month"],
            seal["from_id"],
            seal["to_id"],
            seal["row_count"],
            seal["key_id"],
            seal["at"].isoformat(),
        )
        try:
            key = ring.mac_key_of(seal["key_id"])
        except cipher.KeyMissing:
            return {"what": "the key of this seal is missing"}
        digest = self._digest(key, values, bytes(seal["marks"]), before)
        if not hmac.compare_digest(digest, seal["digest"]):
            return {"what": "the seal itself was changed, or the one before it is gone"}
        return None

    def _check_rows(self, ring, seal, last_to):
        key = ring.mac_key_of(seal["key_id"])
        rows = self._rows(self.env.cr, last_to, seal["to_id"])
        marks = bytes(seal["marks"])
        if self._marks(key, rows) == marks:
            return None
        return self._first_broken(key, rows, list(ROW.iter_unpack(marks)))

    def _first_broken(self, key, rows, marks):
        """Name the first row that differs from its mark."""
        for (row_id, _month, text), (mark_id, mark) in zip(rows, marks, strict=False):
            if row_id > mark_id:
                return {"what": "a row was deleted", "row": mark_id}
            if row_id < mark_id:
                return {"what": "a row was slipped in", "row": row_id}
            if self._mark(key, text) != mark:
                return {"what": "a row was changed", "row": row_id}
        if len(rows) < len(marks):
            return {"what": "a row was deleted", "row": marks[len(rows)][0]}
        return {"what": "a row was slipped in", "row": rows[len(marks)][0]}

    def _count_after(self, last_to):
        self.env.cr.execute("SELECT count(*) FROM psych_access_log WHERE id > %s", (last_to,))
        return self.env.cr.fetchone()[0]

    def _check_outside(self):
        """Compare the file outside with the table: every line must still stand as a seal."""
        try:
            with open(keys.seal_file(), encoding="ascii") as lines:
                said = [line.split() for line in lines if line.split()[:1] == [self.env.cr.dbname]]
        except FileNotFoundError:
            said = None  # nothing was sealed yet: right for a database without seals only
        except (OSError, ValueError):
            return {"what": "the seal file outside the database cannot be read"}
        self.env.cr.execute("SELECT id, digest FROM psych_access_seal")
        stored = {str(seal_id): digest for seal_id, digest in self.env.cr.fetchall()}
        if said is None:
            return {"what": "the seal file outside the database is gone"} if stored else None
        for _name, seal_id, _at, digest in said:
            if stored.get(seal_id) != digest:
                return {"what": "a seal written outside is not in the database", "seal": int(seal_id)}
        return None

    @api.model
    def _cron_check_chain(self):
        """Check the chain each night; a break is an error on the server log that names the row."""
        result = self._check_chain()
        if result["ok"]:
            _logger.info("reading log: %(rows)s rows under %(seals)s seals hold", result)
        else:
            _logger.error("reading log: %s, %s", result["what"], result)
            self._on_broken(result)
        return result

    def _on_broken(self, result):
        """Seam: called when the chain is broken, in the transaction of the check."""

    # ------------------------------------------------------------------
    # Retention
    # ------------------------------------------------------------------
    @api.model
    def _retire(self, month):
        """Put a seal *retired* for a month that is about to be dropped; return its number of rows.

        :raises UserError: the month is not over, or has rows without a seal
        """
        name = f"{month:%Y-%m}"
        if name >= f"{clock.now():%Y-%m}":
            raise UserError(self.env._("Only months that are over can be dropped."))
        cr = self.env.cr
        cr.execute("LOCK TABLE psych_access_seal IN SHARE ROW EXCLUSIVE MODE")
        last_id, before = self._last(cr)
        cr.execute(
            "SELECT coalesce(min(id), 0), coalesce(max(id), 0), count(*) FROM psych_access_log "
            "WHERE at >= %s AND at < %s",
            (month, self._next(month)),
        )
        first, last, count = cr.fetchone()
        if last > last_id:
            raise UserError(self.env._("This month has rows that are not sealed yet."))
        line = self._append(cr, "retired", name, first, last, count, b"", before)
        cr.postcommit.add(lambda: self._append_outside(line))
        return count

    @staticmethod
    def _next(month):
        return datetime(month.year + month.month // 12, month.month % 12 + 1, 1)


_CREATE = """
CREATE TABLE IF NOT EXISTS psych_access_seal (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at timestamp without time zone NOT NULL,
    kind varchar NOT NULL,
    month varchar NOT NULL,
    from_id bigint NOT NULL,
    to_id bigint NOT NULL,
    row_count integer NOT NULL,
    key_id varchar NOT NULL,
    marks bytea NOT NULL,
    digest varchar NOT NULL
);
DROP TRIGGER IF EXISTS psych_access_seal_append_only ON psych_access_seal;
CREATE TRIGGER psych_access_seal_append_only BEFORE UPDATE OR DELETE ON psych_access_seal
    FOR EACH ROW EXECUTE FUNCTION psych_access_append_only();
DROP TRIGGER IF EXISTS psych_access_seal_no_truncate ON psych_access_seal;
CREATE TRIGGER psych_access_seal_no_truncate BEFORE TRUNCATE ON psych_access_seal
    FOR EACH STATEMENT EXECUTE FUNCTION psych_access_append_only();
"""
