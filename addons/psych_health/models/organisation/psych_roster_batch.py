import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools import bulk, clock
from ...tools import roster_clean as rc
from .psych_roster_stage import ROSTER_COLUMNS
from .psych_roster_units import Planned

MAX_ISSUES = 20_000
#: columns of a cleaned row that go into the register as they are, in the order of the register's
REACH_COLUMNS = ("phone", "birth_date", "ethnicity", "guardian_name", "guardian_phone")
ROW_COLUMNS = (
    *("number", "name", "gender", "programme", "entry_year", "enrolment_state", "day_student"),
    *REACH_COLUMNS,
)


class Report:
    """Collects remarks ``(row index, field, code, value, other)``."""

    def __init__(self, issues):
        self.issues, self.said = issues, set()

    def __call__(self, index, field, code, value="", other=""):
        self.issues.append((index, field, code, value, other))


class PsychRosterBatch(models.Model):
    """One import of a roster: first a preview, then the journal of what was done, from which it can be undone.

    Previews of a file are thrown away after a day. An import lands whole or changes nothing. Written by the machine
    only; the school administrator reads it and presses the buttons.
    """

    _name = "psych.roster.batch"
    _description = "Roster import"
    _order = "id desc"
    _rec_name = "filename"

    # identity
    filename = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Imported by", readonly=True, default=lambda self: self.env.user
    )
    state = fields.Selection(
        [("preview", "Preview"), ("applied", "Applied"), ("undone", "Undone")],
        required=True,
        default="preview",
        readonly=True,
    )
    applied_at = fields.Datetime(readonly=True)
    undone_at = fields.Datetime(readonly=True)

    # figures
    row_count = fields.Integer(string="Rows", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    moved_count = fields.Integer(string="Moved", readonly=True)
    left_count = fields.Integer(string="Not in the file", readonly=True)
    same_count = fields.Integer(string="Unchanged", readonly=True)
    error_count = fields.Integer(string="Rows with errors", readonly=True)
    dropped_count = fields.Integer(string="Cells left out", readonly=True)
    note_count = fields.Integer(string="Notes", readonly=True)
    unit_count = fields.Integer(string="New units", readonly=True)

    # what belongs to it
    line_ids = fields.One2many("psych.roster.line", "batch_id", readonly=True)
    issue_ids = fields.One2many("psych.roster.issue", "batch_id", readonly=True)
    plan = fields.Json(readonly=True, help="Units and posts to be created, for the preview.")
    to_create = fields.Text(
        readonly=True,
        help="Units and programmes to be created and wishes for posts, as the import takes them.",
    )
    created_refs = fields.Json(readonly=True, help="What the import created beside students, for the undo.")
    stamp = fields.Char(
        readonly=True, help="State of the register at the preview: the import does exactly what was shown."
    )
    can_undo = fields.Boolean(compute="_compute_can_undo")

    def _compute_can_undo(self):
        for batch in self:
            last = self.search([("company_id", "=", batch.company_id.id), ("state", "=", "applied")], limit=1)
            batch.can_undo = batch == last

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_open_lines(self):
        """Open the students of one kind (context ``roster_kind``; all without it)."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_roster_line_action")
        kind = self.env.context.get("roster_kind")
        action["domain"] = [("batch_id", "=", self.id)] + ([("kind", "=", kind)] if kind else [])
        return action

    def action_open_issues(self):
        """Open the remarks of one severity (context ``roster_severity``; all without it)."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_roster_issue_action")
        severity = self.env.context.get("roster_severity")
        action["domain"] = [("batch_id", "=", self.id)] + ([("severity", "=", severity)] if severity else [])
        return action

    def action_undo(self):
        """Take the last import back while nothing was built on it (see ``psych.roster.undo``)."""
        self.ensure_one()
        self._check_administrator()
        self.env["psych.roster.undo"]._undo(self)
        return True

    # ----------------------------------------------------------------------
    # Preview
    # ----------------------------------------------------------------------

    @api.model
    def _check_administrator(self):
        """Only the school administrator imports, into the own school.

        :raises AccessError: for anybody else
        """
        if not self.env.user.has_group("psych_health.group_psych_health_admin"):
            raise AccessError(
                self.env._("Only the school administrator imports rosters. Please ask for it there.")
            )
        for company in self.company_id or self.env.company:
            if not self.env.user._psych_has_scope("admin", company=company):
                raise AccessError(
                    self.env._("You are not the administrator of %(school)s.", school=company.name)
                )

    @api.model
    def _preview(self, company, filename, payload, options):
        """Store what the cleaned file would do and return the batch.

        :param dict payload: ``values`` (columns by field), ``places``, ``headings``, ``issues``, ``size``
        :param dict options: ``refused`` [[role, key]], ``mark_left`` bool
        """
        self.with_company(company)._check_administrator()
        # named seam: the journal is written by the machine only
        batch = self.sudo().create(
            {"company_id": company.id, "filename": filename, "row_count": payload["size"]}
        )
        work = batch._evaluate(payload, options)
        batch._write_outcome(payload, work, options)
        return batch.sudo(False)

    def _evaluate(self, payload, options):
        """Resolve, compare, and write the lines.

        :return: dict with ``directory``, ``places`` to be created, ``staff`` wishes, ``issues``, ``bad`` rows, ``counts``
        """
        Units, Staff, company = (
            self.env["psych.roster.units"],
            self.env["psych.roster.staff"],
            self.company_id,
        )
        report = Report([tuple(issue) for issue in payload["issues"]])
        directory = Units._directory(company, {tuple(pair) for pair in options.get("refused", ())})
        places = Units._resolve(directory, payload["values"], payload["size"], report)
        # rights of the person who imports apply to what is looked up beside students
        staff = Staff.sudo(False)._resolve(company, payload["values"], [row[0] for row in places], report)
        planned = Units._settle(directory)
        bad = {issue[0] for issue in report.issues if rc.CODES[issue[2]] == rc.ERROR}
        Stage = self.env["psych.roster.stage"]
        new, known = self._stage_rows(payload, places, bad, directory, report)
        Stage._insert_new(new)
        Stage._compare(company, known)
        self._check_staged(report)
        if options.get("mark_left"):
            Stage._load_numbers(number for number in payload["values"]["number"] if number)
            Stage._add_missing(company)
        Stage._insert_lines(self)
        return {
            "directory": directory,
            "places": planned,
            "staff": [(place.id, place.name, code, partner.id) for place, code, partner in staff],
            "issues": report.issues,
            "bad": bad,
            "counts": {**Stage._counts(), "new": len(new)},
        }

    def _stage_rows(self, payload, places, bad, directory, report):
        """The lines of new students, and the rows to be compared of those in the register.

        Rows with errors and repeated rows are left out; a new student without a class is an error, added to ``bad``.

        :return: (rows of ``psych.roster.stage._insert_new``, rows of ``psych.roster.stage._compare``)
        """
        values, size = payload["values"], payload["size"]
        skipped = bad | {issue[0] for issue in payload["issues"] if issue[2] == "number_repeated"}
        known = self.env["psych.roster.stage"]._known(self.company_id)
        blank = [None] * size
        column = {name: values.get(name, blank) for name in ROW_COLUMNS}
        names = {place_id: place.name for place_id, place in directory.by_id.items()}
        old, new = [], []
        for index, (group, college, programme, year, room) in enumerate(places):
            if index in skipped:
                continue
            number, day = column["number"][index], column["day_student"][index]
            shown = (
                payload["places"][index],
                number,
                college.name if college else None,
                group.name if group else None,
                f"{names.get(room.parent, '')} {room.name}" if room else None,
            )
            said = (column["programme"][index] and programme) or None
            year_said, guess = column["entry_year"][index], year or rc.year_of_number(number)
            whereabouts = "day" if day else "dorm" if room or day is False else None
            before = column["name"][index], column["gender"][index]
            between = [column[name][index] for name in REACH_COLUMNS]
            group_id, college_id = (group.id, college.id if college else None) if group else (None, None)
            if number in known:
                place = (group_id, college_id, said and said.id, year_said)
                room_id = 0 if room is False else room.id if room else None
                hints = (programme.id if programme else None, guess)
                state = (column["enrolment_state"][index], whereabouts)
                old.append((index, *shown, *hints, *before, *place, room_id, *between, *state))
            elif group:
                place = (group_id, college_id, programme.id if programme else None, year_said or guess)
                state = (column["enrolment_state"][index] or "enrolled", whereabouts or "dorm")
                room_id = room.id if room else None
                new.append((self.id, "new", index, *shown, *before, *place, room_id, *between, *state))
            else:
                bad.add(index)
                report(index, "class_name", "class_missing")
        return new, old

    def _check_staged(self, report):
        """Remarks that need the register."""
        cr, company = self.env.cr, self.company_id
        cr.execute(
            """SELECT s.row_index FROM psych_roster_stage s JOIN psych_student t ON t.company_id = %s AND t.number = s.number
                WHERE t.enrolment_state = 'deceased'""",
            [company.id],
        )
        for (index,) in cr.fetchall():
            report(index, "number", "record_closed")
        cr.execute(
            "SELECT row_index, name, old_values->>'name' FROM psych_roster_target WHERE old_values ? 'name'"
        )
        for index, name, old in cr.fetchall():
            report(index, "name", "name_changed", name, old)
        # one pass over the new and one over the register, whatever the planner believes about rows of a second ago
        cr.execute("SET LOCAL enable_nestloop = off")
        cr.execute(
            """SELECT n.row_index, n.name, min(t.number) FROM psych_roster_line n
                 JOIN psych_student t ON t.company_id = %s AND t.name = n.name AND t.birth_date = n.birth_date
                WHERE n.batch_id = %s AND n.kind = 'new' GROUP BY 1, 2 ORDER BY 1 LIMIT 500""",
            [company.id, self.id],
        )
        for index, name, number in cr.fetchall():
            report(index, "number", "maybe_renumbered", name, number)
        cr.execute("SET LOCAL enable_nestloop = on")

    def _write_outcome(self, payload, work, options):
        """Write figures, lines, remarks and the plan of the preview."""
        Units, Staff = self.env["psych.roster.units"], self.env["psych.roster.staff"]
        counts, directory = work["counts"], work["directory"]
        planned = [place for place in directory.planned if place.rows]
        staff = Staff.sudo(False)._plan(self.company_id, work["staff"])
        severities = [rc.CODES[issue[2]] for issue in work["issues"]]
        self.write(
            {
                "new_count": counts.get("new", 0),
                "changed_count": counts.get("changed", 0),
                "moved_count": counts.get("moved", 0),
                "left_count": counts.get("left", 0),
                "same_count": counts.get("same", 0),
                "error_count": len(work["bad"]),
                "dropped_count": severities.count(rc.DROPPED),
                "note_count": severities.count(rc.NOTE),
                "unit_count": len(planned),
                "stamp": self.env["psych.roster.stage"]._stamp(self.company_id),
                "plan": {
                    "units": Units._plan_summary(directory),
                    "staff": Staff._summary(staff),
                    "options": options,
                },
                "to_create": json.dumps([work["places"], work["staff"]], ensure_ascii=False),
            }
        )
        self._insert_issues(payload, work["issues"])

    def _insert_issues(self, payload, issues):
        numbers, places, headings = payload["values"]["number"], payload["places"], payload["headings"]
        rank = {rc.ERROR: 0, rc.DROPPED: 1, rc.NOTE: 2}
        ordered = sorted(issues, key=lambda issue: (rank[rc.CODES[issue[2]]], issue[0]))[:MAX_ISSUES]
        self.env.flush_all()
        bulk.copy_rows(
            self.env.cr,
            "psych_roster_issue",
            [
                "batch_id",
                "row_index",
                "place",
                "field",
                "heading",
                "number",
                "value",
                "other",
                "code",
                "severity",
            ],
            [
                (
                    self.id,
                    index,
                    places[index],
                    name,
                    headings.get(name, ""),
                    numbers[index],
                    value[:200],
                    other[:200],
                    code,
                    rc.CODES[code],
                )
                for index, name, code, value, other in ordered
            ],
            never_null=["value", "other"],
        )
        self.env["psych.roster.issue"].invalidate_model()

    # ----------------------------------------------------------------------
    # Apply
    # ----------------------------------------------------------------------

    def _apply(self, skip_errors=False, by_orm=False, payload=None):
        """Do what the preview showed, whole or not at all.

        :param skip_errors: import the good rows although others have errors
        :param by_orm: write students through the ORM (same result, slower; see ``psych.roster.stage``)
        :param payload: callable that gives the cleaned rows again, to compare anew when the register changed
        :raises UserError: errors are left, somebody else is importing, or the roster changed since the preview
        """
        self.ensure_one()
        self._check_administrator()
        self.env["psych.student"].check_access("create")
        if self.state != "preview":
            raise UserError(self.env._("This import was applied already."))
        if self.error_count and not skip_errors:
            raise UserError(
                self.env._(
                    "%(count)s rows have errors. Correct them, or choose to leave them out.",
                    count=self.error_count,
                )
            )
        self._lock()
        batch = self.sudo()  # named seam: the journal is written by the machine only
        places, staff = batch._agreed(payload)
        # rights of the person who imports apply to what is made beside students
        Units = self.env["psych.roster.units"]
        created = Units._create_planned(self.company_id, [Planned(*place) for place in places])
        if by_orm:
            self.env["psych.roster.stage"]._apply_by_orm(batch.with_env(self.env))
        else:
            self.env["psych.roster.stage"]._apply(batch)
        batch._finish(staff, created, by_orm)

    def _agreed(self, payload):
        """What the preview planned, as long as nothing that it compared was written since.

        Where something was, the file is compared anew: what would be done must be what was shown.

        :param payload: see :meth:`_apply`
        :return: (places to be created, wishes for posts)
        :raises UserError: the import would do something else than the preview showed
        """
        Stage = self.env["psych.roster.stage"]
        places, staff = json.loads(self.to_create or "[[], []]")
        if Stage._stamp(self.company_id) == self.stamp:
            return places, staff
        if payload:
            shown = Stage._digest(self), [place[1:3] for place in places]
            self.env.cr.execute(SQL("DELETE FROM psych_roster_line WHERE batch_id = %s", self.id))
            work = self._evaluate(payload(), self.plan["options"])
            if shown == (Stage._digest(self), [[place.role, place.name] for place in work["places"]]):
                return work["places"], work["staff"]
        raise UserError(
            self.env._(
                "The roster changed since the preview. Nothing was imported. Please look at the preview again."
            )
        )

    def _lock(self):
        """One import at a time and school."""
        query = SQL("SELECT pg_try_advisory_xact_lock(hashtext('psych.roster'), %s)", self.company_id.id)
        if not self.env.execute_query(query)[0][0]:
            raise UserError(
                self.env._("Somebody else is importing a roster right now. Please try again in a minute.")
            )

    def _finish(self, staff, created, by_orm):
        """Posts, seams for moved and departed students; caches are dropped once. The lines stay as the journal.

        :param staff: wishes for posts
        :param dict created: ids of the units and programmes that were made
        """
        Staff = self.env["psych.roster.staff"].sudo(False)
        self.env.invalidate_all()
        memberships = Staff._apply(Staff._plan(self.company_id, staff))
        ended = self._tell_seams(by_orm)
        created = dict(created, **{"psych.membership": memberships.ids, "ended": ended.ids})
        self.write(
            {"state": "applied", "applied_at": clock.now(), "created_refs": created, "to_create": False}
        )
        self.env.flush_all()

    def _planned_names(self):
        """{(model, id): name} of what the previews among ``self`` would create."""
        return {
            ("psych.programme" if place[1] == "programme" else "psych.unit", place[0]): place[2]
            for batch in self
            if batch.state == "preview"
            for place in json.loads(batch.to_create or "[[], []]")[0]
        }

    def _touched(self):
        """What the journal says about students who were here before, in one query:
        ``[(student id, kind, new enrolment state or None, former class id or None)]``."""
        return self.env.execute_query(
            SQL(
                """SELECT student_id, kind, new_values->>'enrolment_state', (old_values->>'class_id')::int
                     FROM psych_roster_line WHERE batch_id = %s AND kind <> 'new' ORDER BY student_id""",
                self.id,
            )
        )

    def _tell_seams(self, by_orm):
        """Tell who was moved or left; return the posts that ended by it (S1-Art7-a)."""
        Hooks, Student, Membership = (
            self.env["psych.hooks"],
            self.env["psych.student"],
            self.env["psych.membership"],
        )
        touched = self._touched()
        gone = defaultdict(list)
        for student, _kind, state, _class in touched:
            if state in ("left", "graduated"):
                gone[state].append(student)
        left = Student.browse([student for ids in gone.values() for student in ids])
        moved = Student.browse([row[0] for row in touched if row[1] == "moved"]) | left
        active = ("nominated", "trained", "appointed")
        before = Membership.search([("student_id", "in", moved.ids), ("state", "in", active)])
        self.env["psych.roster.handover"]._make(self, touched)
        Student.browse([row[0] for row in touched]).modified([*ROSTER_COLUMNS])
        if not by_orm:  # write() has told them already
            for state, ids in gone.items():
                Hooks._student_left(Student.browse(ids), state)
            if moved:
                Hooks._room_changed(moved)
        return before.filtered(lambda membership: membership.state == "ended")

    # ----------------------------------------------------------------------
    # Tidying
    # ----------------------------------------------------------------------

    @api.autovacuum
    def _gc_previews(self):
        """Throw away previews that nobody applied within a day."""
        limit = fields.Datetime.subtract(clock.now(), days=1)
        self.search([("state", "=", "preview"), ("create_date", "<", limit)]).unlink()
