from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import clock


class PsychCallRequest(models.Model):
    """Somebody asks to be called, or said that he may hurt himself: the shortest list of the centre.

    It is written the moment the answer is given, also when the booking is then abandoned. It holds no narrative.
    """

    _name = "psych.call.request"
    _description = "Request to be called"
    _order = "state, asked_at desc, id desc"

    student_id = fields.Many2one("psych.student", readonly=True, index="btree_not_null", ondelete="cascade")
    name = fields.Char(string="How to address", help="Free, may be empty: nobody has to say who he is.")
    phone = fields.Char()
    source = fields.Selection(
        [("booking", "Booking"), ("help", "Help page"), ("worse", "It got worse"), ("staff", "Staff")],
        required=True,
        default="staff",
    )
    is_danger = fields.Boolean(string="May hurt themselves")
    asked_at = fields.Datetime(required=True, default=lambda self: clock.now(), readonly=True)
    state = fields.Selection(
        [("open", "To call"), ("not_reached", "Not reached"), ("reached", "Spoken to")],
        default="open",
        required=True,
    )
    handled_by_id = fields.Many2one("res.users", string="Handled by", readonly=True)
    handled_at = fields.Datetime(readonly=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )

    _open_idx = models.Index("(company_id, asked_at) WHERE state <> 'reached'")

    @api.depends("student_id", "name", "asked_at")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.student_id.display_name or row.name or self.env._("Somebody")

    @api.constrains("student_id", "phone", "is_danger")
    def _check_can_be_called(self):
        """Nobody can answer a request without student and number; danger is kept whatever is missing."""
        for row in self:
            if not (row.student_id or (row.phone or "").strip() or row.is_danger):
                raise ValidationError(
                    self.env._(
                        "Please choose the student or write the number to call: without either nobody can call back. "
                        "Whoever may hurt themselves is kept even without a number: tick that box."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Danger is told at once, whoever wrote it down."""
        rows = super().create(vals_list)
        rows.filtered("is_danger")._tell_danger()
        return rows

    def write(self, vals):
        """Danger said later, or said again, is told again."""
        result = super().write(vals)
        if vals.get("is_danger"):
            self._tell_danger()
        return result

    def _tell_danger(self):
        """Raise the flag of each request."""
        for row in self:
            self.env["psych.hooks"]._psych_flag_raised(row, f"call.{row.source}", "acute")

    def action_reached(self):
        """The student was spoken to."""
        self.write({"state": "reached", "handled_by_id": self.env.uid, "handled_at": clock.now()})

    def action_not_reached(self):
        """Tried and not reached: stays open."""
        self.write({"state": "not_reached", "handled_by_id": self.env.uid, "handled_at": clock.now()})

    @api.model
    def _ask(self, company, source, student=None, phone="", name="", danger=False):
        """Write one request; danger raises the flag each time it is said. Asking again adds to the open request.

        Named seam: students and strangers may not write here by themselves.
        """
        requests = self.sudo()
        open_one = requests.browse()
        if student:
            open_one = requests.search([("student_id", "=", student.id), ("state", "!=", "reached")], limit=1)
        values = {"phone": phone} if phone else {}
        if danger:
            values |= {"is_danger": True, "state": "open"}
        if open_one:
            open_one.write(values)
        else:
            open_one = requests.create(
                {
                    "company_id": company.id,
                    "source": source,
                    "student_id": student.id if student else False,
                    "name": name,
                    "phone": phone,
                    "is_danger": danger,
                }
            )
        return open_one
