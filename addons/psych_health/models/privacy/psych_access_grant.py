from odoo import api, fields, models

from ...tools import clock
from .psych_gate import RIGHTS


class PsychAccessGrant(models.Model):
    """Opening of one record to one person for hours: the row that the gate looks up.

    How a grant comes to be (reason, two steps, notice, review) stands in the emergency opening; the
    gate only asks for an active row whose time is now. A grant never wins over a lock-out.
    """

    _name = "psych.access.grant"
    _description = "Opening of a record for a time"
    _order = "date_start desc, id desc"
    _rec_name = "res_id"

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="model", required=True, readonly=True)
    content_right = fields.Selection(RIGHTS, required=True, default="notes")
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    student_id = fields.Many2one("psych.student", index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_start = fields.Datetime(required=True, default=lambda self: clock.now())
    date_end = fields.Datetime(required=True)
    state = fields.Selection(
        [("draft", "Requested"), ("active", "In force"), ("ended", "Ended"), ("reviewed", "Reviewed")],
        required=True,
        default="draft",
    )

    _record = models.Index("(model, res_id, user_id)")
    _span = models.Constraint("CHECK (date_end > date_start)", "An opening ends after it starts.")

    @api.model
    def _granted(self, records, right, uid):
        """Return the subset of ``records`` that an active grant opens to ``uid`` now."""
        return records.browse(self._active(records._name, records.ids, right, uid).mapped("res_id"))

    # sudo seam: the gate looks up grants of an explicit user; only record ids leave here
    @api.model
    def _active(self, model, res_ids, right, uid):
        """Return the grants in force now (sudo) for records of a model and a user."""
        now = clock.now()
        return self.sudo().search(
            [
                ("user_id", "=", uid),
                ("model", "=", model),
                ("res_id", "in", res_ids),
                ("content_right", "=", right),
                ("state", "=", "active"),
                ("date_start", "<=", now),
                ("date_end", ">", now),
            ]
        )
