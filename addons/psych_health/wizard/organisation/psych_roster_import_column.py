from odoo import fields, models

from ...models.organisation.psych_roster_mapping import ROSTER_FIELDS


class PsychRosterImportColumn(models.TransientModel):
    """One column of the uploaded file and the field of the roster it stands for (empty: left out)."""

    _name = "psych.roster.import.column"
    _description = "Column of a roster file"
    _order = "sequence, id"
    _rec_name = "heading"

    import_id = fields.Many2one("psych.roster.import", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer()
    heading = fields.Char(string="Heading in the file", readonly=True)
    sample = fields.Char(string="First cells", readonly=True)
    field = fields.Selection(ROSTER_FIELDS, string="Stands for")
    usual = fields.Boolean(readonly=True)
    sensitive = fields.Boolean(readonly=True)
