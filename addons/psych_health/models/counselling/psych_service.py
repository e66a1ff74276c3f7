from odoo import api, fields, models

from .psych_place import PLACE_KINDS

PAIRS = ("pair_aim", "pair_help", "pair_channel", "pair_place")


class PsychService(models.Model):
    """What the centre offers and by which rules it is booked (S1-Art15-b, Art16, Art19).

    The four pairs of S1-Art15-b are tags, so that the catalogue can be shown to cover all eight sides.
    Every service is free of charge (S1-Art16-a); there is no price.
    """

    _name = "psych.service"
    _description = "Counselling service"
    _order = "sequence, id"
    _check_company_auto = True

    # identity
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="One or two sentences for the student.")
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    # the four pairs of S1-Art15-b
    pair_aim = fields.Selection(
        [("education", "Education"), ("counselling", "Counselling")],
        string="Aim",
        default="counselling",
        required=True,
    )
    pair_help = fields.Selection(
        [("self", "Self-help"), ("other", "Help by others")], string="Help", default="other", required=True
    )
    pair_channel = fields.Selection(
        [("offline", "In person"), ("online", "Online")], string="Channel", default="offline", required=True
    )
    pair_place = fields.Selection(
        [("inside", "Inside the school"), ("outside", "Outside the school")],
        string="Where",
        default="inside",
        required=True,
    )
    # who and where
    resource = fields.Selection(
        [("counsellor", "A counsellor"), ("room", "Only the room")],
        string="Booked is",
        default="counsellor",
        required=True,
    )
    counsellor_ids = fields.Many2many("psych.counsellor", string="Counsellors", check_company=True)
    place_kind = fields.Selection(
        PLACE_KINDS, string="Kind of room", help="Empty: no room is needed (telephone, video)."
    )
    is_intake = fields.Boolean(
        string="Intake talk", help="The first talk, default for whoever comes for the first time."
    )
    is_urgent = fields.Boolean(
        string="Urgent hours", help="Same-day hours; no limit of frequency holds for them."
    )
    on_portal = fields.Boolean(string="Students book it themselves", default=True)
    needs_confirmation = fields.Boolean(string="The centre confirms each request")
    needs_consent = fields.Boolean(string="Needs informed consent", default=True)
    # rules of booking
    length = fields.Integer(string="Minutes", default=50, required=True)
    pause = fields.Integer(string="Minutes kept free after it", default=10)
    step = fields.Integer(string="Minutes between two starts", help="0: minutes plus pause.")
    notice_hours = fields.Float(string="Book at least (hours before)", default=2.0)
    horizon_days = fields.Integer(string="Book at most (days ahead)", default=28)
    cancel_hours = fields.Float(string="Cancel or move until (hours before)", default=24.0)
    late_minutes = fields.Integer(
        string="Late after (minutes)", default=20, help="After that the hour is booked anew."
    )

    _code_uniq = models.Constraint("unique(company_id, code)", "This code is taken.")
    _length_positive = models.Constraint(
        "check(length > 0 AND pause >= 0 AND step >= 0)", "A service lasts at least a minute."
    )

    @api.model
    def _intake(self, company):
        """The service of the first talk of a school, empty when none is set up."""
        return self.search([("company_id", "=", company.id), ("is_intake", "=", True)], limit=1)

    @api.model
    def _take_over_catalogue(self, company):
        """Give a school without services the catalogue that is delivered (S1-Art15-b), to be changed as it likes.

        Named seam: the delivered rows stand in the first school, which the administrator of another does not see.

        :return: the services of the school
        """
        own = self.search([("company_id", "=", company.id)])
        if own:
            return own
        ids = (
            self.env["ir.model.data"]
            .sudo()
            .search_fetch([("module", "=", "psych_health"), ("model", "=", self._name)], ["res_id"])
        )
        delivered = self.sudo().browse(ids.mapped("res_id")).exists().sorted("sequence")
        copies = self.browse()
        for service in delivered:
            copies |= service.copy({"company_id": company.id, "counsellor_ids": [fields.Command.clear()]})
        return copies.sudo(self.env.su)

    @api.model
    def _covered_sides(self, company):
        """Sides of the four pairs that the catalogue covers, eight when S1-Art15-b is fulfilled."""
        services = self.search([("company_id", "=", company.id)])
        return {(pair, service[pair]) for service in services for pair in PAIRS}
