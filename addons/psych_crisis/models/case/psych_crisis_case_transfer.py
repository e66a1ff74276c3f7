from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisCaseTransfer(models.Model):
    """The four acts between people: assign, refer, transfer, request. The old owner stays until the new one accepts."""

    _name = "psych.crisis.case.transfer"
    _description = "Hand-over of a case"
    _order = "asked_at desc, id desc"
    _rec_name = "kind"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [
            ("assign", "Assign"),
            ("refer", "Ask for advice"),
            ("transfer", "Hand over"),
            ("request", "Ask to join"),
        ],
        required=True,
        default="transfer",
    )
    from_id = fields.Many2one(
        "res.users", readonly=True, required=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    to_id = fields.Many2one(
        "res.users",
        string="To",
        required=True,
        domain="[('share', '=', False)]",
        ondelete="restrict",
        index=True,
    )
    asked_at = fields.Datetime(readonly=True, default=lambda self: clock.now())
    answered_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("asked", "Asked"), ("accepted", "Accepted"), ("declined", "Declined")],
        default="asked",
        readonly=True,
        required=True,
    )

    def action_accept(self):
        """The new person accepts: owner from now on (assign, transfer), or member of the team (refer, request)."""
        for row in self:
            if row.state != "asked" or row.to_id != self.env.user:
                raise UserError(self.env._("Only the person asked answers, once."))
            row_sudo = row.sudo()  # named seam: accepting moves ownership
            if row.kind in ("assign", "transfer"):
                row_sudo.case_id._give_to(row.to_id, row_sudo.case_id._membership_of(row.to_id))
            joins = row.from_id if row.kind == "request" else row.to_id
            if joins not in row_sudo.case_id.member_ids.user_id:
                row_sudo.env["psych.crisis.case.member"].create(
                    {
                        "case_id": row_sudo.case_id.id,
                        "user_id": joins.id,
                        "role": "case_manager" if row.kind in ("assign", "transfer") else "psychologist",
                    }
                )
            row_sudo.write({"state": "accepted", "answered_at": clock.now()})
            row_sudo.case_id._changed()

    def action_decline(self):
        """The person asked declines: the old owner keeps the case."""
        for row in self:
            if row.state != "asked" or row.to_id != self.env.user:
                raise UserError(self.env._("Only the person asked answers, once."))
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().write({"state": "declined", "answered_at": clock.now()})

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("A hand-over is answered by its buttons."))
        return super().write(vals)
