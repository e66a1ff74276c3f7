from odoo import fields, models

URGENCIES = [("acute", "At once"), ("talk", "Needs a talk"), ("watch", "Watch")]


class PsychScaleFlag(models.Model):
    """A rule over items and factors that asks a human to look.

    It holds when at least ``need`` of its terms hold (0 = all of them). Rules over items alone count from the moment
    the answer is saved, also on unfinished and void sheets. A rule of purpose *validity* makes the sheet void instead;
    a rule of purpose *class* only gives weight to a factor.
    """

    _name = "psych.scale.flag"
    _description = "Rule of a scale"
    _inherit = ["psych.scale.part"]
    _order = "scale_id, sequence, id"

    scale_id = fields.Many2one("psych.scale", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(string="Why, in plain words", required=True, translate=True)
    purpose = fields.Selection(
        [("flag", "Asks for a look"), ("validity", "Makes the sheet void"), ("class", "Only weighs")],
        required=True,
        default="flag",
    )
    urgency = fields.Selection(URGENCIES, default="talk")
    need = fields.Integer(string="Terms needed", default=1, help="0 = all of them.")
    weight = fields.Float()
    opens_followup = fields.Boolean(string="Opens the follow-up questions")
    term_ids = fields.One2many("psych.scale.flag.term", "flag_id", string="Terms", copy=True)

    _code_uniq = models.UniqueIndex("(scale_id, code)", "Two rules carry the same code.")

    def _key(self):
        """The rule as the scoring key wants it; the id is what a sheet stores."""
        return {
            "id": self.id,
            "code": self.code,
            "purpose": self.purpose,
            "urgency": self.urgency or "",
            "need": self.need,
            "weight": self.weight,
            "opens_followup": self.opens_followup,
            "terms": [term._key() for term in self.term_ids],
        }
