from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential


class PsychCrisisReferral(models.Model):
    """Referral to a hospital (转介就医, facts B5): slip in two copies, consent or recorded override, escort, receipt, answer.

    The school does not diagnose (Mental Health Law 23, 29): fields are *suspected* and the *hospital's document*.
    """

    _name = "psych.crisis.referral"
    _description = "Referral"
    _inherit = ["psych.confidential.mixin"]
    _order = "id desc"
    _rec_name = "name"
    _psych_content_right = "notes"

    name = fields.Char(string="Number", readonly=True, copy=False)
    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    student_id = fields.Many2one("psych.student", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    hospital_id = fields.Many2one("psych.hospital", required=True, ondelete="restrict")
    reason = Confidential(string="Reason and main findings")
    basis = fields.Selection(
        [
            ("consent", "Consent of student or guardian"),
            ("law28", "Danger: Mental Health Law 28"),
            ("leader", "Leader's decision, refusal recorded"),
        ],
        required=True,
        default="consent",
    )
    consent_date = fields.Date(string="Signed on")
    escort_id = fields.Many2one(
        "res.users", string="Escort", domain="[('share', '=', False)]", ondelete="restrict"
    )
    with_family = fields.Boolean(string="Family comes along")
    sent_at = fields.Datetime(readonly=True)
    received_at = fields.Datetime(string="Received by the hospital", readonly=True)
    answer_due = fields.Datetime(readonly=True)
    answer = Confidential(string="Hospital's answer (from its document)")
    answered_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "On the way"),
            ("received", "Received"),
            ("answered", "Answered"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )
    # return to study
    return_certificate = fields.Boolean(string="Hospital certificate is here")
    return_talk = fields.Boolean(string="Talk at the centre done")
    return_meeting = fields.Boolean(string="Meeting with the parents done")
    return_pledge = fields.Boolean(string="Treatment and contacts agreed in writing")
    return_complete = fields.Boolean(compute="_compute_return_complete", store=True)

    @api.depends("return_certificate", "return_talk", "return_meeting", "return_pledge")
    def _compute_return_complete(self):
        for row in self:
            row.return_complete = (
                row.return_certificate and row.return_talk and row.return_meeting and row.return_pledge
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            case = (
                self.env["psych.crisis.case"].browse(vals.get("case_id")).sudo()
            )  # named seam: student binding, number
            vals.update(
                student_id=case.subject_ids.student_id[:1].id,
                state="draft",
                # named seam: numbers come from the sequence of the school
                name=self.env["ir.sequence"]
                .sudo()
                .with_company(case.company_id)
                .next_by_code("psych.crisis.referral")
                or "?",
            )
        return super().create(vals_list)

    def write(self, vals):
        guarded = {
            "state",
            "sent_at",
            "received_at",
            "answered_at",
            "answer_due",
            "name",
            "case_id",
            "student_id",
        }
        if not self.env.su and set(vals) & guarded:
            raise UserError(self.env._("A referral moves on by its buttons."))
        return super().write(vals)

    def action_send(self):
        """The student is on the way: consent or a recorded basis, an escort, a hospital with a valid agreement."""
        for row in self:
            row.check_access("write")
            if row.state != "draft":
                raise UserError(self.env._("This referral was sent already."))
            if row.basis == "consent" and not row.consent_date:
                raise UserError(
                    self.env._("Please note when the consent was signed, or choose another basis.")
                )
            # named seam: whether a leader decided, no words
            if row.basis == "leader" and not row.sudo().case_id.refusal_ids._leader_decided():
                raise UserError(
                    self.env._(
                        "The leader's decision is not on the case: take the path with the refusing family."
                    )
                )
            hospital = row.hospital_id.sudo()  # named seam: the agreement of the partner
            today = clock.today(self.env, row.company_id)
            if row.basis == "consent" and hospital.agreement_until and hospital.agreement_until < today:
                raise UserError(
                    self.env._(
                        "The agreement with this hospital has ended. Choose another, or renew it first."
                    )
                )
            if not row.escort_id and not row.with_family:
                raise UserError(self.env._("Nobody goes alone: name an escort or the family."))
            now = clock.now()
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().write(
                {
                    "state": "sent",
                    "sent_at": now,
                    "answer_due": now + timedelta(days=row.hospital_id.sudo().answer_days or 7),
                }
            )
            row.case_id._touch()

    def action_received(self):
        """The hospital has signed the slip."""
        self._step("received", "received_at", ("sent",))

    def action_answered(self):
        """The hospital's document is here."""
        self._step("answered", "answered_at", ("sent", "received"))

    def action_cancel(self):
        """The referral does not take place."""
        self._step("cancelled", None, ("draft", "sent"))

    def _step(self, state, stamp, before):
        for row in self:
            row.check_access("write")
            if row.state not in before:
                raise UserError(self.env._("This step does not follow from here."))
            # named seam: stamps of the flow, which nobody types; the check stands above
            row.sudo().write({"state": state, **({stamp: clock.now()} if stamp else {})})
            row.case_id._touch()

    def action_print_slip(self):
        """Print the slip in two copies (一式两份)."""
        return self.env.ref("psych_crisis.psych_crisis_referral_slip").report_action(self)

    def _state_now(self):
        """Return none, sent, stale or answered for the card."""
        rows = self.filtered(lambda row: row.state not in ("draft", "cancelled"))
        waiting = rows.filtered(lambda row: row.state in ("sent", "received"))
        if waiting:
            return (
                "stale" if any(row.answer_due and row.answer_due < clock.now() for row in waiting) else "sent"
            )
        return "answered" if rows else "none"

    def _slip_signatures(self):
        """Return who signs the slip."""
        return [self.env._("Student or guardian"), self.env._("Escort"), self.env._("For the centre")]
