from odoo import api, fields, models

from ...tools import clock


class ResCompany(models.Model):
    """A school. Everything that a school owns carries its company; a second school sees nothing of it."""

    _inherit = "res.company"

    psych_unit_id = fields.Many2one("psych.unit", string="School unit", readonly=True, copy=False)
    psych_scope_ids = fields.One2many(
        "psych.scope", "school_id", string="Whole-school rights", bypass_search_access=True, readonly=True
    )
    psych_tz = fields.Char(
        string="Time zone of the school",
        default=clock.DEFAULT_TZ,
        required=True,
        help="All dates, reminders and time limits of the school follow this time zone.",
    )
    psych_is_demo = fields.Boolean(
        string="Demo school",
        readonly=True,
        copy=False,
        help="All persons are invented; every page says so.",
    )
    psych_students_per_counsellor = fields.Integer(
        string="Students per full-time psychology teacher",
        default=4000,
        help="Ministry rule of 2018 and 2021: at least one full-time teacher for 4000 students.",
    )
    psych_minimum_counsellors = fields.Integer(
        string="Minimum full-time psychology teachers",
        default=2,
        help="Ministry rule of 2011 and 2018: at least two full-time teachers in every school.",
    )
    psych_vacancy_weeks = fields.Integer(
        string="Weeks to fill class and room posts",
        default=4,
        help="Weeks after the start of the school year within which members and informants are appointed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._psych_create_root_unit()
        return companies

    def _psych_create_root_unit(self):
        """Give each school without one its root unit, named like the company."""
        kind = self.env.ref("psych_health.psych_unit_kind_school", raise_if_not_found=False)
        for company in self:
            if kind and not company.psych_unit_id:
                # named seam: a new school is made by the operator, who has no rights on units
                company.psych_unit_id = (
                    self.env["psych.unit"]
                    .sudo()
                    .create({"name": company.name, "kind_id": kind.id, "company_id": company.id})
                )

    def _psych_required_counsellors(self):
        """Return the required full-time psychology teachers, ``max(minimum, ceil(students / ratio))``."""
        self.ensure_one()
        students = self.env["psych.student.tally"]._count("company_id", self.ids).get(self.id, 0)
        ratio = max(self.psych_students_per_counsellor, 1)
        return max(self.psych_minimum_counsellors, -(-students // ratio))
