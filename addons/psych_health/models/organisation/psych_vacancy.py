from odoo import fields, models
from odoo.tools import SQL

from ...tools import clock


class PsychVacancy(models.Model):
    """Coverage at a glance: for each unit and post how many holders are required, in post, lapsed and missing.

    A view without a table of its own. A class or room counts only while students of the register belong to it; that is
    looked up last, for the rows that the reader's filter leaves (OFFSET 0 and LIMIT keep PostgreSQL from doing it first).
    """

    _name = "psych.vacancy"
    _description = "Coverage of posts"
    _auto = False
    _order = "missing desc, post_id, unit_id"

    company_id = fields.Many2one("res.company", string="School", readonly=True)
    unit_id = fields.Many2one("psych.unit", readonly=True)
    college_id = fields.Many2one("psych.unit", string="College", readonly=True)
    kind_id = fields.Many2one("psych.unit.kind", string="Kind of unit", readonly=True)
    post_id = fields.Many2one("psych.post", readonly=True)
    holder = fields.Selection([("staff", "Staff"), ("student", "Student")], readonly=True)
    required = fields.Integer(readonly=True)
    filled = fields.Integer(readonly=True)
    lapsed = fields.Integer(readonly=True, help="In post, but training or pledge is no longer valid.")
    missing = fields.Integer(readonly=True)

    _depends = {
        "psych.membership": [
            "state",
            "date_start",
            "date_end",
            "post_id",
            "unit_id",
            "training_valid_until",
            "pledge_valid_until",
        ],
        "psych.post": ["min_count", "kind_id", "active", "company_id", "holder"],
        "psych.unit": ["kind_id", "active", "company_id", "college_id"],
        "psych.student": ["class_id", "room_id", "enrolment_state", "active"],
    }

    @property
    def _table_query(self):
        today = clock.today(self.env)
        return SQL(
            """
            SELECT gap.id, gap.company_id, gap.unit_id, gap.college_id, gap.kind_id, gap.post_id, gap.holder,
                   gap.required, gap.filled, gap.lapsed, gap.missing
              FROM (SELECT u.id::bigint * 10000 + p.id AS id, u.company_id, u.id AS unit_id, u.college_id, u.kind_id,
                           u.role, p.id AS post_id, p.holder, p.min_count AS required,
                           COALESCE(held.filled, 0) AS filled, COALESCE(held.lapsed, 0) AS lapsed,
                           GREATEST(p.min_count - COALESCE(held.filled, 0), 0) AS missing
                      FROM psych_unit u
                      JOIN psych_post p ON p.kind_id = u.kind_id AND p.active AND p.min_count > 0
                           AND (p.company_id IS NULL OR p.company_id = u.company_id)
                 LEFT JOIN (SELECT m.unit_id, m.post_id, count(*) AS filled,
                                   count(*) FILTER (WHERE (q.needs_training AND m.training_valid_until < %(today)s)
                                                       OR (q.needs_pledge AND m.pledge_valid_until < %(today)s)) AS lapsed
                              FROM psych_membership m JOIN psych_post q ON q.id = m.post_id
                             WHERE m.state = 'appointed' AND m.date_start <= %(today)s
                               AND (m.date_end IS NULL OR m.date_end >= %(today)s)
                          GROUP BY m.unit_id, m.post_id) held ON held.unit_id = u.id AND held.post_id = p.id
                     WHERE u.active
                    OFFSET 0) gap
             WHERE CASE gap.role
                   WHEN 'class' THEN (SELECT true FROM psych_student s WHERE s.class_id = gap.unit_id
                        AND s.active AND s.enrolment_state IN ('enrolled', 'on_leave') LIMIT 1)
                   WHEN 'room' THEN (SELECT true FROM psych_student s WHERE s.room_id = gap.unit_id
                        AND s.active AND s.enrolment_state IN ('enrolled', 'on_leave') LIMIT 1)
                   ELSE true END
            """,
            today=today,
        )

    def action_nominate(self):
        """Open a nomination for the missing post."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.membership",
            "view_mode": "form",
            "target": "current",
            "context": {"default_post_id": self.post_id.id, "default_unit_id": self.unit_id.id},
        }
