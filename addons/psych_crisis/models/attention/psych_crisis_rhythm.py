from datetime import timedelta

from odoo import api, fields, models

from ..case.psych_crisis_case import LEVELS
from .psych_crisis_attention import TIERS

RHYTHM_KEYS = [
    *((f"tier_{key}", label) for key, label in TIERS),
    *((f"level_{key}", label) for key, label in LEVELS),
    ("back", "Back at school"),
    ("away", "Lives or works off campus"),
]


class PsychCrisisRhythm(models.Model):
    """How often a follow-up is due, by tier or level: denser in the first month, denser in key periods."""

    _name = "psych.crisis.rhythm"
    _description = "Follow-up rhythm"
    _order = "key"
    _rec_name = "key"

    key = fields.Selection(RHYTHM_KEYS, string="Applies to", required=True)
    first_month_days = fields.Integer(
        required=True, default=7, help="Days between two follow-ups in the first month."
    )
    first_month_length = fields.Integer(
        string="The first month has (days)",
        required=True,
        default=30,
        help="As long as the denser rhythm holds.",
    )
    days = fields.Integer(
        string="Days after the first month",
        required=True,
        default=14,
        help="Days between two follow-ups afterwards.",
    )
    late_days = fields.Integer(help="Days between two follow-ups after three months; empty: as before.")
    late_after = fields.Integer(
        string="Three months have (days)",
        required=True,
        default=90,
        help="From then on the rare rhythm holds.",
    )
    review_days = fields.Integer(
        string="Look at the tier again after (days)",
        default=90,
        help="A tag does not live for ever (tiers only). 0: no date is proposed.",
    )
    late_signal_days = fields.Integer(
        string="Days late until it climbs",
        default=3,
        help="A follow-up of a tier that nobody has done by then becomes a signal. 0: never. Cases have time limits of their own.",
    )
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")

    _key_uniq = models.UniqueIndex("(key, COALESCE(company_id, 0))", "This rhythm exists already.")
    _positive = models.Constraint(
        "CHECK (first_month_days > 0 AND days > 0 AND COALESCE(late_days, 0) >= 0 AND COALESCE(late_signal_days, 0) >= 0)",
        "A rhythm has at least one day.",
    )
    _spans = models.Constraint(
        "CHECK (first_month_length > 0 AND late_after >= first_month_length AND COALESCE(review_days, 0) >= 0)",
        "The first month ends before the rare rhythm begins.",
    )

    @api.model
    def _next_due(self, company, key, since, now):
        """Return when the next follow-up is due: a span after ``now`` by the rhythm ``key``.

        :param since: datetime since when the student is on this tier or level
        """
        row = self._of(company, key)
        days = row._days_after(now - since) if row else 7
        if self.env["psych.crisis.key.period"]._is_key(company):
            days = max(1, round(days * min(max(company.psych_crisis_key_factor or 1, 0.1), 1)))
        return now + timedelta(days=days)

    @api.model
    def _of(self, company, key):
        """Return the row ``key`` of a school: its own before the shared one, empty when there is none."""
        return self.sudo().search(  # named seam: settings
            [("key", "=", key), ("company_id", "in", (company.id, False))],
            order="company_id NULLS LAST",
            limit=1,
        )

    @api.model
    def _review_date(self, company, key, start):
        """Return when a tier that begins at ``start`` is looked at again, False when the school proposes no date."""
        days = self._of(company, key).review_days
        return fields.Date.add(start, days=days) if days else False

    @api.model
    def _days_late(self, company):
        """Return ``{key: days}`` after which an undone follow-up climbs, the school's own rows before the shared ones."""
        rows = self.sudo().search(  # named seam: settings
            [("company_id", "in", (company.id, False))], order="company_id NULLS FIRST"
        )
        return {row.key: row.late_signal_days for row in rows}

    def _days_after(self, span):
        """Return the days between two follow-ups when the tier, level or return lasts ``span`` already."""
        if span < timedelta(days=self.first_month_length):
            return self.first_month_days
        rare = self.late_days and span >= timedelta(days=self.late_after)
        return self.late_days if rare else self.days
