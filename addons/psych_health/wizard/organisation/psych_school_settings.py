from odoo import api, fields, models
from odoo.exceptions import AccessError


class PsychSchoolSettings(models.TransientModel):
    """What a school administrator sets for the own school: an own form, since he is no system administrator.

    Each field of this wizard whose name exists on ``res.company`` is read from there and written back. Other rooms
    and upper addons add their fields by ``_inherit``.
    """

    _name = "psych.school.settings"
    _description = "Settings of the school"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    name = fields.Char(string="Name of the school", required=True)
    phone = fields.Char()
    email = fields.Char()
    psych_tz = fields.Selection("_selection_tz", string="Time zone of the school", required=True)
    psych_students_per_counsellor = fields.Integer(string="Students per full-time psychology teacher")
    psych_minimum_counsellors = fields.Integer(string="Minimum full-time psychology teachers")
    psych_vacancy_weeks = fields.Integer(string="Weeks to fill class and room posts")
    counsellors_required = fields.Integer(
        string="Full-time psychology teachers required", compute="_compute_required"
    )
    counsellors_filled = fields.Integer(string="In post", compute="_compute_required")

    @api.model
    def _selection_tz(self):
        return self.env["res.partner"]._fields["tz"]._description_selection(self.env)

    @api.model
    def _setting_names(self):
        """Return the names of the fields that are carried from and to the school."""
        company = self.env["res.company"]._fields
        return [
            name
            for name in self._fields
            if name in company
            and name not in ("id", "display_name", "company_id")
            and name not in models.MAGIC_COLUMNS
        ]

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        company = self.env.company.sudo()  # named seam: settings of the own school
        for name in self._setting_names():
            if name in fields:
                value = company[name]
                values[name] = value.id if isinstance(value, models.BaseModel) else value
        return values

    @api.depends("company_id", "psych_students_per_counsellor", "psych_minimum_counsellors")
    def _compute_required(self):
        for settings in self:
            company = settings.company_id or self.env.company
            settings.counsellors_required = company._psych_required_counsellors()
            settings.counsellors_filled = self.env["psych.membership"].search_count(
                [
                    ("company_id", "=", company.id),
                    ("is_current", "=", True),
                    ("post_id", "=", self.env.ref("psych_health.psych_post_psych_teacher").id),
                ]
            )

    def action_save(self):
        """Write the settings to the school.

        :raises AccessError: for anybody who is not administrator of this school
        """
        self.ensure_one()
        company = self.env.company
        if not self.env.user._psych_has_scope("admin", company=company):
            raise AccessError(self.env._("Only the administrator of this school changes its settings."))
        values = {
            name: self[name].id if isinstance(self[name], models.BaseModel) else self[name]
            for name in self._setting_names()
        }
        company.sudo().write(values)  # named seam: settings of the own school
        return {"type": "ir.actions.client", "tag": "reload"}
