from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisKeyPeriod(models.Model):
    """A key period (S1: 7个重点时段): sweeps are due and rhythms are denser between its dates."""

    _name = "psych.crisis.key.period"
    _description = "Key period"
    _order = "date_start desc, id desc"

    name = fields.Char(required=True)
    code = fields.Selection(
        [
            ("leaving", "Graduates leave"),
            ("holiday", "Holidays"),
            ("start", "Start of the semester"),
            ("entry", "Freshmen arrive"),
            ("event", "Major events"),
            ("exam", "Important exams"),
            ("after_holiday", "Two weeks after May Day and National Day"),
        ],
        required=True,
    )
    date_start = fields.Date(required=True)
    date_end = fields.Date(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _dates = models.Constraint("CHECK (date_end >= date_start)", "A period ends after it starts.")
    _once = models.UniqueIndex("(company_id, code, date_start)", "This period exists already.")

    @api.model
    def _is_key(self, company, date=None):
        """True when ``date`` (default today) lies in a key period of ``company``."""
        date = date or clock.today(self.env, company)
        return bool(
            self.sudo().search_count(  # named seam: calendar of the school
                [("company_id", "=", company.id), ("date_start", "<=", date), ("date_end", ">=", date)],
                limit=1,
            )
        )

    @api.model
    def _build(self, term):
        """Create the windows of a semester from its dates and events (facts B1); rows edited by hand stay."""
        rows = []
        day = fields.Date.add
        rows.append(
            (
                "start",
                self.env._("Start of the semester"),
                day(term.date_start, days=-7),
                day(term.date_start, days=14),
            )
        )
        for event in term.event_ids:
            first, last = event.date_start, event.date_end or event.date_start
            if event.kind == "holiday":
                rows.append(("holiday", event.name, day(first, days=-3), day(last, days=3)))
                if (first.month, first.day) in ((5, 1), (10, 1)):
                    rows.append(("after_holiday", event.name, day(last, days=1), day(last, days=14)))
            elif event.kind == "exam":
                rows.append(("exam", event.name, day(first, days=-14), day(last, days=7)))
            elif event.kind == "event":
                rows.append(("event", event.name, day(first, days=-7), day(last, days=7)))
            elif event.kind == "entry":
                rows.append(("entry", event.name, first, day(first, days=60)))
            elif event.kind == "leaving":
                rows.append(("leaving", event.name, day(first, days=-30), day(last, days=7)))
        known = {(row.code, row.date_start) for row in self.search([("company_id", "=", term.company_id.id)])}
        fresh = {}
        for code, name, start, end in rows:
            if (code, start) not in known:
                # two entries of the calendar may begin on the same day: one window, the longer one
                last = fresh.get((code, start), ("", end))[1]
                fresh[code, start] = (name or code, max(end, last))
        return self.create(
            [
                {
                    "code": code,
                    "name": name,
                    "date_start": start,
                    "date_end": end,
                    "company_id": term.company_id.id,
                }
                for (code, start), (name, end) in fresh.items()
            ]
        )

    @api.model
    def _cron_periods(self):
        """Daily: windows of the current semester, and one sweep per college for each window that has begun."""
        for company in self.env["res.company"].search([("psych_unit_id", "!=", False)]):
            term = self.env["psych.term"]._current(company)
            if term:
                self._build(term)
            today = clock.today(self.env, company)
            for period in self.search(
                [("company_id", "=", company.id), ("date_start", "<=", today), ("date_end", ">=", today)]
            ):
                self.env["psych.crisis.sweep"]._open_for(period)
