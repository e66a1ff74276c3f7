from odoo import api, fields, models, tools

MATTERS = [
    ("red", "Red case"),
    ("orange", "Orange case"),
    ("yellow", "Yellow case"),
    ("event", "Sudden event"),
]
DEADLINE_STEPS = [
    ("see", "See the student"),
    ("leader", "Name the leader in charge"),
    ("family", "Decide whether to tell the family"),
    ("team", "Form the team"),
    ("plan", "Write the plan"),
    ("approve", "Approve the plan"),
    ("again", "Approve a new version of the plan"),
    ("plan_followup", "Plan the next follow-up"),
    ("supervise", "Speak of it in supervision"),
    ("closing", "Second person confirms the closing"),
    ("told_college", "Tell college and centre"),
    ("told_leader", "Tell the leadership"),
    ("told_authority", "Tell the authority"),
    ("first", "Written first report"),
    ("progress", "Progress report"),
    ("final", "Final report"),
]


class PsychCrisisDeadline(models.Model):
    """How long a step of a case or of a sudden event may take (S1-Art23; facts B6, D4: proposals that a school may change).

    Cases count from the opening (or reopening), events from *awareness*; ``progress`` counts from the report before,
    ``plan_followup`` from the last follow-up, ``closing`` and ``again`` from the proposal. A row of the school wins over the shared one.
    """

    _name = "psych.crisis.deadline"
    _description = "Time limit of a step"
    _order = "matter, hours, id"
    _rec_name = "step"

    matter = fields.Selection(MATTERS, string="Of", required=True)
    step = fields.Selection(DEADLINE_STEPS, required=True)
    hours = fields.Float(required=True, help="0.5 is half an hour.")
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")

    _once = models.UniqueIndex("(matter, step, COALESCE(company_id, 0))", "This time limit exists already.")
    _positive = models.Constraint("CHECK (hours > 0)", "A time limit is longer than nothing.")

    @api.model
    @tools.ormcache("company_id", "matter")
    def _hours(self, company_id, matter):
        """Return ``{step: hours}`` for a school; its own rows win over the shared ones."""
        rows = self.sudo().search(  # named seam: settings
            [("matter", "=", matter), ("company_id", "in", (False, company_id))]
        )
        hours = {row.step: row.hours for row in rows if not row.company_id}
        hours.update({row.step: row.hours for row in rows if row.company_id})
        return hours

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
