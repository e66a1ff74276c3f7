from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

from ...tools import clock

# reading as these roles says who reported or is the student in person: never shown (safety H4)
SILENT_ROLES = ("student", "cadre_class", "cadre_dorm", "")
SILENT_RIGHTS = ("reporter",)
OWN_FILE_DAYS = 365
OWN_FILE_LINES = 200


class PsychStudent(models.Model):
    """What the privacy room adds to a student: lock-outs for record rules, and the own-file list."""

    _inherit = "psych.student"

    # record rules of clinical models name this path; nobody reads the rows by it
    lockout_ids = fields.One2many(
        "psych.lockout", "student_id", bypass_search_access=True, groups=fields.NO_ACCESS
    )
    family_contact_ids = fields.One2many("psych.family.contact", "student_id")
    emergency_card_ids = fields.One2many("psych.emergency.card", "student_id")

    def _own_file_rows(self, limit=OWN_FILE_LINES):
        """Who opened the file of this student: for the student in person (S1-Art20-a, safety H4, H15).

        One row per day, role, unit and reason. Never a name, never who reported, never rows whose
        display the centre delays; models that could tell a source state ``_psych_hides_openings``.

        :return: list of dicts ``date`` (local), ``role`` and ``unit`` and ``reason`` (words)
        """
        self.ensure_one()
        # sudo seam: the log is readable to the head alone; only the columns below leave, of one student
        Log = self.env["psych.access.log"].sudo()
        # named seam: from when openings are not shown yet; a date
        hidden_from = self.env["psych.access.delay"].sudo()._hidden_from(self)
        domain = [
            ("student_id", "=", self.id),
            ("at", ">=", clock.now() - timedelta(days=OWN_FILE_DAYS)),
            ("role", "not in", SILENT_ROLES),
            ("content_right", "not in", SILENT_RIGHTS),
            ("model", "not in", self._own_file_hidden_models()),
            ("user_id", "!=", self.user_id.id or -1),
        ]
        if hidden_from:
            domain.append(("at", "<", hidden_from))
        seen = {}
        for row in Log.search(domain, limit=limit * 10, order="at desc, id desc"):
            # named seam: the time zone of the own school
            date = clock.local(row.at, self.company_id.sudo().psych_tz).date()
            key = (date, row.role, row.unit_name, row.reason or row.model)
            seen.setdefault(key, row)
        return [self._own_file_row(key, row) for key, row in list(seen.items())[:limit]]

    def _own_file_row(self, key, row):
        roles = dict(self.env["psych.content.right"]._fields["role"]._description_selection(self.env))
        return {
            "date": key[0],
            "date_text": format_date(self.env, key[0], date_format="long"),
            "role": roles.get(row.role, row.role),
            "unit": row.unit_name,
            "reason": row.reason or self._own_file_subject(row.model),
        }

    def _own_file_subject(self, model):
        """Words for what was opened, when no reason was stated: the name of the kind of record."""
        # named seam: the name of a kind of record
        return self.env["ir.model"]._get(model).sudo().name or ""

    def _own_file_hidden_models(self):
        return [
            name for name, cls in self.env.registry.items() if getattr(cls, "_psych_hides_openings", False)
        ]
