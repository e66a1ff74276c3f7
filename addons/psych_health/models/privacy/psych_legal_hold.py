from odoo import api, fields, models

from ...tools import clock


class PsychLegalHold(models.Model):
    """Legal hold (依法留存): nothing about this student is destroyed or anonymised while it is in force."""

    _name = "psych.legal.hold"
    _description = "Legal hold"
    _order = "date_start desc, id desc"
    _rec_name = "student_id"

    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="student_id.company_id", store=True, index=True)
    reason = fields.Selection(
        [
            ("deceased", "Death of the student"),
            ("dispute", "Dispute or complaint"),
            ("authority", "Police or court"),
            ("study", "Inspection by the authority"),
            ("other", "Other"),
        ],
        required=True,
    )
    date_start = fields.Date(required=True, default=lambda self: clock.today(self.env))
    date_end = fields.Date(help="Empty while it is open.")

    _span = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)", "A hold ends after it starts."
    )

    @api.model
    def _held_student_ids(self, company):
        """Return the ids of the students of a school under hold today."""
        today = clock.today(self.env, company)
        rows = self.sudo().search(
            [  # named seam: only ids leave here
                ("company_id", "=", company.id),
                ("date_start", "<=", today),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ]
        )
        return rows.student_id.ids
