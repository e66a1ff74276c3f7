from odoo import fields, models, tools


class PsychScreeningGap(models.Model):
    """From screening to care, per campaign and college: over the line, rule fired, talked to, refused, waiting, overdue."""

    _name = "psych.screening.gap"
    _description = "From screening to care"
    _auto = False
    _order = "campaign_id desc, college_id"
    _rec_name = "college_id"

    company_id = fields.Many2one("res.company", readonly=True)
    campaign_id = fields.Many2one("psych.campaign", readonly=True)
    college_id = fields.Many2one("psych.unit", string="College", readonly=True)
    over_count = fields.Integer(string="Over the line", readonly=True)
    talk_count = fields.Integer(string="To be talked to", readonly=True)
    done_count = fields.Integer(string="Talked to", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)
    waiting_count = fields.Integer(string="Waiting for a talk", readonly=True)
    not_reached_count = fields.Integer(string="Not reached", readonly=True)

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """CREATE VIEW psych_screening_gap AS
               WITH sheets AS (
                    SELECT campaign_id, company_id, college_id, count(DISTINCT student_id) FILTER (WHERE is_over) AS over_count
                      FROM psych_response WHERE student_id IS NOT NULL AND state IN ('valid', 'imported')
                     GROUP BY campaign_id, company_id, college_id),
                talks AS (
                    SELECT campaign_id, college_id, count(*) AS talk_count, count(*) FILTER (WHERE state = 'done') AS done_count,
                           count(*) FILTER (WHERE state = 'refused') AS refused_count, count(*) FILTER (WHERE is_open) AS waiting_count,
                           count(*) FILTER (WHERE state = 'not_reached') AS not_reached_count
                      FROM psych_interview GROUP BY campaign_id, college_id)
               SELECT row_number() OVER (ORDER BY s.campaign_id, s.college_id)::int AS id, s.company_id, s.campaign_id, s.college_id,
                      s.over_count, COALESCE(t.talk_count, 0)::int AS talk_count, COALESCE(t.done_count, 0)::int AS done_count,
                      COALESCE(t.refused_count, 0)::int AS refused_count, COALESCE(t.waiting_count, 0)::int AS waiting_count,
                      COALESCE(t.not_reached_count, 0)::int AS not_reached_count
                 FROM sheets s LEFT JOIN talks t ON t.campaign_id = s.campaign_id AND t.college_id IS NOT DISTINCT FROM s.college_id"""
        )
