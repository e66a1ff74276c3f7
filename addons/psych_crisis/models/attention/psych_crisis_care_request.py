from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisCareRequest(models.Model):
    """A neutral request to a cadre (关怀提醒): «please look in on the room this week, tell us if you worry».

    No student's name, no tier, no reason (safety rule H2); may be refused without a reason; ends by itself. It is no
    duty and no guard: who must not be alone is with staff, family or in hospital.
    """

    _name = "psych.crisis.care.request"
    _description = "Care request"
    _order = "date_end desc, id desc"
    _rec_name = "unit_id"

    unit_id = fields.Many2one(
        "psych.unit",
        string="Room or class",
        required=True,
        domain="[('role', 'in', ('room', 'class'))]",
        ondelete="restrict",
    )
    cadre_id = fields.Many2one("psych.student", string="Asked", required=True, index=True, ondelete="cascade")
    date_start = fields.Date(required=True, default=lambda self: clock.today(self.env))
    date_end = fields.Date(required=True, default=lambda self: fields.Date.add(clock.today(self.env), days=7))
    state = fields.Selection(
        [
            ("open", "Asked"),
            ("accepted", "Will look in"),
            ("refused", "Cannot this time"),
            ("done", "Looked in"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    answer = fields.Selection(
        [("calm", "All calm"), ("tension", "Some tension"), ("worried", "I worry")], readonly=True
    )
    asked_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)

    _dates = models.Constraint(
        "CHECK (date_end >= date_start AND date_end <= date_start + 14)",
        "A care request lasts two weeks at most.",
    )

    @api.model
    def _open_for(self, student):
        """Return the requests that wait for the cadre ``student`` today; past ones have ended by themselves."""
        today = clock.today(self.env, student.company_id)
        return self.sudo().search(  # named seam: own requests of the student who asks
            [
                ("cadre_id", "=", student.id),
                ("state", "in", ("open", "accepted")),
                ("date_start", "<=", today),
                ("date_end", ">=", today),
            ]
        )

    def _answer(self, student, answer):
        """The cadre answers: accepted, refused, calm, tension or worried; a worry becomes a report on the room."""
        self.ensure_one()
        if self.cadre_id != student or self not in self._open_for(student):
            raise UserError(self.env._("This request has ended. Thank you."))
        if answer in ("accepted", "refused"):
            # named seam: the cadre asked answers; asked above whether it is he
            self.sudo().state = answer
            return
        # named seam: as above
        self.sudo().write({"state": "done", "answer": answer})
        if answer == "worried":
            self.env["psych.crisis.signal"]._report(
                self.company_id,
                {
                    "kind": "concern",
                    "source": "dorm" if self.unit_id.role == "room" else "class",
                    "urgency": "talk",
                    "room_id": self.unit_id.id if self.unit_id.role == "room" else False,
                    "class_id": student.class_id.id,
                },
                reporter_student=student,
            )
