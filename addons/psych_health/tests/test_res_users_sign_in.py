"""Sign-in of clinical users: second factor demanded, no keys, resets with the head, failures visible."""

import base64
import time

from odoo.exceptions import AccessDenied, AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged

from odoo.addons.auth_totp.models.totp import TOTP, hotp

from ..models.privacy.res_users_sign_in import SETUP
from .common import PsychCommon, PsychWorld

PASSWORD = "Sign-1n-Passw0rd"


class TestResUsersSignIn(PsychCommon):
    def relax(self, value="1"):
        self.env["ir.config_parameter"].set_param("psych_health.relax_second_factor", value)

    def test_second_factor_for_clinical_groups_only(self):
        self.relax("0")
        for user in (self.u_counsellor, self.u_centre, self.u_head):
            self.assertEqual(user.with_user(user)._mfa_type(), SETUP, user.login)
            self.assertEqual(user.with_user(user)._mfa_url(), "/psych/second-factor")
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_admin, self.u_duty, self.u_student):
            self.assertNotEqual(user.with_user(user)._mfa_type(), SETUP, user.login)
        self.u_counsellor.sudo().totp_secret = "A" * 32
        self.assertEqual(self.u_counsellor.with_user(self.u_counsellor)._mfa_type(), "totp")

    def test_fresh_database_has_it_on(self):
        self.assertFalse(
            self.env["ir.config_parameter"].search([("key", "=", "psych_health.relax_second_factor")])
        )
        self.assertFalse(self.env["ir.http"]._psych_relaxed())

    def test_relaxed_says_so(self):
        self.relax()
        self.assertFalse(self.u_counsellor.with_user(self.u_counsellor)._mfa_type())
        self.assertTrue(self.env["ir.http"]._psych_relaxed())

    def test_mail_policy_does_not_weaken(self):
        self.env["ir.config_parameter"].set_param("auth_totp.policy", "employee_required")
        user = self.u_counsellor.with_user(self.u_counsellor)
        self.assertEqual(user._mfa_type(), SETUP)
        with self.assertRaises(AccessDenied):
            user._check_credentials({"type": "totp_mail", "token": 123456}, {"interactive": True})

    def test_no_api_keys(self):
        Keys = self.env["res.users.apikeys"]
        with self.assertRaises(AccessError):
            Keys.with_user(self.u_counsellor)._generate("rpc", "key", "2030-01-01")
        self.assertTrue(self.u_counsellor.with_user(self.u_counsellor)._rpc_api_keys_only())

    def test_resets_need_the_head(self):
        admin = self.u_admin
        admin.sudo().group_ids = [(4, self.env.ref("base.group_erp_manager").id)]
        target = self.u_counsellor.with_user(admin)
        for change in (
            lambda: target.write({"password": "Another-1234"}),
            lambda: target._change_password("Another-1234"),
            lambda: target._psych_check_reset("second_factor"),
        ):
            with self.assertRaises(AccessError):
                change()
        Reset = self.env["psych.credential.reset"]
        row = Reset.with_user(admin).create(
            {"user_id": self.u_counsellor.id, "kind": "second_factor", "state": "done"}
        )
        self.assertEqual((row.state, row.asked_by_id), ("asked", admin))
        self.u_counsellor.sudo().totp_secret = "A" * 32
        for user in (admin, self.u_centre, self.u_counsellor):
            with self.assertRaises(AccessError):
                row.with_user(user).action_approve()
        row.with_user(self.u_head).action_approve()
        self.assertEqual(row.state, "done")
        self.assertFalse(self.u_counsellor.totp_enabled)
        with self.assertRaises(UserError):
            row.sudo().unlink()

    def test_own_password_and_operator(self):
        self.env(user=self.u_counsellor.id, su=False).user._change_password("Own-Passw0rd-9")
        self.assertFalse(self.env["psych.credential.reset"].search([]))
        self.u_counsellor.sudo().password = "Operator-Passw0rd"
        self.assertEqual(self.env["psych.credential.reset"].search([]).state, "system")

    def test_failed_sign_in_is_noted(self):
        Failure = self.env["psych.login.failure"]
        Failure._note(self.u_counsellor.login, "password", "10.0.0.1")
        Failure._note("my-secret-password", "password", "10.0.0.1")
        rows = Failure.search([])
        self.assertNotIn("my-secret-password", str(rows.read()))
        for user in (self.u_tutor, self.u_centre, self.u_counsellor, self.u_leader, self.u_student):
            self.assertFalse(Failure.with_user(user).has_access("read"), user.login)
        for user in (self.u_head, self.u_admin):
            self.assertTrue(Failure.with_user(user).has_access("read"))

    def test_audit_log_takes_no_confidential_model(self):
        rule = {"name": "x", "model_id": self.env["ir.model"]._get_id("psych.consent"), "state": "draft"}
        with self.assertRaises(ValidationError):
            self.env["auditlog.rule"].create(rule)

    def test_idle_lock(self):
        for user in (self.u_counsellor, self.u_head, self.u_admin, self.u_tutor):
            self.assertTrue(user._get_lock_timeout_inactivity(), user.login)


@tagged("post_install", "-at_install")
class TestSecondFactorPage(PsychWorld, HttpCase):
    def test_password_then_setup_then_in(self):
        self.psych_world()
        user = self.holder("counsellor_part", self.centre, "second_factor_person")
        user.password = PASSWORD
        page = self.url_open("/web/login")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        answer = self.url_open(
            "/web/login", data={"login": user.login, "password": PASSWORD, "csrf_token": token}
        )
        self.assertTrue(answer.url.endswith("/psych/second-factor"), answer.url)
        self.assertNotIn(
            "/odoo", self.url_open("/odoo", allow_redirects=False).headers.get("Location", "/web/login")
        )
        secret = answer.text.split("word-break:break-all")[1].split(">")[1].split("<")[0]
        token = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
        wrong = self.url_open("/psych/second-factor", data={"code": "000000", "csrf_token": token})
        self.assertIn(secret, wrong.text)
        key = base64.b32decode(secret)
        code = str(hotp(key, int(time.time() / 30))).zfill(6)
        self.assertTrue(TOTP(key).match(int(code)))
        done = self.url_open("/psych/second-factor", data={"code": code, "csrf_token": token})
        self.assertNotIn("second-factor", done.url)
        self.env.invalidate_all()
        self.assertTrue(user.totp_enabled)
