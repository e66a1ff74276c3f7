from odoo import api, fields, models
from odoo.exceptions import UserError


class PsychAppointment(models.Model):
    """The way from an hour to its record and on to the next hour."""

    _inherit = "psych.appointment"

    session_ids = fields.One2many("psych.session", "appointment_id", string="Records")

    consent_state = fields.Selection(
        [
            ("given", "Given"),
            ("override", "Other legal basis"),
            ("withdrawn", "Withdrawn"),
            ("missing", "Not signed yet"),
        ],
        string="Consent",
        compute="_compute_consent_state",
    )

    @api.depends("student_id")
    def _compute_consent_state(self):
        for row in self:
            row.consent_state = row.student_id and self._consent_state(row.student_id)

    def action_record(self):
        """Open the record of this hour, made as a draft when there is none yet."""
        self.ensure_one()
        if self.state not in ("arrived", "done"):
            raise UserError(self.env._("Mark the client as arrived first."))
        session = self.session_ids.filtered(lambda row: row.state != "void" and row.kind == "client")[:1]
        if not session:
            session = self.env["psych.session"].create(
                {
                    "appointment_id": self.id,
                    "student_id": self.student_id.id,
                    "counsellor_id": self.counsellor_id.id,
                    "date": self.start,
                    "length": self.service_id.length,
                    "company_id": self.company_id.id,
                }
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record"),
            "res_model": "psych.session",
            "view_mode": "form",
            "res_id": session.id,
        }
