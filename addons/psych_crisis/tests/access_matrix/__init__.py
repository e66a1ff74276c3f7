"""The access matrix of this addon: the same table and words as psych_health's (docs/access-matrix.md), tables of its own."""

import csv
from importlib import import_module
from pathlib import Path

from odoo.addons.psych_health.tests.access_matrix import OPERATIONS, ROLES, STAFF, STUDENTS, places

FOLDER = Path(__file__).parent


def rooms():
    """Return the names of the rooms that have a table."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def load(room):
    """Return ``{model or model/variant: {role: {operation: places}}}`` of a room; what is not named is refused."""
    table = {}
    with open(FOLDER / f"{room}.csv", encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            rights = table.setdefault(row["model"], {})
            for name in row["role"].split():
                for role in {"staff": STAFF, "students": STUDENTS}.get(name, (name,)):
                    if role not in ROLES:
                        raise ValueError(f"{room}.csv: unknown role {role}")
                    cells = rights.setdefault(role, {operation: set() for operation in OPERATIONS})
                    for operation in OPERATIONS:
                        cells[operation] |= places(row[operation])
    return table


def samples(room):
    """Return ``{model or model/variant: function(case, place, user) → record or None}`` of a room."""
    return import_module(f"{__name__}.{room}").SAMPLES
