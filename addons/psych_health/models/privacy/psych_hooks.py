from odoo import api, models
from odoo.tools import format_date

from ...tools import clock


class PsychHooks(models.AbstractModel):
    """What the privacy room adds to the seams: own sections of the data copy, day of leaving, retention."""

    _inherit = "psych.hooks"

    @api.model
    def _student_left(self, students, reason):
        result = super()._student_left(students, reason)
        fresh = students.sudo().filtered(lambda student: not student.left_on)  # sudo seam: day of leaving
        for company, rows in fresh.grouped("company_id").items():
            rows.write({"left_on": clock.today(self.env, company)})
        return result

    @api.model
    def _subject_data(self, student):
        """Sections of the register, the posts, the consents, the openings and the corrections of a student."""
        return [
            *super()._subject_data(student),
            self._subject_register(student),
            self._subject_posts(student),
            self._subject_consents(student),
            self._subject_openings(student),
            self._subject_corrections(student),
        ]

    def _subject_register(self, student):
        names = (
            "number",
            "name",
            "gender",
            "birth_date",
            "ethnicity",
            "class_id",
            "college_id",
            "programme_id",
            "entry_year",
            "room_id",
            "phone",
            "guardian_name",
            "guardian_phone",
            "enrolment_state",
            "whereabouts_state",
            "whereabouts_place",
        )
        student = student.sudo()  # sudo seam: the own data of the student who asks
        rows = [
            (student._fields[name]._description_string(self.env), self._subject_value(student, name))
            for name in names
        ]
        return {"title": self.env._("Register"), "rows": [row for row in rows if row[1]]}

    def _subject_value(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        if field.type == "datetime":
            return clock.text(value, record.company_id.psych_tz)
        if field.type == "many2one":
            # named seam: the name of what the own row points at
            return value.sudo().display_name or ""
        return str(value) if value else ""

    def _subject_posts(self, student):
        # named seam: the student's own data, for the student
        posts = student.sudo().membership_ids
        rows = [
            (f"{post.post_id.name} · {post.unit_id.name}", self._subject_value(post, "state"))
            for post in posts
        ]
        return {"title": self.env._("Posts held"), "rows": rows}

    def _subject_consents(self, student):
        # named seam: the student's own data, for the student
        consents = self.env["psych.consent"].sudo().search([("student_id", "=", student.id)])
        rows = [
            (
                f"{self._subject_value(row, 'purpose')} {row.text_id.version and 'v%s' % row.text_id.version or ''}",
                f"{self._subject_value(row, 'state')} {self._subject_value(row, 'signed_at')}",
            )
            for row in consents
        ]
        return {"title": self.env._("Consents"), "rows": rows}

    def _subject_openings(self, student):
        """Who opened the file, as the own-file page says it: no names, delays kept (safety H15)."""
        rows = [
            (row["date_text"], " · ".join(filter(None, [row["unit"], row["role"], row["reason"]])))
            for row in student._own_file_rows()
        ]
        return {"title": self.env._("Who opened the file"), "rows": rows}

    def _subject_corrections(self, student):
        # named seam: the student's own data, for the student
        found = self.env["psych.correction.request"].sudo().search([("student_id", "=", student.id)])
        rows = [
            (row.number, f"{self._subject_value(row, 'kind')} · {self._subject_value(row, 'state')}")
            for row in found
        ]
        return {"title": self.env._("Requests to correct data"), "rows": rows}
