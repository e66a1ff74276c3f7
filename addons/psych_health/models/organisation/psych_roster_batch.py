import base64
import json
import zlib
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools import bulk, clock
from ...tools import roster_clean as rc
from .psych_roster_stage import ROSTER_COLUMNS

MAX_ISSUES = 20_000


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
    created_refs = fields.Json(readonly=True, help="What the import created beside students, for the undo.")
    digest = fields.Char(
        readonly=True, help="Fingerprint of the preview: the import does exactly what was shown."
    )
    payload = fields.Binary(
        attachment=False, readonly=True, help="Cleaned rows of the preview; deleted when applied."
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
        packed = zlib.compress(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(), 1)
        work = batch._evaluate(payload, options)
        batch._write_outcome(payload, work, options)
        batch.payload = base64.b64encode(packed)
        return batch.sudo(False)

    def _load_payload(self):
        # named seam: the uploaded sheet, for the person whose batch it is (record rule)
        return json.loads(zlib.decompress(base64.b64decode(self.sudo().payload)))

    def _evaluate(self, payload, options, create=False):
        """Resolve, stage and compare.

        :param create: make the planned units first (apply) instead of counting them (preview)
        :return: dict with ``directory``, ``staff`` plan, ``issues``, ``counts``, ``digest``, ``created``
        """
        Units, Staff, company = (
            self.env["psych.roster.units"],
            self.env["psych.roster.staff"],
            self.company_id,
        )
        report = Report([tuple(issue) for issue in payload["issues"]])
        directory = Units._directory(company, {tuple(pair) for pair in options.get("refused", ())})
        places = Units._resolve(directory, payload["values"], payload["size"], report)
        # rights of the person who imports apply to what is made beside students
        staff = Staff.sudo(False)._plan(
            company,
            Staff.sudo(False)._resolve(company, payload["values"], [row[0] for row in places], report),
        )
        created = Units.sudo(False)._create_planned(company, directory) if create else {}
        bad = {issue[0] for issue in report.issues if rc.CODES[issue[2]] == rc.ERROR}
        Stage = self.env["psych.roster.stage"]
        Stage._load_numbers(number for number in payload["values"]["number"] if number)
        Stage._load(company, self._stage_rows(payload, places, bad, directory))
        bad |= self._check_staged(company, report)
        missing = Stage._add_missing(company) if options.get("mark_left") else 0
        counts, digest = Stage._counts()
        return {
            "directory": directory,
            "staff": staff,
            "issues": report.issues,
            "bad": bad,
            "counts": counts,
            "digest": digest,
            "created": created,
            "missing": missing,
        }

    def _stage_rows(self, payload, places, bad, directory):
        """Rows for the staging table, in the order of its columns; rows with errors and repeated rows are left out."""
        values, size = payload["values"], payload["size"]
        bad = bad | {issue[0] for issue in payload["issues"] if issue[2] == "number_repeated"}
        blank = [None] * size
        column = {
            name: values.get(name, blank)
            for name in (
                "number",
                "name",
                "gender",
                "programme",
                "entry_year",
                "phone",
                "birth_date",
                "ethnicity",
                "guardian_name",
                "guardian_phone",
                "enrolment_state",
                "day_student",
            )
        }
        names = {place_id: place.name for place_id, place in directory.by_id.items()}
        rows = []
        for index, (group, college, programme, year, room) in enumerate(places):
            if index in bad:
                continue
            number = column["number"][index]
            day = column["day_student"][index]
            named = column["programme"][index] and programme
            rows.append(
                (
                    index,
                    payload["places"][index],
                    number,
                    college.name if college else None,
                    group.name if group else None,
                    f"{names.get(room.parent, '')} {room.name}" if room else None,
                    programme.id if programme else None,
                    year or rc.year_of_number(number),
                    column["name"][index],
                    column["gender"][index],
                    group.id if group else None,
                    college.id if group and college else None,
                    named.id if named else None,
                    column["entry_year"][index],
                    0 if room is False else room.id if room else None,
                    column["phone"][index],
                    column["birth_date"][index],
                    column["ethnicity"][index],
                    column["guardian_name"][index],
                    column["guardian_phone"][index],
                    column["enrolment_state"][index],
                    "day" if day else "dorm" if room or day is False else None,
                )
            )
        return rows

    def _check_staged(self, company, report):
        """Remarks that need the register; return the rows that cannot be imported."""
        cr = self.env.cr
        cr.execute(
            "DELETE FROM psych_roster_target WHERE kind = 'new' AND class_id IS NULL RETURNING row_index"
        )
        bad = {index for (index,) in cr.fetchall()}
        for index in sorted(bad):
            report(index, "class_name", "class_missing")
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
        cr.execute(
            """SELECT n.row_index, n.name, min(t.number) FROM psych_roster_target n
                 JOIN psych_student t ON t.company_id = %s AND t.name = n.name AND t.birth_date = n.birth_date
                WHERE n.kind = 'new' GROUP BY 1, 2 ORDER BY 1 LIMIT 500""",
            [company.id],
        )
        for index, name, number in cr.fetchall():
            report(index, "number", "maybe_renumbered", name, number)
        return bad

    def _write_outcome(self, payload, work, options):
        """Write figures, lines, remarks and the plan of the preview."""
        Units, Staff = self.env["psych.roster.units"], self.env["psych.roster.staff"]
        counts, directory = work["counts"], work["directory"]
        planned = [place for place in directory.planned if place.rows]
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
                "digest": work["digest"],
                "plan": {
                    "units": Units._plan_summary(directory),
                    "staff": Staff._summary(work["staff"]),
                    "names": {str(place.id): place.name for place in directory.planned},
                    "options": options,
                },
            }
        )
        self.env["psych.roster.stage"]._insert_lines(self)
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

    def _apply(self, skip_errors=False, by_orm=False):
        """Do what the preview showed, whole or not at all.

        :param skip_errors: import the good rows although others have errors
        :param by_orm: write students through the ORM (same result, slower; see ``psych.roster.stage``)
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
        payload, options = batch._load_payload(), (batch.plan or {}).get("options", {})
        work = batch._evaluate(payload, options, create=True)
        if work["digest"] != batch.digest:
            raise UserError(
                self.env._(
                    "The roster changed since the preview. Nothing was imported. Please look at the preview again."
                )
            )
        moment = clock.now()
        if by_orm:
            self.env["psych.roster.stage"]._apply_by_orm(self.company_id)
        else:
            self.env["psych.roster.stage"]._apply(self.company_id, moment)
        batch._finish(work, moment, by_orm)

    def _lock(self):
        """One import at a time and school."""
        query = SQL("SELECT pg_try_advisory_xact_lock(hashtext('psych.roster'), %s)", self.company_id.id)
        if not self.env.execute_query(query)[0][0]:
            raise UserError(
                self.env._("Somebody else is importing a roster right now. Please try again in a minute.")
            )

    def _finish(self, work, moment, by_orm):
        """Journal, posts, seams for moved and departed students; caches are dropped once."""
        Staff = self.env["psych.roster.staff"].sudo(False)
        self.line_ids.browse().flush_model()
        self.env.cr.execute(SQL("DELETE FROM psych_roster_line WHERE batch_id = %s", self.id))
        self.env["psych.roster.stage"]._insert_lines(self, journal=True)
        self.env.invalidate_all()
        memberships = Staff._apply(work["staff"])
        ended = self._tell_seams(by_orm)
        created = dict(work["created"], **{"psych.membership": memberships.ids, "ended": ended.ids})
        self.write({"state": "applied", "applied_at": moment, "created_refs": created, "payload": False})
        self.env.flush_all()

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
