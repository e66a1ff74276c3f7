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
#: what a student has after the import; an empty cell of the file changes nothing
TARGET = {
    "room_id": "CASE WHEN s.room_id = 0 THEN NULL ELSE COALESCE(s.room_id, t.room_id) END",
    # where a student is sent or treated is nothing that a roster knows
    "whereabouts_state": """CASE WHEN t.id IS NULL THEN COALESCE(s.whereabouts_state, 'dorm')
        WHEN t.whereabouts_state IN ('dorm', 'day') THEN COALESCE(s.whereabouts_state, t.whereabouts_state)
        ELSE t.whereabouts_state END""",
    # who stands in the roster again is a student again, unless the file says otherwise
    "enrolment_state": """COALESCE(s.enrolment_state,
        CASE WHEN t.enrolment_state IN ('left', 'graduated') THEN 'enrolled' END, t.enrolment_state, 'enrolled')""",
    "active": "TRUE",
    # what the class or the number suggests fills a gap and follows a new class, but overrules nobody
    "entry_year": "COALESCE(s.entry_year, t.entry_year, s.year_guess)",
    "programme_id": """COALESCE(s.programme_id, CASE WHEN s.class_id IS DISTINCT FROM t.class_id THEN s.programme_guess END,
        t.programme_id, s.programme_guess)""",
}


class PsychRosterStage(models.AbstractModel):
    """The fast path of a roster: COPY into a temporary table, compare and apply with set-based statements.

    Every statement is bound to one school. Plain methods: nothing here is reached by a remote call.
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
        constants.update(
            company_id=company.id,
            active=True,
            create_uid=self.env.uid,
            write_uid=self.env.uid,
            create_date=now,
            write_date=now,
        )
        return constants

    # ----------------------------------------------------------------------
    # Compare
    # ----------------------------------------------------------------------

    @api.model
    def _load(self, company, rows):
        """Stage the rows ``(STAGE_HEAD…, ROSTER_COLUMNS without active…)`` and work out the target of each student."""
        self.env["psych.student"].flush_model()
        cr = self.env.cr
        columns = {**STAGE_HEAD, **{name: kind for name, kind in ROSTER_COLUMNS.items() if name != "active"}}
        cr.execute("DROP TABLE IF EXISTS psych_roster_target; DROP TABLE IF EXISTS psych_roster_stage")
        cells = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in columns.items()
        )
        cr.execute(SQL("CREATE TEMPORARY TABLE psych_roster_stage (%s) ON COMMIT DROP", cells))
        bulk.copy_rows(cr, "psych_roster_stage", columns, rows)
        cr.execute("ANALYZE psych_roster_stage (number)")
        self._compare(company)

    def _compare(self, company):
        """Make ``psych_roster_target``: per row the student, the kind of change, old and new values, all target values."""
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
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"""
            CREATE TEMPORARY TABLE psych_roster_target ON COMMIT DROP AS
            SELECT s.row_index, s.place, s.number, s.college_name, s.class_name, s.room_name, t.id AS student_id, n.*,
                   CASE WHEN t.id IS NULL THEN 'new'
                        WHEN {differs["class_id"]} OR {differs["room_id"]} THEN 'moved'
                        WHEN {" OR ".join(differs.values())} THEN 'changed' ELSE 'same' END AS kind,
                   CASE WHEN t.id IS NOT NULL THEN {old} END AS old_values,
                   CASE WHEN t.id IS NULL THEN jsonb_strip_nulls(to_jsonb(n)) ELSE {new} END AS new_values
              FROM psych_roster_stage s
         LEFT JOIN psych_student t ON t.company_id = %s AND t.number = s.number
        CROSS JOIN LATERAL (SELECT {", ".join(f"{target}::{ROSTER_COLUMNS[name]} AS {name}" for name, target in targets.items())}) n
             WHERE t.id IS NULL OR t.enrolment_state <> 'deceased'
            """,
            [company.id],
        )
        # whatever the planner believes about a school that was loaded a second ago, no join may walk 20,000 × 20,000 rows
        for column in ("number", "student_id", "name", "kind"):
            self.env.cr.execute(SQL("CREATE INDEX ON psych_roster_target (%s)", SQL.identifier(column)))
        self.env.cr.execute("ANALYZE psych_roster_target (number, student_id, name, kind)")

    @api.model
    def _add_missing(self, company):
        """Add, as *left*, the students of the grades and colleges of the file who do not stand in it; return how many."""
        self.env.cr.execute(
            """
            INSERT INTO psych_roster_target (row_index, place, number, name, college_name, class_name, room_name, student_id, kind,
                                             college_id, enrolment_state, old_values, new_values)
            SELECT -1, '', t.number, t.name, college.name, class.name, room.name, t.id, 'left', t.college_id, 'left',
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
    def _counts(self):
        """{kind: number of students} and a digest of everything that would change."""
        self.env.cr.execute("SELECT kind, count(*) FROM psych_roster_target GROUP BY kind")
        counts = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            """SELECT sum(hashtextextended(concat_ws('|', number, kind, old_values::text,
                      (new_values - '{class_id,college_id,room_id,programme_id}'::text[])::text, class_name, room_name), 0))::text
                 FROM psych_roster_target WHERE kind <> 'same'"""
        )
        return counts, self.env.cr.fetchone()[0] or ""

    # ----------------------------------------------------------------------
    # Apply
    # ----------------------------------------------------------------------

    @api.model
    def _apply(self, company, moment):
        """Write the target into the register: two statements, whatever the size."""
        names = list(ROSTER_COLUMNS)
        constants = self._constants(self.env["psych.student"], company)
        constants = {
            name: value
            for name, value in constants.items()
            if name not in names and name not in ("number", "class_id")
        }
        constants.update(create_date=moment, write_date=moment)
        targets = SQL(", ").join(map(SQL.identifier, names))
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_student (number, %s, %s)
                   SELECT number, %s, %s FROM psych_roster_target WHERE kind = 'new' ORDER BY row_index""",
                targets,
                SQL(", ").join(map(SQL.identifier, constants)),
                targets,
                SQL(", ").join(SQL("%s", value) for value in constants.values()),
            )
        )
        # a school that was just loaded: the next statements of this transaction plan with true figures
        self.env.cr.execute("ANALYZE psych_student (number, company_id, class_id, room_id)")
        self.env.cr.execute(
            SQL(
                """UPDATE psych_student t SET %s, write_uid = %s, write_date = %s FROM psych_roster_target n
                    WHERE t.id = n.student_id AND t.company_id = %s AND n.kind IN ('moved', 'changed')""",
                SQL(", ").join(
                    SQL("%s = n.%s", SQL.identifier(name), SQL.identifier(name)) for name in names
                ),
                self.env.uid,
                moment,
                company.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE psych_student t SET enrolment_state = 'left', write_uid = %s, write_date = %s
                     FROM psych_roster_target n
                    WHERE t.id = n.student_id AND t.company_id = %s AND n.kind = 'left'""",
                self.env.uid,
                moment,
                company.id,
            )
        )

    @api.model
    def _apply_by_orm(self, company):
        """The same through create() and write(): slow, for a school whose own addons extend psych.student."""
        names = list(ROSTER_COLUMNS)
        Student = self.env["psych.student"].with_context(active_test=False)
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"SELECT kind, student_id, number, {', '.join(names)} FROM psych_roster_target WHERE kind <> 'same' ORDER BY row_index"
        )
        create = []
        for kind, student_id, number, *values in self.env.cr.fetchall():
            vals = dict(zip(names, values, strict=False))
            if kind == "new":
                create.append({**vals, "number": number, "company_id": company.id})
            elif kind == "left":
                Student.browse(student_id).write({"enrolment_state": "left"})
            else:
                Student.browse(student_id).write(vals)
        Student.create(create)
        Student.flush_model()

    @api.model
    def _insert_lines(self, batch, journal=False):
        """Write the preview lines of a batch from the target, or those of the journal, which also say what a new student got."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_roster_line (batch_id, kind, row_index, place, student_id, number, name, college_name,
                                                  class_name, room_name, old_values, new_values)
                   SELECT %s, n.kind, n.row_index, n.place, COALESCE(n.student_id, t.id), n.number, n.name, n.college_name,
                          n.class_name, n.room_name, n.old_values, CASE WHEN %s OR n.kind <> 'new' THEN n.new_values END
                     FROM psych_roster_target n
                LEFT JOIN psych_student t ON t.company_id = %s AND t.number = n.number AND n.kind = 'new'
                    WHERE n.kind <> 'same' ORDER BY n.row_index""",
                batch.id,
                journal,
                batch.company_id.id,
            )
        )
        self.env["psych.roster.line"].invalidate_model()
