"""Conditions such as ``("row_ids", "!=", False)`` and ``("row_ids", "in", ids)`` keep to the rules of the rows.

Core answers both without asking whether the person may read the rows (it looks them up with ``sudo()``), so that
who reads the parent could learn whether there are rows, and which. ``any`` asks; these are turned into it.
"""

from odoo.fields import Domain
from odoo.orm.domains import OptimizationLevel, field_type_optimization
from odoo.tools import OrderedSet


@field_type_optimization(["one2many", "many2many"], OptimizationLevel.FULL)
def _optimize_by_readable_rows(condition, model):
    """Ask only the rows of our models that the person may read; rules themselves and machine work run with ``su``."""
    field = model._fields.get(condition.field_expr)
    value = condition.value
    if (
        model.env.su
        or condition.operator not in ("in", "not in")
        or not isinstance(value, (OrderedSet, set, frozenset, list, tuple))
        or not field.comodel_name.startswith("psych.")
        or field.bypass_search_access
    ):
        return condition
    rows = model.env[field.comodel_name].with_context(active_test=False)
    ids = [row_id for row_id in value if row_id]
    parts = []
    if ids:
        parts.append(Domain(field.name, "any", rows._search(Domain("id", "in", ids))))
    if len(ids) < len(value):
        parts.append(Domain(field.name, "not any", rows._search(Domain.TRUE)))
    domain = Domain.OR(parts)
    return domain if condition.operator == "in" else ~domain
