from odoo import fields, models, tools


class PsychScreeningHit(models.Model):
    """How often a rule pointed right: flags, talks that took place, confirmed by a person. So lines can be tuned (F5)."""

    _name = "psych.screening.hit"
    _description = "Hit rate of a rule"
    _auto = False
    _order = "flag_count desc"
    _rec_name = "flag_id"

    company_id = fields.Many2one("res.company", readonly=True)
    campaign_id = fields.Many2one("psych.campaign", readonly=True)
    scale_id = fields.Many2one("psych.scale", readonly=True)
    flag_id = fields.Many2one("psych.scale.flag", string="Rule", readonly=True)
    flag_count = fields.Integer(string="Fired", readonly=True)
    talked_count = fields.Integer(string="Talked to", readonly=True)
    confirmed_count = fields.Integer(string="Pointed right", readonly=True)
    rate = fields.Float(string="Hit rate (%)", readonly=True, aggregator="avg")

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """CREATE VIEW psych_screening_hit AS
               SELECT min(f.id) AS id, f.company_id, f.campaign_id, f.scale_id, f.flag_id, count(*)::int AS flag_count,
                      (count(*) FILTER (WHERE i.state = 'done'))::int AS talked_count,
                      (count(*) FILTER (WHERE i.is_confirmed = 'yes'))::int AS confirmed_count,
                      100.0 * count(*) FILTER (WHERE i.is_confirmed = 'yes') / NULLIF(count(*) FILTER (WHERE i.state = 'done'), 0) AS rate
                 FROM psych_response_flag f LEFT JOIN psych_interview i ON i.id = f.interview_id
                GROUP BY f.company_id, f.campaign_id, f.scale_id, f.flag_id"""
        )
