from odoo import api, fields, models

from ...tools import clock


class PsychQualification(models.Model):
    """A certificate of a member of staff, in any post (S2-L2A-4, S1-Art5-c), with its expiry."""

    _name = "psych.qualification"
    _inherit = ["psych.staff.mixin"]
    _description = "Qualification"
    _order = "date_expiry, id"

    name = fields.Char(string="Certificate", required=True)
    number = fields.Char()
    issuer = fields.Char()
    date_issued = fields.Date()
    date_expiry = fields.Date(string="Valid until", help="Empty: does not expire.")
    scan = fields.Binary(attachment=True)
    scan_name = fields.Char()
    is_valid = fields.Boolean(compute="_compute_is_valid", search="_search_is_valid")

    @api.depends("date_expiry")
    def _compute_is_valid(self):
        today = clock.today(self.env)
        for qualification in self:
            qualification.is_valid = not qualification.date_expiry or qualification.date_expiry >= today

    def _search_is_valid(self, operator, value):
        if operator != "in":
            return NotImplemented
        return ["|", ("date_expiry", "=", False), ("date_expiry", ">=", clock.today(self.env))]
