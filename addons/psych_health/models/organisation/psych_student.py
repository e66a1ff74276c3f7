from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.roster_clean import has_chinese

GONE = ("graduated", "left", "deceased")


class PsychStudent(models.Model):
    """A student in the register: who, in which class and room, enrolled or not, and where to be found.

    A flat row (no chatter, no stored computes) that a whole school's roster loads in seconds; what changed
    stands in the import journal and the audit log. No clinical field ever hangs on it. The portal partner of
    a student carries the student number only. *Deceased* stops every automation (safety rule H1).
    """

    _name = "psych.student"
    _description = "Student"
    _log_access = (
        False  # two foreign keys a row; who changed what stands in the audit log and in the import journal
    )
    _order = "number, id"  # from the index; by class it would sort the whole school for a page of eighty
    _rec_names_search = ["name", "number"]
    _check_company_auto = True

    # identity
    number = fields.Char(string="Student number", required=True, index=True)
    name = fields.Char(required=True)
    gender = fields.Selection([("male", "Male"), ("female", "Female")])
    birth_date = fields.Date()
    ethnicity = fields.Char()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, default=lambda self: self.env.company
    )

    # place in the school
    class_id = fields.Many2one(
        "psych.unit",
        string="Class",
        ondelete="restrict",
        domain="[('role', '=', 'class')]",
        check_company=True,
    )
    college_id = fields.Many2one(
        "psych.unit",
        string="College",
        index=True,
        ondelete="restrict",
        domain="[('role', '=', 'college')]",
        help="Follows the class.",
    )
    programme_id = fields.Many2one(
        "psych.programme", string="Programme", index="btree_not_null", ondelete="restrict"
    )
    entry_year = fields.Integer(string="Entry year")
    room_id = fields.Many2one(
        "psych.unit",
        string="Dorm room",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('role', '=', 'room')]",
        check_company=True,
    )

    # how to reach
    phone = fields.Char()
    guardian_name = fields.Char()
    guardian_phone = fields.Char()

    # state
    enrolment_state = fields.Selection(
        [
            ("enrolled", "Enrolled"),
            ("on_leave", "On leave of absence"),
            ("graduated", "Graduated"),
            ("left", "Left the school"),
            ("deceased", "Deceased"),
        ],
        required=True,
        default="enrolled",
    )
    whereabouts_state = fields.Selection(
        [
            ("dorm", "In the dormitory"),
            ("day", "Day student"),
            ("rented", "Rented room"),
            ("internship", "Internship"),
            ("home", "At home"),
            ("hospital", "In hospital"),
            ("missing", "Missing"),
        ],
        required=True,
        default="dorm",
    )
    whereabouts_place = fields.Char(help="For example the internship company and its city.")
    whereabouts_from = fields.Date(string="There since")
    whereabouts_until = fields.Date(string="There until")

    # portal
    partner_id = fields.Many2one(
        "res.partner", string="Portal contact", index="btree_not_null", ondelete="set null", copy=False
    )
    user_id = fields.Many2one(
        "res.users", string="Portal user", index="btree_not_null", ondelete="set null", copy=False
    )
    membership_ids = fields.One2many("psych.membership", "student_id", string="Posts held")

    _number_company_uniq = models.Constraint(
        "unique(company_id, number)", "This student number exists already."
    )
    _name_trgm = models.Index("USING gin (name gin_trgm_ops)")
    _class_number = models.Index("(class_id, number)")  # also the index of the class
    # the few; an index of the many serves nobody and costs a roster of thousands its speed
    _not_enrolled = models.Index("(enrolment_state) WHERE enrolment_state <> 'enrolled'")
    _not_in_dorm = models.Index("(whereabouts_state) WHERE whereabouts_state <> 'dorm'")

    @api.depends("name", "number")
    def _compute_display_name(self):
        """Name with the last four digits of the number: namesakes are told apart (safety.md §4)."""
        for student in self:
            student.display_name = (
                f"{student.name}（{student.number[-4:]}）"
                if student.name and student.number
                else student.name
            )

    @api.model
    def _search_display_name(self, operator, value):
        """A text with a Chinese sign in it stands in no number: the names alone are searched, as they are where it has no case."""
        if operator in ("like", "ilike") and isinstance(value, str) and has_chinese(value):
            return [("name", "like" if value.upper() == value.lower() else operator, value)]
        return super()._search_display_name(operator, value)

    @api.model
    def _of_user(self):
        """Return the student who is signed in, empty for anybody else."""
        if not self.env.user.has_group("psych_health.group_psych_health_student"):
            return self.browse()
        return self.search([("user_id", "=", self.env.uid)], limit=1)

    @api.model
    def _college_of(self, class_id):
        return self.env["psych.unit"].browse(class_id).college_id.id if class_id else False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "college_id" not in vals and vals.get("class_id"):
                vals["college_id"] = self._college_of(vals["class_id"])
        return super().create(vals_list)

    def write(self, vals):
        self._check_fields_of_role(vals)
        if "class_id" in vals and "college_id" not in vals:
            vals = dict(vals, college_id=self._college_of(vals["class_id"]))
        if vals.get("enrolment_state") == "deceased" or self.filtered(
            lambda s: s.enrolment_state == "deceased"
        ):
            self._check_deceased(vals)
        gone = self.browse()
        if vals.get("enrolment_state") in GONE:
            gone = self.filtered(lambda student: student.enrolment_state not in GONE)
        moved = self.browse()
        former = {student.id: student.class_id.id for student in self if "class_id" in vals}
        if {"room_id", "class_id"} & set(vals):
            moved = self.filtered(
                lambda s: any(f in vals and s[f].id != vals[f] for f in ("room_id", "class_id"))
            )
        result = super().write(vals)
        if gone:
            self.env["psych.hooks"]._student_left(gone, vals["enrolment_state"])
        if moved or gone:
            self.env["psych.hooks"]._room_changed(moved | gone)
        self._hand_over_moved(former)
        if "user_id" in vals:
            self.membership_ids._refresh_rights()
        return result

    def _hand_over_moved(self, former):
        """A class changed by hand hands over open matters as an import does (safety rule F9).

        :param dict former: ``{student id: former class id}``
        """
        touched = [
            (student.id, "moved", student.enrolment_state, former[student.id])
            for student in self
            if former.get(student.id) and former[student.id] != student.class_id.id
        ]
        if touched:
            self.env["psych.roster.handover"]._make(self.env["psych.roster.batch"], touched)

    def _check_fields_of_role(self, vals):
        """Tutors, stations and the centre keep contact and whereabouts; the register is the administrator's.

        :raises AccessError: when somebody else writes the register
        """
        own = {
            "phone",
            "guardian_name",
            "guardian_phone",
            "whereabouts_state",
            "whereabouts_place",
            "whereabouts_from",
            "whereabouts_until",
        }
        user = self.env.user
        if self.env.su or not set(vals) - own or user.has_group("psych_health.group_psych_health_admin"):
            return
        if set(vals) <= own | {"enrolment_state"} and user.has_group(
            "psych_health.group_psych_health_centre_head"
        ):
            return
        raise AccessError(
            self.env._(
                "You can change contact and whereabouts here. For class, room or enrolment ask the administrator."
            )
        )

    def _check_deceased(self, vals):
        """Only the head of the centre sets or lifts *deceased* (safety rule H1).

        :raises UserError: for anybody else
        """
        changes = "enrolment_state" in vals and any(
            (student.enrolment_state == "deceased") != (vals["enrolment_state"] == "deceased")
            for student in self
        )
        if (
            changes
            and not self.env.su
            and not self.env.user.has_group("psych_health.group_psych_health_centre_head")
        ):
            raise UserError(
                self.env._("Only the head of the centre sets this state. Please call the centre.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if not self.env.su:
            raise UserError(self.env._("A student is set to «left» or archived, not deleted."))
