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
            ("leaving", "Graduates leave"), ("holiday", "Holidays"), ("start", "Start of the semester"), ("entry", "Freshmen arrive"),
            ("event", "Major events"), ("exam", "Important exams"), ("after_holiday", "Two weeks after May Day and National Day"),
        ],
        required=True,
    )
    date_start = fields.Date(required=True)
    date_end = fields.Date(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)

    _dates = models.Constraint("CHECK (date_end >= date_start)", "A period ends after it starts.")
    _once = models.UniqueIndex("(company_id, code, date_start)", "This period exists already.")

    @api.model
    def _is_key(self, company, date=None):
        """True when ``date`` (default today) lies in a key period of ``company``."""
        date = date or clock.today(self.env, company)
        return bool(
            self.sudo().search_count(  # named seam: calendar of the school
                [("company_id", "=", company.id), ("date_start", "<=", date), ("date_end", ">=", date)], limit=1
            )
        )
