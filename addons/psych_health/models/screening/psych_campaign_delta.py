from odoo import fields, models


class PsychCampaignDelta(models.Model):
    """One answered or declined campaign, waiting to be folded into the coverage. Insert-only, no foreign keys."""

    _name = "psych.campaign.delta"
    _description = "Coverage delta"
    _log_access = False

    campaign_id = fields.Integer(required=True)
    class_id = fields.Integer()
    college_id = fields.Integer()
    scale_id = fields.Integer()
    kind = fields.Char(required=True)
