from odoo import api, fields, models


class Key(int):
    """A key drawn by psych.occupation; a client can send numbers, never one of these."""


class PsychOccupant(models.AbstractModel):
    """A record that occupies people or rooms: it holds the key of its rows in psych.occupation."""

    _name = "psych.occupant"
    _description = "Occupies people or rooms"

    occupation_key = fields.Integer(readonly=True, copy=False, index="btree_not_null", aggregator=None)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._own_key_only(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._own_key_only(vals))

    def _own_key_only(self, vals):
        """Leave out a key that psych.occupation did not draw: it could free somebody else's hour."""
        if isinstance(vals.get("occupation_key", Key()), Key):
            return vals
        return {name: value for name, value in vals.items() if name != "occupation_key"}
