"""What installation says once: weeks begin on Monday, accounts by invitation; updates of the platform leave it."""

from odoo.tests import HttpCase, tagged

from odoo.addons.psych_health.hooks import monday


@tagged("post_install", "-at_install")
class TestHooks(HttpCase):
    def language(self, code):
        return self.env["res.lang"].with_context(active_test=False).search([("code", "=", code)])

    def test_weeks_begin_on_monday_after_installation(self):
        self.assertEqual(self.language("zh_CN").week_start, "1")
        self.assertTrue(
            self.env["ir.model.data"].search([("name", "=", "lang_zh_CN"), ("module", "=", "base")]).noupdate
        )

    def test_nobody_makes_an_account_for_himself(self):
        page = self.url_open("/web/signup")
        self.assertEqual(page.status_code, 404)
        self.assertNotIn("/web/signup", self.url_open("/web/login").text)

    def test_said_for_what_is_used_and_still_as_shipped(self):
        shipped, chosen, unused = self.language("en_US"), self.language("de_DE"), self.language("zh_TW")
        shipped.write({"active": True, "week_start": "7"})
        chosen.write({"active": True, "week_start": "6"})
        unused.write({"active": False, "week_start": "7"})
        monday(self.env)
        self.assertEqual((shipped.week_start, chosen.week_start, unused.week_start), ("1", "6", "7"))
