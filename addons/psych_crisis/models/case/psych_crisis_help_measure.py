from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock

WITHOUT_DATE = timedelta(days=14)


class PsychCrisisHelpMeasure(models.Model):
    """A help measure (帮扶措施): hardship aid, study, job, medical, legal; with the unit responsible and a due time."""

    _name = "psych.crisis.help.measure"
    _description = "Help measure"
    _order = "state, due_at, id"
    _rec_name = "kind"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [
            ("aid", "Hardship aid"),
            ("study", "Study"),
            ("job", "Job"),
            ("medical", "Medical"),
            ("legal", "Legal"),
            ("housing", "Dorm"),
        ],
        required=True,
        default="aid",
    )
    unit_id = fields.Many2one("psych.unit", string="Unit responsible", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Who", domain="[('share', '=', False)]", ondelete="restrict"
    )
    due_at = fields.Datetime(
        string="Due", help="Empty: two weeks from now, so that somebody asks for it again."
    )
    done_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("dropped", "Not needed")],
        default="open",
        required=True,
        readonly=True,
    )

    _open_of_user = models.Index("(user_id) WHERE state = 'open'")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["due_at"] = vals.get("due_at") or clock.now() + WITHOUT_DATE
        rows = super().create(vals_list)
        rows.case_id._touch()
        return rows

    def write(self, vals):
        if "due_at" in vals and not vals["due_at"]:
            raise UserError(self.env._("A help measure has a time: else nobody asks for it again."))
        if not self.env.su and any(row.state != "open" for row in self):
            raise UserError(self.env._("This help measure is finished. Enter another one."))
        result = super().write(vals)
        self.case_id._touch()
        return result

    def action_done(self):
        """The measure was given."""
        self.check_access("write")
        self.write({"state": "done", "done_at": clock.now()})

    def action_drop(self):
        """The measure is not needed any more."""
        self.check_access("write")
        self.write({"state": "dropped", "done_at": clock.now()})
