from odoo import fields, models


class PsychRosterImportUnit(models.TransientModel):
    """A college, programme, class, building or room that the file names and the school does not have yet."""

    _name = "psych.roster.import.unit"
    _description = "Unit to be created by a roster import"
    _order = "id"
    _rec_name = "name"

    import_id = fields.Many2one("psych.roster.import", required=True, ondelete="cascade", index=True)
    role = fields.Selection(
        [
            ("college", "College"),
            ("programme", "Programme"),
            ("class", "Class"),
            ("building", "Dorm building"),
            ("room", "Dorm rooms"),
        ],
        string="Kind",
        readonly=True,
    )
    key = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    parent_name = fields.Char(string="Under", readonly=True)  # "parent" is taken by the web client
    count = fields.Integer(string="Units", readonly=True)
    rows = fields.Integer(string="Students", readonly=True)
    similar = fields.Char(
        string="Did you mean", readonly=True, help="A unit of the school with a similar name."
    )
    create_it = fields.Boolean(string="Create", default=True)
