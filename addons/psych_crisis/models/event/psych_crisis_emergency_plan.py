from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisEmergencyPlan(models.Model):
    """The emergency plan with its contact tree (应急预案, S1-Art21-a): versions, valid until a date, put in force by a second person.

    One version of a kind is in force per school; what ends soon or has ended is said on the list. The printed plan hangs where
    no computer runs.
    """

    _name = "psych.crisis.emergency.plan"
    _description = "Emergency plan"
    _order = "state, valid_until desc, id desc"

    name = fields.Char(required=True, translate=False)
    version = fields.Integer(readonly=True, default=1, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    valid_from = fields.Date(required=True, default=lambda self: clock.today(self.env))
    valid_until = fields.Date(
        required=True, default=lambda self: fields.Date.add(clock.today(self.env), years=1)
    )
    steps = fields.Text(help="What is done in which order, one step in a line. No names of students.")
    drill_date = fields.Date(string="Last drill")
    drill_minutes = fields.Integer(string="Drill: minutes until seen")
    contact_ids = fields.One2many(
        "psych.crisis.emergency.contact", "plan_id", string="Contact tree", copy=True
    )
    author_id = fields.Many2one(
        "res.users",
        readonly=True,
        required=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
        copy=False,
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Put in force by", readonly=True, ondelete="restrict", copy=False
    )
    approved_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("in_force", "In force"), ("replaced", "Replaced")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    validity = fields.Selection(
        [("valid", "Valid"), ("soon", "Ends within a month"), ("ended", "Ended"), ("draft", "Not in force")],
        compute="_compute_validity",
    )

    _one_in_force = models.UniqueIndex(
        "(company_id, name) WHERE state = 'in_force'", "Another version of this plan is in force."
    )
    _dates = models.Constraint("CHECK (valid_until > valid_from)", "A plan ends after it begins.")

    @api.depends("state", "valid_until")
    def _compute_validity(self):
        for plan in self:
            today = clock.today(self.env, plan.company_id)
            if plan.state != "in_force" or not plan.valid_until:
                plan.validity = "draft"
            elif plan.valid_until < today:
                plan.validity = "ended"
            else:
                soon = fields.Date.add(today, days=30)
                plan.validity = "soon" if plan.valid_until <= soon else "valid"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(author_id=self.env.uid, state="draft", approved_by_id=False, approved_at=False)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if any(plan.state == "replaced" for plan in self):
                raise UserError(self.env._("A replaced version stays as it was."))
            fixed = set(vals) - {"drill_date", "drill_minutes", "contact_ids"}
            if fixed and any(plan.state == "in_force" for plan in self):
                raise UserError(
                    self.env._(
                        "A plan in force changes by a new version; phones and drills may be kept up to date."
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(plan.state != "draft" for plan in self):
            raise UserError(self.env._("Plans that were in force are kept."))

    def action_approve(self):
        """Put in force as a second person; the version before is replaced."""
        for plan in self:
            plan.check_access("write")
            if plan.state != "draft":
                raise UserError(self.env._("This version was put in force already."))
            if plan.author_id == self.env.user:
                raise UserError(self.env._("Another person than the author puts a plan in force."))
            if not plan.contact_ids:
                raise UserError(self.env._("A plan without a contact tree helps nobody: enter whom to call."))
            plan_sudo = plan.sudo()  # named seam: the version before is closed
            before = plan_sudo.search(
                [
                    ("company_id", "=", plan.company_id.id),
                    ("name", "=", plan.name),
                    ("state", "=", "in_force"),
                ]
            )
            before.write({"state": "replaced"})
            before.flush_recordset()
            plan_sudo.write(
                {
                    "state": "in_force",
                    "version": max([*before.mapped("version"), 0]) + 1,
                    "approved_by_id": self.env.uid,
                    "approved_at": clock.now(),
                }
            )

    def action_new_version(self):
        """Take this version as the draft of the next one, with its contact tree."""
        self.ensure_one()
        today = clock.today(self.env, self.company_id)
        new = self.copy({"valid_from": today, "valid_until": fields.Date.add(today, years=1)})
        twins = dict(zip(self.contact_ids.sorted("id"), new.contact_ids.sorted("id"), strict=True))
        for old, twin in twins.items():
            twin.parent_id = twins.get(old.parent_id, False)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
        }

    def action_print(self):
        """Print plan and contact tree."""
        return self.env.ref("psych_crisis.psych_crisis_emergency_plan_print").report_action(self)

    def _tree(self):
        """Return the contact tree as ``[(depth, contact)]`` in the order in which one calls."""
        self.ensure_one()
        children = {}
        for contact in self.contact_ids.sorted("sequence"):
            children.setdefault(contact.parent_id.id, []).append(contact)
        rows, seen = [], set()

        def walk(parent, depth):
            for contact in children.get(parent, []):
                if contact.id not in seen:
                    seen.add(contact.id)
                    rows.append((depth, contact))
                    walk(contact.id, depth + 1)

        walk(False, 0)
        return rows
