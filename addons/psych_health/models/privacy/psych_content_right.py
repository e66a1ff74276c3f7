from odoo import api, fields, models
from odoo.fields import Domain

from ..organisation.psych_post import SCOPE_ROLES
from .psych_gate import RIGHTS

IN_FORCE = [("date_start", "<=", "today"), ("date_end", ">=", "today")]


class PsychContentRight(models.Model):
    """Which role opens which content of which record: the matrix of design §5 as data.

    One row says: who holds ``role`` opens ``right`` of ``model`` when the ``relation`` holds:

    - ``own``: ``path`` names a user and it is he (author, counsellor, owner of the case);
    - ``student``: ``path`` names the user of the student the record is about;
    - ``unit``: ``path`` names a unit, and the person has the role there (own class, own college);
    - ``school``: ``path`` names the company, and the person has the role over the whole school.

    The role must be in force today, so a right ends by the date alone. Rows are shipped as data by
    the room that owns the model; nobody edits them on the screen. Rows are read by the gate only.
    """

    _name = "psych.content.right"
    _description = "Content right of a role"
    _order = "model, content_right, role"
    _rec_name = "model"

    model = fields.Char(required=True, index=True)
    content_right = fields.Selection(RIGHTS, required=True)
    role = fields.Selection([*SCOPE_ROLES, ("student", "Student")], required=True)
    relation = fields.Selection(
        [
            ("own", "Own entry or own client"),
            ("student", "The student in person"),
            ("unit", "In the own unit"),
            ("school", "In the whole school"),
        ],
        required=True,
    )
    path = fields.Char(required=True, help="Dotted path of the relation, from the record.")
    note = fields.Char(help="Why, with the source clause.")

    _one_row = models.UniqueIndex(
        "(model, content_right, role, relation, path)", "This right is stated already."
    )

    @api.model
    def _rows(self, model, right):
        """Return the rows of a model and a content right."""
        return self.search([("model", "=", model), ("content_right", "=", right)])

    def _domain(self, uid):
        """Return the domain of the records that this row opens to the user ``uid``."""
        self.ensure_one()
        held = [("user_id", "=", uid), ("role", "=", self.role), *IN_FORCE]
        if self.relation == "student":
            return Domain(self.path, "=", uid)
        if self.relation == "unit":
            return Domain(f"{self.path}.scope_ids", "any", held)
        if self.relation == "school":
            return Domain(f"{self.path}.psych_scope_ids", "any", held)
        # sudo seam: the roster of rights is readable to nobody; only "does he hold it" leaves here
        holds = self.env["psych.scope"].sudo().search_count(held, limit=1)
        return Domain(self.path, "=", uid) if holds else Domain.FALSE
