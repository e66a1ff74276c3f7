from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PsychLeave(models.Model):
    """Absence of a member of staff, so that deputies act and nobody waits for somebody who is not there."""

    _name = "psych.leave"
    _inherit = ["psych.staff.mixin"]
    _description = "Absence"
    _order = "date_start desc, id desc"

    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Until", required=True)
    kind = fields.Selection(
        [
            ("leave", "Leave"),
            ("sick", "Sick"),
            ("travel", "Away on business"),
            ("parental", "Parental leave"),
        ],
        required=True,
        default="leave",
    )
    deputy_partner_id = fields.Many2one(
        "res.partner",
        string="Deputy",
        domain="[('psych_is_staff', '=', True)]",
        ondelete="set null",
        help="Stands in for all posts of this person that have no other deputy in this time.",
    )
    deputy_ids = fields.One2many("psych.membership.deputy", "leave_id", string="Posts covered")
    uncovered_count = fields.Integer(compute="_compute_uncovered_count", string="Posts without deputy")

    _dates_ordered = models.Constraint("check(date_end >= date_start)", "An absence ends after it starts.")

    @api.depends("partner_id", "date_start", "date_end")
    def _compute_display_name(self):
        for leave in self:
            leave.display_name = (
                f"{leave.partner_id.name or ''} {leave.date_start or ''} – {leave.date_end or ''}"
            )

    @api.constrains("partner_id", "deputy_partner_id")
    def _check_deputy(self):
        for leave in self:
            if leave.partner_id == leave.deputy_partner_id:
                raise ValidationError(self.env._("Nobody stands in for himself."))

    @api.depends("partner_id", "deputy_ids", "date_start", "date_end")
    def _compute_uncovered_count(self):
        for leave in self:
            leave.uncovered_count = len(leave._posts()) - len(leave.deputy_ids.membership_id)

    def _posts(self):
        """Return the posts that the person holds during the absence."""
        return self.env["psych.membership"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("state", "=", "appointed"),
                ("date_start", "<=", self.date_end),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", self.date_start),
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._cover()
        return leaves

    def write(self, vals):
        result = super().write(vals)
        if {"date_start", "date_end", "deputy_partner_id", "partner_id"} & set(vals):
            self.deputy_ids.unlink()
            self._cover()
        return result

    def _cover(self):
        """Create the deputies of the posts held in this time."""
        for leave in self.filtered("deputy_partner_id"):
            self.env["psych.membership.deputy"].create(
                [
                    {
                        "membership_id": post.id,
                        "partner_id": leave.deputy_partner_id.id,
                        "leave_id": leave.id,
                        "date_start": leave.date_start,
                        "date_end": leave.date_end,
                    }
                    for post in leave._posts()
                    if post.partner_id != leave.deputy_partner_id
                ]
            )

    @api.model
    def _absent_partners(self, company, date):
        """Return the staff of ``company`` who are absent on ``date``."""
        return self.search(
            [("company_id", "=", company.id), ("date_start", "<=", date), ("date_end", ">=", date)]
        ).partner_id
