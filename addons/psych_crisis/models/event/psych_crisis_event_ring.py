from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisEventRing(models.Model):
    """A person affected by an event: witness, friend, room-mate, helper. Offered help, never put on a tier by this alone."""

    _name = "psych.crisis.event.ring"
    _description = "Affected person"
    _order = "ring, id"
    _rec_name = "student_id"

    event_id = fields.Many2one("psych.crisis.event", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="event_id.company_id", store=True, precompute=True)
    student_id = fields.Many2one("psych.student", index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one("res.users", string="Member of staff", ondelete="restrict")
    ring = fields.Selection([("1", "Directly"), ("2", "Near"), ("3", "Wider")], required=True, default="2")
    state = fields.Selection(
        [("open", "To be offered"), ("offered", "Offered"), ("helped", "Helped"), ("declined", "Declined")],
        default="open",
        required=True,
    )
    contacted_at = fields.Datetime(readonly=True)

    _who = models.Constraint(
        "CHECK ((student_id IS NULL) <> (user_id IS NULL))", "One student or one member of staff."
    )
    _student_once = models.UniqueIndex(
        "(event_id, student_id) WHERE student_id IS NOT NULL", "This person is on the list already."
    )

    def write(self, vals):
        if vals.get("state") in ("offered", "helped", "declined"):
            vals = dict(vals, contacted_at=clock.now())
        return super().write(vals)

    @api.model
    def _add_room_and_class(self, event, student):
        """Put the room-mates (ring 1) and class (ring 3) of ``student`` on the list of ``event``."""
        known = event.ring_ids.student_id
        room = (
            self.env["psych.student"].search([("room_id", "=", student.room_id.id), ("id", "!=", student.id)])
            if student.room_id
            else known.browse()
        )
        mates = self.env["psych.student"].search(
            [("class_id", "=", student.class_id.id), ("id", "!=", student.id)]
        )
        rows = [(person, "1") for person in room - known] + [(person, "3") for person in mates - room - known]
        return self.create(
            [{"event_id": event.id, "student_id": person.id, "ring": ring} for person, ring in rows]
        )
