from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock


class PsychWorkItem(models.Model):
    """Alerts, cases and follow-ups on the first screen: what nobody has looked at yet comes first."""

    _inherit = "psych.work.item"

    kind = fields.Selection(
        selection_add=[
            ("signal", "Alert: please look"),
            ("case", "Case: next step"),
            ("followup", "Follow-up due"),
        ]
    )

    @api.model
    def _work_queries(self):
        uid = self.env.uid
        return [
            *super()._work_queries(),
            SQL(
                """SELECT a.user_id, 'signal', 'psych.crisis.signal', s.id, s.name, s.due_at,
                          CASE WHEN s.urgency = 'acute' THEN 3 ELSE 1 END
                     FROM psych_crisis_addressee a JOIN psych_crisis_signal s ON s.id = a.signal_id
                    WHERE s.is_open AND a.is_live AND a.user_id = %(uid)s
                    UNION
                   SELECT s.owner_id, 'signal', 'psych.crisis.signal', s.id, s.name, s.due_at,
                          CASE WHEN s.urgency = 'acute' THEN 3 ELSE 1 END
                     FROM psych_crisis_signal s WHERE s.is_open AND s.owner_id = %(uid)s""",
                uid=uid,
            ),
            SQL(
                """SELECT c.owner_id, 'case', 'psych.crisis.case', c.id, c.name, COALESCE(c.next_due, c.due_at), 1
                     FROM psych_crisis_case c WHERE c.is_open AND c.owner_id = %s""",
                uid,
            ),
            SQL(
                """SELECT f.user_id, 'followup', 'psych.crisis.followup', f.id, NULL, f.due_at, 0
                     FROM psych_crisis_followup f
                    WHERE f.state = 'planned' AND f.user_id = %s AND f.due_at < %s""",
                uid,
                clock.now() + timedelta(days=1),
            ),
        ]
