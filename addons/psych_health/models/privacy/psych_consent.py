import base64
import hashlib

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock
from ...tools.confidential import Confidential
from .psych_consent_text import PURPOSES

SEAM = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""

LEGAL_BASES = [
    ("emergency", "Emergency: life or health in danger (PIPL art. 13-4)"),
    ("duty", "Duty by law (PIPL art. 13-3)"),
    ("court", "Order of a court or of the police"),
]


class PsychConsent(models.Model):
    """One answer of one student to one purpose: given, refused, withdrawn, or another legal basis instead.

    Rows are history: a new answer ends the one before, nothing is edited. ``_state`` is what all rooms ask.
    Counselling consents show who attends counselling, so only the centre and the student see rows (safety H5).
    """

    _name = "psych.consent"
    _inherit = ["psych.confidential.mixin"]
    _description = "Consent"
    _order = "id desc"
    _rec_name = "purpose"
    _psych_content_right = "notes"

    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(
        "res.company",
        string="School",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    purpose = fields.Selection(PURPOSES, required=True)
    text_id = fields.Many2one(
        "psych.consent.text",
        string="Text and version",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
    )
    state = fields.Selection(
        [
            ("waiting", "Waits for the guardian"),
            ("given", "Given"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
            ("override", "Other legal basis"),
            ("ended", "Replaced or ended"),
        ],
        required=True,
        readonly=True,
        index=True,
        default="override",
    )

    # how it was given
    way = fields.Selection(
        [("portal", "Signed on the phone"), ("paper", "Signed on paper")], readonly=True, default="portal"
    )
    signed_at = fields.Datetime(readonly=True)
    signed_name = fields.Char(readonly=True, help="As the student typed it.")
    document_id = fields.Integer(string="Fixed copy", readonly=True)
    document_hash = fields.Char(string="SHA-256 of the fixed copy", readonly=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    guardian_name = fields.Char(readonly=True)
    guardian_way = fields.Selection(
        [("paper", "On paper"), ("present", "In person"), ("phone", "By telephone, written down")],
        readonly=True,
    )
    guardian_at = fields.Datetime(readonly=True)

    # how it ended, or what stands instead
    withdrawn_at = fields.Datetime(readonly=True)
    legal_basis = fields.Selection(LEGAL_BASES)
    override_until = fields.Datetime(string="Holds until", help="Last moment of the other legal basis.")
    override_reason = Confidential(string="Reason of the override")

    _one_open = models.UniqueIndex(
        "(student_id, purpose) WHERE state IN ('given', 'waiting')", "This consent is on record already."
    )
    _student_purpose = models.Index("(student_id, purpose, id)")

    # ----------------------------------------------------------------------
    # CRUD: through the named methods below only
    # ----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """What a client may create is another legal basis, by who holds that right; consents come by ``_give``."""
        if not self._is_seam():
            vals_list = [self._override_vals(vals) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self._check_seam()
        return super().write(vals)

    def _is_seam(self):
        return self.env.context.get("psych_consent") is SEAM

    def _check_seam(self):
        if not self._is_seam():
            raise AccessError(self.env._("Consents are given and withdrawn, never edited."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_retention(self):
        if not self.env.su:
            raise AccessError(self.env._("Consents are kept as long as the data they cover."))

    # sudo seam: students and staff have no write right; each caller below checks who acts
    def _seam(self):
        return self.sudo().with_context(psych_consent=SEAM)

    # ----------------------------------------------------------------------
    # Asking (contract with all rooms)
    # ----------------------------------------------------------------------
    @api.model
    def _state(self, student, purpose):
        """Return the state of ``student`` for ``purpose``: given, withdrawn, missing or override.

        *missing* covers never asked, refused, a guardian's consent that is not in, and a newer text that must be
        asked for again.
        """
        rows = self.sudo().search(  # named seam: a single word leaves here
            [("student_id", "=", student.id), ("purpose", "=", purpose), ("state", "!=", "ended")]
        )
        given = rows.filtered(lambda row: row.state == "given")[:1]
        current = self.env["psych.consent.text"]._current(self._school(student), purpose)
        if given and (not current or not given.text_id or current._is_accepted_by(given.text_id)):
            return "given"
        now = clock.now()
        if rows.filtered(
            lambda row: row.state == "override" and (not row.override_until or row.override_until > now)
        ):
            return "override"
        return "withdrawn" if rows[:1].state == "withdrawn" else "missing"

    @api.model
    def _require(self, student, purpose):
        """Let pass only with consent or another recorded legal basis.

        :raises UserError: says what to do; names no content
        """
        state = self._state(student, purpose)
        if state in ("given", "override"):
            return state
        label = dict(self._fields["purpose"]._description_selection(self.env))[purpose]
        raise UserError(
            self.env._(
                "There is no consent for «%(purpose)s» (%(state)s). Ask the student to sign it on the portal or on "
                "paper. When life is in danger or a law demands it, the head of the centre records that instead.",
                purpose=label,
                state=self.env._("withdrawn") if state == "withdrawn" else self.env._("missing"),
            )
        )

    @api.model
    def _school(self, student):
        """Return the school of ``student``. Named seam: who asks may have no right on students."""
        return student.sudo().company_id

    @api.model
    def _guardian_of(self, student):
        """Return the guardian's name on record. Named seam: for the student's own consent only."""
        return student.sudo().guardian_name

    @api.model
    def _needs_guardian(self, student, text):
        """Whether ``student`` is too young to agree alone under ``text``; unknown birth date counts as adult."""
        # named seam: only whether the student is under age leaves here
        birth = student.sudo().birth_date
        if not birth:
            return False
        return birth + relativedelta(years=text.guardian_age) > clock.today(self.env, self._school(student))

    @api.model
    def _portal_rows(self, student):
        """Return what the student's page shows: one dict per purpose that has a text in use."""
        company = self._school(student)
        rows = []
        for purpose, label in self._fields["purpose"]._description_selection(self.env):
            text = self.env["psych.consent.text"]._current(company, purpose)
            if not text:
                continue
            # named seam: the own rows, for the page of the student
            last = self.sudo().search(
                [("student_id", "=", student.id), ("purpose", "=", purpose), ("state", "!=", "override")],
                limit=1,
            )
            rows.append(
                {
                    "purpose": purpose,
                    "label": label,
                    "text": text,
                    "consent": last,
                    "state": self._state(student, purpose) if last.state != "waiting" else "waiting",
                    "needs_guardian": self._needs_guardian(student, text),
                }
            )
        return rows

    # ----------------------------------------------------------------------
    # Giving and withdrawing
    # ----------------------------------------------------------------------
    @api.model
    def _give(self, student, purpose, name, signature=None, way="portal", guardian_name=""):
        """Record that ``student`` agreed to the text in use; keep the fixed copy. Caller has checked who acts.

        :param str name: as typed below the signature
        :param signature: image as base64 text; only printed into the copy, never kept
        :raises UserError: no text in use, or no name or signature
        """
        text = self.env["psych.consent.text"]._current(self._school(student), purpose)
        if not text:
            raise UserError(self.env._("There is no text in use for this purpose."))
        if way == "portal" and not ((name or "").strip() and signature):
            raise UserError(self.env._("Please type your name and sign. Nothing was saved."))
        minor = self._needs_guardian(student, text)
        if minor and not (guardian_name or self._guardian_of(student)):
            raise UserError(
                self.env._("Please name a parent or guardian, so that we can ask for their consent too.")
            )
        self._end_open(student, purpose)
        consent = self._seam().create(
            {
                "student_id": student.id,
                "company_id": self._school(student).id,
                "purpose": purpose,
                "text_id": text.id,
                "state": "waiting" if minor else "given",
                "way": way,
                "signed_at": clock.now(),
                "signed_name": (name or "").strip()[:64],
                "guardian_name": (guardian_name or self._guardian_of(student)) if minor else False,
                "recorded_by_id": self.env.uid,
            }
        )
        consent._keep_copy(signature)
        return consent

    @api.model
    def _end_open(self, student, purpose):
        # named seam: the earlier answer of the same student is ended, see _seam
        open_rows = self.sudo().search(
            [
                ("student_id", "=", student.id),
                ("purpose", "=", purpose),
                ("state", "in", ("given", "waiting")),
            ]
        )
        open_rows._seam().write({"state": "ended"})
        self.env.flush_all()

    @api.model
    def _refuse(self, student, purpose):
        """Record that the student does not agree; a normal answer, nothing follows from it (safety H18)."""
        self._end_open(student, purpose)
        text = self.env["psych.consent.text"]._current(self._school(student), purpose)
        return self._seam().create(
            {
                "student_id": student.id,
                "company_id": self._school(student).id,
                "purpose": purpose,
                "text_id": text.id,
                "state": "refused",
                "signed_at": clock.now(),
                "recorded_by_id": self.env.uid,
            }
        )

    def _withdraw(self):
        """Withdraw: what was done before stays lawful, nothing new is done from now (PIPL art. 15)."""
        # named seam: the caller has checked whose row it is
        rows = self.sudo().filtered(lambda row: row.state in ("given", "waiting"))
        rows._seam().write({"state": "withdrawn", "withdrawn_at": clock.now()})
        for row in rows:
            row._on_withdrawn()

    def _on_withdrawn(self):
        """Seam: other rooms stop what rests on this consent. Runs in the student's transaction."""

    def _guardian_agreed(self, name, way):
        """Record the guardian's consent for a minor.

        :param str way: paper, present or phone
        """
        self.ensure_one()
        if self.state != "waiting":
            raise UserError(self.env._("This consent does not wait for a guardian."))
        self._seam().write(
            {
                "state": "given",
                "guardian_name": name,
                "guardian_way": way,
                "guardian_at": clock.now(),
                "recorded_by_id": self.env.uid,
            }
        )

    @api.model
    def _override(self, student, purpose, basis, reason, until):
        """Record another legal basis in place of consent: for who holds that right, for a stated time.

        :param datetime until: naive UTC; the basis ends then by itself
        """
        return self.create(
            {
                "student_id": student.id,
                "purpose": purpose,
                "legal_basis": basis,
                "override_reason": reason,
                "override_until": until,
            }
        )

    @api.model
    def _override_vals(self, vals):
        """Check and complete another legal basis.

        :raises AccessError: without the right; :raises UserError: without basis, end or reason
        """
        if not self.env.user.has_group("psych_health.group_psych_health_consent_override"):
            raise AccessError(self.env._("Only the head of the centre records another legal basis."))
        student = self.env["psych.student"].browse(vals.get("student_id")).exists()
        student.check_access("read")
        if not student or not vals.get("purpose") or vals.get("legal_basis") not in dict(LEGAL_BASES):
            raise UserError(self.env._("Please choose student, purpose and legal basis."))
        if len((vals.get("override_reason") or "").strip()) < 5 or not vals.get("override_until"):
            raise UserError(self.env._("Please write why there is no other way, and until when this holds."))
        asked = ("student_id", "purpose", "legal_basis", "override_reason", "override_until")
        return {
            **{name: vals[name] for name in asked},
            "state": "override",
            "company_id": student.company_id.id,
            "signed_at": clock.now(),
            "recorded_by_id": self.env.uid,
        }

    # ----------------------------------------------------------------------
    # Fixed copy
    # ----------------------------------------------------------------------
    def _keep_copy(self, signature=None):
        """Print what was signed as PDF and keep it with its hash; the signature stands in the copy only."""
        self.ensure_one()
        content = self._render_copy(signature)
        digest = hashlib.sha256(content).hexdigest()
        self._seam().write({"document_hash": digest, "document_id": self._store_copy(content)})

    def _render_copy(self, signature=None):
        report = self.env["ir.actions.report"].sudo()  # sudo: the student has no right on the report
        data = {"signature": signature and f"data:image/png;base64,{self._clean_signature(signature)}"}
        content, _kind = report.with_context(force_report_rendering=True)._render_qweb_pdf(
            "psych_health.psych_consent_report", res_ids=self.ids, data=data
        )
        return content

    @api.model
    def _clean_signature(self, signature):
        """Return the image as plain base64.

        :raises UserError: when it is no PNG or too large
        """
        try:
            raw = base64.b64decode(signature, validate=True)
        except (ValueError, TypeError):
            raw = b""
        if not raw.startswith(b"\x89PNG") or len(raw) > 500_000:
            raise UserError(self.env._("The signature could not be read. Please sign again."))
        return base64.b64encode(raw).decode()

    def _store_copy(self, content):
        """Keep the copy encrypted; return the id of the document."""
        document = (
            # named seam: the copy belongs to the consent, the student has no right to add documents
            self.env["psych.document"]
            .sudo()
            .create(
                {
                    "res_model": self._name,
                    "res_id": self.id,
                    "content": base64.b64encode(content).decode(),
                    "file_name": f"{self.purpose}-{self.id}.pdf",
                }
            )
        )
        return document.id
