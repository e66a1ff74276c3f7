from odoo import api, fields, models
from odoo.exceptions import ValidationError

RANGES = (
    ("psych.crisis.signal", "S-%(year)s-"),
    ("psych.crisis.case", "C-%(year)s-"),
    ("psych.crisis.event", "E-%(year)s-"),
    ("psych.crisis.referral", "R-%(year)s-"),
)


class ResCompany(models.Model):
    """Settings of a school for warning and intervention."""

    _inherit = "res.company"

    psych_crisis_desk_phone = fields.Char(string="Phone of the desk staffed day and night")
    psych_crisis_centre_phone = fields.Char(string="Phone of the centre")
    psych_crisis_repeat_minutes = fields.Integer(
        string="Call the desk again after (minutes)",
        default=15,
        help="All rungs were told and still nobody has confirmed or seen the student.",
    )
    psych_crisis_cluster = fields.Integer(
        string="Signals that make a cluster",
        default=3,
        help="Students of one class or one floor within some days: hint to the centre (F19).",
    )
    psych_crisis_cluster_days = fields.Integer(string="… within (days)", default=14)
    psych_crisis_forget_months = fields.Integer(
        string="Months until signals without concern are deleted", default=6
    )
    psych_crisis_webhook_url = fields.Char(
        string="Chat webhook", groups="psych_health.group_psych_health_admin"
    )
    psych_crisis_voice_url = fields.Char(
        string="SMS or voice gateway", groups="psych_health.group_psych_health_admin"
    )
    psych_crisis_public_form = fields.Boolean(
        string="Public concern form", help="Off: only students who signed in report."
    )
    psych_crisis_dorm_days = fields.Integer(string="Dorm reports every (days)", default=14)
    psych_crisis_key_factor = fields.Float(
        string="Rhythm in key periods", default=0.5, help="0.5 means twice as often."
    )

    psych_crisis_guard_grace = fields.Integer(
        string="Minutes until a guard who has not arrived counts as missing", default=15
    )
    psych_crisis_supervision_hours = fields.Float(
        string="Supervision: least hours a month", default=2.0, help="For each counsellor."
    )

    def _psych_crisis_public_lines(self):
        """Return ``[(who, number)]`` for papers: the national line, then those that answer day and night."""
        company_sudo = self.sudo()  # named seam: public phones
        national = (self.env._("National line"), company_sudo.psych_national_phone)
        return [row for row in (national, *self._psych_public_lines()) if row[1]]

    @api.constrains("psych_crisis_webhook_url", "psych_crisis_voice_url")
    def _check_psych_crisis_urls(self):
        for company in self:
            for url in (company.psych_crisis_webhook_url, company.psych_crisis_voice_url):
                if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
                    raise ValidationError(self.env._("The address of a gateway begins with https://."))

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._psych_crisis_create_sequences()
        return companies

    def _psych_crisis_create_sequences(self):
        """Give each school its own number ranges (standard, never «no gap»: a lock would stop submits)."""
        Sequence = self.env["ir.sequence"].sudo()  # named seam: a new school is made by the operator
        for company in self:
            for code, prefix in RANGES:
                if not Sequence.search_count([("code", "=", code), ("company_id", "=", company.id)], limit=1):
                    Sequence.create(
                        {
                            "name": f"{code} {company.name}",
                            "code": code,
                            "prefix": prefix,
                            "padding": 4,
                            "company_id": company.id,
                        }
                    )
