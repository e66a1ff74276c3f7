from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisReport(models.Model):
    """A periodic report: room → class confirms → college monthly. About the room, never about a list of room-mates (H3).

    A zero report is one tap. A silent unit is a coverage task on the chase list; it becomes a signal only when a class is
    silent two periods, or one while it has an open case (safety rule H12). No ranking by finds, ever.
    """

    _name = "psych.crisis.report"
    _description = "Periodic report"
    _order = "date_start desc, id desc"
    _rec_name = "unit_id"

    kind = fields.Selection([("room", "Room"), ("class", "Class"), ("college", "College")], required=True)
    unit_id = fields.Many2one("psych.unit", required=True, index=True, ondelete="restrict")
    college_id = fields.Many2one("psych.unit", string="College", index=True, ondelete="restrict")
    class_id = fields.Many2one("psych.unit", string="Class", index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    date_start = fields.Date(required=True, help="First day of the reporting period.")
    date_end = fields.Date(required=True)
    mood = fields.Selection(
        [("calm", "All calm"), ("tension", "Some tension"), ("help", "Someone may need help")],
        required=True,
        default="calm",
    )
    is_zero = fields.Boolean(string="Nothing to report")
    filed_at = fields.Datetime(required=True)
    # dimensions of the college's month (data), and one sentence without names
    line_ids = fields.One2many("psych.crisis.report.line", "report_id", string="Dimensions", readonly=True)
    sentence = fields.Char(size=200, help="One sentence, no names.")
    read_by_id = fields.Many2one("res.users", string="Read by", readonly=True, ondelete="restrict")
    read_at = fields.Datetime(readonly=True)

    _once = models.UniqueIndex("(unit_id, kind, date_start)", "This period is reported already. Thank you.")

    @api.model
    def _period(self, company, kind, date=None):
        """Return ``(first day, last day)`` of the reporting period in which ``date`` (default today) lies.

        Rooms and classes: every 14 days (setting), weekly in key periods, counted from the start of the semester.
        Colleges: the calendar month.
        """
        date = date or clock.today(self.env, company)
        if kind == "college":
            start = date.replace(day=1)
            return start, fields.Date.add(start, months=1, days=-1)
        # named seam: settings of the school
        days = max(company.sudo().psych_crisis_dorm_days, 1)
        if self.env["psych.crisis.key.period"]._is_key(company, date):
            # named seam: settings of the school
            days = max(1, round(days * min(max(company.sudo().psych_crisis_key_factor or 1, 0.1), 1)))
        # named seam: the calendar of the school
        term = self.env["psych.term"].sudo()._current(company, date)
        anchor = term.date_start if term else date.replace(month=1, day=1)
        start = anchor + timedelta(days=(date - anchor).days // days * days)
        return start, start + timedelta(days=days - 1)

    @api.model
    def _file(self, unit, kind, mood="calm", zero=False, **values):
        """File the report of ``unit`` for the current period, once; filing again says so and changes nothing.

        Runs as the machine: cadres have no right on the table and see only their receipt.

        :return: ``(report, is_new)``
        """
        machine = self.env["psych.crisis.signal"]._machine().env["psych.crisis.report"]
        company = unit.company_id
        start, end = self._period(company, kind)
        known = machine.search(
            [("unit_id", "=", unit.id), ("kind", "=", kind), ("date_start", "=", start)], limit=1
        )
        if known:
            return known, False
        report = machine.create(
            {
                "unit_id": unit.id,
                "kind": kind,
                "company_id": company.id,
                "date_start": start,
                "date_end": end,
                "class_id": values.pop("class_id", unit.id if kind == "class" else False),
                "college_id": values.pop("college_id", unit.college_id.id),
                "mood": mood,
                "is_zero": zero or mood == "calm",
                "filed_at": clock.now(),
                **values,
            }
        )
        return report, True

    @api.model
    def _silent_rooms(self, class_unit):
        """Return the rooms where students of ``class_unit`` live and nobody reported in this period (chase list)."""
        company = class_unit.company_id
        start, _end = self._period(company, "room")
        rooms = (
            self.env["psych.student"]
            .sudo()
            .search(  # named seam: rooms of the own class, no names
                [
                    ("class_id", "=", class_unit.id),
                    ("enrolment_state", "=", "enrolled"),
                    ("whereabouts_state", "=", "dorm"),
                    ("room_id", "!=", False),
                ]
            )
            .room_id
        )
        # named seam: which rooms have reported, no content
        filed = (
            self.sudo()
            .search([("unit_id", "in", rooms.ids), ("kind", "=", "room"), ("date_start", "=", start)])
            .unit_id
        )
        return rooms - filed

    @api.model
    def _silent_classes(self, company):
        """Return the classes that did not report in this period."""
        start, _end = self._period(company, "class")
        classes = self.env["psych.unit"].search([("company_id", "=", company.id), ("role", "=", "class")])
        return (
            classes
            - self.search(
                [("unit_id", "in", classes.ids), ("kind", "=", "class"), ("date_start", "=", start)]
            ).unit_id
        )

    def action_read(self):
        """The centre or station has read it (read receipt)."""
        for report in self.filtered(lambda row: not row.read_at):
            report.check_access("read")
            # named seam: stamps of the flow, which nobody types; the check stands above
            report.sudo().write({"read_by_id": self.env.uid, "read_at": clock.now()})

    @api.model
    def action_file_college(self, college_id, values):
        """A station files the month of its college.

        :raises UserError: when the user is not of that station
        """
        college = self.env["psych.unit"].browse(college_id)
        if not self.env.user._psych_has_scope("station", college):
            raise UserError(self.env._("The station of the college files this report."))
        report, is_new = self._file(college, "college", sentence=values.get("sentence"))
        if not is_new:
            raise UserError(self.env._("The month of this college is reported already. Thank you."))
        known = self.env["psych.crisis.dimension"].search(
            [("company_id", "in", (False, college.company_id.id))]
        )
        chosen = values.get("dimensions") or {}
        report.env["psych.crisis.report.line"].create(
            [
                {"report_id": report.id, "dimension_id": row.id, "value": chosen.get(row.id) or "good"}
                for row in known
            ]
        )
        return report.id

    @api.model
    def _cron_silence(self):
        """Daily: classes that said nothing, and classes whose students off campus nobody has called, become signals.

        Contact apart: what fails there must not hide the silence; it is asked again tomorrow.
        """
        with self.env["psych.crisis.ladder"]._apart("Contact off campus"):
            self.env["psych.student"]._psych_climb_contacts()
        self._climb_silence()

    @api.model
    def _climb_silence(self):
        """A class that was silent for the last two whole periods becomes a signal, once per period.

        For a class with an open case one silent period is enough (safety rule H12).
        """
        for company in self.env["res.company"].search([("psych_unit_id", "!=", False)]):
            if not self.search_count([("company_id", "=", company.id), ("kind", "=", "class")], limit=1):
                continue
            start, _end = self._period(company, "class")
            before, _unused = self._period(company, "class", start - timedelta(days=1))
            earlier, _unused = self._period(company, "class", before - timedelta(days=1))
            reports = self.search(
                [
                    ("company_id", "=", company.id),
                    ("kind", "=", "class"),
                    ("date_start", "in", (before, earlier)),
                ]
            )
            last = reports.filtered(lambda row, day=before: row.date_start == day).unit_id
            classes = self.env["psych.unit"].search([("company_id", "=", company.id), ("role", "=", "class")])
            open_cases = [("company_id", "=", company.id), ("is_open", "=", True)]
            in_crisis = self.env["psych.crisis.case.subject"].search(open_cases).class_id & classes
            for unit in (classes - reports.unit_id) | (in_crisis - last):
                self.env["psych.crisis.signal"]._raise_for_class(unit, f"silence.{before}", "silence")
