"""The access matrix: one table per room (``<room>.csv``) and its sample records (``<room>.py``).

How to read and extend it stands in docs/access-matrix.md.
"""

import csv
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
OPERATIONS = ("read", "write", "create", "unlink")
PLACES = ("self", "unit", "other", "shared", "foreign")
WORDS = {
    "-": set(),
    "self": {"self"},
    "unit": {"unit"},
    "school": {"self", "unit", "other"},
    "shared": {"shared"},
}
STAFF = ("tutor", "station", "office", "leader", "duty", "counsellor", "centre", "centre_head", "admin")
STUDENTS = ("student", "cadre_class", "cadre_dorm")
ROLES = ("nobody", *STUDENTS, *STAFF)


def rooms():
    """Return the names of the rooms that have a table."""
    return sorted(path.stem for path in FOLDER.glob("*.csv") if path.stem != "without_rule")


def without_rule():
    """Return ``{model: reason}`` of the tables that need no rule of a role: everybody with the right sees all of the school."""
    with open(FOLDER / "without_rule.csv", encoding="utf-8") as file:
        return {row["model"]: row["reason"] for row in csv.DictReader(file)}


def places(cell):
    """Return the set of places of a cell such as ``self+unit``; an unknown word is an error of the table."""
    return set().union(*(WORDS[word] for word in cell.strip().split("+")))


def load(room, folder=FOLDER):
    """Return ``{model or model/variant: {role: {operation: places}}}`` of a room; what is not named is refused."""
    table = {}
    with open(folder / f"{room}.csv", encoding="utf-8") as file:
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
