from odoo import api, fields, models

from ...tools import confidential


class PsychTelling(models.Model):
    """A ready sentence of the minimum that is told onwards when a talk shows risk (safety rule F11).

    Says what the others do, not what the client said. Shared by all schools, or added by one.
    """

    _name = "psych.telling"
    _description = "Sentence that may be passed on"
    _order = "sequence, id"

    name = fields.Char(string="Sentence", required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        string="School",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: shared by all schools.",
    )
    active = fields.Boolean(default=True)

    @api.model
    def _pass_on(self, record, line=False):
        """Give the minimum of a flagged ``record`` to whoever was told of the flag: its sentences, then ``line``.

        :param record: singleton with ``tell_ids``; :param line: text of its author, a mark when it is closed to the user
        """
        parts = record.tell_ids.mapped("name")
        if line and not confidential.is_mark(line):
            parts.append(line)
        self.env["psych.hooks"]._psych_minimum_told(record, "\n".join(parts))
