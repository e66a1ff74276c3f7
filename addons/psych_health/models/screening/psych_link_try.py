from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock


class PsychLinkTry(models.Model):
    """A failed one-time code, counted per campaign and student number. Written by an own cursor."""

    _name = "psych.link.try"
    _description = "Failed one-time code"
    _log_access = False

    campaign_id = fields.Integer(required=True)
    number = fields.Char(required=True)
    tried_at = fields.Datetime(required=True)

    _who = models.Index("(campaign_id, number, tried_at)")

    @api.model
    def _too_many(self, campaign_id, number, limit, minutes):
        """Were there ``limit`` failures within ``minutes``?"""
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM psych_link_try WHERE campaign_id = %s AND number = %s AND tried_at > %s",
                campaign_id,
                number,
                clock.now() - timedelta(minutes=minutes),
            )
        )
        return rows[0][0] >= limit

    @api.model
    def _note(self, campaign_id, number):
        """Count a failure by an own cursor, so that it stays when the request is refused."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "INSERT INTO psych_link_try (campaign_id, number, tried_at) VALUES (%s, %s, %s)",
                    campaign_id,
                    number,
                    clock.now(),
                )
            )

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            SQL("DELETE FROM psych_link_try WHERE tried_at < %s", clock.now() - timedelta(days=7))
        )
