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
            ("event", "Event: report due"),
            ("sweep", "Sweep to file"),
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
                    WHERE s.is_open IS TRUE AND a.is_live AND a.user_id = %(uid)s
                    UNION
                   SELECT s.owner_id, 'signal', 'psych.crisis.signal', s.id, s.name, s.due_at,
                          CASE WHEN s.urgency = 'acute' THEN 3 ELSE 1 END
                     FROM psych_crisis_signal s WHERE s.is_open IS TRUE AND s.owner_id = %(uid)s""",
                uid=uid,
            ),
            SQL(
                """SELECT c.owner_id, 'case', 'psych.crisis.case', c.id, c.name, COALESCE(c.next_due, c.due_at), 1
                     FROM psych_crisis_case c WHERE c.is_open IS TRUE AND c.owner_id = %s""",
                uid,
            ),
            SQL(
                # the case, or for a watched student the end of the number, as everywhere namesakes are told apart
                """SELECT f.user_id, 'followup', 'psych.crisis.followup', f.id,
                          COALESCE(c.name, '…' || right(t.number, 4)), f.due_at, 0
                     FROM psych_crisis_followup f
                     JOIN psych_student t ON t.id = f.student_id
                LEFT JOIN psych_crisis_case c ON c.id = f.case_id
                    WHERE f.state = 'planned' AND f.user_id = %s AND f.due_at < %s""",
                uid,
                clock.now() + timedelta(days=1),
            ),
            self._events_due(),
            self._sweeps_due(),
        ]

    @api.model
    def _events_due(self):
        """Reports of open events wait for everybody at the centre until one files them."""
        return SQL(
            """SELECT DISTINCT s.user_id, 'event', 'psych.crisis.event', e.id, e.name, e.next_report_due, 3
                 FROM psych_crisis_event e
                 JOIN psych_scope s ON s.company_id = e.company_id AND s.role IN ('centre', 'centre_head')
                  AND s.user_id = %(uid)s AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                WHERE e.next_report_due IS NOT NULL""",
            uid=self.env.uid,
            today=clock.today(self.env),
        )

    @api.model
    def _sweeps_due(self):
        """Open sweeps wait for the station of the college, until the end of their last day."""
        return SQL(
            """SELECT DISTINCT s.user_id, 'sweep', 'psych.crisis.sweep', w.id, u.name,
                      ((w.due_date + 1)::timestamp AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC', 0
                 FROM psych_crisis_sweep w
                 JOIN psych_unit u ON u.id = w.college_id
                 JOIN psych_scope s ON s.unit_id = w.college_id AND s.role = 'station'
                  AND s.user_id = %(uid)s AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                WHERE w.state = 'open'""",
            uid=self.env.uid,
            today=clock.today(self.env),
            tz=self.env.company.psych_tz,
        )
