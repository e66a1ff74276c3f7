"""Common ground of the tests about cases: one orange case of the first student, opened by the station of college A."""

from odoo.exceptions import AccessError

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon


class CaseCommon(CrisisCommon):
    """A case of ``cls.student`` with helpers that act as a named user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = (
            cls.env["psych.crisis.case"].with_user(cls.u_station)._open_for_student(cls.student, "orange")
        )
        cls.sudo_case = cls.case.sudo()
        cls.stage = {stage.code: stage for stage in cls.env["psych.crisis.stage"].search([])}

    @classmethod
    def as_user(cls, user, model):
        """Return ``model`` in the environment of ``user``."""
        return cls.env[model].with_user(user)

    @classmethod
    def make_ready(cls):
        """Leader, team and an approved plan."""
        cls.case.leader_id = cls.u_leader
        cls.as_user(cls.u_station, "psych.crisis.case.member").create(
            {"case_id": cls.case.id, "user_id": cls.u_tutor.id}
        )
        plan = cls.as_user(cls.u_station, "psych.crisis.plan").create(
            {"case_id": cls.case.id, "goals": "Sleep"}
        )
        plan.action_submit()
        plan.with_user(cls.u_leader).action_approve()
        return plan

    def assert_refused(self, users, call):
        """Check that ``call(user)`` is an access error for each of ``users``."""
        for user in users:
            with self.assertRaises(AccessError, msg=user.login), self.env.cr.savepoint():
                call(user)
        self.env.invalidate_all()

    def call_to_case(self, user):
        """Let the ladder have called ``user`` to the case."""
        now = clock.now()
        climb = self.env["psych.crisis.climb"].create(
            {
                "case_id": self.case.id,
                "at": now,
                "started_at": now,
                "reason": "silent",
                "stamp": "step",
                "company_id": self.company.id,
            }
        )
        self.sudo_case._address([(user, self.sudo_case._membership_of(user))], climb)

    def steps(self):
        """Return the steps that wait, as ``{step: due}``."""
        return dict(self.sudo_case._candidates())
