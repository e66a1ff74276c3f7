from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisSupervision(models.Model):
    """Supervision (案例督导) of a counsellor: hours, and codes of the cases spoken of, never names."""

    _name = "psych.crisis.supervision"
    _description = "Supervision"
    _order = "date desc, id desc"
    _rec_name = "date"

    date = fields.Date(required=True, default=lambda self: clock.today(self.env))
    user_id = fields.Many2one(
        "res.users",
        string="Counsellor",
        required=True,
        domain="[('share', '=', False)]",
        index=True,
        ondelete="restrict",
    )
    supervisor = fields.Char(required=True)
    hours = fields.Float(required=True, default=1.0)
    is_group = fields.Boolean(string="In a group")
    case_ids = fields.Many2many("psych.crisis.case", string="Cases by number")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _positive = models.Constraint("CHECK (hours > 0 AND hours <= 12)", "Hours lie between 0 and 12.")

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.case_ids._touch()
        return rows

    def write(self, vals):
        cases = self.case_ids
        result = super().write(vals)
        (cases | self.case_ids)._touch()
        return result

    @api.model
    def _hours_of_month(self, company, date=None):
        """Return ``{user id: hours}`` of the month of ``date`` (default today)."""
        date = date or clock.today(self.env, company)
        start = date.replace(day=1)
        rows = self._read_group(
            [
                ("company_id", "=", company.id),
                ("date", ">=", start),
                ("date", "<", fields.Date.add(start, months=1)),
            ],
            ["user_id"],
            ["hours:sum"],
        )
        return {user.id: hours for user, hours in rows}

    @api.model
    def _load_of_month(self, company, date=None):
        """Return ``[{"user", "hours", "least", "is_short"}]`` for everybody who counsels today: zero hours show too."""
        hours = self._hours_of_month(company, date)
        today = clock.today(self.env, company)
        counsellors = (
            self.env["psych.scope"]
            .sudo()  # named seam: who counsels, from the roster
            .search(
                [
                    ("company_id", "=", company.id),
                    ("role", "in", ("counsellor", "centre")),
                    ("date_start", "<=", today),
                    ("date_end", ">=", today),
                ]
            )
            .user_id
        )
        least = company.psych_crisis_supervision_hours
        return [
            {
                "user": user,
                "hours": hours.get(user.id, 0.0),
                "least": least,
                "is_short": hours.get(user.id, 0.0) < least,
            }
            for user in counsellors
        ]

    @api.model
    def _unreviewed_cases(self, company):
        """Return the open red cases older than seven days that no supervision has spoken of."""
        limit = clock.now() - timedelta(days=7)
        cases = self.env["psych.crisis.case"].search(
            [
                ("company_id", "=", company.id),
                ("is_open", "=", True),
                ("level", "=", "red"),
                ("opened_at", "<", limit),
            ]
        )
        return cases - self.search([("case_ids", "in", cases.ids)]).case_ids
