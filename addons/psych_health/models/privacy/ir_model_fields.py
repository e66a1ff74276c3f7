import functools

from odoo import models

from ...tools import door


def _shut(compute):
    @functools.wraps(compute)
    def closed(records):
        with door.shut("manual field"):
            return compute(records)

    return closed


class IrModelFields(models.Model):
    """The gate is shut while the code of a manual field runs (odoo-traps 1)."""

    _inherit = "ir.model.fields"

    def _instanciate_attrs(self, field_data):
        attrs = super()._instanciate_attrs(field_data)
        if attrs and callable(attrs.get("compute")):
            attrs["compute"] = _shut(attrs["compute"])
        return attrs
