from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock


class PsychWorkItem(models.Model):
    """The first screen of a member of staff: everything that waits for this person, in order of danger, then of due time.

    A view without a table. Each room contributes one SELECT through :meth:`_work_queries`; a row carries ids, a
    kind, a number or a unit and a due time, never a person's name, so that the list gives away nothing on a screen in an office.
    """

    _name = "psych.work.item"
    _description = "What waits for me"
    _auto = False
    _order = "severity desc, due, id"
    _rec_name = "kind"

    user_id = fields.Many2one("res.users", readonly=True)
    kind = fields.Selection(
        [
            ("call", "Call back: may be in danger"),
            ("callback", "Call back"),
            ("activity", "To do"),
            ("confirm", "Confirm an appointment to a post"),
            ("handover", "Hand-over open"),
            ("appointment", "Appointment today"),
            ("note", "Counselling record not signed"),
            ("request", "Answer a request for an hour"),
            ("ask", "Ask a waiting student how it is"),
        ],
        readonly=True,
    )
    severity = fields.Integer(readonly=True, help="0 ordinary, 1 today, 2 overdue, 3 danger.")
    due = fields.Datetime(readonly=True)
    is_overdue = fields.Boolean(readonly=True)
    model = fields.Char(string="Kind of record", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="model", readonly=True)
    label = fields.Char(
        string="Number",
        readonly=True,
        help="Number of the case or hour, the unit, or the end of a student number.",
    )

    @property
    def _table_query(self):
        parts = SQL(" UNION ALL ").join(SQL("(%s)", part) for part in self._work_queries())
        return SQL(
            "SELECT row_number() OVER (ORDER BY kind, model, res_id, user_id) AS id, w.user_id, w.kind, w.model, w.res_id,"
            " w.label, w.due, (w.due < %(now)s) AS is_overdue,"
            " GREATEST(w.severity, CASE WHEN w.due < %(now)s THEN 2 ELSE 0 END) AS severity"
            " FROM (%(parts)s) AS w WHERE w.user_id = %(uid)s AND %(readable)s",
            now=clock.now(),
            uid=self.env.uid,
            parts=parts,
            readable=self._readable_only(),
        )

    @api.model
    def _guarded_models(self):
        """Return the models about students whose rows are counted up only to whoever may read them."""
        return ("psych.appointment", "psych.session")

    @api.model
    def _readable_only(self):
        """Return the condition on ``w`` that the person may read the row: what the end of a post, or a lock-out, has
        closed waits for him no more. Asked for each line by its id, so its cost follows the length of the list."""
        cases = []
        for name in self._guarded_models():
            rows, readable = self.env[name], SQL("FALSE")
            if rows.has_access("read"):
                query = rows._search([])
                query.add_where(SQL("%s = w.res_id", SQL.identifier(query.table, "id")))
                readable = SQL("EXISTS (%s)", query.select(SQL("1")))
            cases.append(SQL("WHEN %s THEN %s", name, readable))
        return SQL("CASE w.model %s ELSE TRUE END", SQL(" ").join(cases))

    @api.model
    def _work_queries(self):
        """Return the SELECTs of what waits, as ``SQL`` with the columns user_id, kind, model, res_id, label,
        due (naive UTC timestamp), severity. Rooms and upper addons call ``super()`` and append theirs."""
        return [self._activities(), self._confirmations(), self._handovers(), *self._counselling()]

    @api.model
    def _activities(self):
        tz = self.env.company.psych_tz
        return SQL(
            """SELECT a.user_id, 'activity' AS kind, a.res_model AS model, a.res_id, a.summary AS label,
                      ((a.date_deadline + 1)::timestamp AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC' AS due, 0 AS severity
                 FROM mail_activity a
                WHERE a.active AND a.user_id = %(uid)s AND a.res_model LIKE 'psych.%%'""",
            tz=tz,
            uid=self.env.uid,
        )

    @api.model
    def _confirmations(self):
        """Proposals of clinical posts wait for every head of the centre but the proposer and the person."""
        return SQL(
            """SELECT s.user_id, 'confirm', 'psych.membership', m.id, u.name,
                      m.write_date + interval '3 days', 0
                 FROM psych_membership m
                 JOIN psych_unit u ON u.id = m.unit_id
                 JOIN psych_scope s ON s.company_id = m.company_id AND s.role = 'centre_head' AND s.user_id = %(uid)s
                  AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                WHERE (m.state IN ('nominated', 'trained') AND m.proposed_by_id IS NOT NULL AND m.proposed_by_id <> %(uid)s
                       OR m.renew_until IS NOT NULL AND m.renew_proposed_by_id <> %(uid)s)
                  AND m.user_id IS DISTINCT FROM %(uid)s""",
            uid=self.env.uid,
            today=clock.today(self.env),
        )

    @api.model
    def _handovers(self):
        return SQL(
            """SELECT m.user_id, 'handover', 'psych.membership', m.id, u.name,
                      (m.date_end + 7)::timestamp, 0
                 FROM psych_membership m JOIN psych_unit u ON u.id = m.unit_id
                WHERE m.state = 'ended' AND NOT m.handover_done AND m.user_id = %s""",
            self.env.uid,
        )

    @api.model
    def _counselling(self):
        now = clock.now()
        local = clock.local(now, self.env.company.psych_tz)
        evening = clock.to_utc(
            local.replace(hour=23, minute=59, second=59, tzinfo=None), self.env.company.psych_tz
        )
        return [
            SQL(
                """SELECT c.user_id, 'appointment', 'psych.appointment', a.id, a.number, a.stop, 1
                     FROM psych_appointment a JOIN psych_counsellor c ON c.id = a.counsellor_id AND c.user_id = %(uid)s
                    WHERE a.state IN ('requested', 'confirmed', 'arrived') AND a.start <= %(evening)s
                      AND a.start >= %(past)s""",
                uid=self.env.uid,
                evening=evening,
                past=fields.Datetime.subtract(now, days=14),
            ),
            SQL(
                """SELECT c.user_id, 'note', 'psych.session', n.id, n.name, n.date + interval '2 days', 0
                     FROM psych_session n JOIN psych_counsellor c ON c.id = n.counsellor_id AND c.user_id = %(uid)s
                    WHERE n.state = 'draft'""",
                uid=self.env.uid,
            ),
            SQL(
                """SELECT s.user_id, CASE WHEN r.is_danger THEN 'call' ELSE 'callback' END, 'psych.call.request', r.id, NULL, r.asked_at + interval '30 minutes',
                          CASE WHEN r.is_danger THEN 3 ELSE 1 END
                     FROM psych_call_request r
                     JOIN psych_scope s ON s.company_id = r.company_id AND s.role IN ('centre', 'centre_head')
                      AND s.user_id = %(uid)s AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                    WHERE r.state <> 'reached'""",
                uid=self.env.uid,
                today=clock.today(self.env),
            ),
            SQL(  # answered on the same working day (S1-Art16-c)
                """SELECT s.user_id, 'request', 'psych.appointment', a.id, a.number,
                          LEAST(a.requested_at + interval '8 hours', a.start), 1
                     FROM psych_appointment a
                     JOIN psych_scope s ON s.company_id = a.company_id AND s.role IN ('centre', 'centre_head')
                      AND s.user_id = %(uid)s AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                    WHERE a.state = 'requested'""",
                uid=self.env.uid,
                today=clock.today(self.env),
            ),
            SQL(  # nobody waits without being looked at (F15)
                """SELECT s.user_id, 'ask', 'psych.waiting', w.id, NULL,
                          ((LEAST(w.ask_on, w.see_by) + 1)::timestamp AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC',
                          CASE WHEN w.urgency = 'worse' THEN 3 ELSE 1 END
                     FROM psych_waiting w
                     JOIN psych_scope s ON s.company_id = w.company_id AND s.role IN ('centre', 'centre_head')
                      AND s.user_id = %(uid)s AND s.date_start <= %(today)s AND s.date_end >= %(today)s
                    WHERE w.state IN ('waiting', 'offered') AND LEAST(w.ask_on, w.see_by) <= %(today)s""",
                uid=self.env.uid,
                today=clock.today(self.env),
                tz=self.env.company.psych_tz,
            ),
        ]

    def action_open(self):
        """Open the record that waits; its own rights decide what is seen."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "target": "current",
        }
