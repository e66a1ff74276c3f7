from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock


class PsychRosterHandover(models.Model):
    """A roster moved or removed a student who has an open matter: the matter is handed over, never dropped (safety F9).

    The register follows the file at once, but the owner of the matter stays until somebody of the centre has accepted
    the hand-over here. Only the centre reads these rows: for the school administrator it must not show who is watched.
    """

    _name = "psych.roster.handover"
    _description = "Hand-over after a roster import"
    _order = "state desc, id desc"
    _rec_name = "student_id"

    batch_id = fields.Many2one(
        "psych.roster.batch", string="Import", index="btree_not_null", ondelete="set null", readonly=True
    )
    company_id = fields.Many2one("res.company", string="School", required=True, index=True, readonly=True)
    student_id = fields.Many2one(
        "psych.student", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection([("moved", "Moved"), ("left", "Left")], required=True, readonly=True)
    from_class_id = fields.Many2one("psych.unit", string="From class", ondelete="set null", readonly=True)
    to_class_id = fields.Many2one("psych.unit", string="To class", ondelete="set null", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("accepted", "Accepted")], required=True, default="waiting", readonly=True
    )
    accepted_by_id = fields.Many2one("res.users", readonly=True)
    accepted_at = fields.Datetime(readonly=True)

    @api.model
    def _make(self, batch):
        """Write the hand-overs of an applied import and tell the upper addon (runs as the machine)."""
        lines = batch.line_ids.filtered(lambda line: self._kind_of(line))
        watched = self.env["psych.hooks"]._watched_students(lines.student_id)
        handovers = self.sudo().create(  # named seam: who is watched is not known to the person who imports
            [
                {
                    "batch_id": batch.id,
                    "company_id": batch.company_id.id,
                    "student_id": line.student_id.id,
                    "kind": self._kind_of(line),
                    "from_class_id": (line.old_values or {}).get("class_id") or line.student_id.class_id.id,
                    "to_class_id": line.student_id.class_id.id,
                }
                for line in lines
                if line.student_id in watched
            ]
        )
        if handovers:
            self.env["psych.hooks"]._roster_handover(handovers)
        return handovers

    @api.model
    def _kind_of(self, line):
        """'left', 'moved' (another class) or None for a journal line."""
        new = line.new_values or {}
        if line.kind == "new":
            return None
        if new.get("enrolment_state") in ("left", "graduated"):
            return "left"
        return "moved" if "class_id" in new else None

    def action_accept(self):
        """The centre has seen to the hand-over."""
        if self.filtered(lambda handover: handover.state != "waiting"):
            raise UserError(self.env._("This hand-over was accepted already."))
        self.check_access("write")
        self.write({"state": "accepted", "accepted_by_id": self.env.uid, "accepted_at": clock.now()})
