from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import confidential


class PsychConfidentialAnonymise(models.AbstractModel):
    """How a confidential record is anonymised when its time is over; a model may extend it."""

    _inherit = "psych.confidential.mixin"

    def _psych_anonymise(self):
        """Wipe the encrypted texts and cut the link to the student where the model allows it.

        Bytes only: nothing is opened. What stays are numbers without a person.

        :raises UserError: the link to the student is required, so the class must say *destroy*
        """
        if not self:
            return
        name = self._psych_student_field
        if name and self._fields[name].required:
            raise UserError(self.env._("%s: this kind of record can only be destroyed.", self._description))
        columns = [field + confidential.SUFFIX for field in confidential.confidential_names(self)] + (
            [name] if name else []
        )
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id IN %s",
                SQL.identifier(self._table),
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(column)) for column in columns),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()
