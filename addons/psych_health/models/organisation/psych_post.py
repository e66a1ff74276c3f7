from odoo import api, fields, models

from ...tools import clock

SCOPE_ROLES = [
    ("none", "No access by this post"),
    ("leader", "Leadership"),
    ("office", "Office of the school"),
    ("centre_head", "Head of the centre"),
    ("centre", "Staff of the centre"),
    ("counsellor", "Counsellor"),
    ("station", "Station of a college"),
    ("tutor", "Tutor or class teacher"),
    ("duty", "Night or edge role"),
    ("admin", "School administrator"),
    ("cadre_class", "Class committee member"),
    ("cadre_dorm", "Dorm informant"),
]


class PsychPost(models.Model):
    """A post that a regulation names: where it is filled, how often, by whom, what it takes and what it opens.

    Access follows posts: ``group_ids`` say what kind of thing the holder may do, ``role`` and ``reach`` say where
    (see ``psych.scope``). An *ex officio* post follows the holder of another post.
    """

    _name = "psych.post"
    _description = "Post"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")
    kind_id = fields.Many2one(
        "psych.unit.kind", string="Kind of unit", required=True, index=True, ondelete="restrict"
    )
    holder = fields.Selection([("staff", "Staff"), ("student", "Student")], required=True, default="staff")
    is_cadre = fields.Boolean(string="Student cadre", help="S2-L4-0a: counted as a student cadre.")
    min_count = fields.Integer(string="Minimum", default=1)
    max_count = fields.Integer(string="Maximum", default=1, help="0: no upper limit.")
    clause_refs = fields.Char(string="Clauses", help="Clauses that ask for this post, for example S1-Art6-a.")

    # what it opens
    group_ids = fields.Many2many("res.groups", string="Groups", help="Groups that the holder carries.")
    role = fields.Selection(SCOPE_ROLES, required=True, default="none")
    second_role = fields.Selection(
        SCOPE_ROLES, help="A full-time psychology teacher is staff of the centre and counsellor."
    )
    reach = fields.Selection(
        [
            ("unit", "The unit"),
            ("subtree", "The unit and all below"),
            ("college", "The whole college of the unit"),
            ("school", "The whole school"),
        ],
        required=True,
        default="unit",
    )
    is_clinical = fields.Boolean(
        compute="_compute_is_clinical",
        store=True,
        help="Carries a clinical group: a second person confirms each appointment.",
    )

    # what it takes
    criterion_ids = fields.One2many("psych.post.criterion", "post_id", string="Criteria")
    needs_vote = fields.Boolean(string="Elected by the class or room")
    needs_training = fields.Boolean(string="Training before appointment")
    pass_mark = fields.Float(default=60.0, help="Mark of the training test, 0 to 100.")
    training_months = fields.Integer(
        string="Training is valid for (months)", default=12, help="0: does not lapse."
    )
    needs_pledge = fields.Boolean(string="Pledge of secrecy", default=True)
    pledge_months = fields.Integer(
        string="Pledge is valid for (months)", default=12, help="0: does not lapse."
    )
    pledge_text = fields.Html(translate=True, sanitize=True)
    pledge_version = fields.Char(default="1")
    grace_days = fields.Integer(
        string="Days of grace",
        default=14,
        help="Days between a lapse and the loss of access; 0 for students, whose rights end at once.",
    )
    term_months = fields.Integer(string="Term of office (months)", default=12, help="0: no end.")
    handover_text = fields.Text(string="Hand-over checklist", translate=True, help="One item in a line.")
    ex_officio_post_id = fields.Many2one(
        "psych.post",
        string="Follows the holder of",
        index="btree_not_null",
        ondelete="set null",
        help="Whoever holds that post holds this one by office (S1-Art3, S1-Art4, S1-Art8-a).",
    )
    follower_ids = fields.One2many("psych.post", "ex_officio_post_id", string="Posts that follow")

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "A post with this code exists already."
    )
    _count_order = models.Constraint(
        "check(min_count >= 0 AND (max_count = 0 OR max_count >= min_count))",
        "The maximum is not below the minimum (0: no limit).",
    )

    @api.depends("group_ids")
    def _compute_is_clinical(self):
        clinical = self.env["res.groups"]._psych_clinical_groups()
        for post in self:
            post.is_clinical = bool(post.group_ids.all_implied_ids & clinical)

    def write(self, vals):
        result = super().write(vals)
        if {
            "group_ids",
            "role",
            "second_role",
            "reach",
            "grace_days",
            "needs_training",
            "needs_pledge",
            "active",
        } & set(vals):
            memberships = self.env["psych.membership"].search(
                [("post_id", "in", self.ids), ("state", "=", "appointed")]
            )
            memberships._refresh_rights()
        return result

    # ----------------------------------------------------------------------
    # Coverage
    # ----------------------------------------------------------------------

    @api.model
    def _coverage(self, units, date=None):
        """Return ``{unit id: (required, filled, lapsed)}`` of the posts in each of ``units`` itself on ``date``.

        What lies below is not added up: a school has thousands of rooms, and ``psych.vacancy`` lists their gaps. A room
        counts only while somebody lives in it, a class only while it has students in the register. Lapsed: held by
        somebody whose training or pledge is no longer valid.
        """
        if not units.ids:
            return {}
        for model in ("psych.membership", "psych.student", "psych.unit"):
            self.env[model].flush_model()
        self.env.cr.execute(
            """
            SELECT u.id, sum(p.min_count)::int,
                   sum(LEAST(held.filled, p.min_count))::int, sum(LEAST(held.lapsed, p.min_count))::int
              FROM psych_unit u
              JOIN psych_post p ON p.kind_id = u.kind_id AND p.active AND p.min_count > 0
                    AND (p.company_id IS NULL OR p.company_id = u.company_id)
        CROSS JOIN LATERAL (
                   SELECT count(*) AS filled, count(*) FILTER (WHERE m.access_until < %(date)s) AS lapsed
                     FROM psych_membership m
                    WHERE m.unit_id = u.id AND m.post_id = p.id AND m.state = 'appointed'
                      AND m.date_start <= %(date)s AND (m.date_end IS NULL OR m.date_end >= %(date)s)) held
             WHERE u.id = ANY(%(ids)s) AND u.active
               AND (u.role NOT IN ('class', 'room') OR EXISTS (
                    SELECT 1 FROM psych_student s
                     WHERE (u.role = 'class' AND s.class_id = u.id OR u.role = 'room' AND s.room_id = u.id)
                       AND s.active AND s.enrolment_state IN ('enrolled', 'on_leave')))
          GROUP BY u.id
            """,
            {"ids": units.ids, "date": date or clock.today(self.env)},
        )
        return {unit: tuple(numbers) for unit, *numbers in self.env.cr.fetchall()}

    # ----------------------------------------------------------------------
    # Seats by office
    # ----------------------------------------------------------------------

    def _seat_unit(self, membership, units):
        """Return which of ``units`` (:meth:`_seat_units`) the holder of ``membership`` fills this ex officio post in.

        The unit of the post's kind in the same college, else the only one of that kind outside the colleges.
        """
        self.ensure_one()
        if self.kind_id == membership.unit_id.kind_id:
            return membership.unit_id
        college = membership.unit_id.college_id
        near = units.filtered(lambda unit: college and unit.college_id == college)
        central = units.filtered(lambda unit: not unit.college_id)
        return near[:1] or (central if len(central) == 1 else units.browse())

    def _seat_units(self, company):
        """Return the units of the kind in which this post is filled; asked once for a batch of seats."""
        return self.env["psych.unit"].search(
            [("kind_id", "=", self.kind_id.id), ("company_id", "=", company.id)]
        )
