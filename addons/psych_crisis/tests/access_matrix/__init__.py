"""The access matrix of this addon: the same table and words as psych_health's (docs/access-matrix.md), tables of its own."""

from importlib import import_module
from pathlib import Path

from odoo.addons.psych_health.tests import access_matrix

FOLDER = Path(__file__).parent


def rooms():
    """Return the names of the rooms that have a table."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def load(room):
    """Return the table of a room of this addon, in the words of the table of psych_health."""
    return access_matrix.load(room, FOLDER)


def samples(room):
    """Return ``{model or model/variant: function(case, place, user) → record or None}`` of a room."""
    return import_module(f"{__name__}.{room}").SAMPLES
