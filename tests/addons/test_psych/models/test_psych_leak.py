from odoo import api, fields, models


class TestPsychLeak(models.Model):
    """A badly written counter, so that the attack on the real models shows that it finds one."""

    _name = "test_psych.leak"
    _description = "Toy leak"

    watched = fields.Integer(compute="_compute_watched")

    def _compute_watched(self):
        self.watched = self.env["psych.session"].sudo().search_count([("student_id.name", "ilike", "Twin")])


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def test_psych_ring(self):
        """Send a message to the own browser."""
        self.env.user._bus_send("test_psych_ring", {})
        return True
