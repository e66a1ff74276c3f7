from psycopg2 import IntegrityError, OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock, trigger

COLUMNS = (
    *("id", "company_id", "unit_id", "college_id", "kind_id", "role", "post_id", "sequence", "holder"),
    *("required", "filled", "lapsed", "missing", "day", "changes_on"),
)
TABLES = """
CREATE TABLE IF NOT EXISTS psych_vacancy_row (
    id bigint PRIMARY KEY, company_id int NOT NULL, unit_id int NOT NULL, college_id int, kind_id int, role varchar,
    post_id int NOT NULL, sequence int, holder varchar, required int NOT NULL, filled int NOT NULL, lapsed int NOT NULL,
    missing int NOT NULL, day date NOT NULL, changes_on date NOT NULL);
CREATE INDEX IF NOT EXISTS psych_vacancy_row_order ON psych_vacancy_row (company_id, missing DESC, sequence, post_id, unit_id);
CREATE INDEX IF NOT EXISTS psych_vacancy_row_unit ON psych_vacancy_row (unit_id);
CREATE INDEX IF NOT EXISTS psych_vacancy_row_changes ON psych_vacancy_row (changes_on);
CREATE INDEX IF NOT EXISTS psych_vacancy_row_day ON psych_vacancy_row (day);
CREATE TABLE IF NOT EXISTS psych_vacancy_stale (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, unit_id int NOT NULL);
"""
#: table -> columns that a figure depends on, and the units whose figures change with a row of ``changed``
WATCHED = {
    "psych_membership": (
        "unit_id, post_id, state, date_start, date_end, training_valid_until, pledge_valid_until, id",
        "SELECT unit_id FROM changed",
    ),
    "psych_unit": ("id, kind_id, active, company_id, college_id, role", "SELECT id FROM changed"),
    "psych_post": (
        "id, kind_id, active, company_id, min_count, holder, sequence, needs_training, needs_pledge",
        "SELECT u.id FROM psych_unit u WHERE u.kind_id IN (SELECT kind_id FROM changed)",
    ),
}
#: a class or room counts only while students of the register belong to it; looked up last, row by row of what is shown
PRESENT = """CASE gap.role
    WHEN 'class' THEN (SELECT true FROM psych_student s WHERE s.class_id = gap.unit_id
         AND s.active AND s.enrolment_state IN ('enrolled', 'on_leave') LIMIT 1)
    WHEN 'room' THEN (SELECT true FROM psych_student s WHERE s.room_id = gap.unit_id
         AND s.active AND s.enrolment_state IN ('enrolled', 'on_leave') LIMIT 1)
    ELSE true END"""


def _marks(columns, units):
    """The statements that mark the units of rows that were written, an update only where one of ``columns`` changed."""
    both = f"(SELECT {columns} FROM {{}} EXCEPT SELECT {columns} FROM {{}})"
    changed = {
        "insert": "SELECT * FROM new_rows",
        "delete": "SELECT * FROM old_rows",
        "update": f"{both.format('new_rows', 'old_rows')} UNION ALL {both.format('old_rows', 'new_rows')}",
    }
    return {
        event: f"""WITH changed AS ({query})
            INSERT INTO psych_vacancy_stale (unit_id) SELECT DISTINCT * FROM ({units}) marked"""
        for event, query in changed.items()
    }


class PsychVacancy(models.Model):
    """Coverage at a glance: for each unit and post how many holders are required, in post, lapsed and missing.

    The figures are kept (``psych_vacancy_row``). Triggers of the database mark the units whose posts, terms or settings were
    written (``psych_vacancy_stale``), whoever wrote them and how. The next reader works the marked units out anew, and those where
    a date has passed; where that cannot be kept (another does it, a read-only copy) they are worked out for this reader alone.
    """

    _name = "psych.vacancy"
    _description = "Coverage of posts"
    _auto = False
    _order = "missing desc, sequence, post_id.id, unit_id.id"  # from an index of the kept rows

    company_id = fields.Many2one("res.company", string="School", readonly=True)
    unit_id = fields.Many2one("psych.unit", readonly=True)
    college_id = fields.Many2one("psych.unit", string="College", readonly=True)
    kind_id = fields.Many2one("psych.unit.kind", string="Kind of unit", readonly=True)
    post_id = fields.Many2one("psych.post", readonly=True)
    sequence = fields.Integer(readonly=True)
    holder = fields.Selection([("staff", "Staff"), ("student", "Student")], readonly=True)
    required = fields.Integer(readonly=True)
    filled = fields.Integer(readonly=True)
    lapsed = fields.Integer(readonly=True, help="In post, but training or pledge is no longer valid.")
    missing = fields.Integer(readonly=True)

    _depends = {
        "psych.membership": [
            "state",
            "date_start",
            "date_end",
            "post_id",
            "unit_id",
            "training_valid_until",
            "pledge_valid_until",
        ],
        "psych.post": [
            *(
                "min_count",
                "kind_id",
                "active",
                "company_id",
                "holder",
                "sequence",
                "needs_training",
                "needs_pledge",
            ),
        ],
        "psych.unit": ["kind_id", "active", "company_id", "college_id", "role"],
        "psych.student": ["class_id", "room_id", "enrolment_state", "active"],
    }

    # ----------------------------------------------------------------------
    # Reading
    # ----------------------------------------------------------------------

    @property
    def _table_query(self):
        for model, names in self._depends.items():
            self.env[model].flush_model(names)  # so that the triggers have seen it
        today, kept = clock.today(self.env), SQL("psych_vacancy_row gap")
        outdated = SQL("(SELECT unit_id FROM psych_vacancy_stale UNION %s)", self._passed(today))
        exists = SQL("SELECT EXISTS %s", outdated)
        waiting = self.env.execute_query(exists)[0][0]
        if waiting and not self.env.cr.readonly and self._refresh():
            waiting = self.env.execute_query(exists)[0][0]
        if waiting:
            kept = SQL(
                """(SELECT %(names)s FROM psych_vacancy_row WHERE unit_id <> ALL (ARRAY%(outdated)s)
                     UNION ALL SELECT %(names)s FROM (%(worked_out)s) fresh) gap""",
                names=SQL(", ").join(map(SQL.identifier, COLUMNS)),
                outdated=outdated,
                worked_out=self._worked_out(SQL("u.id = ANY (ARRAY%s)", outdated), today),
            )
        return SQL("SELECT * FROM %s WHERE %s", kept, SQL(PRESENT))

    def _passed(self, today):
        """The units whose figures hold for another day than ``today``."""
        return SQL("SELECT unit_id FROM psych_vacancy_row WHERE changes_on <= %s OR day > %s", today, today)

    def _worked_out(self, condition, today):
        """What is required and filled on ``today`` in each unit that fulfils ``condition`` over ``u``, from the roster itself.

        ``changes_on``: the next day on which the dates of the roster alone change a figure of the unit.
        """
        return SQL(
            """
            SELECT u.id::bigint * 10000 + p.id AS id, u.company_id, u.id AS unit_id, u.college_id, u.kind_id, u.role,
                   p.id AS post_id, p.sequence, p.holder, p.min_count AS required,
                   held.filled, held.lapsed, GREATEST(p.min_count - held.filled, 0) AS missing, %(today)s::date AS day,
                   COALESCE(min(held.changes_on) OVER (PARTITION BY u.id), 'infinity'::date) AS changes_on
              FROM psych_unit u
              JOIN psych_post p ON p.kind_id = u.kind_id AND p.active AND p.min_count > 0
                   AND (p.company_id IS NULL OR p.company_id = u.company_id)
        CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE is_on)::int AS filled,
                          count(*) FILTER (WHERE is_on AND (training < %(today)s OR pledge < %(today)s))::int AS lapsed,
                          LEAST(min(date_start) FILTER (WHERE date_start > %(today)s),
                                min(date_end + 1) FILTER (WHERE date_end >= %(today)s),
                                min(training + 1) FILTER (WHERE training >= %(today)s),
                                min(pledge + 1) FILTER (WHERE pledge >= %(today)s)) AS changes_on
                     FROM (SELECT m.date_start, m.date_end,
                                  CASE WHEN p.needs_training THEN m.training_valid_until END AS training,
                                  CASE WHEN p.needs_pledge THEN m.pledge_valid_until END AS pledge,
                                  m.date_start <= %(today)s AND (m.date_end IS NULL OR m.date_end >= %(today)s) AS is_on
                             FROM psych_membership m
                            WHERE m.unit_id = u.id AND m.post_id = p.id AND m.state = 'appointed') term) held
             WHERE u.active AND %(condition)s
            """,
            today=today,
            condition=condition,
        )

    # ----------------------------------------------------------------------
    # Keeping
    # ----------------------------------------------------------------------

    def init(self):
        """Make the kept rows and the triggers that mark units; after each update everything is worked out anew."""
        self.env.cr.execute(TABLES)
        for table, (columns, units) in WATCHED.items():
            trigger.after_statements(
                self.env.cr, table, f"psych_vacancy_mark_{table}", _marks(columns, units)
            )
        self.env.cr.execute("INSERT INTO psych_vacancy_stale (unit_id) SELECT id FROM psych_unit")

    @api.model
    def _refresh(self):
        """Work the marked units out anew, and those whose figures a date has changed.

        The first reader after a change, or after midnight, does it. One at a time: where another
        transaction is at it, this one leaves the marks as they are. Marks that are committed meanwhile stay.

        :return: whether it was done
        """
        lock = SQL("SELECT pg_try_advisory_xact_lock(hashtext('psych.vacancy'))")
        if not self.env.execute_query(lock)[0][0]:
            return False
        try:
            with self.env.cr.savepoint():
                self._work_out_marked()
        except (OperationalError, IntegrityError):  # another transaction did it after this one began
            return False
        return True

    def _work_out_marked(self):
        """The statements of :meth:`_refresh`."""
        cr, marks = self.env.cr, self.env.execute_query(SQL("SELECT id, unit_id FROM psych_vacancy_stale"))
        marked = {unit for _id, unit in marks}
        names = SQL(", ").join(map(SQL.identifier, COLUMNS))
        # named seam: figures of every school, written by the machine
        Company = self.env["res.company"].sudo().with_context(active_test=False)
        for company in Company.search([("psych_unit_id", "!=", False)]):
            today = clock.today(self.env, company)
            units = list(marked.union(unit for (unit,) in self.env.execute_query(self._passed(today))))
            if not units:
                continue
            own = SQL("u.id = ANY (%s) AND u.company_id = %s", units, company.id)
            delete = SQL(
                "DELETE FROM psych_vacancy_row WHERE unit_id = ANY (%s) AND company_id = %s",
                units,
                company.id,
            )
            insert = SQL(
                "INSERT INTO psych_vacancy_row (%s) SELECT %s FROM (%s) fresh",
                names,
                names,
                self._worked_out(own, today),
            )
            cr.execute(delete, log_exceptions=False)
            cr.execute(insert, log_exceptions=False)
        delete = SQL("DELETE FROM psych_vacancy_stale WHERE id = ANY (%s)", [mark for mark, _unit in marks])
        cr.execute(delete, log_exceptions=False)

    def action_nominate(self):
        """Open a nomination for the missing post."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.membership",
            "view_mode": "form",
            "target": "current",
            "context": {"default_post_id": self.post_id.id, "default_unit_id": self.unit_id.id},
        }
