from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools import audit_pause, confidential


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

    def create_logs(self, *args, **kwargs):
        """Write nothing while the generator builds the invented college of an empty school."""
        if audit_pause.is_paused():
            return None
        return super().create_logs(*args, **kwargs)

    def _create_log_line_on_create(self, log_vals, fields_list, new_values, fields_to_exclude):
        """Keep the filled fields of a new record: its empty ones say nothing, and an import makes hundreds of records."""
        filled = new_values.get(log_vals["res_id"], {})
        return super()._create_log_line_on_create(
            log_vals, [name for name in fields_list if filled.get(name)], new_values, fields_to_exclude
        )
