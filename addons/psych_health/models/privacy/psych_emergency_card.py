from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import door
from ...tools.confidential import Confidential

SEARCH_ROLES = {
    "centre": "school",
    "centre_head": "school",
    "counsellor": "school",
    "duty": "any",
    "station": "class",
    "tutor": "class",
}
MAX_FOUND = 8


class PsychEmergencyCard(models.Model):
    """Emergency card (应急联系卡): what a person on call needs at 02:00, and nothing more (safety F20).

    Stands apart from the file. Phones, room and family come from the register; hospital, medicine and warning are
    encrypted here. On-call staff open it with one tap of a reason: at once, for an hour, on the log with the reason
    that the student reads. The notes of the file stay behind the emergency opening.
    """

    _name = "psych.emergency.card"
    _inherit = ["psych.confidential.mixin"]
    _description = "Emergency card"
    _rec_name = "student_id"
    _psych_content_right = "tasks"
    _psych_grantable = False

    student_id = fields.Many2one("psych.student", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="student_id.company_id", store=True, index=True)
    hospital = Confidential(string="Hospital and doctor")
    medicine = Confidential(string="Medicine and allergies")
    warning = Confidential(
        string="What to watch for", help="Plain facts for whoever goes there. No diagnosis."
    )
    approach = Confidential(
        string="What helps", help="Whom the student trusts, how to speak with the student."
    )
    checked_on = fields.Date(string="Last checked")
    contact_ids = fields.One2many(related="student_id.family_contact_ids", readonly=False, related_sudo=False)

    _student_uniq = models.UniqueIndex("(student_id)", "This student has a card already.")

    # ----------------------------------------------------------------------
    # Who is on call for whom
    # ----------------------------------------------------------------------
    @api.model
    def _reach_domain(self):
        """Return the domain of the students whose card the user may open now, by the roster."""
        user = self.env.user
        rows = (
            self.env["psych.scope"]
            .sudo()
            .search(  # named seam: reads own rights
                self.env["psych.scope"]._valid_domain(user, SEARCH_ROLES)
            )
        )
        schools = rows.filtered(lambda row: row.school_id).school_id.ids
        units = rows.filtered(lambda row: not row.school_id).unit_id.ids
        return [
            ("enrolment_state", "!=", "deceased"),
            ("company_id", "in", self.env.companies.ids),
            "|",
            "|",
            ("company_id", "in", schools),
            ("class_id", "in", units),
            ("room_id", "in", units),
        ]

    @api.model
    def find(self, text):
        """Find students by number, name or room: a few lines to choose from, never the phone.

        :return: list of ``{"id", "name", "number", "class", "room"}``, at most eight
        """
        text = (text or "").strip()
        if len(text) < 2:
            return []
        wanted = ["|", "|", ("number", "=", text), ("name", "ilike", text), ("room_id.name", "=", text)]
        # sudo seam: on-call staff have no right on the register; only lines of the own reach leave here
        found = self.env["psych.student"].sudo().search([*self._reach_domain(), *wanted], limit=MAX_FOUND)
        return [
            {
                "id": student.id,
                "name": student.name,
                "number": student.number[-4:],
                "class": student.class_id.name or "",
                "room": self._room_of(student),
            }
            for student in found
        ]

    @api.model
    def _room_of(self, student):
        room = student.room_id
        return (
            " ".join(
                filter(
                    None,
                    [
                        room.parent_id.parent_id.name if room.parent_id.parent_id.role == "building" else "",
                        room.parent_id.name or "",
                        room.name or "",
                    ],
                )
            )
            if room
            else ""
        )

    @api.model
    def reasons(self):
        """Return the reasons to tap: list of ``{"id", "name"}``."""
        found = (
            self.env["psych.access.reason"]
            .sudo()
            .search(  # named seam: a list of words
                [("use", "in", ("card", "both")), ("company_id", "in", [False, *self.env.companies.ids])]
            )
        )
        return [{"id": reason.id, "name": reason.name} for reason in found]

    # ----------------------------------------------------------------------
    # One tap
    # ----------------------------------------------------------------------
    @api.model
    def open_card(self, student_id, reason_id):
        """Open the card of a student with one tap of a reason; every opening is on the log.

        :return: dict of plain texts for the page
        :raises AccessError: the student is not in the user's reach, or nobody stands at the door
        """
        domain = [("id", "=", student_id), *self._reach_domain()]
        student = self.env["psych.student"].sudo().search(domain)  # sudo seam: see find
        # named seam: one reason of the short list
        reason = self.env["psych.access.reason"].sudo().browse(reason_id).exists()
        if (
            not student
            or not door.identity()
            # named seam: whether this person is locked out, yes or no
            or student.id in self.env["psych.lockout"].sudo()._locked_student_ids(self.env.uid)
        ):
            raise AccessError(self.env._("This card is not open to you. Call the duty officer."))
        if not reason or reason.use == "record":
            raise UserError(self.env._("Please tap a reason."))
        # named seam: the card is made when it is first needed; its content opens through the gate
        card_sudo = self.sudo().search([("student_id", "=", student.id)]) or self.sudo().create(
            {"student_id": student.id}
        )
        door.state_reason(reason.name)
        # the log writes a row even when the card is still empty: phones were shown
        door.note_opening(card_sudo, self._psych_content_right, "phones")
        self.env["psych.access.grant"]._open_card(card_sudo, reason)
        self.env.flush_all()
        return card_sudo.with_env(self.env)._card_values(student)

    def _card_values(self, student_sudo):
        """Return what the card shows; the texts go through the gate as the user who opened it."""
        contacts = student_sudo.family_contact_ids
        whereabouts = dict(student_sudo._fields["whereabouts_state"]._description_selection(self.env))
        lines = [contact._card_line() for contact in contacts]
        if student_sudo.guardian_phone and student_sudo.guardian_phone not in contacts.mapped("phone"):
            lines.append(
                {
                    "name": student_sudo.guardian_name or "",
                    "relation": self.env._("Guardian (register)"),
                    "phone": student_sudo.guardian_phone,
                    "place": "",
                    "do_not_contact": False,
                    "reason": "",
                    "instead": "",
                }
            )
        return {
            "id": self.id,
            "student_id": student_sudo.id,
            "name": student_sudo.name,
            "number": student_sudo.number,
            "class": student_sudo.class_id.name or "",
            "college": student_sudo.college_id.name or "",
            "room": self._room_of(student_sudo),
            "phone": student_sudo.phone or "",
            "where": " ".join(
                filter(
                    None, [whereabouts.get(student_sudo.whereabouts_state), student_sudo.whereabouts_place]
                )
            ),
            "contacts": lines,
            "staff": self._staff_lines(student_sudo),
            "public_lines": student_sudo.company_id._psych_public_lines(),
            "texts": [
                {"label": self._fields[name]._description_string(self.env), "text": self[name]}
                for name in ("warning", "approach", "medicine", "hospital")
                if self[name]
            ],
            "more": self.env["psych.hooks"]._emergency_card(student_sudo),
        }

    @api.model
    def _staff_lines(self, student_sudo):
        """Return tutors of the class and heads of the centre with their phones, to call on."""
        Scope = self.env["psych.scope"]
        company = student_sudo.company_id
        people = [
            (self.env._("Tutor or class teacher"), Scope._holders(company, "tutor", student_sudo.class_id)),
            (self.env._("Head of the centre"), Scope._holders(company, "centre_head")),
        ]
        return [
            # named seam: whom to call: name and telephone of staff on duty
            {"role": label, "name": user.sudo().name, "phone": user.sudo().partner_id.phone or ""}
            for label, users in people
            for user in users
        ]
