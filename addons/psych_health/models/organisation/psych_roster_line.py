from odoo import api, fields, models

KINDS = [("new", "New"), ("changed", "Changed"), ("moved", "Moved"), ("left", "Left")]
#: fields whose value is the id of a record
RELATIONS = {
    "class_id": "psych.unit",
    "college_id": "psych.unit",
    "room_id": "psych.unit",
    "programme_id": "psych.programme",
}


class PsychRosterLine(models.Model):
    """What a roster import does (preview) or did (journal) to one student, with the values before and after.

    Rows are written by the machine only, in bulk. They hold roster data and nothing else.
    """

    _name = "psych.roster.line"
    _description = "Student in a roster import"
    _order = "number, id"
    _log_access = False
    _rec_name = "number"

    batch_id = fields.Many2one("psych.roster.batch", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="batch_id.company_id")
    kind = fields.Selection(KINDS, required=True)
    row_index = fields.Integer(help="Position among the rows of the file, from 0; -1: not in the file.")
    place = fields.Char(string="Row")
    student_id = fields.Many2one(
        "psych.student",
        index="btree_not_null",
        ondelete="set null",
        help="Who was in the register before; a new student is found by the number.",
    )
    number = fields.Char(string="Student number", required=True)
    name = fields.Char()
    college_name = fields.Char(string="College")
    class_name = fields.Char(string="Class")
    room_name = fields.Char(string="Dorm room")
    # somebody of the register: what differs
    old_values = fields.Json()
    new_values = fields.Json()
    # a new student: what is written, as plain columns (twenty thousand rows are copied in as they are)
    gender = fields.Char()
    class_ref = fields.Integer(string="Id of the class")
    college_ref = fields.Integer(string="Id of the college")
    programme_ref = fields.Integer(string="Id of the programme")
    entry_year = fields.Integer(string="Entry year")
    room_ref = fields.Integer(string="Id of the dorm room")
    phone = fields.Char()
    birth_date = fields.Date()
    ethnicity = fields.Char()
    guardian_name = fields.Char()
    guardian_phone = fields.Char()
    enrolment_state = fields.Char()
    whereabouts_state = fields.Char()
    changes = fields.Char(string="What changes", compute="_compute_changes")

    _batch_kind = models.Index("(batch_id, kind, number)")

    @api.depends("old_values", "new_values", "kind")
    @api.depends_context("lang")
    def _compute_changes(self):
        names = self._names_of_links()
        labels = self.env["psych.student"].fields_get(attributes=["string", "selection"])
        for line in self:
            parts = []
            if line.kind != "new":
                for field in line.new_values or {}:
                    if field == "active" or (field == "college_id" and "class_id" in line.new_values):
                        continue
                    old, new = (
                        self._readable(field, (values or {}).get(field), names, labels)
                        for values in (line.old_values, line.new_values)
                    )
                    parts.append(f"{labels[field]['string']}: {old} → {new}")
            line.changes = "; ".join(parts)

    def _names_of_links(self):
        """{(model, id): name} of every unit and programme that the lines' values point to, also of those to be created."""
        wanted = {}
        names = self.batch_id._planned_names()
        for line in self:
            for values in (line.old_values or {}, line.new_values or {}):
                for field, model in RELATIONS.items():
                    if (values.get(field) or 0) > 0:
                        wanted.setdefault(model, set()).add(values[field])
        for model, ids in wanted.items():
            for record in self.env[model].with_context(active_test=False).search([("id", "in", list(ids))]):
                name = record.display_name
                if model == "psych.unit" and record.role == "room" and record.parent_id:
                    name = f"{record.parent_id.name} {name}"
                names[model, record.id] = name
        return names

    @api.model
    def _readable(self, field, value, names, labels):
        """A value of the journal in words."""
        if value in (None, False, ""):
            return self.env._("(empty)")
        if field in RELATIONS:
            return names.get((RELATIONS[field], value)) or str(value)
        choices = dict(labels[field].get("selection") or ())
        return str(choices.get(value, value))
