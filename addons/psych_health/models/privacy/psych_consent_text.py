from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

PURPOSES = [
    ("counselling", "Counselling"),
    ("census", "Mental-health census"),
    ("handover", "Hand-over to a hospital"),
    ("recording", "Sound or picture recording"),
]
LAW_AGE = 14  # PIPL art. 31: below this age a guardian consents, whatever the school sets
FROZEN = (
    "purpose",
    "version",
    "body",
    "kinds",
    "keeping",
    "consequence",
    "guardian_age",
    "company_id",
    "exceptions",
)


class PsychConsentText(models.Model):
    """What a student is asked to agree to: one text per purpose and version (PIPL art. 14, 17, 29, 30).

    Purposes are never bundled: each has a text, a tick and a signature of its own. Once somebody has signed a
    version its words never change; a better wording is a new version. ``ask_again`` says whether who agreed to
    an older version is asked anew. Texts without a school are shared and can be copied by a school.
    """

    _name = "psych.consent.text"
    _description = "Consent text"
    _order = "purpose, version desc"

    name = fields.Char(string="Title", required=True, translate=True)
    purpose = fields.Selection(PURPOSES, required=True, index=True)
    version = fields.Integer(required=True, default=1, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In use"), ("retired", "No longer used")],
        required=True,
        default="draft",
        copy=False,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", string="School", index=True, help="Empty: shared by all schools."
    )
    active_from = fields.Date(copy=False, readonly=True)
    ask_again = fields.Boolean(
        string="Ask again", help="Who agreed to an older version is asked for this one."
    )

    # what the law asks to be told
    body = fields.Html(string="Text", required=True, translate=True, sanitize_attributes=True)
    kinds = fields.Char(string="Kinds of data", required=True, translate=True)
    keeping = fields.Char(string="How long it is kept", required=True, translate=True)
    exceptions = fields.Text(
        string="When confidentiality ends",
        required=True,
        translate=True,
        help="Danger of serious harm, duty by law, supervision without names (Mental Health Law; code of ethics).",
    )
    consequence = fields.Text(
        string="What withdrawal means",
        required=True,
        translate=True,
        help="Shown before the student withdraws. What was done before stays lawful (PIPL art. 15).",
    )
    guardian_age = fields.Integer(
        string="Guardian needed below (years)",
        required=True,
        default=18,
        help="A student younger than this also needs a guardian's consent. The law asks for it below 14.",
    )
    consent_ids = fields.One2many("psych.consent", "text_id")

    _version_uniq = models.UniqueIndex(
        "(purpose, version, coalesce(company_id, 0))", "This version of the text exists already."
    )
    _age = models.Constraint(
        f"CHECK (guardian_age >= {LAW_AGE})", "The law asks for a guardian below 14 years."
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for text in self:
            text.display_name = f"{text.name or ''} v{text.version}"

    @api.constrains("state", "purpose", "company_id")
    def _check_one_active(self):
        for text in self.filtered(lambda t: t.state == "active"):
            # named seam: a count over all versions, shared ones too
            others = self.sudo().search_count(
                [
                    ("state", "=", "active"),
                    ("purpose", "=", text.purpose),
                    ("id", "!=", text.id),
                    ("company_id", "=", text.company_id.id),
                ]
            )
            if others:
                raise ValidationError(
                    self.env._("One text per purpose is in use. Retire the other one first.")
                )

    def write(self, vals):
        if set(vals) & set(FROZEN) and any(text._is_signed() for text in self):
            raise UserError(
                self.env._("Somebody has signed this version, so its words stay. Please make a new version.")
            )
        return super().write(vals)

    def _is_signed(self):
        # sudo: consents are not readable to who edits texts; only whether there is one
        return bool(self.env["psych.consent"].sudo().search_count([("text_id", "=", self.id)], limit=1))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(text.state != "draft" for text in self):
            raise UserError(self.env._("A text that was in use is retired, not deleted."))

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------
    def action_activate(self):
        """Put this version in use; the one before is retired."""
        for text in self:
            text.search(
                [
                    ("purpose", "=", text.purpose),
                    ("company_id", "=", text.company_id.id),
                    ("state", "=", "active"),
                ]
            ).write({"state": "retired"})
            text.write({"state": "active", "active_from": fields.Date.context_today(self)})

    def action_new_version(self):
        """Open a copy as the next version, for this school."""
        self.ensure_one()
        company = self.company_id or self.env.company
        newest = self.search(
            [("purpose", "=", self.purpose), ("company_id", "in", (False, company.id))],
            order="version desc",
            limit=1,
        )
        copy = self.copy({"version": newest.version + 1, "company_id": company.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": copy.id,
            "view_mode": "form",
        }

    # ----------------------------------------------------------------------
    # Asking
    # ----------------------------------------------------------------------
    @api.model
    def _current(self, company, purpose):
        """Return the text in use for ``purpose``: the school's own, else the shared one; may be empty."""
        texts = self.sudo().search(  # named seam: a text is public to who is asked for it
            [("purpose", "=", purpose), ("state", "=", "active"), ("company_id", "in", (False, company.id))]
        )
        return texts.sorted(lambda text: not text.company_id)[:1]

    def _is_accepted_by(self, older):
        """Whether agreement to the version ``older`` still counts under this one."""
        self.ensure_one()
        if older == self or older.company_id != self.company_id or older.version > self.version:
            return True
        # named seam: a text is public to who is asked for it
        newer = self.sudo().search(
            [
                ("purpose", "=", self.purpose),
                ("company_id", "=", self.company_id.id),
                ("state", "!=", "draft"),
                ("version", ">", older.version),
                ("version", "<=", self.version),
            ]
        )
        return not any(newer.mapped("ask_again"))
