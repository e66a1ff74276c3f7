from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock

KEEP_YEARS = 3  # PIPL art. 56


class PsychPrivacyAssessment(models.Model):
    """Impact assessments, audits, restore drills and security rules, with the day until which they hold.

    (S1-Art20-b; PIPL art. 51, 54, 55, 56: kept at least three years.) What has run out is red on the list.
    """

    _name = "psych.privacy.assessment"
    _description = "Assessment of data protection"
    _order = "valid_until, id"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("impact", "Impact assessment"),
            ("audit", "Audit"),
            ("restore", "Restore drill"),
            ("rules", "Security rules"),
            ("training", "Training"),
            ("supplier", "Contract with a processor"),
        ],
        required=True,
        default="impact",
    )
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    date = fields.Date(required=True, default=lambda self: clock.today(self.env))
    valid_until = fields.Date(required=True)
    user_id = fields.Many2one("res.users", string="Made by", default=lambda self: self.env.user)
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True)
    approved_on = fields.Date(readonly=True)
    scope = fields.Text(string="What was looked at")
    finding = fields.Text(string="Findings and risks")
    measure = fields.Text(string="Measures")
    result = fields.Selection([("good", "In order"), ("minor", "To be improved"), ("bad", "Not in order")])
    active = fields.Boolean(default=True)
    is_over = fields.Boolean(string="Run out", compute="_compute_is_over", search="_search_is_over")

    _span = models.Constraint("CHECK (valid_until >= date)", "It holds until a day after it was made.")

    @api.depends("valid_until")
    def _compute_is_over(self):
        for row in self:
            row.is_over = row.valid_until and row.valid_until < clock.today(self.env, row.company_id)

    def _search_is_over(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("valid_until", "<" if True in value else ">=", clock.today(self.env))]

    @api.onchange("date", "kind")
    def _onchange_date(self):
        if self.date and not self.valid_until:
            self.valid_until = self.date + relativedelta(years=3 if self.kind == "impact" else 1)

    def action_approve(self):
        """Approve, by another person than the one who made it."""
        for row in self:
            if row.user_id == self.env.user:
                raise UserError(self.env._("Another person than the one who made it approves."))
        self.write({"approved_by_id": self.env.uid, "approved_on": clock.today(self.env)})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        limit = clock.today(self.env) - relativedelta(years=KEEP_YEARS)
        if any(row.date > limit for row in self):
            raise UserError(self.env._("Assessments are kept for three years."))
