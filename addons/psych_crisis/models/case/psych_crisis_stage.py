from odoo import fields, models


class PsychCrisisStage(models.Model):
    """A stage of a case as data: its order, whether it is folded, and where a case may go from here.

    ``condition`` names what must be there before a case may *enter*: see ``psych.crisis.case._lack_for``.
    """

    _name = "psych.crisis.stage"
    _description = "Case stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean()
    is_closed = fields.Boolean()
    next_ids = fields.Many2many(
        "psych.crisis.stage", "psych_crisis_stage_next_rel", "stage_id", "next_id", string="May go to"
    )
    previous_ids = fields.Many2many(
        "psych.crisis.stage",
        "psych_crisis_stage_next_rel",
        "next_id",
        "stage_id",
        string="May come from",
        help="Puts a stage of the school between shared ones, which nobody changes.",
    )
    condition = fields.Selection(
        [
            ("five", "Leader, team and approved plan"),
            ("plan", "Plan submitted"),
            ("referral", "Referral written"),
            ("away", "Student on leave, at home or in hospital"),
            ("return", "Return assessment complete"),
            ("closable", "Nothing open"),
            ("closed", "Closing assessment by a second person"),
        ]
    )
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This stage exists already.")
