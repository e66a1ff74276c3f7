from odoo.tests import HttpCase, tagged

from odoo.addons.psych_health.tests.common import PsychWorld
from odoo.addons.psych_health.tools import clock

from .common_case import CaseCommon


@tagged("psych_crisis")
class TestFirstPage(PsychWorld, HttpCase):
    """Where each role lands after signing in, asked as the web client asks."""

    def home_of(self, user):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request("/web/session/get_session_info")["home_action_id"]

    def test_leadership_starts_on_the_board_unless_it_chose_otherwise(self):
        self.psych_world()
        leader = self.holder("vice_president", self.root, "leader_home")
        tutor = self.holder("tutor", self.class_a1, "tutor_home")
        self.assertEqual(self.home_of(leader), self.env.ref("psych_crisis.psych_crisis_case_board_action").id)
        self.assertFalse(self.home_of(tutor))
        own = self.env.ref("psych_health.psych_work_item_action")
        leader.action_id = own.id
        self.assertEqual(self.home_of(leader), own.id)


@tagged("psych_crisis")
class TestWorkbenchRows(CaseCommon):
    """Rows of one kind are told apart without a name."""

    def test_follow_ups_carry_the_case_or_the_end_of_the_number(self):
        rows = self.env["psych.crisis.followup"].create(
            [{"case_id": self.case.id, "user_id": self.u_tutor.id, "due_at": clock.now()}]
        )
        self.env.flush_all()
        items = self.env["psych.work.item"].with_user(self.u_tutor).search([("kind", "=", "followup")])
        labels = {item.res_id: item.label for item in items}
        self.assertEqual(labels[rows.id], self.case.name)
        self.assertFalse([label for label in labels.values() if self.students[0].name in label])
