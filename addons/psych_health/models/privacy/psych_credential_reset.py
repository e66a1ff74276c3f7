import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock

SEAM = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""
HOURS_OPEN = 24
ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY3479"


class PsychCredentialReset(models.Model):
    """Reset of password or second factor of a clinical user: asked by one, approved by a head of the centre.

    Neither who asks nor who approves is the person concerned, and they are two. A new password is shown once to
    the head, who hands it over in person. Resets made by the operator's shell leave a row too (trap 1).
    """

    _name = "psych.credential.reset"
    _description = "Reset of a sign-in"
    _order = "id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", string="Person", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [("password", "New password"), ("second_factor", "Second factor set up anew")],
        required=True,
        default="second_factor",
    )
    why = fields.Selection(
        [
            ("phone", "Telephone lost or changed"),
            ("forgotten", "Forgotten"),
            ("suspect", "Somebody else may know it"),
            ("other", "Other"),
        ],
        required=True,
        default="phone",
    )
    asked_by_id = fields.Many2one("res.users", readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True)
    asked_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("asked", "Asked"), ("done", "Done"), ("refused", "Refused"), ("system", "Done by the operator")],
        required=True,
        default="asked",
        readonly=True,
        index=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_seam():
            vals_list = [self._asked_vals(vals) for vals in vals_list]
        return super().create(vals_list)

    def _asked_vals(self, vals):
        user = self.env["res.users"].browse(vals.get("user_id")).exists()
        if not user or user == self.env.user:
            raise UserError(
                self.env._("Please choose the person; the own password is changed in the own preferences.")
            )
        return {
            **{name: vals[name] for name in ("user_id", "kind", "why") if name in vals},
            "state": "asked",
            "company_id": user.company_id.id,
            "asked_by_id": self.env.uid,
            "asked_at": clock.now(),
        }

    def write(self, vals):
        if not self._is_seam():
            raise AccessError(self.env._("A reset is approved or refused, never edited."))
        return super().write(vals)

    def _is_seam(self):
        return self.env.context.get("psych_reset_row") is SEAM

    # sudo seam: each caller checks who acts
    def _seam(self):
        return self.sudo().with_context(psych_reset_row=SEAM)

    @api.model
    def _note(self, user, kind):
        """Leave a row for a reset that code in sudo made."""
        self._seam().create(
            {
                "user_id": user.id,
                "company_id": user.company_id.id,
                "kind": kind,
                "why": "other",
                "state": "system",
                "asked_by_id": self.env.uid,
                "asked_at": clock.now(),
                "done_at": clock.now(),
            }
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_register(self):
        raise UserError(self.env._("The register of resets is kept."))

    def _check_head(self):
        self.ensure_one()
        user = self.env.user
        if not user._psych_has_scope("centre_head", company=self.company_id):
            raise AccessError(self.env._("The head of the centre decides on resets of clinical accounts."))
        if user in self.user_id | self.asked_by_id:
            raise AccessError(
                self.env._("Somebody else than the person concerned and the one who asked decides.")
            )
        if self.state != "asked":
            raise UserError(self.env._("This reset is decided already."))
        if self.asked_at < clock.now() - timedelta(hours=HOURS_OPEN):
            raise UserError(self.env._("This request is older than a day. Please ask again."))

    def action_approve(self):
        """Approve and carry out; a new password is shown once."""
        self._check_head()
        password = "".join(secrets.choice(ALPHABET) for _ in range(12)) if self.kind == "password" else None
        self.user_id._psych_reset(self.kind, password)
        self._seam().write({"state": "done", "approved_by_id": self.env.uid, "done_at": clock.now()})
        message = (
            self.env._(
                "New password of %(name)s, shown once: %(password)s",
                name=self.user_id.name,
                password=password,
            )
            if password
            else self.env._("%(name)s sets up a second factor at the next sign-in.", name=self.user_id.name)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "sticky": True, "message": message},
        }

    def action_refuse(self):
        """Refuse."""
        self._check_head()
        self._seam().write({"state": "refused", "approved_by_id": self.env.uid})
