from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import clock
from .psych_roster_stage import NEW_COLUMNS

#: tables that point to students and units and do not count as "built on the import"
OWN_TABLES = ("psych_roster_line", "psych_scope")


class PsychRosterUndo(models.AbstractModel):
    """Takes the last roster import of a school back, as long as nothing was built on it.

    Built on it means: a record of any room points to a student that the import made, or a value that the import
    wrote was changed since. Then nothing is undone and the person reads why.
    """

    _name = "psych.roster.undo"
    _description = "Undo of a roster import"

    @api.model
    def _undo(self, batch):
        """Undo ``batch``, whole or not at all.

        :raises UserError: not the last import, or something was built on it
        """
        if batch.state != "applied" or not batch.can_undo:
            raise UserError(self.env._("Only the last import can be undone."))
        batch._lock()
        self.env.flush_all()
        self._check_untouched(batch)
        self._end_posts(batch)
        self._restore(batch)
        self._remove_students(batch)
        self._remove_units(batch)
        self.env.invalidate_all()
        # named seam: the state of the batch, after the right to undo was checked
        batch.sudo().write(
            {"state": "undone", "undone_at": clock.now()}
        )  # named seam: the journal is machine-written
        self._tell(batch)

    def _check_untouched(self, batch):
        """Raise when a student of the batch is no longer as the import left it, or is in use."""
        company = batch.company_id.id
        rows = self.env.execute_query(
            SQL(
                """SELECT l.number FROM psych_roster_line l LEFT JOIN psych_student t ON t.id = l.student_id
                    WHERE l.batch_id = %(batch)s AND l.kind <> 'new'
                      AND (t.id IS NULL OR t.company_id <> %(company)s OR NOT to_jsonb(t) @> l.new_values)
                UNION
                   SELECT l.number FROM psych_roster_line l
                LEFT JOIN psych_student t ON t.company_id = %(company)s AND t.number = l.number
                    WHERE l.batch_id = %(batch)s AND l.kind = 'new'
                      AND (t.id IS NULL OR NOT t.active OR (%(written)s) IS DISTINCT FROM (%(journal)s))
                 ORDER BY 1 LIMIT 5""",
                batch=batch.id,
                company=company,
                written=SQL(", ").join(SQL("t.%s", SQL.identifier(name)) for name in NEW_COLUMNS),
                journal=SQL(", ").join(SQL("l.%s", SQL.identifier(name)) for name in NEW_COLUMNS.values()),
            )
        )
        if rows:
            raise UserError(
                self.env._(
                    "These students were changed after the import: %(numbers)s. Nothing was undone.",
                    numbers=", ".join(row[0] for row in rows),
                )
            )
        query = SQL(
            """SELECT t.id FROM psych_roster_line l JOIN psych_student t ON t.company_id = %s AND t.number = l.number
                WHERE l.batch_id = %s AND l.kind = 'new'""",
            company,
            batch.id,
        )
        if users := self._pointing_tables("psych_student", query):
            names = sorted(self.env[self._model_of(table)]._description for table in users)
            raise UserError(
                self.env._(
                    "New students of this import are in use already (%(names)s). Nothing was undone.",
                    names=", ".join(names),
                )
            )

    def _model_of(self, table):
        return next(
            (name for name, model in self.env.registry.items() if model._table == table), "psych.student"
        )

    def _pointing_tables(self, table, ids):
        """Tables with a row that points to one of ``ids`` (an SQL query) of ``table``, whatever addon they belong to."""
        links = self.env.execute_query(
            SQL(
                """SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                    WHERE c.contype = 'f' AND c.confrelid = %s::regclass AND cardinality(c.conkey) = 1""",
                table,
            )
        )
        found = set()
        for source, column in links:
            if source in OWN_TABLES or source == table:
                continue
            query = SQL(
                "SELECT 1 FROM %s WHERE %s IN (%s) LIMIT 1",
                SQL.identifier(source),
                SQL.identifier(column),
                ids,
            )
            if self.env.execute_query(query):
                found.add(source)
        return found

    def _end_posts(self, batch):
        """Nominations of the import vanish; an appointment was real for a while: it ends and stays in the history."""
        ids = (batch.created_refs or {}).get("psych.membership", [])
        memberships = self.env["psych.membership"].browse(ids).exists()
        nominated = memberships.filtered(lambda membership: membership.state in ("nominated", "trained"))
        (memberships - nominated)._end(clock.today(self.env), self.env._("Roster import undone"))
        nominated.sudo().unlink()  # named seam: taken back by the one who made them with the import

    def _restore(self, batch):
        """Give changed, moved and departed students their old values back, in one statement."""
        self.env["psych.roster.stage"]._write_values(batch, "old_values")

    def _remove_students(self, batch):
        self.env.cr.execute(
            SQL(
                """DELETE FROM psych_student t USING psych_roster_line l
                    WHERE l.batch_id = %s AND l.kind = 'new' AND t.company_id = %s AND t.number = l.number""",
                batch.id,
                batch.company_id.id,
            )
        )

    def _remove_units(self, batch):
        """Units and programmes of the import go if nobody uses them by now; those in use stay."""
        refs = batch.created_refs or {}
        for ids in (refs.get("psych.unit", []), refs.get("psych.programme", [])):
            if not ids:
                continue
            table = "psych_unit" if ids is refs.get("psych.unit") else "psych_programme"
            free = set(ids)
            for used in self._used(table, ids):
                free.discard(used)
            free -= self._ancestors(set(ids) - free) if table == "psych_unit" else set()
            if free:
                self.env.cr.execute(SQL("DELETE FROM %s WHERE id IN %s", SQL.identifier(table), tuple(free)))

    def _used(self, table, ids):
        """Those of ``ids`` that a row outside of the import's own units points to."""
        links = self.env.execute_query(
            SQL(
                """SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                    WHERE c.contype = 'f' AND c.confrelid = %s::regclass AND cardinality(c.conkey) = 1""",
                table,
            )
        )
        used = set()
        for source, column in links:
            if source in OWN_TABLES:
                continue
            inside = SQL(" AND NOT (id IN %s)", tuple(ids)) if source == table else SQL()
            query = SQL(
                "SELECT DISTINCT %s FROM %s WHERE %s IN %s%s",
                SQL.identifier(column),
                SQL.identifier(source),
                SQL.identifier(column),
                tuple(ids),
                inside,
            )
            used.update(row[0] for row in self.env.execute_query(query))
        return used

    def _ancestors(self, used):
        """Ids above the used units: they stay too."""
        rows = (
            self.env.execute_query(SQL("SELECT parent_path FROM psych_unit WHERE id IN %s", tuple(used)))
            if used
            else []
        )
        return {int(part) for (path,) in rows for part in (path or "").strip("/").split("/") if part}

    def _tell(self, batch):
        """The undo moves students too: the same seams hear of it."""
        moved = batch.line_ids.filtered(lambda line: line.kind == "moved").student_id.exists()
        if moved:
            self.env["psych.hooks"]._room_changed(moved)
