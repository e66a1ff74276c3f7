import base64
import io
from datetime import timedelta

import qrcode

from odoo import models

from ...tools import clock, sheet_link

SLIPS_PER_ROW = 4


class PsychCampaignSlip(models.Model):
    """What is printed for a class: the QR of its entrance and a slip with number and one-time code per student."""

    _inherit = "psych.campaign.coverage"

    def _entrance(self):
        """Link and QR (data URI) of the entrance of the campaign. It opens nothing without number and code."""
        self.ensure_one()
        campaign = self.campaign_id
        last_day = clock.local(campaign.date_close, campaign.company_id.psych_tz).date() + timedelta(days=1)
        secret = self.env["psych.campaign.member"]._secrets()[0]
        url = f"{self.get_base_url()}/psych/c#{sheet_link.make(secret, campaign.id, 0, last_day)}"
        image = io.BytesIO()
        qrcode.make(url, box_size=6, border=2).save(image)
        return {"url": url, "qr": "data:image/png;base64," + base64.b64encode(image.getvalue()).decode()}

    def _slip_rows(self):
        """Slips of the students of the class who have not answered, in rows."""
        members = self.env["psych.campaign.member"]._missing(self.campaign_id, self.class_id)
        slips = [
            {"name": member.student_id.name, "number": member.student_id.number, "code": code}
            for member, (_link, code) in members._links().items()
        ]
        return [slips[start : start + SLIPS_PER_ROW] for start in range(0, len(slips), SLIPS_PER_ROW)]
