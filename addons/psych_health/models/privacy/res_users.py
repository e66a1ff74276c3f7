from odoo import models

from ...tools import door


class ResUsers(models.Model):
    """The old RPC doors: who sends credentials with the call stands at the door (odoo-traps 2)."""

    _inherit = "res.users"

    def _check_uid_passwd(self, uid, passwd):
        result = super()._check_uid_passwd(uid, passwd)
        door.arrive(door.Identity(door.KIND_RPC, int(uid)))
        return result
