from odoo import api, models


class PsychHooks(models.AbstractModel):
    """What screening adds to the seams of the product."""

    _inherit = "psych.hooks"

    @api.model
    def _subject_data(self, student):
        """The student's own copy: when which questionnaire was answered and which band it gave. No rule, no third person."""
        sections = super()._subject_data(student)
        sheets = (
            self.env["psych.response"].sudo().search([("student_id", "=", student.id)], order="submitted_at")
        )  # sudo seam: own data
        if sheets:
            sections.append(
                {
                    "title": self.env._("Questionnaires"),
                    "rows": [
                        (
                            f"{sheet.submitted_at:%Y-%m-%d} {sheet.scale_id.name}",
                            sheet.band_id.name or sheet._state_word(),
                        )
                        for sheet in sheets
                    ],
                }
            )
        return sections

    @api.model
    def _flags_untold(self, flags):
        """Which of ``flags`` an upper addon knows nothing of; it asks its own rows, never a mark (odoo-traps 23)."""
        return flags.browse()

    @api.model
    def _open_work_of(self, user):
        """Talks that would be orphaned if the person stopped today."""
        talks = (
            self.env["psych.interview"].sudo().search([("user_id", "=", user.id), ("is_open", "=", True)])
        )  # sudo seam: ids only
        return super()._open_work_of(user) + [("psych.interview", talk.id) for talk in talks]

    @api.model
    def _retention_classes(self):
        """Sheets and talks expire after the student left the school; the rule of the school says when."""
        gone = [("student_id.enrolment_state", "in", ("graduated", "left"))]
        return super()._retention_classes() + [
            {
                "code": "screening_sheets",
                "name": self.env._("Answer sheets of screening"),
                "model": "psych.response",
                "domain": gone,
                "date_field": "submitted_at",
                "mode": "destroy",
            },
            {
                "code": "screening_talks",
                "name": self.env._("Talks after screening"),
                "model": "psych.interview",
                "domain": gone,
                "date_field": "raised_at",
                "mode": "destroy",
            },
        ]
