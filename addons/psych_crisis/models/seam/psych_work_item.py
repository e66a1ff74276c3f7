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
            ("guard", "Guard shift"),
            ("gap", "Guard who cannot come"),
            ("order", "Instruction to answer"),
            ("transfer", "Asked: take over or join a case"),
            ("approve", "Plan waits for approval"),
            ("closing", "Closing waits for a second person"),
            ("lowering", "Lower tier waits for a second reader"),
            ("measure", "Help measure"),
            ("meeting", "Study meeting to hold"),
            ("advice", "Advice asked of the centre"),
            ("answered", "The centre has answered"),
            ("review", "Tier to look at again"),
        ]
    )

    @api.model
    def _guarded_models(self):
        return (
            *super()._guarded_models(),
            "psych.crisis.signal",
            "psych.crisis.case",
            "psych.crisis.followup",
            "psych.crisis.watch.shift",
            "psych.crisis.instruction",
            "psych.crisis.case.transfer",
            "psych.crisis.help.measure",
            "psych.crisis.attention",
            "psych.crisis.advice",
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
            *self._asked_of_me(),
            *self._second_person(),
            *self._advice(),
        ]

    @api.model
    def _mine_today(self):
        """Return the condition on rows ``s`` of psych_scope that they are rights of mine which hold today."""
        today = clock.today(self.env)
        return SQL("s.user_id = %s AND s.date_start <= %s AND s.date_end >= %s", self.env.uid, today, today)

    @api.model
    def _asked_of_me(self):
        """What somebody was asked by name: it waits on his first screen, he need not find the case."""
        uid, now = self.env.uid, clock.now()
        tomorrow = now + timedelta(days=1)
        return [
            SQL(
                """SELECT w.user_id, 'guard', 'psych.crisis.watch.shift', w.id, c.name, w.start,
                          CASE WHEN w.state = 'planned' AND w.start <= %(now)s THEN 3 ELSE 1 END
                     FROM psych_crisis_watch_shift w JOIN psych_crisis_case c ON c.id = w.case_id AND c.is_open IS TRUE
                    WHERE w.user_id = %(uid)s AND w.state IN ('planned', 'arrived') AND w.start < %(tomorrow)s AND w.stop > %(now)s""",
                uid=uid,
                now=now,
                tomorrow=tomorrow,
            ),
            SQL(
                """SELECT c.owner_id, 'gap', 'psych.crisis.watch.shift', w.id, c.name, w.start,
                          CASE WHEN w.start < %(tomorrow)s THEN 3 ELSE 1 END
                     FROM psych_crisis_watch_shift w JOIN psych_crisis_case c ON c.id = w.case_id AND c.is_open IS TRUE
                    WHERE c.owner_id = %(uid)s AND w.state = 'planned' AND w.unmanned_at IS NOT NULL AND w.stop > %(now)s""",
                uid=uid,
                now=now,
                tomorrow=tomorrow,
            ),
            SQL(
                """SELECT i.user_id, 'order', 'psych.crisis.instruction', i.id, COALESCE(c.name, e.name), i.due_at, 1
                     FROM psych_crisis_instruction i
                LEFT JOIN psych_crisis_case c ON c.id = i.case_id
                LEFT JOIN psych_crisis_event e ON e.id = i.event_id
                    WHERE i.user_id = %s AND i.state = 'open' AND c.is_stopped IS NOT TRUE""",
                uid,
            ),
            SQL(
                """SELECT t.to_id, 'transfer', 'psych.crisis.case.transfer', t.id, c.name, t.asked_at + interval '1 day', 1
                     FROM psych_crisis_case_transfer t JOIN psych_crisis_case c ON c.id = t.case_id AND c.is_open IS TRUE
                    WHERE t.to_id = %s AND t.state = 'asked'""",
                uid,
            ),
            SQL(
                """SELECT m.user_id, 'measure', 'psych.crisis.help.measure', m.id, c.name, m.due_at, 0
                     FROM psych_crisis_help_measure m JOIN psych_crisis_case c ON c.id = m.case_id AND c.is_open IS TRUE
                    WHERE m.user_id = %s AND m.state = 'open'""",
                uid,
            ),
            SQL(
                """SELECT g.host_id, 'meeting', 'psych.crisis.meeting', g.id, u.name, g.date, 0
                     FROM psych_crisis_meeting g LEFT JOIN psych_unit u ON u.id = g.college_id
                    WHERE g.host_id = %(uid)s AND g.is_held IS NOT TRUE AND g.date < %(tomorrow)s""",
                uid=uid,
                tomorrow=tomorrow,
            ),
        ]

    @api.model
    def _second_person(self):
        """What waits for another person than the one who proposed it."""
        mine = self._mine_today()
        head = SQL(
            "EXISTS (SELECT 1 FROM psych_scope s WHERE s.company_id = c.company_id AND s.role = 'centre_head' AND %s)",
            mine,
        )
        place = {"uid": self.env.uid, "today": clock.today(self.env), "mine": mine, "head": head}
        return [
            SQL(
                """SELECT %(uid)s, 'approve', 'psych.crisis.case', c.id, c.name, COALESCE(c.next_due, p.submitted_at), 1
                     FROM psych_crisis_plan p JOIN psych_crisis_case c ON c.id = p.case_id AND c.is_open IS TRUE
                    WHERE p.state = 'submitted' AND p.author_id <> %(uid)s
                      AND (c.leader_id = %(uid)s OR %(head)s)""",
                **place,
            ),
            SQL(
                """SELECT %(uid)s, 'closing', 'psych.crisis.case', c.id, c.name, k.proposed_at + interval '1 day', 0
                     FROM psych_crisis_closing k JOIN psych_crisis_case c ON c.id = k.case_id AND c.is_open IS TRUE
                    WHERE k.state = 'proposed' AND k.proposed_by_id <> %(uid)s
                      AND (c.owner_id = %(uid)s OR %(head)s)""",
                **place,
            ),
            SQL(
                """SELECT DISTINCT s.user_id, 'lowering', 'psych.crisis.attention', a.id, '…' || right(t.number, 4),
                          a.write_date + interval '3 days', 0
                     FROM psych_crisis_attention a JOIN psych_student t ON t.id = a.student_id
                     JOIN psych_scope s ON %(mine)s
                      AND (s.role = 'centre_head' AND s.company_id = a.company_id OR s.role = 'station' AND s.unit_id = a.college_id)
                    WHERE a.is_current IS TRUE AND a.state = 'lowering' AND a.lower_by_id <> %(uid)s""",
                **place,
            ),
            SQL(
                """SELECT DISTINCT s.user_id, 'review', 'psych.crisis.attention', a.id, '…' || right(t.number, 4),
                          a.review_date::timestamp, 0
                     FROM psych_crisis_attention a JOIN psych_student t ON t.id = a.student_id
                     JOIN psych_scope s ON %(mine)s
                      AND s.role = 'station' AND s.unit_id = a.college_id
                    WHERE a.is_current IS TRUE AND a.review_date <= %(today)s""",
                **place,
            ),
        ]

    @api.model
    def _advice(self):
        """A question to the centre waits for the centre, its answer for whoever asked (S1-Art22-1c)."""
        return [
            SQL(
                """SELECT DISTINCT s.user_id, 'advice', 'psych.crisis.advice', d.id, '…' || right(t.number, 4),
                          d.asked_at + interval '2 days', 0
                     FROM psych_crisis_advice d JOIN psych_student t ON t.id = d.student_id
                     JOIN psych_scope s ON s.company_id = d.company_id AND s.role IN ('centre', 'centre_head') AND %s
                    WHERE d.state = 'asked'""",
                self._mine_today(),
            ),
            SQL(
                """SELECT d.asked_by_id, 'answered', 'psych.crisis.advice', d.id, '…' || right(t.number, 4),
                          d.answered_at + interval '2 days', 0
                     FROM psych_crisis_advice d JOIN psych_student t ON t.id = d.student_id
                    WHERE d.state = 'answered' AND d.asked_by_id = %s""",
                self.env.uid,
            ),
        ]

    @api.model
    def _events_due(self):
        """Reports of open events wait for everybody at the centre until one files them."""
        return SQL(
            """SELECT DISTINCT s.user_id, 'event', 'psych.crisis.event', e.id, e.name, e.next_report_due, 3
                 FROM psych_crisis_event e
                 JOIN psych_scope s ON s.company_id = e.company_id AND s.role IN ('centre', 'centre_head') AND %s
                WHERE e.next_report_due IS NOT NULL""",
            self._mine_today(),
        )

    @api.model
    def _sweeps_due(self):
        """Open sweeps wait for the station of the college until the end of their last day, late ones for the centre too."""
        return SQL(
            """SELECT DISTINCT s.user_id, 'sweep', 'psych.crisis.sweep', w.id, u.name,
                      ((w.due_date + 1)::timestamp AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC', 0
                 FROM psych_crisis_sweep w
                 JOIN psych_unit u ON u.id = w.college_id
                 JOIN psych_scope s ON %(mine)s
                  AND (s.unit_id = w.college_id AND s.role = 'station'
                       OR w.due_date < %(today)s AND s.company_id = w.company_id AND s.role IN ('centre', 'centre_head'))
                WHERE w.state = 'open'""",
            mine=self._mine_today(),
            today=clock.today(self.env),
            tz=self.env.company.psych_tz,
        )
