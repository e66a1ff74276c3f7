from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import CrisisCommon


@tagged("psych_crisis")
class TestPsychCrisisSettings(CrisisCommon):
    """Phones and channels: changed by the administrator, who holds no system right; read by nobody else."""

    def settings(self, user):
        return (
            self.env["psych.crisis.settings"]
            .with_user(user)
            .with_context(allowed_company_ids=self.company.ids)
        )

    def test_administrator(self):
        wizard = self.settings(self.u_admin).create(
            {"psych_crisis_desk_phone": "0731-110", "psych_crisis_public_form": True}
        )
        wizard.action_confirm()
        self.assertEqual(
            (self.company.psych_crisis_desk_phone, self.company.psych_crisis_public_form), ("0731-110", True)
        )
        self.assertEqual(self.company.psych_crisis_repeat_minutes, 15, "what was not touched stays")
        with self.assertRaises(ValidationError):
            self.settings(self.u_admin).create(
                {"psych_crisis_webhook_url": "http://chat.example/x"}
            ).action_confirm()

    def test_nobody_else(self):
        for user in (self.u_head, self.u_centre, self.u_leader, self.u_tutor, self.u_student):
            with self.assertRaises(AccessError):
                self.settings(user).create({}).action_confirm()

    def test_says_whether_it_works(self):
        wizard = self.settings(self.u_admin).create({})
        self.assertIn("stands still", wizard.health)
        self.assertIn("Nobody on call", wizard.health)
        self.run_ladder()
        self.put_on_call(self.u_centre, hours=24 * 8)
        self.assertIn(f"ran at {clock.local(clock.now()).strftime('%m-%d %H:%M')}", wizard.health)
        self.assertIn("Somebody is on call at every hour", wizard.health)
        self.assertTrue(self.Signal.with_user(self.u_centre).get_alarm()["shown"])

    def test_an_hour_without_anybody_on_call_is_on_every_screen(self):
        alarm = self.Signal.with_user(self.u_centre).with_context(allowed_company_ids=self.company.ids)
        self.assertTrue(alarm.get_alarm()["gap"])
        self.put_on_call(self.u_centre)
        self.assertFalse(alarm.get_alarm()["gap"])
