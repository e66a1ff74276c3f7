from odoo import api, fields, models
from odoo.tools import SQL


class PsychCampaignTick(models.Model):
    """Who took part in an anonymous campaign: campaign, student and nothing else.

    Answers of such a campaign stand in ``psych.response`` without student, unit, gender and moment. Rows of both
    tables are never linked; rules do not count there, and the page says so.
    """

    _name = "psych.campaign.tick"
    _description = "Took part"
    _log_access = False

    campaign_id = fields.Many2one("psych.campaign", required=True, readonly=True, ondelete="cascade")
    student_id = fields.Many2one(
        "psych.student", required=True, readonly=True, ondelete="cascade", index=True
    )

    _once = models.UniqueIndex("(campaign_id, student_id)")

    # sudo seam: the student of a signed link has no rights on the tables
    @api.model
    def _take(self, campaign, student_id, checked):
        """Tick the student and store the sheets without any trace of who; a second time writes nothing."""
        self.env.cr.execute(
            SQL(
                """WITH tick AS (
                    INSERT INTO psych_campaign_tick (campaign_id, student_id)
                    SELECT campaign_id, student_id FROM psych_campaign_member
                     WHERE campaign_id = %(campaign)s AND student_id = %(student)s AND state = 'invited'
                    ON CONFLICT DO NOTHING RETURNING campaign_id, student_id)
               INSERT INTO psych_campaign_delta (campaign_id, class_id, college_id, kind)
               SELECT m.campaign_id, m.class_id, m.college_id, 'valid' FROM tick
                 JOIN psych_campaign_member m USING (campaign_id, student_id) RETURNING id""",
                campaign=campaign["id"],
                student=student_id,
            )
        )
        if not self.env.cr.fetchall():
            return {"ok": True, "ask": False}
        Response = self.env["psych.response"]
        rows = [
            Response._sheet_row(campaign, scale_id, 0, packed, None) for scale_id, packed, _seconds in checked
        ]
        # no rule counts here
        Response._insert_unnamed(campaign, [{**row, "has_flag": False, "rule_bits": None} for row in rows])
        return {"ok": True, "ask": False}
