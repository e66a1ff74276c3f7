from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock

MISSED = 3


class PsychCrisisHeartbeat(models.Model):
    """The last time the ladder ran. Three missed beats are red on every screen (trap 12, safety rule F18)."""

    _name = "psych.crisis.heartbeat"
    _description = "Heartbeat of the ladder"
    _rec_name = "code"

    code = fields.Char(required=True)
    beat_at = fields.Datetime(required=True)
    interval = fields.Integer(default=60, help="Seconds between two beats.")
    handled = fields.Integer(help="Matters handled in the last run.")
    failed = fields.Integer(
        help="Matters that could not be handled in the last run; tried again in the next."
    )

    _code_uniq = models.Constraint("unique(code)", "One row per job.")

    @api.model
    def _beat(self, code, handled=0, failed=0):
        """Write the heartbeat of a job (machine)."""
        # named seam: written by the jobs only
        row = self.sudo().search([("code", "=", code)], limit=1)
        values = {"beat_at": clock.now(), "handled": handled, "failed": failed}
        if row:
            row.write(values)
        else:
            # named seam: as above
            self.sudo().create({"code": code, **values})

    @api.model
    def _silent_since(self, code="ladder"):
        """Return the last beat when three beats are missed (``datetime`` or True when it never ran), else False."""
        row = self.sudo().search(
            [("code", "=", code)], limit=1
        )  # named seam: health is shown to everybody of staff
        if not row:
            return True
        late = clock.now() - row.beat_at > timedelta(seconds=row.interval * MISSED)
        return row.beat_at if late else False
