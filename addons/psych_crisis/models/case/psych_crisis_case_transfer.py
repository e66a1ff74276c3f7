from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

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
        "res.users",
        string="Handed over by",
        readonly=True,
        required=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    to_id = fields.Many2one(
        "res.users",
        string="Who takes it",
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

    _asked_of_user = models.Index("(to_id) WHERE state = 'asked'")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(from_id=self.env.uid, asked_at=clock.now(), state="asked", answered_at=False)
        rows = super().create(vals_list)
        for row in rows:
            row.case_id.check_access("read")
            row._check_brings()
        return rows

    def _check_brings(self):
        """Somebody who works on the case brings others in: who asks for advice or hands over, or who lets a helper join.

        :raises AccessError: when neither is so; knowing the number of a case opens nothing
        """
        self.ensure_one()
        case_sudo = self.sudo().case_id  # named seam: who works on the case
        inside = self.to_id if self.kind == "request" else self.from_id
        if not case_sudo.is_open:
            raise UserError(self.env._("The case is closed. Reopen it first."))
        if not case_sudo._works_on(inside):
            raise AccessError(
                self.env._(
                    "Only who works on the case brings others in: ask its owner, the station or the centre."
                )
            )

    def action_accept(self):
        """The new person accepts: owner from now on (assign, transfer), or member of the team (refer, request)."""
        for row in self:
            if row.state != "asked" or row.to_id != self.env.user:
                raise UserError(self.env._("Only the person asked answers, once."))
            row._check_brings()
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
