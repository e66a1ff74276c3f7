from odoo import api, models
from odoo.exceptions import AccessError

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
