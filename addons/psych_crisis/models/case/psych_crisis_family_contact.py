from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

# relation on the student's file -> person of a contact; friends are no family
PERSON_OF = {"father": "father", "mother": "mother", "guardian": "guardian", "friend": "friend"}


class PsychCrisisFamilyContact(models.Model):
    """Who of the family was told what, when, by whom (家长联系记录), after the checklist (safety rules H9, F14).

    Never by SMS or group chat, never with a category. *Do not contact* carries an alternative. When parents refuse: second
    guardian → written notice or recorded refusal → leader's decision → community, police or hospital (Mental Health Law 28);
    the guard goes on meanwhile.
    """

    _name = "psych.crisis.family.contact"
    _description = "Family contact"
    _inherit = ["psych.confidential.mixin"]
    _order = "at desc, id desc"
    _rec_name = "at"
    _psych_content_right = "notes"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [
            ("no_contact", "Do not contact"),
            ("decision", "Decision whether to tell"),
            ("call", "Phone call"),
            ("arrived", "Family has arrived"),
            ("second", "Second guardian asked"),
            ("notice", "Written notice handed over"),
            ("refused", "Refusal recorded"),
            ("leader", "Leader decided"),
            ("authority", "Community, police or hospital asked"),
        ],
        required=True,
        default="call",
    )
    person = fields.Selection(
        [("father", "Father"), ("mother", "Mother"), ("guardian", "Guardian"), ("other", "Another relative")],
        default="mother",
    )
    at = fields.Datetime(required=True, default=lambda self: clock.now())
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    # checklist before a call
    check_decided = fields.Boolean(string="It is decided who calls and what may be said")
    check_home = fields.Boolean(string="Home is safe for the student")
    check_student = fields.Boolean(string="The student was told first")
    check_number = fields.Boolean(string="The number was confirmed this semester")
    told = Confidential(string="What was said")
    alternative = Confidential(string="Whom to ask instead")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            case = (
                self.env["psych.crisis.case"].browse(vals.get("case_id")).sudo()
            )  # named seam: student binding, marks of others
            vals.update(student_id=case.subject_ids.student_id[:1].id, user_id=self.env.uid)
            self._check_before(case, vals)
        rows = super().create(vals_list)
        rows.case_id._touch()
        return rows

    def _check_before(self, case, vals):
        """Refuse a call to somebody who must not be contacted, or without the checklist."""
        kind, person = vals.get("kind", "call"), vals.get("person", "mother")
        if kind not in ("call", "second", "notice"):
            return
        if person in self._marked_persons(case):
            raise UserError(
                self.env._("Do not contact this person: see the mark on the case and ask the alternative.")
            )
        if kind == "notice":
            return
        if not (vals.get("check_decided") and vals.get("check_home") and vals.get("check_student")):
            raise UserError(
                self.env._(
                    "Before you call: it is decided who calls and what may be said, home is safe, and the student was told first."
                )
            )

    def _marked_persons(self, case):
        """Return the people whom nobody calls: marked on the case, or on the student's family contacts."""
        marked = set(case.contact_ids.filtered(lambda row: row.kind == "no_contact").mapped("person"))
        on_file = case.env["psych.family.contact"].search(
            [("student_id", "in", case.subject_ids.student_id.ids), ("do_not_contact", "=", True)]
        )
        return marked | {PERSON_OF.get(row.relation, "other") for row in on_file}

    def write(self, vals):
        if not self.env.su and any(row.user_id != self.env.user for row in self):
            raise UserError(self.env._("Only the author changes an entry. Add one of your own."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Entries stay. Add a correction."))

    def _state_now(self):
        """Return none, told, arrived or no_contact for the card."""
        kinds = set(self.mapped("kind"))
        if "arrived" in kinds:
            return "arrived"
        if kinds & {"call", "second", "notice"}:
            return "told"
        return "no_contact" if "no_contact" in kinds else "none"
