from odoo import api, models

from ...tools import clock


class PsychHooks(models.AbstractModel):
    """What counselling answers to the seams: open work, own data, what stops when a student leaves or dies."""

    _inherit = "psych.hooks"

    @api.model
    def _open_work_of(self, user):
        """Add future hours and unsigned records of a counsellor. Named seam: somebody else hands his work over."""
        work = super()._open_work_of(user)
        for model, domain in (
            (
                "psych.appointment",
                [("state", "in", ("requested", "confirmed", "arrived")), ("stop", ">", clock.now())],
            ),
            ("psych.session", [("state", "=", "draft")]),
        ):
            rows = self.env[model].sudo().search([*domain, ("counsellor_id.user_id", "=", user.id)])
            work += [(model, row.id) for row in rows]
        return work

    @api.model
    def _student_left(self, students, reason):
        """Cancel what is booked and take back every message: nobody reminds the dead, or who has gone (H1)."""
        result = super()._student_left(students, reason)
        self._stop_counselling(students, tell=False)
        return result

    @api.model
    def _stop_counselling(self, students, tell):
        """Cancel open hours, waiting places and messages of students. Named seam: whoever changed the roster."""
        rows = (
            self.env["psych.appointment"]
            .sudo()
            .search(
                [
                    ("student_id", "in", students.ids),
                    ("state", "in", ("requested", "confirmed")),
                    ("stop", ">", clock.now()),
                ]
            )
        )
        rows.write({"state": "cancelled", "cancel_kind": "centre"})
        self.env["psych.waiting"].sudo().search(
            [
                ("student_id", "in", students.ids),
                ("state", "in", ("waiting", "offered")),
            ]
        )._take_back("closed")
        if not tell:
            self.env["psych.reminder.address"].sudo().search([("student_id", "in", students.ids)]).unlink()
            self.env["psych.outbox"].sudo().search(
                [
                    ("student_id", "in", students.ids),
                    ("state", "=", "waiting"),
                ]
            ).state = "dropped"

    @api.model
    def _subject_data(self, student):
        """Add the student's own hours; who else was meant by a talk is no data of the student."""
        sections = super()._subject_data(student)
        address = self.env["psych.reminder.address"]._of(student)
        if address:
            sections.append(
                {
                    "title": self.env._("Reminders"),
                    "rows": [(self.env._("Address for reminders"), address)],
                }
            )
        rows = (
            self.env["psych.appointment"].sudo().search([("student_id", "=", student.id)])
        )  # named seam: own rows
        if rows:
            sections.append(
                {
                    "title": self.env._("Appointments"),
                    "rows": [
                        (
                            row._portal_hour_text(row.company_id, row.start),
                            f"{row.service_id.name} · {row._portal_state_text()}",
                        )
                        for row in rows
                    ],
                }
            )
        return sections

    @api.model
    def _retention_classes(self):
        """Counselling records 10 years after the talk, requests and messages one year (facts B7)."""
        return super()._retention_classes() + [
            {
                "code": "counselling",
                "name": self.env._("Counselling records"),
                "model": "psych.session",
                "domain": [("state", "!=", "draft")],
                "date_field": "date",
                "mode": "destroy",
            },
            {
                "code": "counselling_messages",
                "name": self.env._("Outgoing messages"),
                "model": "psych.outbox",
                "domain": [("state", "!=", "waiting")],
                "date_field": "send_at",
                "mode": "destroy",
            },
        ]
