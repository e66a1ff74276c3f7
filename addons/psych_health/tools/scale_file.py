"""Scales as files: one neutral description, written to and read from JSON, XLSX and FHIR R4.

The description (``psych-scale/1``) is a dict as in ``data/screening/scales``; texts are ``{language: text}``.
Plain Python: no environment. Reading raises ``ValueError`` with a sentence that names the place.
"""

import io
import json

FORMAT = "psych-scale/1"
EXTENSION = "urn:psych-health:scale-key"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
REQUIRED = ("code", "version", "name", "factors")
ORDERED = ("span_ratio", "ratio", "weighted")
TABLES = ("options", "items", "factors", "flags", "norms", "vectors")


def source(texts):
    """The source text of ``{language: text}``: English, else any."""
    if not isinstance(texts, dict):
        return texts or ""
    return texts.get("en_US") or next(iter(texts.values()), "")


def check(spec):
    """Refuse what is not a description of a scale.

    :raises ValueError: naming the part
    """
    if not isinstance(spec, dict) or spec.get("format") != FORMAT:
        raise ValueError("not a scale description (format psych-scale/1)")
    for name in REQUIRED:
        if not spec.get(name):
            raise ValueError(f"{name} is missing")
    items = {row.get("code") for row in spec.get("items") or ()}
    factors = set()
    for row in spec["factors"]:
        unknown = set(row.get("items") or ()) - items or set(row.get("factors") or ()) - factors
        if unknown:
            raise ValueError(f"factor {row.get('code')}: {sorted(unknown)[0]} is not known here")
        factors.add(row["code"])
    for row in spec.get("flags") or ():
        for term in row.get("terms") or ():
            if term.get("item", next(iter(items), None)) not in items and not term.get("factor"):
                raise ValueError(f"rule {row.get('code')}: item {term.get('item')} is not known here")
            if term.get("factor") and term["factor"] not in factors:
                raise ValueError(f"rule {row.get('code')}: factor {term['factor']} is not known here")


# -- values for the records ------------------------------------------------------------------------------------
def scale_vals(spec):
    """Values of the scale record itself."""
    validity = spec.get("validity") or {}
    return {
        "code": spec["code"],
        "version": spec["version"],
        "name": source(spec["name"]),
        "kind": spec.get("kind") or "questionnaire",
        "wording": spec.get("wording") or "none",
        "wording_note": source(spec.get("wording_note")),
        "window": source(spec.get("window")),
        "instruction": source(spec.get("instruction")),
        "missing_rule": source(spec.get("missing_rule")),
        "licence": spec.get("licence") or "",
        "source": spec.get("source") or "",
        "min_days": spec.get("min_days", 14),
        "min_seconds_per_item": validity.get("min_seconds_per_item") or 0,
        "same_share_max": validity.get("same_share_max") or 0,
        "missing_max": validity.get("missing_max") or 0,
    }


def item_vals(row):
    """Values of an item."""
    return {
        "code": row["code"],
        "kind": row.get("kind") or "choice",
        "text": source(row.get("text")),
        "hint": source(row.get("hint")),
        "unit": source(row.get("unit")),
        "min_value": row.get("min", 0),
        "max_value": row.get("max", 3),
        "is_reverse": bool(row.get("reverse")),
        "is_scored": row.get("scored", True),
    }


def factor_vals(row):
    """Values of a factor, without its links."""
    return {
        "code": row["code"],
        "name": source(row.get("name")),
        "method": row.get("method") or "sum",
        "item_order": ",".join([*(row.get("items") or ()), *(row.get("factors") or ())])
        if row.get("method") in ORDERED
        else False,
        "weights": ",".join(str(weight) for weight in row.get("weights") or ()),
        "threshold": row.get("threshold") or 0,
        "multiplier": row.get("multiplier", 1) or 1,
        "offset": row.get("offset") or 0,
        "rounding": row.get("rounding") or "none",
        "steps": json.dumps(row["steps"]) if row.get("steps") else False,
        "missing_max": row.get("missing_max") or 0,
        "missing_how": row.get("missing_how") or "none",
        "higher_is_better": bool(row.get("higher_is_better")),
        "reliable_change": row.get("reliable_change") or 0,
        "is_main": bool(row.get("main")),
    }


def band_vals(row):
    """Values of a band."""
    return {
        "min_score": row["min"],
        "max_score": row.get("max", row["min"]),
        "name": source(row["name"]),
        "severity": row.get("rank") or 0,
        "is_over": bool(row.get("over_line")),
    }


def flag_vals(row):
    """Values of a rule, without its terms."""
    return {
        "code": row["code"],
        "name": source(row.get("name")),
        "purpose": row.get("purpose") or "flag",
        "urgency": row.get("urgency") or False,
        "need": row.get("need", 1),
        "weight": row.get("weight") or 0,
        "opens_followup": bool(row.get("opens_followup")),
    }


def norm_vals(row):
    """Values of a norm, without its lines."""
    return {
        "code": row["code"],
        "name": source(row["name"]),
        "source": row.get("source") or "",
        "group": row.get("group") or "",
        "rule": row.get("rule") or "fixed",
        "k": row.get("k", 2),
        "percentile": row.get("percentile", 95),
        "is_default": bool(row.get("default")),
    }


# -- XLSX ------------------------------------------------------------------------------------------------------
def to_xlsx(spec):
    """The description as a workbook: one sheet for the scale, one per table, a row per part."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bg_color": "#E8F0EC"})
    sheet = book.add_worksheet("scale")
    sheet.write_row(0, 0, ["field", "value"], head)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for index, name in enumerate((name for name in spec if name not in TABLES), 1):
        sheet.write_row(index, 0, [name, json.dumps(spec[name], ensure_ascii=False)])
    for table in TABLES:
        _write_table(book.add_worksheet(table), spec.get(table) or [], head)
    book.close()
    return buffer.getvalue()


def _write_table(sheet, rows, head):
    columns = []
    for row in rows:
        columns += [name for name in _flat(row) if name not in columns]
    sheet.write_row(0, 0, columns, head)
    sheet.freeze_panes(1, 0)
    for index, row in enumerate(rows, 1):
        flat = _flat(row)
        sheet.write_row(index, 0, ["" if name not in flat else flat[name] for name in columns])
    if columns:
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        sheet.set_column(0, len(columns) - 1, 18)


def _flat(row):
    """``{"text": {"en_US": "a"}}`` as ``{"text:en_US": "a"}``; everything else that is not text as JSON."""
    flat = {}
    for name, value in row.items():
        if (
            isinstance(value, dict)
            and value
            and all(isinstance(part, str) for part in value.values())
            and name != "expected"
        ):
            flat.update({f"{name}:{lang}": text for lang, text in value.items()})
        elif isinstance(value, str) and value:
            flat[name] = value
        else:
            flat[f"{name}#"] = json.dumps(value, ensure_ascii=False)
    return flat


def _deep(flat):
    row = {}
    for name, value in flat.items():
        if value in (None, ""):
            continue
        if name.endswith("#"):
            row[name[:-1]] = json.loads(value)
        elif ":" in name:
            first, lang = name.split(":", 1)
            row.setdefault(first, {})[lang] = str(value)
        else:
            row[name] = _text(value)
    return row


def _text(value):
    """A cell as text; a spreadsheet program turns the number 1 into 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _from_xlsx(content):
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except Exception as fault:
        raise ValueError("not a workbook") from fault
    if "scale" not in book.sheet_names:
        raise ValueError("the sheet 'scale' is missing")
    spec = {}
    for row in book.get_sheet_by_name("scale").to_python()[1:]:
        if row and row[0]:
            spec[str(row[0])] = json.loads(row[1])
    for table in TABLES:
        rows = (
            book.get_sheet_by_name(table).to_python(skip_empty_area=False)
            if table in book.sheet_names
            else []
        )
        header = [str(name) for name in rows[0]] if rows else []
        spec[table] = [
            _deep(dict(zip(header, row, strict=False))) for row in rows[1:] if any(cell != "" for cell in row)
        ]
    return spec


# -- FHIR R4 ---------------------------------------------------------------------------------------------------
FHIR_TYPES = {"choice": "choice", "number": "integer", "time": "time", "hours": "decimal"}


def to_fhir(spec, lang="en_US"):
    """The description as FHIR R4 Questionnaire (validated by fhir.resources), key in an extension of ours."""
    from fhir.resources.R4B.questionnaire import Questionnaire

    def pick(texts):
        return (texts or {}).get(lang) or source(texts)

    items = []
    for row in spec.get("items") or ():
        item = {
            "linkId": row["code"],
            "text": pick(row.get("text")) or pick(row.get("hint")) or row["code"],
            "type": FHIR_TYPES[row.get("kind") or "choice"],
            "required": False,
        }
        if item["type"] == "choice":
            options = row.get("options") or spec.get("options") or ()
            item["answerOption"] = [
                {
                    "valueCoding": {
                        "code": str(option["value"]),
                        "display": pick(option["label"]),
                        "extension": [{"url": ORDINAL, "valueDecimal": option["value"]}],
                    }
                }
                for option in options
            ]
        items.append(item)
    resource = {
        "resourceType": "Questionnaire",
        "status": "active",
        "name": spec["code"].replace("-", ""),
        "title": pick(spec["name"]),
        "version": spec["version"],
        "language": lang.replace("_", "-"),
        "subjectType": ["Patient"],
        "identifier": [{"system": "urn:psych-health:scale", "value": f"{spec['code']}|{spec['version']}"}],
        "copyright": spec.get("licence") or None,
        "item": items or None,
        "extension": [
            {"url": EXTENSION, "valueString": json.dumps(spec, ensure_ascii=False, sort_keys=True)}
        ],
    }
    return (
        Questionnaire.model_validate({k: v for k, v in resource.items() if v is not None})
        .model_dump_json(indent=1)
        .encode()
    )


def _from_fhir(data):
    from fhir.resources.R4B.questionnaire import Questionnaire

    try:
        resource = Questionnaire.model_validate(data)
    except Exception as fault:
        raise ValueError("not a valid FHIR R4 Questionnaire") from fault
    for extension in resource.extension or ():
        if extension.url == EXTENSION:
            return json.loads(extension.valueString)
    return _foreign(resource)


def _foreign(resource):
    """A Questionnaire of another system: items and options; a plain sum as the key, to be completed by hand."""
    lang = (resource.language or "en-US").replace("-", "_")
    items = []
    for entry in _leaves(resource.item or ()):
        row = {"code": entry.linkId, "text": {lang: entry.text or entry.linkId}}
        if entry.type in ("choice", "boolean"):
            values = [_option(option, index, lang) for index, option in enumerate(entry.answerOption or ())]
            values = values or [{"value": 0, "label": {lang: "0"}}, {"value": 1, "label": {lang: "1"}}]
            numbers = [value["value"] for value in values]
            row.update(kind="choice", options=values, min=min(numbers), max=max(numbers))
        elif entry.type in ("integer", "decimal"):
            row.update(kind="number", min=0, max=100)
        else:
            raise ValueError(f"item {entry.linkId}: answers of type {entry.type} cannot be scored")
        items.append(row)
    if not items:
        raise ValueError("the Questionnaire has no items")
    title = resource.title or resource.name or "Questionnaire"
    return {
        "format": FORMAT,
        "code": (resource.name or title)[:40],
        "version": resource.version or "1",
        "name": {lang: title},
        "wording": "official",
        "licence": resource.copyright or "",
        "items": items,
        "flags": [],
        "norms": [],
        "vectors": [],
        "factors": [
            {
                "code": "total",
                "name": {lang: "Total"},
                "method": "sum",
                "items": [row["code"] for row in items],
                "main": True,
            }
        ],
    }


def _leaves(items):
    for item in items:
        if item.type in ("group", "display"):
            yield from _leaves(item.item or ())
        else:
            yield item


def _option(option, index, lang):
    coding = option.valueCoding
    value, label = index, str(option.valueString or option.valueInteger or index)
    if coding:
        label = coding.display or coding.code
        value = int(coding.code) if (coding.code or "").isdigit() else index
        for extension in coding.extension or ():
            if extension.url == ORDINAL and extension.valueDecimal is not None:
                value = int(extension.valueDecimal)
    return {"value": value, "label": {lang: label}}


def answers_to_fhir(scale_code, version, answers, subject, when):
    """One sheet as FHIR R4 QuestionnaireResponse.

    :param dict answers: ``{item code: value or None}``
    :param str subject: number of the student (no name)
    :param str when: moment of submit, ISO 8601 with zone
    """
    from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

    return QuestionnaireResponse.model_validate(
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "authored": when,
            "questionnaire": f"urn:psych-health:scale:{scale_code}|{version}",
            "subject": {"identifier": {"system": "urn:psych-health:student", "value": subject}},
            "item": [
                {"linkId": code, "answer": [{"valueInteger": value}]}
                for code, value in answers.items()
                if value is not None
            ],
        }
    ).model_dump(mode="json")


def read(name, content):
    """The description inside a file (JSON, XLSX or FHIR).

    :raises ValueError: naming what cannot be read
    """
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        spec = _from_xlsx(content)
    else:
        try:
            data = json.loads(content)
        except ValueError as fault:
            raise ValueError("not a JSON file") from fault
        spec = _from_fhir(data) if isinstance(data, dict) and data.get("resourceType") else data
    check(spec)
    return spec


def read_wording(name, content):
    """``{item number: wording}`` of a two-column table (XLSX or CSV)."""
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        import python_calamine

        rows = (
            python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
            .get_sheet_by_index(0)
            .to_python()
        )
    else:
        import csv

        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return {
        _text(row[0]).strip(): str(row[1]).strip() for row in rows if len(row) > 1 and str(row[0]).strip()
    }
