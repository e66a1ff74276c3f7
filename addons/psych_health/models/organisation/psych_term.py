from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import clock
from ...tools.holidays_cn import calendar_of


class PsychTerm(models.Model):
    """A semester of a school: the anchor of every due date (census, sweeps, renewals, duty roster).

    Its days that differ from the ordinary week (holidays, make-up days, exams, entry, leaving, internship,
    major events) are ``psych.term.event`` rows; public holidays come from a maintained library and may be
    overridden by hand.
    """

    _name = "psych.term"
    _description = "Semester"
    _order = "date_start desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True, required=True)
    year_start = fields.Integer(
        string="School year from", required=True, help="2026 for the school year 2026-2027."
    )
    semester = fields.Selection(
        [("1", "First (autumn)"), ("2", "Second (spring)")], required=True, default="1"
    )
    date_start = fields.Date(required=True, help="Monday of the first teaching week.")
    date_end = fields.Date(required=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    event_ids = fields.One2many("psych.term.event", "term_id", string="Days and periods")
    week_count = fields.Integer(string="Weeks", compute="_compute_week_count")

    _year_semester_uniq = models.Constraint(
        "unique(company_id, year_start, semester)", "This semester exists already."
    )
    _dates_ordered = models.Constraint("check(date_end > date_start)", "A semester ends after it starts.")

    @api.depends("year_start", "semester")
    def _compute_name(self):
        labels = dict(self._fields["semester"]._description_selection(self.env))
        for term in self:
            year = term.year_start or 0
            term.name = f"{year}-{year + 1} {labels.get(term.semester, '')}"

    @api.depends("date_start", "date_end")
    def _compute_week_count(self):
        for term in self:
            days = (term.date_end - term.date_start).days if term.date_start and term.date_end else 0
            term.week_count = -(-days // 7)

    @api.constrains("date_start", "date_end", "company_id")
    def _check_overlap(self):
        for term in self:
            if self.search_count(
                [
                    ("id", "!=", term.id),
                    ("company_id", "=", term.company_id.id),
                    ("date_start", "<=", term.date_end),
                    ("date_end", ">=", term.date_start),
                ],
                limit=1,
            ):
                raise ValidationError(self.env._("Two semesters of a school cannot overlap."))

    @api.model_create_multi
    def create(self, vals_list):
        terms = super().create(vals_list)
        terms.action_load_holidays()
        return terms

    def action_load_holidays(self):
        """Add the public holidays and make-up working days of the period; rows edited by hand stay."""
        for term in self:
            known = {(event.kind, event.date_start) for event in term.event_ids}
            rows = calendar_of(term.date_start - timedelta(days=35), term.date_end + timedelta(days=60))
            self.env["psych.term.event"].create(
                [
                    {"term_id": term.id, "kind": kind, "name": name, "date_start": start, "date_end": end}
                    for kind, name, start, end in rows
                    if (kind, start) not in known
                ]
            )

    @api.model
    def _current(self, company=None, date=None):
        """Return the semester of ``company`` in which ``date`` (default today) lies, else the last one begun,
        else the next one, else an empty recordset."""
        company = company or self.env.company
        date = date or clock.today(self.env, company)
        domain = [("company_id", "=", company.id)]
        return self.search(domain + [("date_start", "<=", date)], limit=1) or self.search(
            domain, order="date_start", limit=1
        )

    def _week_of(self, date):
        """Return the teaching week (1 = first) in which ``date`` lies; 0 or less before the semester."""
        self.ensure_one()
        monday = self.date_start - timedelta(days=self.date_start.weekday())
        return (date - monday).days // 7 + 1

    def _is_working_day(self, date):
        """True when ``date`` is a working day: not a holiday row, a weekday or a make-up day."""
        kinds = set(self.event_ids.filtered(lambda e: e.date_start <= date <= e.date_end).mapped("kind"))
        if "makeup" in kinds:
            return True
        return "holiday" not in kinds and date.weekday() < 5
