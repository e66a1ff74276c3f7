from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisCaseEntry(models.Model):
    """One entry of the timeline of a case: encrypted, dated, never changed by others, corrected by a new entry."""

    _name = "psych.crisis.case.entry"
    _description = "Timeline entry"
    _inherit = ["psych.confidential.mixin"]
    _order = "at desc, id desc"
    _rec_name = "kind"
    _psych_content_right = "notes"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    kind = fields.Selection(
        [
            ("talk", "Talk"),
            ("visit", "Visit"),
            ("call", "Phone call"),
            ("meeting", "Study meeting"),
            ("decision", "Decision"),
            ("consultation", "Consultation with the centre"),
            ("police", "Reported under duty"),
            ("note", "Note"),
        ],
        required=True,
        default="note",
    )
    at = fields.Datetime(required=True, default=lambda self: clock.now())
    author_id = fields.Many2one(
        "res.users", readonly=True, required=True, default=lambda self: self.env.uid, ondelete="restrict"
    )
    saw_student = fields.Boolean(string="Student was seen")
    note = Confidential(string="Text")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            case = self.env["psych.crisis.case"].browse(vals.get("case_id"))
            vals["student_id"] = (
                case.sudo().subject_ids.student_id[:1].id
            )  # named seam: binds the text to the student
            vals["author_id"] = self.env.uid
        entries = super().create(vals_list)
        for entry in entries.filtered("saw_student"):
            # named seam: «seen» is a stamp of the machine
            entry.case_id.sudo()._note_seen(entry.at, self.env.user, False)
        return entries

    def write(self, vals):
        if not self.env.su and any(entry.author_id != self.env.user for entry in self):
            raise UserError(self.env._("Only the author changes an entry. Add one of your own."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Entries stay. Add a correction."))
