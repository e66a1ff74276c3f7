from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock, slots
from ...tools.confidential import Confidential

URGENCY_OF = {"concern": "talk", "urgent": "acute"}


class PsychTalk(models.Model):
    """A heart-to-heart talk of a tutor, a tutoring talk of the station, a dorm visit: not counselling.

    Written in half a minute on the phone: whom, what kind, how the student was, and a few words that only the author
    (and the case team, by the gate) opens. Tutors see the talks of their own classes, never counselling records.
    S1-Art22-2b, S2-L3-4b, ministry rule of 2021 (all dorm rooms every month).
    """

    _name = "psych.talk"
    _description = "Talk with a student"
    _inherit = ["psych.confidential.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _psych_content_right = "notes"

    student_id = fields.Many2one(
        "psych.student", index="btree_not_null", check_company=True, ondelete="restrict"
    )
    room_id = fields.Many2one("psych.unit", string="Dorm room", index="btree_not_null", check_company=True)
    kind = fields.Selection(
        [
            ("heart", "Heart-to-heart talk"),
            ("tutoring", "Tutoring talk"),
            ("dorm", "Dorm visit"),
            ("parent", "Talk with parents"),
            ("contact", "Contact while away from school"),
        ],
        required=True,
        default="heart",
        index=True,
    )
    form = fields.Selection(
        [("person", "In person"), ("phone", "Telephone"), ("online", "Online")],
        required=True,
        default="person",
    )
    date = fields.Datetime(required=True, default=lambda self: clock.now(), index=True)
    impression = fields.Selection(
        [
            ("fine", "All right"),
            ("support", "Needs some support"),
            ("concern", "I am worried"),
            ("urgent", "Urgent"),
        ],
        string="How was it",
        required=True,
        default="fine",
    )
    topic_ids = fields.Many2many("psych.topic", string="Topics")
    note = Confidential("In a few words")
    author_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    class_id = fields.Many2one(related="student_id.class_id", store=True, index=True)
    college_id = fields.Many2one(related="student_id.college_id", store=True, index=True)

    _about_somebody = models.Constraint(
        "CHECK (student_id IS NOT NULL OR room_id IS NOT NULL)", "Say with whom, or in which room."
    )
    _room_date_idx = models.Index("(room_id, date) WHERE kind = 'dorm'")

    @api.depends("date", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{kinds.get(row.kind, '')} {row.date.date() if row.date else ''}"

    @api.model_create_multi
    def create(self, vals_list):
        talks = super().create(vals_list)
        for talk in talks.filtered(lambda row: row.impression in URGENCY_OF):
            self.env["psych.hooks"]._psych_flag_raised(
                talk, f"talk.{talk.impression}", URGENCY_OF[talk.impression]
            )
        return talks

    def write(self, vals):
        before = {row.id: row.impression for row in self}
        result = super().write(vals)
        if "impression" in vals:
            for talk in self.filtered(
                lambda row: row.impression in URGENCY_OF and before[row.id] != row.impression
            ):
                self.env["psych.hooks"]._psych_flag_raised(
                    talk, f"talk.{talk.impression}", URGENCY_OF[talk.impression]
                )
        return result

    # ------------------------------------------------------------
    # dorm visits by floor
    # ------------------------------------------------------------

    @api.model
    def _floor_list(self, floor):
        """Rooms of a floor with the date of the last visit this month: [(room, datetime or False)]."""
        rooms = self.env["psych.unit"].search(
            [("parent_id", "=", floor.id), ("role", "=", "room")], order="name"
        )
        month = self._day_start(floor.company_id, clock.today(self.env, floor.company_id).replace(day=1))
        groups = self._read_group(
            [("kind", "=", "dorm"), ("room_id", "in", rooms.ids), ("date", ">=", month)],
            ["room_id"],
            ["date:max"],
        )
        visited = {room.id: date for room, date in groups}
        return [(room, visited.get(room.id, False)) for room in rooms]

    @api.model
    def _day_start(self, company, day):
        """First instant of a day of the school, as stored (UTC)."""
        return slots.day_bounds(day, company.psych_tz)[0]

    @api.model
    def _own_rooms(self):
        """Rooms in which students live whom the reader may read: those of his classes or of his college."""
        return self.env["psych.student"].search([("room_id", "!=", False)]).room_id

    @api.model
    def _dorm_buildings(self):
        """Buildings of the own students: [{id, name, rooms, visited}], visited in this month of the school."""
        rooms = self._own_rooms()
        lines = []
        for building in rooms.parent_id.sorted(lambda unit: (unit.sequence, unit.name)):
            visited = dict(self._floor_list(building))
            mine = rooms.filtered(lambda room, above=building: room.parent_id == above)
            lines.append(
                {
                    "id": building.id,
                    "name": building.name,
                    "rooms": len(mine),
                    "visited": sum(bool(visited.get(room)) for room in mine),
                }
            )
        return lines

    @api.model
    def _dorm_floors(self, building, everything=False):
        """Rooms of a building by floor: [{name, rooms: [{id, name, residents, visited}]}].

        :param everything: also rooms without own students
        """
        mine = None if everything else self._own_rooms()
        floors, tz = {}, building.company_id.psych_tz
        for room, date in self._floor_list(building):
            if mine is None or room in mine:
                floors.setdefault(room.floor or "", []).append(
                    {
                        "id": room.id,
                        "name": room.name,
                        "residents": len(room.sudo().resident_ids),  # named seam: a count
                        "visited": date and slots.to_local(date, tz).strftime("%m-%d"),
                    }
                )
        return [{"name": name, "rooms": rooms} for name, rooms in floors.items()]

    @api.model
    def _tick_room(self, room, impression="fine"):
        """One tap: this room was visited today; a second tap the same day changes the first."""
        if room.role != "room":
            raise UserError(self.env._("Only dorm rooms are visited here."))
        if impression not in dict(self._fields["impression"].selection):
            raise UserError(self.env._("Please say how it was."))
        today = self._day_start(room.company_id, clock.today(self.env, room.company_id))
        own = self.search(
            [
                ("kind", "=", "dorm"),
                ("room_id", "=", room.id),
                ("author_id", "=", self.env.uid),
                ("date", ">=", today),
            ],
            limit=1,
        )
        if own:
            own.impression = impression
            return own
        return self.create(
            {"kind": "dorm", "room_id": room.id, "impression": impression, "company_id": room.company_id.id}
        )
