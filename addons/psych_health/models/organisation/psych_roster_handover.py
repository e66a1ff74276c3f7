from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock


class PsychRosterHandover(models.Model):
    """An import or the register moved or removed a student who has an open matter: the matter is handed over, never dropped (safety F9).

    The register changes at once, but the owner of the matter stays until somebody of the centre has accepted
    the hand-over here. Only the centre reads these rows: for the school administrator it must not show who is watched.
    """

    _name = "psych.roster.handover"
    _description = "Hand-over after a change of the register"
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
    def _make(self, batch, touched):
        """Write the hand-overs of an applied import and tell the upper addon (runs as the machine).

        :param batch: the import, empty when the register was changed by hand
        :param touched: ``[(student id, kind, new enrolment state, former class id)]`` of the journal
        """
        rows = {}
        for student, _kind, state, former in touched:
            if state in ("left", "graduated") or former:
                rows[student] = ("left" if state in ("left", "graduated") else "moved", former)
        watched = self.env["psych.hooks"]._watched_students(self.env["psych.student"].browse(rows))
        watched -= self._noted(watched, rows)
        handovers = self.sudo().create(  # named seam: who is watched is not known to the person who imports
            [
                {
                    "batch_id": batch.id,
                    "company_id": student.company_id.id,
                    "student_id": student.id,
                    "kind": rows[student.id][0],
                    "from_class_id": rows[student.id][1] or student.class_id.id,
                    "to_class_id": student.class_id.id,
                }
                for student in watched
            ]
        )
        if handovers:
            self.env["psych.hooks"]._roster_handover(handovers)
        return handovers

    @api.model
    def _noted(self, students, rows):
        """Return the students whose very move waits for acceptance already."""
        waiting = self.sudo().search(  # named seam: as in `_make`
            [("student_id", "in", students.ids), ("state", "=", "waiting")]
        )
        return waiting.filtered(
            lambda row: row.kind == rows[row.student_id.id][0] and row.to_class_id == row.student_id.class_id
        ).student_id.sudo(False)

    def action_accept(self):
        """The centre has seen to the hand-over: from now on the matter is with the people of the new class."""
        if self.filtered(lambda handover: handover.state != "waiting"):
            raise UserError(self.env._("This hand-over was accepted already."))
        self.check_access("write")
        self.write({"state": "accepted", "accepted_by_id": self.env.uid, "accepted_at": clock.now()})
        self.env["psych.hooks"]._handover_accepted(self)
