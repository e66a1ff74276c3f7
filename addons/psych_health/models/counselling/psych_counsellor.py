from odoo import api, fields, models


class PsychCounsellor(models.Model):
    """A member of staff who receives clients (S1-Art16-d, Art26-a).

    When he receives is said by the published duty roster, or by plain weekly hours. A counsellor never receives
    the students of classes and colleges where he is tutor or teacher (dual relationship).
    """

    _name = "psych.counsellor"
    _description = "Counsellor"
    _order = "sequence, id"
    _check_company_auto = True

    # identity
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one(related="user_id.partner_id", string="Person")
    name = fields.Char(related="user_id.name")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    # what a student may know
    title = fields.Char(translate=True, help="Shown to students, e.g. counsellor, lecturer.")
    gender = fields.Selection([("female", "Female"), ("male", "Male")])
    introduction = fields.Text(translate=True)
    topic_ids = fields.Many2many("psych.topic", string="Topics")
    # work
    employment = fields.Selection(
        [("full", "Full-time"), ("part", "Part-time")], required=True, default="full", string="Employment"
    )
    service_ids = fields.Many2many("psych.service", string="Services", check_company=True)
    place_ids = fields.Many2many("psych.place", string="Usual rooms", check_company=True)
    availability = fields.Selection(
        [("roster", "Duty roster"), ("hours", "Weekly hours")],
        required=True,
        default="roster",
        string="Receives by",
    )
    resource_calendar_id = fields.Many2one("resource.calendar", string="Weekly hours")
    daily_cap = fields.Integer(string="Talks a day at most", default=6)
    is_trainee = fields.Boolean(
        string="Works under supervision", help="Records need the supervisor's signature."
    )
    supervisor_id = fields.Many2one("psych.counsellor", check_company=True)
    excluded_unit_ids = fields.Many2many(
        "psych.unit",
        string="Teaches in",
        check_company=True,
        help="Classes and colleges whose students this counsellor does not receive.",
    )

    _user_company_uniq = models.Constraint(
        "unique(user_id, company_id)", "This person is a counsellor already."
    )

    @api.depends("user_id.name")
    def _compute_display_name(self):
        for counsellor in self:
            counsellor.display_name = counsellor.user_id.name or ""

    @api.model
    def _of_user(self, user=None):
        """The counsellor row of a user in the present school."""
        user = user or self.env.user
        return self.search([("user_id", "=", user.id), ("company_id", "=", self.env.company.id)], limit=1)
