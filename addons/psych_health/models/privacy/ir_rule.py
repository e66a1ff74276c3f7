from odoo import models

from ...tools import door


class IrRule(models.Model):
    """The gate is shut while the domain of a record rule is evaluated (odoo-traps 1); an error names no record of ours."""

    _inherit = "ir.rule"

    def _compute_domain(self, model_name, mode="read"):
        with door.shut("record rule"):
            return super()._compute_domain(model_name, mode)

    def _make_access_error(self, operation, records):
        """In debug mode core names the records that were refused: with ids from one on, anybody could list students."""
        if records._name.startswith("psych.") and self.env.user.has_group("base.group_no_one"):
            records = records.browse()
        return super()._make_access_error(operation, records)
