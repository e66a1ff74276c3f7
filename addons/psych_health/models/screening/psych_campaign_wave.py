from odoo import api, fields, models


class PsychCampaignWave(models.Model):
    """Colleges or classes that open together: a census is staggered so that talks can follow (F5)."""

    _name = "psych.campaign.wave"
    _description = "Wave of a campaign"
    _order = "opens_at, id"

    campaign_id = fields.Many2one("psych.campaign", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="campaign_id.company_id", store=True)
    unit_ids = fields.Many2many(
        "psych.unit", string="Colleges or classes", domain="[('role', 'in', ('college', 'class'))]"
    )
    opens_at = fields.Datetime(string="Opens", required=True)

    @api.depends("unit_ids.name", "opens_at")
    def _compute_display_name(self):
        for wave in self:
            wave.display_name = ", ".join(wave.unit_ids.mapped("name")) or str(wave.opens_at)

    def write(self, vals):
        result = super().write(vals)
        for campaign in self.campaign_id.filtered(lambda campaign: campaign.state == "open"):
            campaign._spread_waves()
        return result
