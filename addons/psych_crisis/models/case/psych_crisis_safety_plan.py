from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisSafetyPlan(models.Model):
    """A safety plan (安全计划) in six headings, written with the student, looked at again on a date."""

    _name = "psych.crisis.safety.plan"
    _description = "Safety plan"
    _inherit = ["psych.confidential.mixin"]
    _order = "date desc, id desc"
    _rec_name = "date"
    _psych_content_right = "notes"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    date = fields.Date(required=True, default=lambda self: clock.today(self.env))
    review_date = fields.Date(
        required=True, default=lambda self: fields.Date.add(clock.today(self.env), days=14)
    )
    warning_signs = Confidential(string="1. How I notice that it gets worse")
    own_ways = Confidential(string="2. What I can do myself")
    places_people = Confidential(string="3. Places and people that distract me")
    helpers = Confidential(string="4. Whom I can ask for help")
    professionals = Confidential(string="5. Professionals and lines I can call")
    surroundings = Confidential(string="6. How my surroundings are made safe")
    author_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    is_current = fields.Boolean(default=True, readonly=True)

    _one_current = models.UniqueIndex(
        "(case_id) WHERE is_current IS TRUE", "The case has a current safety plan already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            case = (
                self.env["psych.crisis.case"].browse(vals.get("case_id")).sudo()
            )  # named seam: student binding, older versions end
            case.safety_plan_ids.filtered("is_current").write({"is_current": False})
            # named seam: no rows are read: the unique index must see the end of the older version
            self.sudo().flush_model(["is_current"])
            vals.update(
                student_id=case.subject_ids.student_id[:1].id, author_id=self.env.uid, is_current=True
            )
        rows = super().create(vals_list)
        rows.case_id._touch()
        return rows

    def write(self, vals):
        result = super().write(vals)
        if "review_date" in vals:
            self.case_id._touch()
        return result

    def action_print(self):
        """Print the student's copy: own words, the lines to call, no number of a case."""
        return self.env.ref("psych_crisis.psych_crisis_safety_plan_copy").report_action(self)
