from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

PASSWORD = "Test-Passw0rd-1"


class TestPsychWorld(models.AbstractModel):
    """Builds a small committed school for the top-level tests; the operator calls it once."""

    _name = "test_psych.world"
    _description = "Small school for tests"

    @api.model
    def build(self, marker):
        """Return the ids of users, notes and sheets; all users have the password of this file."""
        if not self.env.user._is_system():
            raise AccessError("operator only")  # pylint: disable=prefer-env-translation,translation-required
        # the sessions of these tests sign in by password alone; the second factor has tests of its own
        self.env["ir.config_parameter"].set_param("psych_health.relax_second_factor", "1")
        world = self._world()
        student, other = world.students[0], world.students[2]
        users = {
            "counsellor": world.holder("counsellor_part", world.centre, "w_counsellor"),
            "head": world.holder("centre_director", world.centre, "w_head"),
            "teacher": world.holder("psych_teacher", world.centre, "w_teacher"),
            "tutor": world.holder("tutor", world.class_a1, "w_tutor"),
            "station": world.holder("station_teacher", world.station_a, "w_station"),
            "leader": world.holder("vice_president", world.root, "w_leader"),
            "manager": world.holder("administrator", world.root, "w_manager"),
            "student": world.make_portal(student),
        }
        # one hash for all: hashing is the slowest part
        first, *others = users.values()
        first.password = PASSWORD
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users SET password = (SELECT password FROM res_users WHERE id = %s) WHERE id IN %s",
            (first.id, tuple(user.id for user in others)),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        env = self.env(user=users["counsellor"].id, su=False)
        case = env["test_psych.case"].create({"name": "C-1", "company_id": world.company.id})
        note = env["test_psych.note"].create(
            {
                "student_id": student.id,
                "case_id": case.id,
                "note": marker,
                "plan": marker,
                "company_id": world.company.id,
            }
        )
        return {
            "company": world.company.id,
            "note": note.id,
            "case": case.id,
            "student": student.id,
            "other": other.id,
            "password": PASSWORD,
            "logins": {name: user.login for name, user in users.items()},
            "uids": {name: user.id for name, user in users.items()},
        }

    @api.model
    def api_key(self, uid):
        """Return a fresh API key of a user."""
        if not self.env.user._is_system():
            raise AccessError("operator only")  # pylint: disable=prefer-env-translation,translation-required
        keys = self.env["res.users.apikeys"].with_user(uid)
        return keys._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))

    @api.model
    def grant(self, uids, group):
        """Put users into a group of core (external id), whatever school they are of."""
        if not self.env.user._is_system():
            raise AccessError("operator only")  # pylint: disable=prefer-env-translation,translation-required
        self.env["res.users"].sudo().browse(uids).write({"group_ids": [(4, self.env.ref(group).id)]})
        return True

    @api.model
    def seal(self):
        """Seal the log now."""
        self._operator_only()
        self.env["psych.access.seal"].sudo()._cron_seal()
        return True

    @api.model
    def check_log(self):
        """Return what the nightly check of the chain finds; a call of its own, after the seals are committed."""
        self._operator_only()
        return self.env["psych.access.seal"].sudo()._check_chain()

    def _operator_only(self):
        if not self.env.user._is_system():
            raise AccessError("operator only")  # pylint: disable=prefer-env-translation,translation-required

    def _world(self):
        from odoo.addons.psych_health.tests import common  # noqa: PLC0415

        class World(common.StandingWorld):
            env = self.env(user=SUPERUSER_ID, context={"tracking_disable": True, "no_reset_password": True})

        use, common.use_test_keys = common.use_test_keys, lambda cls: None
        try:
            World.psych_world()
        finally:
            common.use_test_keys = use
        return World


class TestPsychNote(models.Model):
    _inherit = "test_psych.note"

    def read_and_fail(self):
        """Read and then fail: the log row must not be rolled back with the rest (trap 4)."""
        raise UserError(self.note)

    def write_text_into_message(self):
        """Return the text inside an answer, as a badly written button would."""
        return {"text": self.note}
