from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class PsychReminderAddress(models.Model):
    """Where a student wants to be reminded: a mail address that the student typed and nobody else reads.

    The roster has none, and the contact of a student carries the number only (odoo-traps 28). Kept apart from the
    student's row, so that no list of staff shows who is in touch with the centre (H5).
    """

    _name = "psych.reminder.address"
    _description = "Address for reminders"
    _rec_name = "student_id"

    student_id = fields.Many2one("psych.student", required=True, readonly=True, ondelete="cascade")
    email = fields.Char(required=True)
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, index=True)

    _student_uniq = models.UniqueIndex("(student_id)", "One address for each student.")

    @api.model
    def _of(self, student):
        """Address of a student, empty when none was given. Named seam: the scheduler sends, the page shows it."""
        return self.sudo().search([("student_id", "=", student.id)], limit=1).email or ""

    @api.model
    def _set(self, student, email):
        """Keep, change or (empty) forget the address of the student who is signed in. Named seam: own row only.

        :raises UserError: when this is no mail address
        """
        rows = self.sudo().search([("student_id", "=", student.id)])
        if not (email or "").strip():
            rows.unlink()
            return
        address = email_normalize(email)
        if not address or len(address) > 254:
            raise UserError(self.env._("This does not look like a mail address. Please look again."))
        if rows:
            rows.email = address
        else:
            rows.create(
                {"student_id": student.id, "email": address, "company_id": student.sudo().company_id.id}
            )
