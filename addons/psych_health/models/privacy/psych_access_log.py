from datetime import datetime

from dateutil.relativedelta import relativedelta
from psycopg2 import errors

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock
from .psych_gate import RIGHTS

TABLE = "psych_access_log"
MONTHS_AHEAD = 24
WRITER_LOCK = 7310031
COLUMNS = (
    "at",
    "company_id",
    "user_id",
    "user_name",
    "role",
    "unit_name",
    "door",
    "model",
    "res_id",
    "student_id",
    "content_right",
    "field_names",
    "reason",
    "grant_id",
    "path",
)


class PsychAccessLog(models.Model):
    """Who opened which content of which record, when, by which door (S1-Art20-a; promise 6).

    One row per request, record and content right, written by ``ir.http`` with an own cursor before
    the response leaves, also when the request fails. Plain integers and names, no foreign keys: a
    user or student that is gone leaves the rows as they are. The table only takes INSERT (trigger)
    and is parted by month, so that retention drops whole months. See ``psych.access.seal``.
    """

    _name = "psych.access.log"
    _description = "Reading log"
    _auto = False
    _log_access = False
    _order = "id desc"
    _rec_name = "user_name"
    # a partitioned table is no plain table to the ORM: it reads it as a query and never writes it
    _table_query = SQL("SELECT * FROM psych_access_log")

    at = fields.Datetime("Time", readonly=True)
    company_id = fields.Integer("School (id)", readonly=True)
    user_id = fields.Integer("User (id)", readonly=True)
    user_name = fields.Char("Person", readonly=True)
    role = fields.Char(readonly=True)
    unit_name = fields.Char("Unit", readonly=True)
    door = fields.Char(readonly=True, help="session, api_key, rpc or link")
    model = fields.Char("Kind of record", readonly=True)
    res_id = fields.Integer("Record (id)", readonly=True)
    student_id = fields.Integer("Student (id)", readonly=True)
    content_right = fields.Selection(RIGHTS, readonly=True)
    field_names = fields.Char("Fields", readonly=True)
    reason = fields.Char(readonly=True)
    grant_id = fields.Integer("Opening for a time (id)", readonly=True)
    path = fields.Char("Page", readonly=True)

    def init(self):
        self.env.cr.execute(_CREATE)
        self._make_partitions()

    @api.model
    def _make_partitions(self, months=MONTHS_AHEAD):
        """Create the partitions from last month up to ``months`` ahead; harmless to repeat."""
        first = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for offset in range(-1, months):
            self.env.cr.execute(
                SQL("SELECT psych_access_log_make_partition(%s)", first + relativedelta(months=offset))
            )

    # ------------------------------------------------------------------
    # Writing: called by ir.http with an own cursor (sudo environment)
    # ------------------------------------------------------------------
    @api.model
    def _record(self, scope, openings):
        """Insert one row per opened record in one statement; the caller commits.

        :param door.Scope scope: the request
        :param dict openings: {(model, record id, right): {"fields": names}}
        """
        groups = {}
        for (model, res_id, right), what in openings.items():
            groups.setdefault((model, right), {})[res_id] = what
        rows = [row for key, opened in groups.items() for row in self._rows_of(scope, *key, opened)]
        values = SQL(", ").join(SQL("%s", tuple(row[column] for column in COLUMNS)) for row in rows)
        columns = SQL(", ").join(SQL.identifier(column) for column in COLUMNS)
        # shared lock first, row ids after: see PsychAccessSeal._final_id
        insert = SQL(
            "SELECT pg_advisory_xact_lock_shared(%s); INSERT INTO psych_access_log (%s) VALUES %s",
            WRITER_LOCK,
            columns,
            values,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(insert, log_exceptions=False)
        except errors.CheckViolation:  # no partition for this month
            self._make_partitions()
            self.env.cr.execute(insert)

    def _rows_of(self, scope, model, right, opened):
        """Return the rows of one kind of record; what they share is asked once (``scope.memo``)."""
        who = scope.identity
        base = {
            "at": clock.now(),
            "user_id": who.uid or 0,
            "user_name": self._user_name(who),
            "door": who.kind,
            "model": model,
            "content_right": right,
            "path": (scope.path or "")[:200],
        }
        records = self.env[model].browse(opened)
        alive = records.exists()
        scope.memo = {} if not who.uid else self._shared_why(records, right, who)
        rows = []
        for record in records:
            row = {
                **base,
                "res_id": record.id,
                "field_names": ",".join(sorted(opened[record.id]["fields"]))[:500],
                **self._why(record, right, who, scope),
            }
            rows += [{**row, **about} for about in self._about(record, record in alive)]
        return rows

    def _user_name(self, who):
        return self.env["res.users"].browse(who.uid).name if who.uid else ""

    def _about(self, record, alive=True):
        """Return student and school of a record: one dict per student, one when about nobody."""
        company = record.company_id.id if alive and "company_id" in record._fields else 0
        path = self.env["psych.gate"]._student_path(record) if alive else ""
        students = record.mapped(path).ids if path else []
        return [{"student_id": s, "company_id": company or 0} for s in students or [0]]

    def _shared_why(self, records, right, who):
        """Return what the rows of one kind of record share: role and unit of the person, openings."""
        rights = self.env["psych.content.right"]._rows(records._name, right)
        roles = rights.mapped("role")
        held = self.env["psych.scope"].search(
            [
                ("user_id", "=", who.uid),
                ("role", "in", roles),
                ("date_start", "<=", "today"),
                ("date_end", ">=", "today"),
            ],
            limit=1,
        )
        grants = self.env["psych.access.grant"]._active(records._name, records.ids, right, who.uid)
        return {
            "role": held.role or ("student" if "student" in roles else ""),
            "unit_name": (held.membership_id.unit_id or held.unit_id).name or "",
            "grants": {grant.res_id: grant for grant in grants},
        }

    def _why(self, record, right, who, scope):
        """Return role, unit and reason: the role that the matrix names and the person holds."""
        if not who.uid:
            return {"role": "student", "unit_name": "", "reason": scope.reason, "grant_id": 0}
        grant = scope.memo["grants"].get(record.id)
        return {
            "role": scope.memo["role"],
            "unit_name": scope.memo["unit_name"],
            "reason": scope.reason or (self._grant_reason(grant) if grant else ""),
            "grant_id": grant.id if grant else 0,
        }

    def _grant_reason(self, grant):
        """Reason of an opening for a time, shown to the student; emergency opening extends it."""
        return "emergency opening"

    # ------------------------------------------------------------------
    # Retention
    # ------------------------------------------------------------------
    @api.model
    def _drop_month(self, month):
        """The one reviewed seam of retention: drop a whole month after its signed summary.

        Every row of the month must be sealed; ``psych.access.seal`` keeps number, span and the
        keyed hash of what went, so that the chain still holds.

        :param datetime month: first day of the month
        :return: number of rows dropped
        """
        count = self.env["psych.access.seal"]._retire(month)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"{TABLE}_{month:%Y_%m}")))
        return count

    @api.model
    def _months(self):
        """Return the first days of all months that have a partition, oldest first."""
        self.env.cr.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'psych_access_log'::regclass ORDER BY c.relname"
        )
        return [datetime.strptime(name[-7:], "%Y_%m") for (name,) in self.env.cr.fetchall()]

    @api.model
    def _cron_partitions(self):
        """Keep the partitions of the coming two years ready."""
        self._make_partitions()


_CREATE = """
CREATE TABLE IF NOT EXISTS psych_access_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY,
    at timestamp without time zone NOT NULL,
    company_id integer NOT NULL DEFAULT 0,
    user_id integer NOT NULL DEFAULT 0,
    user_name varchar NOT NULL DEFAULT '',
    role varchar NOT NULL DEFAULT '',
    unit_name varchar NOT NULL DEFAULT '',
    door varchar NOT NULL DEFAULT '',
    model varchar NOT NULL DEFAULT '',
    res_id integer NOT NULL DEFAULT 0,
    student_id integer NOT NULL DEFAULT 0,
    content_right varchar NOT NULL DEFAULT '',
    field_names varchar NOT NULL DEFAULT '',
    reason varchar NOT NULL DEFAULT '',
    grant_id integer NOT NULL DEFAULT 0,
    path varchar NOT NULL DEFAULT ''
) PARTITION BY RANGE (at);
CREATE INDEX IF NOT EXISTS psych_access_log_id_idx ON psych_access_log (id);
CREATE INDEX IF NOT EXISTS psych_access_log_student_idx ON psych_access_log (student_id, at);

CREATE OR REPLACE FUNCTION psych_access_append_only() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    RAISE EXCEPTION 'append only: % of % is refused', TG_OP, TG_TABLE_NAME;
END $fn$;

DROP TRIGGER IF EXISTS psych_access_log_append_only ON psych_access_log;
CREATE TRIGGER psych_access_log_append_only BEFORE UPDATE OR DELETE ON psych_access_log
    FOR EACH ROW EXECUTE FUNCTION psych_access_append_only();
DROP TRIGGER IF EXISTS psych_access_log_no_truncate ON psych_access_log;
CREATE TRIGGER psych_access_log_no_truncate BEFORE TRUNCATE ON psych_access_log
    FOR EACH STATEMENT EXECUTE FUNCTION psych_access_append_only();

CREATE OR REPLACE FUNCTION psych_access_log_make_partition(month timestamp) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
    part text := 'psych_access_log_' || to_char(month, 'YYYY_MM');
BEGIN
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF psych_access_log FOR VALUES FROM (%L) TO (%L)',
                       part, month, month + interval '1 month');
        EXECUTE format('CREATE TRIGGER psych_access_log_no_truncate BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION psych_access_append_only()', part);
    END IF;
END $fn$;
"""
