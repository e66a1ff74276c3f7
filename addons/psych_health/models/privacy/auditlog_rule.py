from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools import confidential


class AuditlogRule(models.Model):
    """The audit log of changes keeps old and new values in clear, so it takes no confidential model (trap 13)."""

    _inherit = "auditlog.rule"

    @api.constrains("model_id", "state")
    def _check_psych_confidential(self):
        for rule in self:
            if confidential.is_confidential(self.env, rule.model_id.model):
                raise ValidationError(
                    self.env._("Models with confidential content are not on the log of changes.")
                )
