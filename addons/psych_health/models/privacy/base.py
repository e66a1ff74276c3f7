from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

NAMED = ("psych.student", "psych.family.contact")
"""Models that *are* names; every model of ours whose rows point at one of them carries names."""


class Base(models.AbstractModel):
    """Core's ways to take a table away stop where it carries names (S1-Art20-c; PIPL art. 51).

    A list with names leaves only as an approved ``psych.export.request``: a second person decides, the file is under
    password, the register keeps who, why, for whom and how many rows. Core's export, its ``/json/1`` and the
    spreadsheet of a pivot have none of this, so they are refused to everybody, whatever groups the person holds.
    """

    _inherit = "base"

    def export_data(self, fields_to_export):
        """Core's export (list view, RPC); refused where a table or one of its paths carries names."""
        self._psych_check_taking([name.replace(".", "/").split("/") for name in fields_to_export])
        return super().export_data(fields_to_export)

    # ---- names of records

    @api.depends_context("lang")
    def _compute_display_name(self):
        """A record of ours that is named by a choice is called by its words; core shows the key."""
        field = self._fields.get(self._rec_name)
        if not (self._name.startswith("psych.") and field and field.type == "selection"):
            return super()._compute_display_name()
        words = dict(field._description_selection(self.env))
        for record in self:
            record.display_name = words.get(record[self._rec_name]) or False

    # ---- ids that a person types

    def onchange(self, values, field_names, fields_spec):
        """A form shows what follows from the rows it points at, names included, with the rights of the program.

        Core takes any id there; so whoever may fill in a form could learn who is behind it by counting up. Ids of
        our rows are taken only from people who may read the row; unchanged ones of the record itself are left alone.
        """
        if self.env.su:
            return super().onchange(values, field_names, fields_spec)
        asked = self._psych_with_readable_defaults()
        return super(Base, asked).onchange(asked._psych_readable_values(values), field_names, fields_spec)

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su or not self._transient:
            return super().create(vals_list)
        asked, known = self._psych_with_readable_defaults(), set()
        return super(Base, asked).create([asked._psych_readable_values(vals, known) for vals in vals_list])

    def write(self, vals):
        if self._transient and not self.env.su:
            vals = self._psych_readable_values(vals)
        return super().write(vals)

    def _check_company(self, fnames=None):
        """Core's sentence names the row of the other school to whoever typed its id."""
        try:
            return super()._check_company(fnames)
        except UserError:
            if self.env.su or not self._name.startswith("psych."):
                raise
            sentence = self.env._("This belongs to another school. Please choose one of your own school.")
            raise UserError(sentence) from None

    def _psych_with_readable_defaults(self):
        """Give ``self`` without those defaults of the context that :meth:`_psych_readable_values` takes out."""
        context = self.env.context
        given = {name[8:]: value for name, value in context.items() if name.startswith("default_")}
        closed = {f"default_{name}" for name in given.keys() - self._psych_readable_values(given).keys()}
        if not closed:
            return self
        kept = {name: value for name, value in context.items() if name not in closed}
        return self.with_context(kept)  # pylint: disable=context-overridden

    def _psych_readable_values(self, values, known=None):
        """Check the ids of our rows in ``values``.

        :param known: set of links found good before, is added to: hundreds of lines of one form are asked for it once
        :return: ``values`` without the closed ids of fields that the program fills in by itself
        :raises AccessError: of an id that the person chose and may not read
        """
        known, kept = set() if known is None else known, dict(values)
        for name, value in values.items():
            field = self._fields.get(name)
            if field is None or not field.relational or not value:
                continue
            if field.type == "many2one":
                # core takes a dict as a row with this id as its origin
                value = value.get("id") if isinstance(value, dict) else value
                link = (field.comodel_name, value if type(value) is int else None)
                if link in known:
                    continue
                if self._psych_may_point_at(field, value):
                    known.add(link)
                else:
                    kept.pop(name, None)
            else:
                self._psych_check_commands(field, value)
        return kept

    def _psych_may_point_at(self, field, value):
        if not field.comodel_name.startswith("psych.") or type(value) is not int:
            return True
        row = self.env[field.comodel_name].browse(value)
        if len(self) == 1 and row == self[field.name]:
            return True
        if field.readonly and field.compute:
            return row.has_access("read")
        row.check_access("read")
        return True

    def _psych_check_commands(self, field, commands):
        """Check lines that are written inside a form, and rows that it links: by a command, or by the bare id."""
        lines = self.env[field.comodel_name]
        if not lines._name.startswith("psych."):
            return
        known = self[field.name]._ids if len(self) == 1 else ()
        for command in commands if isinstance(commands, (list, tuple)) else ():
            if isinstance(command, dict):
                command = Command.create(command)
            elif not isinstance(command, (list, tuple)):
                command = Command.link(command)
            if command[0] in (Command.CREATE, Command.UPDATE):
                line = lines.browse(command[1]) if command[1] in known else lines
                line._psych_with_readable_defaults()._psych_readable_values(command[2] or {})
            linked = {
                Command.LINK: command[1:2],
                Command.UPDATE: command[1:2],
                Command.SET: command[-1] or (),
            }.get(command[0], ())
            # others are lines that are not saved yet
            ids = [int(row) for row in linked if str(row).isdecimal()]
            lines.browse([row for row in ids if row not in known]).check_access("read")

    @api.model
    def _psych_check_taking(self, paths=()):
        """Refuse to hand this table out by core's own ways when it carries names.

        :param paths: lists of field names, each walked from this model on
        :raises AccessError: says the way that is open
        """
        if self._psych_carries_names() or any(self._psych_path_carries_names(path) for path in paths):
            raise AccessError(
                self.env._(
                    "Lists with names do not leave by the export of the program. Please ask for an "
                    "«Export with names»: the head of the centre decides, and the file is under password."
                )
            )

    @api.model
    def _psych_path_carries_names(self, path):
        model = self
        for name in path:
            field = model._fields.get(name)
            if field is None or not field.relational:
                return False
            model = self.env[field.comodel_name]
            if model._psych_carries_names():
                return True
        return False

    @api.model
    def _psych_carries_names(self):
        """Whether rows of this model are students, or are about one who can be named from the row."""
        if self._name in NAMED:
            return True
        return self._name.partition(".")[0].endswith("psych") and any(
            field.type in ("many2one", "many2many") and field.comodel_name in NAMED
            for field in self._fields.values()
        )
