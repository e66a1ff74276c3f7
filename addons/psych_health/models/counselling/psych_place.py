from odoo import fields, models

PLACE_KINDS = [
    ("counselling", "Counselling room"),
    ("relaxation", "Relaxation room"),
    ("release", "Release room"),
    ("sandplay", "Sandplay room"),
    ("group", "Group room"),
    ("testing", "Testing room"),
    ("reception", "Reception"),
    ("tutoring", "Growth-tutoring room"),
]


class PsychPlace(models.Model):
    """A room of the centre or of a station that can be booked (S1-Art5-d, Art15-a, Art19)."""

    _name = "psych.place"
    _description = "Room for counselling"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    kind = fields.Selection(PLACE_KINDS, required=True, default="counselling")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    unit_id = fields.Many2one("psych.unit", string="Belongs to", index="btree_not_null", check_company=True)
    location = fields.Char(
        string="How to find it", translate=True, help="Building, floor, door; shown to the student."
    )
    capacity = fields.Integer(default=2)
    state = fields.Selection(
        [("ready", "In use"), ("repair", "Under repair")], required=True, default="ready"
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening hours",
        help="Needed where the room itself is booked (relaxation, release).",
    )

    def action_open_plan(self):
        """Open what occupies this room; the rows name no student."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "psych.occupation",
            "view_mode": "calendar,list",
            "domain": [("kind", "=", "room"), ("ref_id", "=", self.id), ("active", "=", True)],
        }
