from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.psych_health.tools import clock


class PsychCrisisEmergencyContact(models.Model):
    """One place of the contact tree: who calls whom. A post in a unit finds its holder by itself; else a name and a phone."""

    _name = "psych.crisis.emergency.contact"
    _description = "Place of the contact tree"
    _order = "sequence, id"
    _rec_name = "role_text"

    plan_id = fields.Many2one("psych.crisis.emergency.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, precompute=True)
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one(
        "psych.crisis.emergency.contact",
        string="Called by",
        domain="[('plan_id', '=', plan_id)]",
        ondelete="set null",
        copy=False,
    )
    role_text = fields.Char(
        string="Who", required=True, help="Duty desk, head of the centre, hospital, police station …"
    )
    post_id = fields.Many2one("psych.post", string="Post", ondelete="restrict")
    unit_id = fields.Many2one("psych.unit", string="Of unit", ondelete="restrict")
    name = fields.Char(string="Name", help="Only where no post is chosen.")
    phone = fields.Char(required=True)
    holder_text = fields.Char(string="Holds it today", compute="_compute_holder_text")

    @api.constrains("parent_id", "plan_id")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(self.env._("Nobody calls himself in a circle: check who calls whom."))
        for contact in self:
            if contact.parent_id and contact.parent_id.plan_id != contact.plan_id:
                raise ValidationError(self.env._("A contact tree stays inside one plan."))

    @api.depends("post_id", "unit_id", "name")
    def _compute_holder_text(self):
        for contact in self:
            contact.holder_text = contact._holders() if contact.post_id else contact.name

    def _holders(self):
        """Return the names of who holds the post today, a word when it is vacant."""
        today = clock.today(self.env, self.company_id)
        domain = [
            ("post_id", "=", self.post_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "appointed"),
            ("date_start", "<=", today),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", today),
        ]
        if self.unit_id:
            domain.append(("unit_id", "=", self.unit_id.id))
        rows = (
            self.env["psych.membership"].sudo().search(domain, limit=3)
        )  # named seam: names of staff in posts
        return "、".join(rows.mapped("person_name")) or self.env._("vacant")
