from odoo import api, fields, models

from ...tools.roster_headings import HEADINGS, heading_key

#: fields a column can be mapped to, in the order of a roster; labels are translated with the model's terms
ROSTER_FIELDS = [
    ("number", "Student number"),
    ("name", "Student name"),
    ("gender", "Gender"),
    ("college", "College"),
    ("programme", "Programme"),
    ("entry_year", "Entry year"),
    ("class_name", "Class"),
    ("building", "Dorm building"),
    ("room", "Dorm room"),
    ("phone", "Phone"),
    ("tutor", "Tutor"),
    ("class_teacher", "Class teacher"),
    ("guardian_name", "Guardian"),
    ("guardian_phone", "Guardian's phone"),
    ("birth_date", "Date of birth"),
    ("ethnicity", "Ethnicity"),
    ("day_student", "Day student"),
    ("enrolment_state", "Enrolment state"),
]


class PsychRosterMapping(models.Model):
    """Under which heading a school writes which column of its roster: what a person chose once is proposed again.

    An empty field means that the column is left out on purpose.
    """

    _name = "psych.roster.mapping"
    _description = "Heading of the roster"
    _order = "heading"
    _rec_name = "heading"

    heading = fields.Char(required=True)
    heading_key = fields.Char(compute="_compute_heading_key", store=True, required=True, precompute=True)
    field = fields.Selection(ROSTER_FIELDS, help="Empty: the column is left out.")
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )

    _key_company_uniq = models.Constraint("unique(company_id, heading_key)", "This heading is known already.")

    @api.depends("heading")
    def _compute_heading_key(self):
        for mapping in self:
            mapping.heading_key = heading_key(mapping.heading or "")

    @api.model
    def _remembered(self, company):
        """Return ``{heading key: field or ''}`` of the school."""
        rows = self.search_fetch([("company_id", "=", company.id)], ["heading_key", "field"])
        return {row.heading_key: row.field or "" for row in rows}

    @api.model
    def _remember(self, company, choices):
        """Keep the choices ``[(heading, field or False)]`` that differ from what the headings say by themselves."""
        known = {row.heading_key: row for row in self.search([("company_id", "=", company.id)])}
        for heading, field in choices:
            field = field if field in HEADINGS else False
            row = known.get(heading_key(heading))
            if row:
                row.field = field
            elif heading_key(heading):
                known[heading_key(heading)] = self.create(
                    {"heading": heading, "field": field, "company_id": company.id}
                )
