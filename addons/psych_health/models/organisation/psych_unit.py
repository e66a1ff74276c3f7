from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import clock

PRESENT = ("enrolled", "on_leave")  # enrolment states that count as students of the school
PLACES = ("class", "building", "floor", "room")  # as many as there are students; not part of the chart


class PsychUnit(models.Model):
    """A place in the organisation of a school: office, college, class, dorm room, committee …

    One tree per school. A unit that has two superiors (a branch of the union: S1-Art8-b) hangs under one and
    is *guided by* the other. Units are archived, never deleted once somebody held a post in them; moving or
    merging keeps the posts' history and recomputes who may see what.
    """

    _name = "psych.unit"
    _description = "Unit"
    _psych_clear_chat = "business of an office: merged, renamed, moved"
    _inherit = ["mail.thread"]
    _parent_store = True
    _order = "sequence, name, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    # identity
    name = fields.Char(required=True, tracking=True)
    code = fields.Char(tracking=True)
    kind_id = fields.Many2one(
        "psych.unit.kind", string="Kind", required=True, index=True, ondelete="restrict"
    )
    role = fields.Selection(related="kind_id.role", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )

    # tree
    parent_id = fields.Many2one(
        "psych.unit",
        string="Stands under",
        index=True,
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("psych.unit", "parent_id", string="Units below")
    body_ids = fields.One2many(
        "psych.unit",
        "parent_id",
        string="Bodies below",
        domain=[("role", "not in", PLACES)],
        help="What the organisation chart draws: classes, buildings and rooms would fill it by the thousand.",
    )
    child_count = fields.Integer(compute="_compute_child_count")
    guided_by_id = fields.Many2one(
        "psych.unit",
        string="Guided by",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        tracking=True,
        help="Second superior, for example the centre of the school union (S1-Art8-b).",
    )
    college_id = fields.Many2one(
        "psych.unit",
        string="College",
        compute="_compute_college_id",
        store=True,
        index=True,
        recursive=True,
    )
    complete_name = fields.Char(string="Path", compute="_compute_complete_name", recursive=True)

    # class, room, place
    programme_id = fields.Many2one(
        "psych.programme", string="Programme", index="btree_not_null", ondelete="restrict"
    )
    entry_year = fields.Integer(
        string="Entry year", help="Year in which the class entered, for example 2026."
    )
    capacity = fields.Integer(string="Beds", help="Beds of a dorm room.")
    floor = fields.Char()
    phone = fields.Char()
    location = fields.Char(help="Place of work, for example building and room.")
    opening_hours = fields.Char(help="S1-Art5-d: opening hours of the growth-tutoring room.")
    registration_number = fields.Char(help="S1-Art9-a: number in the school's register of societies.")
    registered_until = fields.Date(
        help="S1-Art9-a: a society is registered for a year and then looked at again."
    )
    is_registered = fields.Boolean(
        compute="_compute_is_registered", search="_search_is_registered", help="Valid today."
    )

    # people
    membership_ids = fields.One2many("psych.membership", "unit_id", string="Posts held")
    scope_ids = fields.One2many(
        "psych.scope", "unit_id", string="Rights", bypass_search_access=True, readonly=True
    )
    student_ids = fields.One2many("psych.student", "class_id", string="Students of the class")
    resident_ids = fields.One2many("psych.student", "room_id", string="Residents")
    student_count = fields.Integer(compute="_compute_student_count")
    posts_required = fields.Integer(compute="_compute_coverage")
    posts_filled = fields.Integer(compute="_compute_coverage")
    posts_lapsed = fields.Integer(
        compute="_compute_coverage", help="Filled by somebody whose training or pledge has lapsed."
    )

    _code_company_uniq = models.UniqueIndex(
        "(code, company_id) WHERE code IS NOT NULL AND active IS TRUE",
        "A unit with this code exists already.",
    )
    _name_trgm = models.Index("USING gin (name gin_trgm_ops)")

    @api.depends("parent_id.college_id", "kind_id.role")
    def _compute_college_id(self):
        for unit in self:
            unit.college_id = unit if unit.kind_id.role == "college" else unit.parent_id.college_id

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for unit in self:
            parts = [unit.parent_id.complete_name, unit.name] if unit.parent_id.parent_id else [unit.name]
            unit.complete_name = " / ".join(part for part in parts if part)

    @api.depends("registered_until")
    def _compute_is_registered(self):
        today = clock.today(self.env)
        for unit in self:
            unit.is_registered = bool(unit.registered_until) and unit.registered_until >= today

    def _search_is_registered(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("registered_until", ">=", clock.today(self.env))]

    def _compute_child_count(self):
        counts = dict(self._read_group([("parent_id", "in", self.ids)], ["parent_id"], ["__count"]))
        for unit in self:
            unit.child_count = counts.get(unit, 0)

    def _compute_student_count(self):
        counts = self._count_students()
        for unit in self:
            unit.student_count = counts.get(unit.id, 0)

    def _count_students(self):
        """Return ``{unit id: students present in the register}`` for classes, rooms and whatever stands above."""
        Tally, result = self.env["psych.student.tally"], {}
        for role, column in (("class", "class_id"), ("college", "college_id")):
            if units := self.filtered(lambda unit, role=role: unit.role == role):
                result |= Tally._count(column, units.ids)
        if schools := self.filtered(lambda unit: unit.role == "school"):
            totals = Tally._count("company_id", schools.company_id.ids)
            result |= {unit.id: totals.get(unit.company_id.id, 0) for unit in schools}
        # named seam: a number, for roles that open units but no student
        Student = self.env["psych.student"].sudo()
        present = [("company_id", "in", self.company_id.ids), ("enrolment_state", "in", PRESENT)]
        if rooms := self.filtered(lambda unit: unit.role == "room"):
            groups = Student._read_group([("room_id", "in", rooms.ids), *present], ["room_id"], ["__count"])
            result |= {room.id: count for room, count in groups}
        return result | self.filtered(lambda unit: unit.role in ("building", "floor"))._count_residents(
            Student, present
        )

    def _count_residents(self, Student, present):
        """Return ``{unit id: students who live there}`` of buildings and floors; a room hangs under either."""
        if not self:
            return {}
        result = dict.fromkeys(self.ids, 0)
        groups = Student._read_group(
            [("room_id", "child_of", self.ids), *present], ["room_id.parent_id"], ["__count"]
        )
        for parent, count in groups:
            for unit in (parent | parent.parent_id) & self:
                result[unit.id] += count
        return result

    def _compute_coverage(self):
        coverage = self.env["psych.post"]._coverage(self)
        for unit in self:
            unit.posts_required, unit.posts_filled, unit.posts_lapsed = coverage.get(unit.id, (0, 0, 0))

    @api.constrains("parent_id", "kind_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A unit cannot stand under itself."))
        for unit in self:
            allowed = unit.kind_id.parent_kind_ids
            if allowed and unit.parent_id and unit.parent_id.kind_id not in allowed:
                raise ValidationError(
                    self.env._(
                        "%(unit)s is a %(kind)s and cannot stand under %(parent)s. Choose one of: %(kinds)s.",
                        unit=unit.name,
                        kind=unit.kind_id.name,
                        parent=unit.parent_id.name,
                        kinds=", ".join(allowed.mapped("name")),
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        kinds = self.env["psych.unit.kind"].browse(
            {vals["kind_id"] for vals in vals_list if vals.get("kind_id")}
        )
        # leading group, centre, offices, colleges: the order of the kinds; places have their own names to sort by
        sequences = {kind.id: kind.sequence for kind in kinds if kind.role not in PLACES}
        for vals in vals_list:
            vals.setdefault("sequence", sequences.get(vals.get("kind_id"), 10))
        units = super().create(vals_list)
        self.env["psych.scope"]._extend_to_units(units)
        return units

    def write(self, vals):
        moved = (
            self.filtered(lambda unit: unit.parent_id.id != vals["parent_id"])
            if "parent_id" in vals
            else self.browse()
        )
        result = super().write(vals)
        if moved:
            self.env["psych.scope"]._rebuild_for_units(moved)
            moved._write_college_of_students()
        return result

    def _write_college_of_students(self):
        """After a move, carry the new college to the students of the classes below."""
        classes = self.search([("id", "child_of", self.ids), ("role", "=", "class")])
        for college, units in classes.grouped("college_id").items():
            units.student_ids.filtered(lambda student, c=college: student.college_id != c).write(
                {"college_id": college.id}
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.membership_ids or self.student_ids or self.resident_ids:
            raise UserError(
                self.env._(
                    "A unit that had posts or students is archived, not deleted: its history stays readable."
                )
            )

    @api.model
    def hierarchy_read(self, domain, specification, parent_field, child_field=None, order=None):
        """Draw bodies only around a single unit: core adds all its children, with them every dorm building."""
        if child_field != "body_ids":
            return super().hierarchy_read(domain, specification, parent_field, child_field, order)
        units = self.search(domain, order=order)
        if len(units) == 1:
            units += units[parent_field]
            around = [("id", "not in", units.ids), (parent_field, "in", units.ids)]
            units += self.search([*around, ("role", "not in", PLACES)], order=order)
        return units.web_read({parent_field: {"fields": {"display_name": {}}}, **specification})

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_view_students(self):
        """Open the students of the class, room, college or whole subtree."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_student_action")
        field = {"class": "class_id", "room": "room_id", "building": "room_id", "floor": "room_id"}.get(
            self.role, "class_id"
        )
        action["domain"] = [(field, "child_of", self.id)]
        action["display_name"] = self.name
        return action

    def action_view_memberships(self):
        """Open the posts held in this unit and below."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_membership_action")
        action["domain"] = [("unit_id", "child_of", self.id)]
        action["context"] = {"default_unit_id": self.id, "search_default_current": 1}
        action["display_name"] = self.name
        return action

    def action_view_vacancies(self):
        """Open the posts that are not filled in this unit and below."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_vacancy_action")
        action["domain"] = [("unit_id", "child_of", self.id)]
        action["display_name"] = self.name
        return action

    def action_view_children(self):
        """Open the units directly below."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_unit_action")
        action["domain"] = [("parent_id", "=", self.id)]
        action["context"] = {"default_parent_id": self.id}
        action["display_name"] = self.name
        return action

    # ----------------------------------------------------------------------
    # Business
    # ----------------------------------------------------------------------

    def _merge_into(self, target):
        """Move posts, students and units below ``self`` to ``target`` and archive ``self``; history stays.

        :raises UserError: when the kinds differ or target is below self
        """
        target.ensure_one()
        if any(unit.role != target.role or unit == target for unit in self) or target in self.search(
            [("id", "child_of", self.ids)]
        ):
            raise UserError(
                self.env._("Only units of the same kind can be merged, and not into a unit below.")
            )
        self.child_ids.write({"parent_id": target.id})
        self.student_ids.write({"class_id": target.id})
        self.resident_ids.write({"room_id": target.id})
        self.membership_ids._move_to_unit(target)
        for unit in self:
            unit.message_post(body=self.env._("Merged into %(unit)s.", unit=target.name))
        self.write({"active": False})
