import base64
import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import file_path
from odoo.tools.misc import file_open

from ...tools import scale_file

SHIPPED = (
    "PHQ-9",
    "GAD-7",
    "SAFE-5",
    "SCL-90",
    "UPI",
    "SDS",
    "SAS",
    "DASS-21",
    "K10",
    "K6",
    "WHO-5",
    "CES-D",
    "PSQI",
    "ISI",
    "BDI-II",
    "C-SSRS",
    "ASQ",
    "CCSMHS",
)
RELEASED = ("PHQ-9", "GAD-7", "SAFE-5", "CCSMHS")


class PsychScaleFile(models.Model):
    """Scales in and out of files: one neutral description (``psych-scale/1``) that JSON, XLSX and FHIR R4 carry."""

    _inherit = "psych.scale"

    # ----------------------------------------------------------------------
    # Out
    # ----------------------------------------------------------------------

    def _texts(self, record, field):
        """All translations of one field, ``{lang: text}``."""
        langs = dict.fromkeys(["en_US", *[code for code, _name in self.env["res.lang"].get_installed()]])
        texts = {lang: record.with_context(lang=lang)[field] or "" for lang in langs}
        return {lang: text for lang, text in texts.items() if text}

    def _export_spec(self):
        """The whole scale as plain data; importing it gives the same scale."""
        self.ensure_one()
        key = self._key()
        return {
            "format": scale_file.FORMAT,
            "code": self.code,
            "version": self.version,
            "kind": self.kind,
            **{
                name: self._texts(self, name)
                for name in ("name", "wording_note", "window", "instruction", "missing_rule")
            },
            "wording": self.wording,
            "licence": self.licence or "",
            "source": self.source or "",
            "min_days": self.min_days,
            "validity": key["validity"],
            "options": self._export_options(self.option_ids.filtered(lambda option: not option.item_id)),
            "items": self._export_items(key["items"]),
            "factors": self._export_factors(key["factors"]),
            "flags": self._export_flags(key["flags"]),
            "norms": [self._export_norm(norm) for norm in self.norm_ids],
            "vectors": [
                {
                    "name": vector.name,
                    "answers": vector.answers,
                    "expected": json.loads(vector.expected),
                    **({"seconds": vector.seconds} if vector.seconds else {}),
                }
                for vector in self.vector_ids
            ],
        }

    def _export_options(self, options):
        return [{"value": option.value, "label": self._texts(option, "label")} for option in options]

    def _export_items(self, keys):
        items = self.item_ids.sorted(lambda part: (part.sequence, part.id))
        return [
            {
                **key,
                **{name: self._texts(item, name) for name in ("text", "hint", "unit")},
                **({"options": self._export_options(item.option_ids)} if item.option_ids else {}),
            }
            for key, item in zip(keys, items, strict=True)
        ]

    def _export_factors(self, keys):
        factors = self.factor_ids.sorted(lambda part: (part.sequence, part.id))
        result = []
        for key, factor in zip(keys, factors, strict=True):
            bands = [
                {
                    **{name: value for name, value in band.items() if name != "id"},
                    "name": self._texts(record, "name"),
                }
                for band, record in zip(key["bands"], factor.band_ids, strict=True)
            ]
            result.append({**key, "name": self._texts(factor, "name"), "bands": bands})
        return result

    def _export_flags(self, keys):
        flags = self.flag_ids.sorted(lambda part: (part.sequence, part.id))
        return [
            {
                **{name: value for name, value in key.items() if name != "id"},
                "name": self._texts(flag, "name"),
            }
            for key, flag in zip(keys, flags, strict=True)
        ]

    def _export_norm(self, norm):
        lines = [
            {
                "factor": line.factor_id.code,
                "mean": line.mean,
                "sd": line.sd,
                "value": line.value,
                "table": json.loads(line.table or "[]"),
            }
            for line in norm.line_ids
        ]
        return {
            "code": norm.code,
            "name": self._texts(norm, "name"),
            "source": norm.source or "",
            "group": norm.group or "",
            "rule": norm.rule,
            "k": norm.k,
            "percentile": norm.percentile,
            "default": norm.is_default,
            "lines": lines,
        }

    # ----------------------------------------------------------------------
    # In
    # ----------------------------------------------------------------------

    @api.model
    def _import_spec(self, spec, company=None):
        """Build a draft from a description. The whole scale lands or nothing.

        :param dict spec: see :mod:`tools.scale_file`
        :param company: school that will own it; empty = shared
        :raises UserError: naming what cannot be read
        """
        try:
            scale_file.check(spec)
        except ValueError as fault:
            raise UserError(self.env._("The scale file cannot be read: %(fault)s", fault=fault)) from fault
        scale = self.create({**scale_file.scale_vals(spec), "company_id": company.id if company else False})
        scale._write_texts(scale, spec, ("name", "wording_note", "window", "instruction", "missing_rule"))
        scale._import_options(spec.get("options") or [], False)
        items = scale._import_items(spec.get("items") or [])
        factors = scale._import_factors(spec.get("factors") or [], items)
        flags = scale._import_flags(spec.get("flags") or [], items, factors)
        scale._link_factor_flags(spec.get("factors") or [], factors, flags)
        scale._import_norms(spec.get("norms") or [], factors)
        self.env["psych.scale.vector"].create(
            [
                {
                    "scale_id": scale.id,
                    "sequence": index,
                    "name": vector["name"],
                    "answers": vector["answers"],
                    "seconds": vector.get("seconds") or 0,
                    "expected": json.dumps(vector["expected"], sort_keys=True),
                }
                for index, vector in enumerate(spec.get("vectors") or [])
            ]
        )
        return scale

    def _write_texts(self, record, spec, names):
        """Write the translations that this database has languages for; the English text is the source."""
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        for name in names:
            texts = spec.get(name) or {}
            if isinstance(texts, dict):
                wanted = {lang: text for lang, text in texts.items() if lang in installed and lang != "en_US"}
                if wanted and record.with_context(lang="en_US")[name]:
                    record.update_field_translations(name, wanted)

    def _import_options(self, rows, item):
        Option = self.env["psych.scale.option"]
        for index, row in enumerate(rows):
            option = Option.with_context(lang="en_US").create(
                {
                    "scale_id": self.id,
                    "item_id": item.id if item else False,
                    "sequence": index,
                    "value": row["value"],
                    "label": scale_file.source(row["label"]),
                }
            )
            self._write_texts(option, row, ("label",))

    def _import_items(self, rows):
        items = {}
        for index, row in enumerate(rows):
            item = (
                self.env["psych.scale.item"]
                .with_context(lang="en_US")
                .create({"scale_id": self.id, "sequence": index, **scale_file.item_vals(row)})
            )
            self._write_texts(item, row, ("text", "hint", "unit"))
            self._import_options(row.get("options") or [], item)
            items[row["code"]] = item
        return items

    def _import_factors(self, rows, items):
        factors = {}
        for index, row in enumerate(rows):
            factor = (
                self.env["psych.scale.factor"]
                .with_context(lang="en_US")
                .create(
                    {
                        "scale_id": self.id,
                        "sequence": index,
                        **scale_file.factor_vals(row),
                        "item_ids": [(6, 0, [items[code].id for code in row.get("items") or ()])],
                        "part_ids": [(6, 0, [factors[code].id for code in row.get("factors") or ()])],
                    }
                )
            )
            self._write_texts(factor, row, ("name",))
            for band_row in row.get("bands") or []:
                band = (
                    self.env["psych.scale.band"]
                    .with_context(lang="en_US")
                    .create({"factor_id": factor.id, **scale_file.band_vals(band_row)})
                )
                self._write_texts(band, band_row, ("name",))
            factors[row["code"]] = factor
        return factors

    def _import_flags(self, rows, items, factors):
        flags = {}
        for index, row in enumerate(rows):
            flag = (
                self.env["psych.scale.flag"]
                .with_context(lang="en_US")
                .create(
                    {
                        "scale_id": self.id,
                        "sequence": index,
                        **scale_file.flag_vals(row),
                        "term_ids": [
                            (
                                0,
                                0,
                                {
                                    "sequence": position,
                                    "operator": term["op"],
                                    "value": term.get("value") or 0,
                                    "item_id": items[term["item"]].id if term.get("item") else False,
                                    "factor_id": factors[term["factor"]].id if term.get("factor") else False,
                                },
                            )
                            for position, term in enumerate(row["terms"])
                        ],
                    }
                )
            )
            self._write_texts(flag, row, ("name",))
            flags[row["code"]] = flag
        return flags

    def _link_factor_flags(self, rows, factors, flags):
        for row in rows:
            if row.get("flags"):
                factors[row["code"]].flag_ids = [(6, 0, [flags[code].id for code in row["flags"]])]

    def _import_norms(self, rows, factors):
        for index, row in enumerate(rows):
            norm = (
                self.env["psych.scale.norm"]
                .with_context(lang="en_US")
                .create(
                    {
                        "scale_id": self.id,
                        "sequence": index,
                        **scale_file.norm_vals(row),
                        "line_ids": [
                            (
                                0,
                                0,
                                {
                                    "sequence": position,
                                    "factor_id": factors[line["factor"]].id,
                                    "mean": line.get("mean") or 0,
                                    "sd": line.get("sd") or 0,
                                    "value": line.get("value") or 0,
                                    "table": json.dumps(line["table"]) if line.get("table") else False,
                                },
                            )
                            for position, line in enumerate(row["lines"])
                        ],
                    }
                )
            )
            self._write_texts(norm, row, ("name",))

    # ----------------------------------------------------------------------
    # Files
    # ----------------------------------------------------------------------

    def _export_file(self, kind):
        """The scale as file content.

        :param str kind: ``json``, ``xlsx`` or ``fhir``
        :return: (file name, bytes)
        """
        spec = self._export_spec()
        name = f"{self.code}-{self.version}"
        if kind == "xlsx":
            return f"{name}.xlsx", scale_file.to_xlsx(spec)
        if kind == "fhir":
            return f"{name}.fhir.json", scale_file.to_fhir(spec, self.env.lang or "en_US")
        return f"{name}.json", json.dumps(spec, ensure_ascii=False, indent=1).encode()

    @api.model
    def _read_file(self, name, content):
        """The description inside an uploaded file.

        :raises UserError: naming what cannot be read
        """
        try:
            return scale_file.read(name, content)
        except ValueError as fault:
            raise UserError(self.env._("The scale file cannot be read: %(fault)s", fault=fault)) from fault

    def _load_wording(self, texts, lang, wording="official"):
        """Make a new version with other wording and the same numbers.

        :param dict texts: ``{item number: wording}``; every item must be there
        :param str lang: language the wording is in
        """
        self.ensure_one()
        missing = [item.code for item in self.item_ids if not (texts.get(item.code) or "").strip()]
        if missing:
            raise UserError(self.env._("No wording for the items %(items)s.", items=", ".join(missing[:20])))

        def change(spec):
            spec["wording"] = wording
            for row in spec["items"]:
                text = texts[row["code"]].strip()
                row["text"] = {**row.get("text", {}), lang: text}
                row["text"].setdefault("en_US", text)

        if self.state == "draft":
            for item in self.item_ids:
                if not item.with_context(lang="en_US").text:
                    item.with_context(lang="en_US").text = texts[item.code].strip()
                item.with_context(lang=lang).text = texts[item.code].strip()
            self.wording = wording
            return self
        return self._copy_version(change)

    @api.model
    def _load_shipped(self):
        """Create the scales that come with the product, once; never touches one that exists."""
        for code in SHIPPED:
            name = f"psych_health/data/screening/scales/{code.lower().replace('-', '_')}.json"
            with file_open(file_path(name), "rb") as handle:
                spec = json.loads(handle.read())
            known = self.search(
                [("code", "=", spec["code"]), ("version", "=", spec["version"]), ("company_id", "=", False)]
            )
            if known:
                continue
            scale = self._import_spec(spec)
            scale.sequence = SHIPPED.index(code)
            self.env["ir.model.data"]._update_xmlids(
                [
                    {
                        "xml_id": f"psych_health.psych_scale_{code.lower().replace('-', '_')}",
                        "record": scale,
                        "noupdate": True,
                    }
                ]
            )
            if code in RELEASED:
                scale.action_release()

    def _attachment_action(self, kind):
        """Download a file of this scale through the gated route."""
        return {"type": "ir.actions.act_url", "url": f"/psych/scale/{self.id}/{kind}", "target": "download"}

    def action_export_xlsx(self):
        """Download the scale as XLSX."""
        return self._attachment_action("xlsx")

    def action_export_fhir(self):
        """Download the scale as FHIR R4 Questionnaire."""
        return self._attachment_action("fhir")

    def action_export_json(self):
        """Download the scale as JSON."""
        return self._attachment_action("json")

    @api.model
    def _decode_upload(self, content):
        return base64.b64decode(content or b"")
