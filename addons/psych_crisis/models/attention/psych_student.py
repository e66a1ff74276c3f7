from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

AWAY = ("day", "rented", "internship", "home")  # no room-mate and no informant would notice (safety rule F10)


class PsychStudent(models.Model):
    """Students off campus have a rhythm of contact of their own, a slip for the guardian who takes over, and a list."""

    _inherit = "psych.student"

    psych_contact_due = fields.Boolean(
        string="Contact due",
        compute="_compute_psych_contact_due",
        search="_search_psych_contact_due",
        groups="psych_health.group_psych_health_tutor,psych_health.group_psych_health_station,psych_health.group_psych_health_centre",
        help="Off campus, and no talk, contact or follow-up for the days of the rhythm.",
    )

    def _compute_psych_contact_due(self):
        due = self.search([("id", "in", self.ids), ("psych_contact_due", "=", True)])
        for student in self:
            student.psych_contact_due = student in due

    def _search_psych_contact_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in", self._psych_contact_due_query())]

    @api.model
    def _psych_contact_due_query(self, is_late=False):
        """Return the ids of enrolled students off campus whose last contact is longer ago than their school's rhythm.

        With ``is_late`` those who are away for the days of the rhythm *and* the days until it climbs, without any contact.

        Any talk counts, whoever had it: when is read, not what was said. Counselling does not count, or its absence
        would tell who attends (safety rule H5).
        """
        now = clock.now()
        rhythm = SQL(
            """SELECT DISTINCT ON (c.id) c.id AS company_id, r.first_month_days, r.first_month_length, r.days, r.late_signal_days
                 FROM res_company c JOIN psych_crisis_rhythm r ON r.key = 'away' AND (r.company_id = c.id OR r.company_id IS NULL)
                ORDER BY c.id, r.company_id NULLS LAST"""
        )
        extra, late = SQL("0"), SQL("TRUE")
        if is_late:
            extra = SQL("r.late_signal_days")
            late = SQL("r.late_signal_days > 0 AND COALESCE(s.whereabouts_from, '-infinity') <= last.since")
        return SQL(
            """(SELECT s.id FROM psych_student s JOIN (%(rhythm)s) r ON r.company_id = s.company_id
                 CROSS JOIN LATERAL (SELECT %(now)s - interval '1 day' * (%(extra)s +
                       CASE WHEN s.whereabouts_from > %(now)s::date - r.first_month_length THEN r.first_month_days ELSE r.days END) AS since) last
                 WHERE s.enrolment_state = 'enrolled' AND s.whereabouts_state IN %(away)s AND %(late)s
                   AND NOT EXISTS (SELECT 1 FROM psych_talk t WHERE t.student_id = s.id AND t.date > last.since)
                   AND NOT EXISTS (SELECT 1 FROM psych_crisis_followup f WHERE f.student_id = s.id AND f.done_at > last.since))""",
            rhythm=rhythm,
            extra=extra,
            late=late,
            away=AWAY,
            now=now,
        )

    @api.model
    def _psych_climb_contacts(self):
        """Raise one signal for each class whose students off campus nobody has called in time: a task of coverage, as silence
        is (H12), so that a third of the college on internship is no flood. Asked again when the rhythm has gone once more.
        """
        late = self.search([("id", "in", self._psych_contact_due_query(is_late=True))])
        for company, students in late.grouped("company_id").items():
            days = self.env["psych.crisis.rhythm"]._of(company, "away").days
            for unit in students.class_id:
                self.env["psych.crisis.signal"]._raise_for_class(
                    unit, "contact.overdue", "contact_overdue", timedelta(days=days)
                )

    def _psych_contacted(self, impression):
        """Note in one tap that the student was reached by phone; worry raises a signal as any talk does.

        :param str impression: fine, support, concern or urgent
        :raises AccessError: when the student is not the user's
        """
        self.check_access("read")
        return self.env["psych.talk"].create(
            [
                {
                    "student_id": student.id,
                    "kind": "contact",
                    "form": "phone",
                    "impression": impression,
                    "company_id": student.company_id.id,
                }
                for student in self
            ]
        )

    def action_print_guardian_slip(self):
        """Print the slip by which a guardian takes over (vacation, leave): in two copies, without reason or category (H9)."""
        return self.env.ref("psych_crisis.psych_crisis_guardian_slip").report_action(self)

    def _guardian_slip_signatures(self):
        """Return who signs the slip."""
        return [self.env._("Guardian"), self.env._("For the college")]

    def _guardian_slip_phones(self):
        """Return ``[(who, number)]`` to call: the school first, then what is open everywhere."""
        company = self.company_id
        own = [
            (self.env._("Counselling of the school"), company.psych_help_phone),
            (self.env._("Desk of the school, day and night"), company.psych_crisis_desk_phone),
        ]
        return [row for row in own if row[1]] + company._psych_crisis_public_lines()
