import json

from odoo import api, models

from ...tools import clock


class PsychSubjectCopy(models.AbstractModel):
    """The student's own data to take away: a readable PDF, and the same as JSON (PIPL art. 45).

    Sections come from ``psych.hooks._subject_data``. Sources, reporters and third parties are left out by every
    room that adds a section (safety H4).
    """

    _name = "psych.subject.copy"
    _description = "Copy of the own data"

    @api.model
    def _sections(self, student):
        """Return the sections with something in them."""
        sections = self.env["psych.hooks"]._subject_data(student)
        return [section for section in sections if section.get("rows")]

    @api.model
    def _as_json(self, student):
        """Return the copy as JSON bytes, UTF-8, with the labels of the language of the reader."""
        data = {
            # named seam: the own number
            "student": student.sudo().number,
            "made_at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "sections": [
                {
                    "title": section["title"],
                    "rows": [{"label": label, "value": value} for label, value in section["rows"]],
                }
                for section in self._sections(student)
            ],
        }
        return json.dumps(data, ensure_ascii=False, indent=2, default=str).encode()

    @api.model
    def _as_pdf(self, student):
        """Return the copy as PDF bytes."""
        report = self.env["ir.actions.report"].sudo()  # sudo seam: the student has no right on the report
        content, _kind = report.with_context(force_report_rendering=True)._render_qweb_pdf(
            "psych_health.psych_subject_copy_report",
            res_ids=student.ids,
            data={"sections": self._sections(student)},
        )
        return content
