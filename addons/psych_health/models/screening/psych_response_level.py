from odoo import fields, models, tools


class PsychResponseLevel(models.Model):
    """The band of a sheet and nothing more: what a station may know of its own college (right *level*).

    A view of valid, named sheets; no score, no rule, no answer, no reason.
    """

    _name = "psych.response.level"
    _description = "Band of a sheet"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "student_id"

    company_id = fields.Many2one("res.company", readonly=True)
    campaign_id = fields.Many2one("psych.campaign", readonly=True)
    scale_id = fields.Many2one("psych.scale", readonly=True)
    student_id = fields.Many2one("psych.student", readonly=True)
    college_id = fields.Many2one("psych.unit", string="College", readonly=True)
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True)
    band_id = fields.Many2one("psych.scale.band", string="Band", readonly=True)
    day = fields.Date(readonly=True)

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """CREATE VIEW psych_response_level AS
               SELECT r.id, r.company_id, r.campaign_id, r.scale_id, r.student_id, r.college_id, r.class_id, r.band_id,
                      r.submitted_at::date AS day
                 FROM psych_response r JOIN psych_scale s ON s.id = r.scale_id
                WHERE r.student_id IS NOT NULL AND r.band_id IS NOT NULL AND r.state IN ('valid', 'imported')
                  AND s.kind <> 'followup'"""
        )
