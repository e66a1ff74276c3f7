from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import clock, confidential
from ...tools.confidential import Confidential

SEAM = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""

ASKED = {"reason_id", "reason_text", "hours"}
MAX_HOURS = 24
LONG_AGO = timedelta(hours=MAX_HOURS)


class PsychAccessGrant(models.Model):
    """Emergency opening (应急查阅): how a row that the gate looks up comes to be, ends and is reviewed.

    Two steps: *ask* makes a draft with reason and sentence, *confirm* opens the one record for hours. The head of
    the centre and the owner of the record are told at once, by number and link only. It ends by itself. Another
    person than the one who opened reviews it; until then it stands on the list *to review* and as an activity.
    The emergency card makes rows of kind *card* with one tap and without review.
    """

    _name = "psych.access.grant"
    _inherit = ["psych.access.grant", "psych.confidential.mixin", "mail.thread", "mail.activity.mixin"]
    _rec_name = "number"
    _psych_content_right = "notes"
    _psych_grantable = False

    number = fields.Char(readonly=True, copy=False, index=True)
    kind = fields.Selection(
        [("record", "Emergency opening"), ("card", "Emergency card")],
        required=True,
        default="record",
        readonly=True,
    )
    reason_id = fields.Many2one("psych.access.reason", ondelete="restrict")
    reason_text = Confidential(string="What happened, in one sentence")
    hours = fields.Integer(default=4, help="How long the record stays open, at most 24 hours.")
    confirmed_at = fields.Datetime(readonly=True)
    record_label = fields.Char(string="Record", compute="_compute_record_label")

    reviewer_id = fields.Many2one("res.users", readonly=True)
    reviewed_at = fields.Datetime(readonly=True)
    review_result = fields.Selection(
        [("right", "Justified"), ("unclear", "To be talked about"), ("wrong", "Not justified")]
    )
    review_text = Confidential(string="Note of the reviewer")
    to_review = fields.Boolean(compute="_compute_to_review", search="_search_to_review")

    _hours_sane = models.Constraint(
        f"CHECK (hours IS NULL OR hours BETWEEN 1 AND {MAX_HOURS})", "An opening lasts from 1 to 24 hours."
    )
    _to_review = models.Index("(company_id) WHERE state IN ('active', 'ended') AND kind = 'record'")

    @api.depends("model", "res_id")
    def _compute_record_label(self):
        """Kind and number of the record, never a name."""
        for grant in self:
            model = self.env["ir.model"]._get(grant.model)
            grant.record_label = f"{model.name or ''} #{grant.res_id or ''}"

    @api.depends("state", "kind")
    def _compute_to_review(self):
        for grant in self:
            grant.to_review = grant.kind == "record" and grant.state in ("active", "ended")

    def _search_to_review(self, operator, value):
        domain = [("kind", "=", "record"), ("state", "in", ("active", "ended"))]
        if operator != "in":
            return NotImplemented
        return domain if True in value else ["!", "&", *domain]

    # ----------------------------------------------------------------------
    # CRUD: a client writes a draft of its own, the rest goes through the steps
    # ----------------------------------------------------------------------
    def _is_seam(self):
        return self.env.su or self.env.context.get("psych_grant") is SEAM

    # sudo seam: staff may write their draft only; every caller below checks who acts
    def _seam(self):
        return self.sudo().with_context(psych_grant=SEAM)

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_seam():
            vals_list = [self._draft_vals(vals) for vals in vals_list]
        return super().create(vals_list)

    def _draft_vals(self, vals):
        """Take what a client may say of a new draft; who and when are the system's."""
        default = self.env.context
        record = self._target(
            vals.get("model") or default.get("default_model"),
            vals.get("res_id") or default.get("default_res_id"),
        )
        now = clock.now()
        path = self.env["psych.gate"]._student_path(record)
        # named seam: student of a record that is asked for and not yet open; kept on the grant alone
        student = record.sudo().mapped(path)[:1] if path else self.env["psych.student"]
        return {
            **{name: vals[name] for name in ASKED & set(vals)},
            "model": record._name,
            "res_id": record.id,
            "content_right": record._psych_content_right,
            "user_id": self.env.uid,
            "state": "draft",
            "kind": "record",
            "student_id": student.id or False,
            "company_id": self._company_of(record).id,
            "date_start": now,
            "date_end": now + timedelta(hours=vals.get("hours") or 4),
        }

    @api.model
    def _company_of(self, record):
        # named seam: school of a record that is asked for and not yet open
        company = record.sudo()["company_id"] if "company_id" in record._fields else None
        return company or self.env.company

    @api.model
    def _target(self, model, res_id):
        """Return the record to be opened, readable to the asker.

        :raises ValidationError: it is nothing that can be opened this way
        """
        if not confidential.is_confidential(self.env, model) or not self.env[model]._psych_grantable:
            raise ValidationError(self.env._("This record cannot be opened by an emergency opening."))
        record = self.env[model].browse(res_id).exists()
        record.check_access("read")
        if len(record) != 1:
            raise ValidationError(self.env._("This record cannot be opened by an emergency opening."))
        return record

    def write(self, vals):
        if not self._is_seam():
            self._check_client_write(vals)
        return super().write(vals)

    def _check_client_write(self, vals):
        """Let a client change the own draft, and nothing else.

        :raises AccessError: for everything else
        """
        own_draft = all(grant.state == "draft" and grant.user_id == self.env.user for grant in self)
        reviewing = set(vals) <= {"review_result", "review_text"} and all(g._may_review() for g in self)
        if not (own_draft and set(vals) <= ASKED) and not reviewing:
            raise AccessError(self.env._("An opening that was confirmed is not changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(grant.state != "draft" for grant in self) and not self.env.su:
            raise AccessError(self.env._("Openings are kept; only a draft of your own can be dropped."))

    # ----------------------------------------------------------------------
    # Step 2: confirm
    # ----------------------------------------------------------------------
    def action_confirm(self):
        """Open the record now; tell head and owner; plan the review. Returns the form of the record."""
        self.ensure_one()
        self._check_confirm()
        now = clock.now()
        hours = max(1, min(self.hours or 4, MAX_HOURS))
        self._seam().write(
            {
                "state": "active",
                "date_start": now,
                "date_end": now + timedelta(hours=hours),
                "confirmed_at": now,
                # named seam: the next number
                "number": self.env["ir.sequence"].sudo().next_by_code("psych.access.grant"),
            }
        )
        self._tell()
        self._plan_review()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
            "cache": False,
        }

    def _check_confirm(self):
        if self.state != "draft" or self.user_id != self.env.user:
            raise UserError(self.env._("This opening is confirmed already."))
        record = self._target(self.model, self.res_id)
        if record in self.env["psych.gate"]._may_open(record, self.content_right):
            raise UserError(self.env._("This record is open to you already."))
        if not self.reason_id or self.reason_id.use == "card":
            raise UserError(self.env._("Please choose a reason."))
        # named seam: whether a reason was written, never which
        if (
            self.reason_id.needs_text and not self.sudo().reason_text_cipher
        ):  # sudo: only whether there is one
            raise UserError(self.env._("Please say in one sentence what happened. It stays confidential."))

    def _tell(self):
        """Tell head and owner at once: number and link, nothing else (safety H10)."""
        # named seam: the task of the review names a grant, no student and no text
        for grant in self.sudo():
            people = grant._heads() | grant._owners()
            text = self.env._("Emergency opening %(number)s", number=grant.number)
            for user in people - grant.user_id:
                user.partner_id._bus_send(
                    "simple_notification", {"title": text, "message": "", "type": "warning", "sticky": True}
                )
            partners = (people - grant.user_id).partner_id
            if partners:
                # the template of the platform adds the link
                grant.message_notify(partner_ids=partners.ids, subject=text, body=text)

    def _heads(self):
        return self.env["psych.scope"]._holders(self.company_id, "centre_head")

    def _owners(self):
        """Return the users who own the opened record, as its model says."""
        # named seam: whether the record is there and who owns it, to tell the owner
        record = self.env[self.model].sudo().browse(self.res_id).exists()
        return record._psych_owner_users() if record else self.env["res.users"]

    def _plan_review(self):
        """Put the review on the list of another head; it stays there until it is done."""
        # named seam: the task of the review names a grant, no student and no text
        for grant in self.sudo():
            head = (grant._heads() - grant.user_id)[:1]
            if head:
                grant._seam().activity_schedule(
                    "psych_health.mail_activity_type_review",
                    date_deadline=clock.today(self.env, grant.company_id) + timedelta(days=3),
                    user_id=head.id,
                )

    # ----------------------------------------------------------------------
    # Review and end
    # ----------------------------------------------------------------------
    def _may_review(self):
        """Whether the user reviews this opening: a head of the centre, never who opened."""
        self.ensure_one()
        user = self.env.user
        return (
            self.user_id != user
            and self.to_review
            and user.has_group("psych_health.group_psych_health_centre_head")
            and user._psych_has_scope("centre_head", company=self.company_id)
        )

    def action_review(self):
        """Close the review with the result that was chosen; an opening still running ends now.

        :raises AccessError: by the person who opened, or by anybody but the head
        """
        for grant in self:
            if not grant._may_review():
                raise AccessError(
                    self.env._("Another person than the one who opened reviews it: a head of the centre.")
                )
            if not grant.review_result:
                raise UserError(self.env._("Please choose the result of the review."))
            now = clock.now()
            grant._seam().write(
                {
                    "state": "reviewed",
                    "reviewer_id": self.env.uid,
                    "reviewed_at": now,
                    "date_end": min(grant.date_end, max(now, grant.date_start + timedelta(seconds=1))),
                }
            )
            grant._seam().activity_unlink(["psych_health.mail_activity_type_review"])

    def action_end(self):
        """End an opening before its time: the person who opened, or a head of the centre."""
        for grant in self:
            if grant.user_id != self.env.user and not grant._may_review():
                raise AccessError(self.env._("Only who opened, or the head of the centre, ends an opening."))
            if grant.state == "active":
                now = clock.now()
                grant._seam().write(
                    {"state": "ended", "date_end": max(now, grant.date_start + timedelta(seconds=1))}
                )

    @api.model
    def _cron_end(self):
        """Mark openings whose time is over; the gate has closed them already by the clock."""
        over = self.search([("state", "=", "active"), ("date_end", "<=", clock.now())])
        over._seam().write({"state": "ended"})
        self.search([("state", "=", "draft"), ("date_start", "<", clock.now() - LONG_AGO)])._seam().unlink()
        waiting = self.search([("to_review", "=", True)])
        waiting.filtered(lambda grant: not grant.activity_ids)._plan_review()

    # ----------------------------------------------------------------------
    # One tap: the emergency card
    # ----------------------------------------------------------------------
    @api.model
    def _open_card(self, card, reason, minutes=60):
        """Open an emergency card for the user at once, for an hour, without review (safety F20).

        The caller has checked that the user is on call for this student.
        """
        now = clock.now()
        return self._seam().create(
            {
                "kind": "card",
                "model": card._name,
                "res_id": card.id,
                "content_right": card._psych_content_right,
                "user_id": self.env.uid,
                # named seam: student and school of the card that is opened
                "student_id": card.sudo().student_id.id,
                "company_id": card.sudo().company_id.id,
                "reason_id": reason.id,
                "hours": 1,
                "state": "active",
                "date_start": now,
                "confirmed_at": now,
                "date_end": now + timedelta(minutes=minutes),
                # named seam: the next number
                "number": self.env["ir.sequence"].sudo().next_by_code("psych.access.grant"),
            }
        )
