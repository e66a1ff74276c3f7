from odoo import api, fields, models

from .psych_crisis_kind import URGENCIES


class PsychCrisisOrigin(models.Model):
    """The record that raised a signal: one row per record, rule and turn, so that nothing is raised twice (trap 23).

    A new turn begins when the same record raises the same rule after its signal was closed.
    """

    _name = "psych.crisis.origin"
    _description = "Origin of a signal"
    _order = "at, id"
    _rec_name = "rule_ref"

    signal_id = fields.Many2one("psych.crisis.signal", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="signal_id.company_id", store=True, precompute=True)
    model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="model", required=True)
    rule_ref = fields.Char(required=True)
    turn = fields.Integer(required=True, default=1, aggregator=None)
    urgency = fields.Selection(URGENCIES, required=True)
    at = fields.Datetime(required=True)
    is_teller = fields.Boolean(
        string="Told the words of the signal",
        readonly=True,
        help="What the signal says is the minimum that the author of this record passed on.",
    )

    _source_once = models.UniqueIndex("(model, res_id, rule_ref, turn)", "This was raised already.")

    @api.model
    def _known(self, model, res_id, rule_ref):
        """Return the last origin row of a record and rule, empty when it raised nothing yet."""
        return self.search(
            [("model", "=", model), ("res_id", "=", res_id), ("rule_ref", "=", rule_ref)],
            order="turn DESC",
            limit=1,
        )

    @api.model
    def _last_of(self, record):
        """Return the newest origin row of a record, empty when it raised nothing."""
        return self.search(
            [("model", "=", record._name), ("res_id", "=", record.id)], order="id DESC", limit=1
        )

    def _signal_that_takes_words(self):
        """Return the signal of this origin when it carries no words but those of the same record, else a new one."""
        signal = self.signal_id._kept()
        for known in signal | self.signal_id:
            tellers = {(row.model, row.res_id) for row in known.origin_ids.filtered("is_teller")}
            if not known._psych_filled("fact") or tellers == {(self.model, self.res_id)}:
                return known
        return signal.create(
            {
                "student_id": signal.student_id.id,
                "kind_id": signal.kind_id.id,
                "source_id": signal.source_id.id,
                "urgency": self.urgency,
                "company_id": signal.company_id.id,
            }
        )
