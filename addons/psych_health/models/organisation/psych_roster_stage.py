from odoo import api, models
from odoo.tools import SQL

from ...tools import bulk, clock

#: columns of psych_student that a roster carries, with their SQL type
ROSTER_COLUMNS = {
    "name": "text",
    "gender": "text",
    "class_id": "int",
    "college_id": "int",
    "programme_id": "int",
    "entry_year": "int",
    "room_id": "int",
    "phone": "text",
    "birth_date": "date",
    "ethnicity": "text",
    "guardian_name": "text",
    "guardian_phone": "text",
    "enrolment_state": "text",
    "whereabouts_state": "text",
    "active": "bool",
}
#: where a line of the journal keeps what is written for a new student; all of them are active
NEW_COLUMNS = {
    name: f"{name.removesuffix('_id')}_ref" if name.endswith("_id") else name
    for name in ROSTER_COLUMNS
    if name != "active"
}
#: columns of a line of the journal before those values
LINE_HEAD = ("batch_id", "kind", "row_index", "place", "number", "college_name", "class_name", "room_name")
#: columns of the staging table before the values
STAGE_HEAD = {
    "row_index": "int",
    "place": "text",
    "number": "text",
    "college_name": "text",
    "class_name": "text",
    "room_name": "text",
    "programme_guess": "int",
    "year_guess": "int",
}
#: what somebody of the register has after the import; an empty cell of the file changes nothing
TARGET = {
    "room_id": "CASE WHEN s.room_id = 0 THEN NULL ELSE COALESCE(s.room_id, t.room_id) END",
    # where a student is sent or treated is nothing that a roster knows
    "whereabouts_state": """CASE WHEN t.whereabouts_state IN ('dorm', 'day')
        THEN COALESCE(s.whereabouts_state, t.whereabouts_state) ELSE t.whereabouts_state END""",
    # who stands in the roster again is a student again, unless the file says otherwise
    "enrolment_state": """COALESCE(s.enrolment_state,
        CASE WHEN t.enrolment_state IN ('left', 'graduated') THEN 'enrolled' END, t.enrolment_state)""",
    "active": "TRUE",
    # what the class or the number suggests fills a gap and follows a new class, but overrules nobody
    "entry_year": "COALESCE(s.entry_year, t.entry_year, s.year_guess)",
    "programme_id": """COALESCE(s.programme_id, CASE WHEN s.class_id IS DISTINCT FROM t.class_id THEN s.programme_guess END,
        t.programme_id, s.programme_guess)""",
}


class PsychRosterStage(models.AbstractModel):
    """The fast path of a roster: set-based statements, whatever the size.

    Who is not in the register yet is copied into the lines of the preview as it is. The others are copied into a temporary
    table and compared; what differs becomes a line. The lines are what is applied, and they stay as the journal. Every statement is bound to one school. Plain methods: nothing here is reached by a remote call.
    """

    _name = "psych.roster.stage"
    _description = "Staging of a roster"

    # ----------------------------------------------------------------------
    # Bulk helpers
    # ----------------------------------------------------------------------

    @api.model
    def _constants(self, model, company):
        """{column: value} that a row made past the ORM needs: defaults of stored fields, school, user and time."""
        now = clock.now()
        stored = [
            name
            for name, field in model._fields.items()
            if field.store and field.column_type and name != "id"
        ]
        defaults = model.with_company(company).default_get(stored)
        constants = {}
        for name, value in defaults.items():
            if name in stored:
                constants[name] = model._fields[name].convert_to_column_insert(value, model)
        constants = {name: value for name, value in constants.items() if value is not None}
        constants.update(company_id=company.id, active=True)
        if model._log_access:
            constants.update(create_uid=self.env.uid, write_uid=self.env.uid, create_date=now, write_date=now)
        return constants

    # ----------------------------------------------------------------------
    # Compare
    # ----------------------------------------------------------------------

    @api.model
    def _stamp(self, company):
        """What a comparison stands on, as one text: it differs as soon as any row of it was written since.

        Every version of a row carries the transaction that wrote it (``xmin``); a restored database compares anew.
        """
        self.env.flush_all()
        parts = []
        for table in ("psych_student", "psych_unit", "psych_programme"):
            query = SQL(
                """SELECT concat(count(*), ':', sum(hashint8extended(id::bigint << 32 | xmin::text::bigint, 0)))
                     FROM %s WHERE company_id = %s""",
                SQL.identifier(table),
                company.id,
            )
            parts.append(self.env.execute_query(query)[0][0])
        return " ".join(parts)

    @api.model
    def _known(self, company):
        """{number} of everybody in the register, also of those who left."""
        self.env["psych.student"].flush_model()
        query = SQL("SELECT number FROM psych_student WHERE company_id = %s", company.id)
        return {number for (number,) in self.env.execute_query(query)}

    @api.model
    def _insert_new(self, rows):
        """Copy the lines of new students: rows of ``LINE_HEAD`` and ``NEW_COLUMNS``."""
        if rows:
            bulk.copy_rows(self.env.cr, "psych_roster_line", [*LINE_HEAD, *NEW_COLUMNS.values()], rows)

    @api.model
    def _compare(self, company, rows):
        """Stage rows ``(STAGE_HEAD…, NEW_COLUMNS…)`` of numbers in the register and compare them.

        ``psych_roster_target``: per row the student, the kind of change, old and new values.
        """
        cr = self.env.cr
        columns = {**STAGE_HEAD, **{name: ROSTER_COLUMNS[name] for name in NEW_COLUMNS}}
        cr.execute("DROP TABLE IF EXISTS psych_roster_target; DROP TABLE IF EXISTS psych_roster_stage")
        cells = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in columns.items()
        )
        cr.execute(SQL("CREATE TEMPORARY TABLE psych_roster_stage (%s) ON COMMIT DROP", cells))
        if rows:
            bulk.copy_rows(cr, "psych_roster_stage", columns, rows)
        cr.execute("ANALYZE psych_roster_stage (number)")
        targets = {name: TARGET.get(name, f"COALESCE(s.{name}, t.{name})") for name in ROSTER_COLUMNS}
        differs = {name: f"n.{name} IS DISTINCT FROM t.{name}" for name in ROSTER_COLUMNS}
        old, new = (
            " || ".join(
                f"CASE WHEN {test} THEN jsonb_build_object('{name}', {alias}.{name}) ELSE '{{}}'::jsonb END"
                for name, test in differs.items()
            )
            for alias in "tn"
        )
        # only constants of this module are put into the statement
        cr.execute(  # pylint: disable=sql-injection
            f"""
            CREATE TEMPORARY TABLE psych_roster_target ON COMMIT DROP AS
            SELECT s.row_index, s.place, s.number, s.college_name, s.class_name, s.room_name, n.name, t.id AS student_id,
                   CASE WHEN {differs["class_id"]} OR {differs["room_id"]} THEN 'moved'
                        WHEN {" OR ".join(differs.values())} THEN 'changed' ELSE 'same' END AS kind,
                   {old} AS old_values, {new} AS new_values
              FROM psych_roster_stage s
              JOIN psych_student t ON t.company_id = %s AND t.number = s.number
        CROSS JOIN LATERAL (SELECT {", ".join(f"{target}::{ROSTER_COLUMNS[name]} AS {name}" for name, target in targets.items())}) n
             WHERE t.enrolment_state <> 'deceased'
            """,
            [company.id],
        )

    @api.model
    def _add_missing(self, company):
        """Add, as *left*, the students of the grades and colleges of the file who do not stand in it; return how many."""
        self.env.cr.execute(
            """
            INSERT INTO psych_roster_target (row_index, place, number, name, college_name, class_name, room_name, student_id, kind,
                                             old_values, new_values)
            SELECT -1, '', t.number, t.name, college.name, class.name, room.name, t.id, 'left',
                   jsonb_build_object('enrolment_state', t.enrolment_state), '{"enrolment_state": "left"}'::jsonb
              FROM psych_student t
         LEFT JOIN psych_unit college ON college.id = t.college_id
         LEFT JOIN psych_unit class ON class.id = t.class_id
         LEFT JOIN psych_unit room ON room.id = t.room_id
             WHERE t.company_id = %(company)s AND t.active AND t.enrolment_state IN ('enrolled', 'on_leave')
               AND (t.college_id, t.entry_year) IN (
                   -- a grade of a college counts as imported when the file holds at least half of it: one student who
                   -- repeats a year does not draw the whole lower grade into the leavers
                   SELECT o.college_id, o.entry_year FROM psych_student o
                LEFT JOIN psych_roster_numbers f ON f.number = o.number
                    WHERE o.company_id = %(company)s AND o.active AND o.enrolment_state IN ('enrolled', 'on_leave')
                 GROUP BY o.college_id, o.entry_year HAVING count(f.number) * 2 >= count(*))
               AND NOT EXISTS (SELECT 1 FROM psych_roster_numbers n WHERE n.number = t.number)
            """,
            {"company": company.id},
        )
        return self.env.cr.rowcount

    @api.model
    def _load_numbers(self, numbers):
        """Stage every number of the file, also of rows with errors: who stands in the file has not left."""
        self.env.cr.execute("DROP TABLE IF EXISTS psych_roster_numbers")
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE psych_roster_numbers (number text PRIMARY KEY) ON COMMIT DROP"
        )
        bulk.copy_rows(
            self.env.cr, "psych_roster_numbers", ["number"], zip(sorted(set(numbers)), strict=True)
        )

    @api.model
    def _insert_lines(self, batch):
        """Write the lines of those who were in the register, where anything differs."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_roster_line (batch_id, kind, row_index, place, student_id, number, name, college_name,
                                                  class_name, room_name, old_values, new_values)
                   SELECT %s, kind, row_index, place, student_id, number, name, college_name, class_name, room_name,
                          old_values, new_values
                     FROM psych_roster_target WHERE kind <> 'same' ORDER BY row_index""",
                batch.id,
            )
        )
        self.env["psych.roster.line"].invalidate_model()

    @api.model
    def _counts(self):
        """{kind: number of students} of those who were in the register."""
        return dict(
            self.env.execute_query(SQL("SELECT kind, count(*) FROM psych_roster_target GROUP BY kind"))
        )

    @api.model
    def _digest(self, batch):
        """Fingerprint of everything that the lines of ``batch`` would change; units to be created by their names."""
        ids = "{class_id,college_id,room_id,programme_id}"
        names = [name for name in NEW_COLUMNS if not name.endswith("_id")]
        query = SQL(
            """SELECT sum(hashtextextended(ROW(number, kind, old_values, new_values - %s::text[], college_name, class_name,
                                               room_name, %s)::text, 0))::text
                 FROM psych_roster_line WHERE batch_id = %s""",
            ids,
            SQL(", ").join(map(SQL.identifier, names)),
            batch.id,
        )
        return self.env.execute_query(query)[0][0]

    # ----------------------------------------------------------------------
    # Apply
    # ----------------------------------------------------------------------

    @api.model
    def _apply(self, batch):
        """Write the lines of ``batch`` into the register: two statements, whatever the size."""
        names, company = list(NEW_COLUMNS), batch.company_id
        constants = self._constants(self.env["psych.student"], company)
        constants = {
            name: value for name, value in constants.items() if name not in names and name != "number"
        }
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_student (number, %s, %s)
                   SELECT number, %s, %s FROM psych_roster_line WHERE batch_id = %s AND kind = 'new' ORDER BY row_index""",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(map(SQL.identifier, constants)),
                SQL(", ").join(map(SQL.identifier, NEW_COLUMNS.values())),
                SQL(", ").join(SQL("%s", value) for value in constants.values()),
                batch.id,
            )
        )
        # a school that was just loaded: the next statements of this transaction plan with true figures
        self.env.cr.execute("ANALYZE psych_student (number, company_id, class_id, room_id)")
        self._write_values(batch, "new_values")

    @api.model
    def _write_values(self, batch, column):
        """Give everybody who was in the register the ``new_values`` (import) or ``old_values`` (undo) of the lines, in one statement."""
        values = SQL.identifier("l", column)
        sets = SQL(", ").join(
            SQL(
                "%(name)s = CASE WHEN %(values)s ? %(key)s THEN (%(values)s->>%(key)s)::%(kind)s ELSE t.%(name)s END",
                name=SQL.identifier(name),
                values=values,
                key=name,
                kind=SQL(kind),
            )
            for name, kind in ROSTER_COLUMNS.items()
        )
        self.env.cr.execute(
            SQL(
                """UPDATE psych_student t SET %s FROM psych_roster_line l
                    WHERE l.batch_id = %s AND l.kind <> 'new' AND t.id = l.student_id AND t.company_id = %s""",
                sets,
                batch.id,
                batch.company_id.id,
            )
        )

    @api.model
    def _apply_by_orm(self, batch):
        """The same through create() and write(): slow, for a school whose own addons extend psych.student."""
        Student = self.env["psych.student"].with_context(active_test=False)
        create = []
        for line in batch.line_ids.sorted("row_index"):
            if line.kind == "new":
                vals = {name: line[column] or False for name, column in NEW_COLUMNS.items()}
                create.append({**vals, "number": line.number, "company_id": batch.company_id.id})
            else:
                Student.browse(line.student_id.id).write(line.new_values)
        Student.create(create)
        Student.flush_model()
