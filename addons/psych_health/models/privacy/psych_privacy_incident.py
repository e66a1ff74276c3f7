from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock
from ...tools.confidential import Confidential


class PsychPrivacyIncident(models.Model):
    """A leak, loss, change or wrong reading of data (泄密事件登记; S1-Art20-c, PIPL art. 57).

    Each incident gets its steps with clocks: stop it, judge it, tell the authority, tell the persons, mend the
    cause. A step may be left out with a written reason only. Closed when every step is done or left out.
    """

    _name = "psych.privacy.incident"
    _inherit = ["psych.confidential.mixin"]
    _description = "Leak of data"
    _order = "found_at desc, id desc"
    _rec_name = "number"
    _psych_student_field = None
    _psych_grantable = False

    number = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [
            ("leak", "Data became known to others"),
            ("loss", "Data lost"),
            ("change", "Data changed without right"),
            ("reading", "Read without need"),
            ("near", "Nearly happened"),
        ],
        required=True,
        default="leak",
    )
    found_at = fields.Datetime(string="Found at", required=True, default=lambda self: clock.now())
    happened_at = fields.Datetime(string="Happened at (if known)")
    user_id = fields.Many2one(
        "res.users", string="Person in charge", required=True, default=lambda self: self.env.user
    )
    data_kinds = fields.Selection(
        [
            ("roster", "Names and contact"),
            ("scores", "Scores and levels"),
            ("notes", "Notes and documents"),
            ("mixed", "Several"),
        ],
        required=True,
        default="roster",
    )
    person_count = fields.Integer(string="Persons concerned")
    harm = fields.Selection(
        [("none", "No harm to be expected"), ("possible", "Harm possible"), ("grave", "Grave harm possible")],
        required=True,
        default="possible",
    )
    description = Confidential(string="What happened")
    cause = Confidential(string="Cause and what was changed")
    line_ids = fields.One2many("psych.privacy.incident.line", "incident_id")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, default="open", readonly=True
    )
    next_due_at = fields.Datetime(compute="_compute_next_due_at", store=True)
    is_late = fields.Boolean(compute="_compute_is_late")

    @api.depends("line_ids.due_at", "line_ids.state")
    def _compute_next_due_at(self):
        for incident in self:
            due = incident.line_ids.filtered(lambda line: line.state == "open").mapped("due_at")
            incident.next_due_at = min(due) if due else False

    def _compute_is_late(self):
        now = clock.now()
        for incident in self:
            incident.is_late = bool(
                incident.state == "open" and incident.next_due_at and incident.next_due_at < now
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # named seam: the next number
            vals["number"] = self.env["ir.sequence"].sudo().next_by_code("psych.privacy.incident")
        incidents = super().create(vals_list)
        for incident in incidents:
            incident._make_lines()
        return incidents

    def _make_lines(self):
        steps = self.env["psych.privacy.step"].search([("company_id", "in", (False, self.company_id.id))])
        self.line_ids = [
            fields.Command.create({"step_id": step.id, "due_at": self.found_at + timedelta(hours=step.hours)})
            for step in steps
        ]

    def action_close(self):
        """Close when every step is done, or left out with a reason."""
        for incident in self:
            if incident.line_ids.filtered(lambda line: line.state == "open"):
                raise UserError(
                    self.env._("Some steps are still open: do them, or leave them out with a reason.")
                )
        self.write({"state": "closed"})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_register(self):
        raise UserError(self.env._("The register of leaks is kept."))
