from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AuthOauthProvider(models.Model):
    """A sign-in service of the school (Yiban and the like) through which students enter.

    The operator sets it up: whoever names the service decides who may say to be which student.
    """

    _inherit = "auth.oauth.provider"

    psych_for_students = fields.Boolean(
        string="Signs students in",
        help="A student is found by the student number; no account is ever made at the sign-in.",
    )
    psych_company_id = fields.Many2one("res.company", string="School")
    psych_number_claim = fields.Char(
        string="Field with the student number",
        default="student_number",
        help="Name in the answer of the service, for example student_number or sub. It must be one that the service "
        "guarantees, never one that its users edit.",
    )

    @api.constrains("psych_for_students", "psych_company_id", "psych_number_claim")
    def _check_psych_complete(self):
        for provider in self.filtered("psych_for_students"):
            if not (provider.psych_company_id and provider.psych_number_claim):
                raise ValidationError(
                    self.env._("Sign-in of students needs a school and the field with the student number.")
                )

    @api.model
    def _psych_offered(self):
        """Whether students can sign in by a service. Named seam: asked by whoever stands at the entrance; yes or no."""
        return bool(
            self.sudo().search_count([("psych_for_students", "=", True), ("enabled", "=", True)], limit=1)
        )

    def _psych_number(self, validation):
        """Student number in the answer of the service, as text without blanks; empty when it names none.

        :param dict validation: answer of the service; core has moved the subject (sub, id) to `user_id`
        """
        claim = "user_id" if self.psych_number_claim in ("sub", "id") else self.psych_number_claim
        value = validation.get(claim)
        return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""

    def _psych_meant_for_us(self, validation):
        """False when the answer says that the token was given to another application (confused deputy)."""
        named = [validation[key] for key in ("aud", "azp", "client_id", "audience") if validation.get(key)]
        flat = [name for value in named for name in (value if isinstance(value, list) else [value])]
        return not flat or self.client_id in flat
