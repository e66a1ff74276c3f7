from odoo import models
from odoo.exceptions import UserError

from ...tools import figure_book


class PsychCampaignFigures(models.Model):
    """Statistics of a campaign: build, look, export."""

    _inherit = "psych.campaign"

    def action_close(self):
        """Closing also freezes the figures."""
        result = super().action_close()
        self.action_build_figures()
        return result

    def action_build_figures(self):
        """Compute the statistics (small groups hidden); only when closed, because two looks could be subtracted.

        :raises UserError: still running
        """
        if any(campaign.state != "closed" for campaign in self):
            raise UserError(self.env._("Statistics are computed when the campaign is closed."))
        for campaign in self:
            self.env["psych.screening.figure"]._build(campaign)

    def action_view_figures(self):
        """Open the statistics of this campaign."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_screening_figure_action")
        action["domain"] = [("campaign_id", "=", self.id)]
        return action

    def action_export_figures(self):
        """Download the statistics as XLSX with charts."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/psych/figures/{self.id}", "target": "download"}

    def action_export_answers(self):
        """Ask for the answers of this campaign: the head of the centre approves, then they are taken once."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for the answers"),
            "res_model": "psych.export.request",
            "view_mode": "form",
            "context": {
                "default_kind": "answers",
                "default_campaign_id": self.id,
                "default_scale_id": self.scale_ids[:1].id,
            },
        }

    def _figure_book(self):
        """(file name, bytes) of the statistics that the caller may read."""
        self.ensure_one()
        rows = self.env["psych.screening.figure"].search([("campaign_id", "=", self.id)])
        names = dict(rows._fields["dimension"]._description_selection(self.env))
        groups = {}
        for row in rows:
            key = f"{row.scale_id.code} {names[row.dimension]}"
            groups.setdefault(key, []).append(
                (
                    row.label,
                    row.factor_id.name,
                    row.number,
                    row.mean,
                    row.over_share,
                    row.last_mean,
                    row.is_hidden,
                )
            )
        head = [
            self.env._("Group of students"),
            self.env._("Factor"),
            self.env._("Students"),
            self.env._("Mean"),
            self.env._("Over the line (%%)"),
            self.env._("Mean last year"),
            self.env._("Small group, not shown"),
        ]
        return f"{self.name}.xlsx", figure_book.workbook(self.name, head, groups or {self.name: []})
