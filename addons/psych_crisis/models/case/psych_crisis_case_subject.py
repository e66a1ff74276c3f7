from odoo import api, fields, models


class PsychCrisisCaseSubject(models.Model):
    """Who a case is about: a right of its own (trap 7). One row per case; one open case per student.

    Read by centre, own station and tutor, the team, the *named* leader, and for hours by whoever revealed it with a reason.
    """

    _name = "psych.crisis.case.subject"
    _description = "Student of a case"
    _rec_name = "student_id"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True, index=True, ondelete="restrict")
    college_id = fields.Many2one(
        "psych.unit", string="College", readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True, precompute=True)
    is_open = fields.Boolean(default=True, readonly=True)

    _one_case = models.UniqueIndex("(case_id)", "A case is about one student.")
    _one_open = models.UniqueIndex(
        "(student_id) WHERE is_open IS TRUE", "This student has an open case already: join it."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            student = self.env["psych.student"].browse(vals["student_id"])
            vals.update(class_id=student.class_id.id, college_id=student.college_id.id)
        return super().create(vals_list)
