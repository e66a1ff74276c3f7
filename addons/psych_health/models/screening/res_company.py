from odoo import fields, models


class ResCompany(models.Model):
    """Settings of screening on the school."""

    _inherit = "res.company"

    psych_acute_hours = fields.Integer(string="Talk at once within (hours)", default=2)
    psych_talk_days = fields.Integer(string="Needs a talk within (working days)", default=3)
    psych_watch_days = fields.Integer(string="Watch: talk within (days)", default=14)
    psych_small_group = fields.Integer(string="Hide groups smaller than", default=5)
    psych_hotline = fields.Char(string="Hotline of the school", help="Shown on every page for students.")
    psych_help_text = fields.Char(string="Where to find the centre", translate=True)
