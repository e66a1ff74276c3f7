from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisEventEntry(models.Model):
    """One line of the timeline of a sudden event: when it happened, who did or decided it, when it was written down.

    The answer to «when did you know, who decided, where is the paper?». Lines stay; a mistake is corrected by another line.
    """

    _name = "psych.crisis.event.entry"
    _description = "Timeline of an event"
    _inherit = ["psych.confidential.mixin"]
    _order = "at, id"
    _rec_name = "kind"
    _psych_content_right = "notes"
    _psych_student_field = None

    event_id = fields.Many2one("psych.crisis.event", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="event_id.company_id", store=True, precompute=True)
    at = fields.Datetime(string="When", required=True, default=lambda self: clock.now())
    written_at = fields.Datetime(readonly=True, required=True, default=lambda self: clock.now())
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        readonly=True,
        required=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("known", "Became known"),
            ("told_college", "College and centre told"),
            ("told_leader", "Leadership told"),
            ("told_authority", "Authority told"),
            ("first", "First report filed"),
            ("progress", "Progress report filed"),
            ("final", "Final report filed"),
            ("decision", "Leader's decision"),
            ("measure", "Measure taken"),
            ("family", "Family told or arrived"),
            ("media", "Media and rumours"),
            ("note", "Note"),
        ],
        required=True,
        default="note",
    )
    text = Confidential(string="What")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(user_id=self.env.uid, written_at=clock.now())
        rows = super().create(vals_list)
        if not self.env.su and any(row.event_id.state == "closed" for row in rows):
            raise UserError(self.env._("The event is closed: its timeline is final."))
        return rows

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("Lines of the timeline stay. Add a correction."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Lines of the timeline stay. Add a correction."))
