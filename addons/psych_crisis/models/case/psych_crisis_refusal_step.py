from odoo import api, fields, models
from odoo.exceptions import UserError


class PsychCrisisRefusalStep(models.Model):
    """A step of the path when the family refuses (F14), as data: its order, time and what must be on paper.

    ``evidence`` names what the step needs before it counts: a contact on the record, a signature or two witnesses of the
    refusal, the decision of a leader, or the number of the office that was asked.
    """

    _name = "psych.crisis.refusal.step"
    _description = "Step when the family refuses"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    hours = fields.Float(
        required=True, default=2.0, help="Time for this step, from the end of the step before."
    )
    evidence = fields.Selection(
        [
            ("contact", "A contact on the record"),
            ("paper", "Signature, or refusal before two witnesses"),
            ("decision", "Decision of a leader"),
            ("office", "Name of the office that was asked"),
        ],
        required=True,
        default="contact",
    )
    help_text = fields.Char(string="How", translate=True)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This step exists already.")
    _positive = models.Constraint("CHECK (hours > 0)", "A step has a time.")

    @api.model
    def _of_school(self, company):
        """Return the steps of ``company`` in order: its own list when there is one, else the shared one.

        :raises UserError: when somebody deleted them all
        """
        rows = self.sudo().search([("company_id", "in", (False, company.id))])  # named seam: settings
        steps = rows.filtered("company_id") or rows
        if not steps:
            raise UserError(self.env._("No steps are set for refusing families. Ask the administrator."))
        return steps
