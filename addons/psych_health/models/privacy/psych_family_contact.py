from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.confidential import Confidential


class PsychFamilyContact(models.Model):
    """A parent, guardian or other person close to a student, and whether one may call there (safety H9).

    "Do not contact" (violence, conflict, the student's wish) carries a reason and names who to call instead, so
    that nobody at night calls the wrong father. Tutors and stations see the mark; the note behind it is for the
    centre. A deceased student's family gets no automatic message at all.
    """

    _name = "psych.family.contact"
    _inherit = ["psych.confidential.mixin"]
    _description = "Family contact"
    _order = "student_id, do_not_contact, sequence, id"
    _psych_content_right = "notes"
    # the emergency card shows these to whoever is on call, without the gate
    _psych_clear_text = {"phone": "card", "email": "card", "place": "card", "alternative_text": "card"}

    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="student_id.company_id", store=True, index=True)
    class_id = fields.Many2one(related="student_id.class_id", string="Class")
    sequence = fields.Integer(default=10, help="Order in which to call.")
    name = fields.Char(required=True)
    relation = fields.Selection(
        [
            ("mother", "Mother"),
            ("father", "Father"),
            ("grandparent", "Grandparent"),
            ("sibling", "Brother or sister"),
            ("relative", "Other relative"),
            ("guardian", "Guardian by law"),
            ("friend", "Other trusted person"),
        ],
        required=True,
    )
    is_guardian = fields.Boolean(string="Guardian")
    phone = fields.Char()
    email = fields.Char()
    place = fields.Char(help="Town or city, to know how long the way is.")
    active = fields.Boolean(default=True)

    do_not_contact = fields.Boolean(string="Do not contact", index=True)
    do_not_reason = fields.Selection(
        [
            ("violence", "Danger for the student"),
            ("conflict", "Conflict in the family"),
            ("wish", "Wish of the student"),
            ("unable", "Ill or not able"),
            ("unreachable", "Cannot be reached"),
            ("other", "Other"),
        ],
        string="Reason not to contact",
    )
    do_not_note = Confidential(string="Background", help="Only the centre reads this.")
    alternative_id = fields.Many2one(
        "psych.family.contact",
        string="Call instead",
        ondelete="set null",
        domain="[('student_id', '=', student_id), ('do_not_contact', '=', False), ('id', '!=', id)]",
    )
    alternative_text = fields.Char(
        string="Otherwise", help="For example: the centre decides, call the duty officer."
    )

    @api.constrains("do_not_contact", "do_not_reason", "alternative_id", "alternative_text", "student_id")
    def _check_do_not_contact(self):
        for contact in self:
            if not contact.do_not_contact:
                continue
            if not contact.do_not_reason:
                raise ValidationError(self.env._("Please choose why this person is not to be contacted."))
            if not contact.alternative_id and not contact.alternative_text:
                raise ValidationError(self.env._("Please say who is called instead of this person."))
            if (
                contact.alternative_id.student_id - contact.student_id
                or contact.alternative_id.do_not_contact
            ):
                raise ValidationError(
                    self.env._("The person to call instead is another contact of the same student.")
                )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("do_not_contact") or "active" in vals:
            # who was named as the person to call instead may not become one not to call
            # named seam: a count over contacts, also those the writer cannot see
            pointing = self.sudo().search([("alternative_id", "in", self.ids), ("do_not_contact", "=", True)])
            pointing._check_do_not_contact()
        return result

    def _card_line(self):
        """Return what the emergency card shows of this contact."""
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("relation", "do_not_reason")
        }
        instead = self.alternative_id
        return {
            "name": self.name,
            "relation": labels["relation"].get(self.relation, ""),
            "phone": "" if self.do_not_contact else self.phone or "",
            "place": self.place or "",
            "do_not_contact": self.do_not_contact,
            "reason": labels["do_not_reason"].get(self.do_not_reason, "") if self.do_not_contact else "",
            "instead": " ".join(filter(None, [instead.name, instead.phone, self.alternative_text]))
            if self.do_not_contact
            else "",
        }
