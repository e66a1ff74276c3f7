import re

from odoo import api, fields, models

_PLACEHOLDER = re.compile(r"\{(value|other)\}")
SEVERITIES = [
    ("error", "The row cannot be imported"),
    ("dropped", "The cell is left out"),
    ("note", "Please look"),
]


class PsychRosterIssue(models.Model):
    """One sentence about one cell of an imported roster: where it is, what stands there, what to do."""

    _name = "psych.roster.issue"
    _description = "Remark on a roster cell"
    _order = "id"
    _log_access = False
    _rec_name = "place"

    batch_id = fields.Many2one("psych.roster.batch", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="batch_id.company_id")
    row_index = fields.Integer(help="Position among the rows of the file, from 0.")
    place = fields.Char(string="Row", help="Row of the sheet as the person sees it.")
    field = fields.Char()
    heading = fields.Char(string="Column")
    number = fields.Char(string="Student number")
    value = fields.Char(string="In the file")
    other = fields.Char()
    code = fields.Char(required=True)
    severity = fields.Selection(SEVERITIES, required=True, index=True)
    message = fields.Char(string="What to do", compute="_compute_message")

    @api.depends("code", "value", "other")
    @api.depends_context("lang")
    def _compute_message(self):
        sentences = self._sentences()
        for issue in self:
            words = {"value": issue.value or "", "other": issue.other or ""}
            issue.message = _PLACEHOLDER.sub(
                lambda match, words=words: words[match[1]], sentences.get(issue.code, issue.code)
            )

    @api.model
    def _sentences(self):
        """Sentence of every code of ``tools.roster_clean.CODES``: what is wrong, what happens, what to do."""
        return {
            "number_missing": self.env._("The student number is missing. Please add it."),
            "number_invalid": self.env._(
                "“{value}” is no student number. Letters, digits and hyphens, at least three, are allowed."
            ),
            "number_rounded": self.env._(
                "The spreadsheet rounded this number to “{value}” and digits are lost. Format the column as text and enter it again."
            ),
            "number_twice": self.env._(
                "The number {value} stands in row {other} as well, with different data. Please keep one of the rows."
            ),
            "number_repeated": self.env._("The same row stands in row {other} already. It is counted once."),
            "number_padded": self.env._("A leading zero was lost: {value} is read as {other}. Please check."),
            "name_missing": self.env._("The name is missing. Please add it."),
            "name_invalid": self.env._("“{value}” is no name. Did the columns shift?"),
            "name_digits": self.env._("The name contains digits. Please check."),
            "namesake": self.env._(
                "Several students of this class have this name ({other}). Each keeps the own number; please check."
            ),
            "gender_unknown": self.env._("“{value}” is no gender. Write 男 or 女. The cell is left out."),
            "phone_invalid": self.env._(
                "“{value}” is no phone number (11 digits, or a landline with area code). The cell is left out."
            ),
            "phone_several": self.env._("There are several numbers in the cell; the first one is used."),
            "date_invalid": self.env._("“{value}” is no date. Write 2006-01-05. The cell is left out."),
            "date_ambiguous": self.env._(
                "“{value}” can be read in two ways. Write 2006-01-05. The cell is left out."
            ),
            "date_implausible": self.env._(
                "“{value}” cannot be a student's date of birth. The cell is left out."
            ),
            "year_unknown": self.env._("“{value}” is no year of entry. Write 2026. The cell is left out."),
            "day_student_unknown": self.env._(
                "“{value}” does not say whether the student lives in. Write 是 or 否. The cell is left out."
            ),
            "state_unknown": self.env._("“{value}” is no enrolment state. The cell is left out."),
            "state_reserved": self.env._(
                "This state is recorded by the head of the centre alone. The cell is left out."
            ),
            "text_too_long": self.env._("The text is longer than 64 signs. The cell is left out."),
            "cell_error": self.env._("The spreadsheet shows an error here ({value}). The cell is left out."),
            "room_no_building": self.env._("Room {value}: the building is missing. The room is left out."),
            "class_no_college": self.env._(
                "The class “{value}” is not known and the row names no college for it. Please add the college."
            ),
            "class_ambiguous": self.env._("There are several classes “{value}”. Please add the college."),
            "class_missing": self.env._("A new student needs a class. Please add it."),
            "unit_unknown": self.env._("“{value}” is not known and is not to be created."),
            "record_closed": self.env._(
                "The record of this student is closed and is not changed. Please ask the head of the centre."
            ),
            "name_changed": self.env._(
                "This number belonged to {other} until now. Please check that it is the same person."
            ),
            "maybe_renumbered": self.env._(
                "A student of this name and date of birth is registered as {other}. A new number? Please check."
            ),
            "staff_unknown": self.env._(
                "There is no member of staff “{value}”. Please create the account first; the class stays as it is."
            ),
            "staff_ambiguous": self.env._(
                "There are several members of staff “{value}”. Please write the login or staff number."
            ),
            "staff_differs": self.env._(
                "The rows of class {other} name different people; the one named most often is used."
            ),
        }
