import hashlib
import json

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ...tools import scoring

KEY_TEXTS = ("id",)
# what a row of psych.response has room for: a column per factor, a bit per rule
FACTORS_MAX = 32
RULES_MAX = 31


class PsychScale(models.Model):
    """A questionnaire as data: items, options, factors, bands, rules, norms, test vectors.

    Draft → released → retired. A released scale is frozen: sheets point to it, so the same answers always score the
    same. A change is a new version, which is a new record. Release asks that every test vector passes and that every
    item has wording. A scale without company belongs to all schools and is read-only to them.

    Every score is a screening signal, never a diagnosis.
    """

    _name = "psych.scale"
    _description = "Scale"
    _order = "sequence, code, id desc"
    _rec_names_search = ["code", "name"]

    # identity
    code = fields.Char(required=True, index=True)
    name = fields.Char(required=True, translate=True)
    version = fields.Char(required=True, default="1")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", string="School", index="btree_not_null", help="Empty = shared by all schools."
    )
    kind = fields.Selection(
        [
            ("questionnaire", "Questionnaire"),
            ("followup", "Follow-up questions"),
            ("imported", "Imported result"),
        ],
        required=True,
        default="questionnaire",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("released", "Released"), ("retired", "Retired")],
        required=True,
        default="draft",
        index=True,
    )
    previous_id = fields.Many2one(
        "psych.scale", string="Made from", ondelete="set null", copy=False, index="btree_not_null"
    )
    released_at = fields.Datetime(copy=False, readonly=True)

    # wording, rights, sources
    wording = fields.Selection(
        [
            ("none", "No wording: key only"),
            ("own", "Our own plain wording"),
            ("official", "Official wording"),
        ],
        required=True,
        default="none",
    )
    wording_note = fields.Text(translate=True)
    window = fields.Char(string="Time asked about", translate=True)
    instruction = fields.Text(translate=True)
    licence = fields.Text()
    source = fields.Text()
    missing_rule = fields.Text(translate=True)
    min_days = fields.Integer(string="Days before it may be repeated", default=14)
    minutes = fields.Integer(string="Minutes it takes", compute="_compute_minutes")

    # validity
    min_seconds_per_item = fields.Float(
        default=2.0, help="Faster than this makes the sheet void; rules count before."
    )
    same_share_max = fields.Float(help="Share of the same answer from which a sheet is void (0 = not asked).")
    missing_max = fields.Integer(help="More missing answers make the sheet unfinished.")

    # parts
    item_ids = fields.One2many("psych.scale.item", "scale_id", string="Items")
    option_ids = fields.One2many("psych.scale.option", "scale_id", string="Options")
    factor_ids = fields.One2many("psych.scale.factor", "scale_id", string="Factors")
    flag_ids = fields.One2many("psych.scale.flag", "scale_id", string="Rules")
    norm_ids = fields.One2many("psych.scale.norm", "scale_id", string="Norms")
    vector_ids = fields.One2many("psych.scale.vector", "scale_id", string="Test vectors")
    item_count = fields.Integer(compute="_compute_counts")
    vector_count = fields.Integer(compute="_compute_counts")
    vector_report = fields.Text(readonly=True, copy=False)

    # frozen at release
    definition = fields.Json(readonly=True, copy=False)
    number_digest = fields.Char(
        string="Fingerprint of the numbers",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Two versions with the same fingerprint score alike and may be compared.",
    )

    _version_uniq = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))", "This version of the scale exists already."
    )

    @api.depends("code", "name", "version")
    def _compute_display_name(self):
        for scale in self:
            scale.display_name = f"{scale.name} · {scale.version}"

    @api.depends("item_ids", "vector_ids")
    def _compute_counts(self):
        for scale in self:
            scale.item_count = len(scale.item_ids)
            scale.vector_count = len(scale.vector_ids)

    @api.depends("item_ids")
    def _compute_minutes(self):
        for scale in self:
            scale.minutes = max(1, round(len(scale.item_ids) * 4 / 60))

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    FREE_WHEN_FROZEN = {
        "sequence",
        "state",
        "definition",
        "number_digest",
        "released_at",
        "vector_report",
        "norm_ids",
    }

    def write(self, vals):
        if set(vals) - self.FREE_WHEN_FROZEN and any(scale.state != "draft" for scale in self):
            raise UserError(
                self.env._(
                    "%(scale)s is released: its items and numbers are frozen. Make a new version and change that one.",
                    scale=self.filtered(lambda scale: scale.state != "draft")[0].display_name,
                )
            )
        if (
            vals.get("state") == "draft"
            or {"definition", "number_digest"} & set(vals)
            and not vals.get("released_at")
        ):
            raise UserError(self.env._("A released scale does not become a draft again. Make a new version."))
        result = super().write(vals)
        if "state" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update({"state": "draft", "definition": False, "number_digest": False})
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        if any(scale.state != "draft" for scale in self):
            raise UserError(self.env._("A released scale is retired, not deleted: sheets point to it."))

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_run_vectors(self):
        """Run the test vectors and keep what came out on the scale."""
        for scale in self:
            faults = scale._vector_faults()
            passed = len(scale.vector_ids)
            report = (
                "\n".join(faults) if faults else self.env._("All %(count)s test vectors pass.", count=passed)
            )
            scale.write({"vector_report": report})

    def action_release(self):
        """Freeze the scale for use.

        :raises UserError: wording missing, no test vectors, or one that fails
        """
        for scale in self:
            scale._check_releasable()
            key = scale._key()
            scale.write(
                {
                    "state": "released",
                    "released_at": fields.Datetime.now(),
                    "definition": key,
                    "number_digest": scale._digest(key),
                }
            )

    def action_retire(self):
        """Take the scale out of new campaigns; sheets keep it."""
        self.filtered(lambda scale: scale.state == "released").write({"state": "retired"})

    def action_new_version(self):
        """Copy the scale to a draft that can be changed, and open it."""
        self.ensure_one()
        new = self._copy_version()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
            "name": new.display_name,
        }

    def action_preview(self):
        """See the scale as a student sees it; nothing is saved."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/psych/preview/{self.id}", "target": "new"}

    # ----------------------------------------------------------------------
    # Key
    # ----------------------------------------------------------------------

    def _key(self):
        """The scoring key of the scale as plain data (see ``tools/scoring.py``)."""
        self.ensure_one()

        def by_order(part):
            return part.sequence, part.id

        return {
            "items": [item._key() for item in self.item_ids.sorted(by_order)],
            "factors": [factor._key() for factor in self.factor_ids.sorted(by_order)],
            "flags": [flag._key() for flag in self.flag_ids.sorted(by_order)],
            "validity": {
                "min_seconds_per_item": self.min_seconds_per_item,
                "same_share_max": self.same_share_max,
                "missing_max": self.missing_max,
            },
        }

    @staticmethod
    def _digest(key):
        """Fingerprint of the numbers alone: no ids, no wording."""

        def bare(value):
            if isinstance(value, dict):
                return {name: bare(part) for name, part in value.items() if name not in KEY_TEXTS}
            return [bare(part) for part in value] if isinstance(value, list) else value

        return hashlib.sha256(json.dumps(bare(key), sort_keys=True).encode()).hexdigest()

    def _compiled(self):
        """The scoring key ready for use; cached once released, because then it cannot change.

        :raises UserError: when the key cannot be computed, naming the part
        """
        self.ensure_one()
        if self.kind == "imported":
            raise UserError(
                self.env._(
                    "%(scale)s is answered elsewhere: only results are imported.", scale=self.display_name
                )
            )
        if self.state != "draft":
            return self._compiled_frozen(self.id)
        try:
            return scoring.Key(self._key())
        except scoring.KeyFault as fault:
            raise UserError(self.env._("The scale cannot be computed: %(fault)s", fault=fault)) from fault

    @api.model
    @tools.ormcache("scale_id")
    def _compiled_frozen(self, scale_id):
        """sudo seam: the numbers of a released scale, for whoever answers it; nothing personal is in them."""
        return scoring.Key(self.sudo().browse(scale_id).definition)

    @api.model
    @tools.ormcache("scale_id")
    def _rule_table(self, scale_id):
        """What a sheet needs of a released scale beside the key, as plain data: ids of flags and bands, main factor.

        ``lower``: the lower bounds of the bands of each factor, as a stored score compares with them.
        """
        definition = self.sudo().browse(scale_id).definition  # sudo seam: as above
        main = next((i for i, factor in enumerate(definition["factors"]) if factor.get("main")), 0)
        return {
            "flag_ids": {flag["code"]: flag["id"] for flag in definition["flags"]},
            "lower": [
                [scoring.single(float(band["min"])) for band in factor["bands"]]
                for factor in definition["factors"]
            ],
            "urgency": {flag["code"]: flag["urgency"] for flag in definition["flags"]},
            "followup": {flag["code"] for flag in definition["flags"] if flag.get("opens_followup")},
            "bands": [
                [(band["id"], band["over_line"]) for band in factor["bands"]]
                for factor in definition["factors"]
            ],
            "main": main,
        }

    def _form(self):
        """The scale as the answering page wants it, in the language of the environment."""
        self.ensure_one()
        followup = {flag.code for flag in self.flag_ids if flag.opens_followup}
        return {
            "id": self.id,
            "name": self.name,
            "window": self.window or "",
            "instruction": self.instruction or "",
            "own": self.wording == "own",
            "items": [item._form() for item in self.item_ids.sorted(lambda part: (part.sequence, part.id))],
            "asks": sorted(followup),
        }

    def _preview_form(self):
        """A form with this scale alone, for the preview."""
        self.ensure_one()
        return {
            "name": self.name,
            "school": self.env.company.name,
            "consent": "",
            "lang": "zh_CN" if (self.env.lang or "").startswith("zh") else "en_US",
            "anonymous": False,
            "in_class": False,
            "hotline": self.env.company.psych_hotline or "",
            "where": "",
            "scales": [self._form()],
            "followup": None,
        }

    # ----------------------------------------------------------------------
    # Release and versions
    # ----------------------------------------------------------------------

    def _vector_faults(self):
        """What the test vectors found, as a list of sentences."""
        if self.kind == "imported":
            return []
        key = self._compiled()
        return [fault for vector in self.vector_ids for fault in vector._faults(key)]

    def _check_releasable(self):
        """:raises UserError: with all that is missing, in one message"""
        self.ensure_one()
        problems = []
        if self.state != "draft":
            problems.append(self.env._("it is not a draft"))
        if not self.factor_ids:
            problems.append(self.env._("it has no factor"))
        if len(self.factor_ids) > FACTORS_MAX or len(self.flag_ids) > RULES_MAX:
            problems.append(
                self.env._(
                    "a sheet keeps at most %(factors)s factors and %(rules)s rules",
                    factors=FACTORS_MAX,
                    rules=RULES_MAX,
                )
            )
        if self.kind != "imported":
            silent = self.item_ids.filtered(lambda item: not (item.text or "").strip())
            if silent:
                problems.append(self.env._("%(count)s items have no wording", count=len(silent)))
            if not self.vector_ids:
                problems.append(self.env._("it has no test vectors"))
            problems += self._vector_faults()
        if problems:
            raise UserError(
                self.env._(
                    "%(scale)s cannot be released:\n%(problems)s",
                    scale=self.display_name,
                    problems="\n".join(problems),
                )
            )

    def _next_version(self):
        versions = self.search(
            [("code", "=", self.code), ("company_id", "in", (False, self.env.company.id))]
        ).mapped("version")
        numbers = [int(version) for version in versions if version.isdigit()]
        return str(max(numbers, default=0) + 1)

    def _copy_version(self, spec_change=None):
        """A draft with the same content; ``spec_change(spec)`` may alter it before it is built."""
        spec = self._export_spec()
        spec["version"] = self._next_version()
        if spec_change:
            spec_change(spec)
        new = self._import_spec(spec, self.env.company)
        new.previous_id = self
        return new
