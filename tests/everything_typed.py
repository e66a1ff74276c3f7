"""Types a marker into every text box of every model of a running server, as the people who work there.

Everything comes from the registry: a model that is added tomorrow is typed into tomorrow. Each box gets a mark of its
own, so that a dump tells which box stands in clear.
"""

import base64
import contextlib
import itertools
import json
import re
from urllib.parse import urljoin

import requests
from harness.rpc import RpcError
from lxml import html

PREFIX = "Qz7Mark"
DIGITS = "1397"
TEXTS = ("char", "text", "html")
SEARCHED = 3
TRIED_BESIDE = 1
PAGES = 40
HEX_DIGIT = "(?:3[0-9]|6[1-6])"


class Marks:
    """Marks and what they stand for; finds them again in a dump, plain, as hex and as base64."""

    def __init__(self):
        self._box, self._count = {}, itertools.count(1)

    def text(self, box):
        """:return: a mark in words for ``box``"""
        code = f"{next(self._count):06x}"
        self._box[code] = box
        return f"{PREFIX}{code}"

    def digits(self, box):
        """:return: a mark of eleven digits, for boxes that take a telephone number only"""
        code = f"{next(self._count):07d}"
        self._box[code] = box
        return f"{DIGITS}{code}"

    def found(self, data: bytes) -> set:
        """:return: the boxes whose mark stands in ``data``"""
        codes = {code.decode() for code in re.findall(PREFIX.encode() + b"([0-9a-f]{6})", data)}
        codes |= {
            code.decode() for code in re.findall(rb"(?<!\d)" + DIGITS.encode() + rb"(\d{7})(?!\d)", data)
        }
        for code in re.findall(PREFIX.encode().hex().encode() + f"({HEX_DIGIT}{{6}})".encode(), data):
            codes.add(bytes.fromhex(code.decode()).decode())
        boxes = {self._box[code] for code in codes if code in self._box}
        if any(form in data for form in self._base64_forms()):
            boxes.add(("base64", "somewhere"))
        return boxes

    def _base64_forms(self):
        """The signs of base64 that do not depend on what stands before and after, for the three positions."""
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + PREFIX.encode() + b"\0" * 3)
            yield whole[-(-8 * shift // 6) : 8 * (shift + len(PREFIX)) // 6]


def _grant(typist, session, make):
    for model in ("psych.session", "psych.crisis.case.entry", "psych.talk", "psych.family.contact"):
        if record := typist.first(session, model):
            return {
                "model": model,
                "res_id": record,
                "reason_text": make(("psych.access.grant", "reason_text")),
            }
    return {}


SPECIAL = {
    "psych.access.grant": _grant,
    "psych.consent": lambda typist, session, make: {
        "purpose": "recording",
        "student_id": typist.first(session, "psych.student"),
        "legal_basis": "duty",
        "override_until": "2027-12-01 02:00:00",
    },
    "psych.crisis.instruction": lambda typist, session, make: {
        "case_id": typist.first(session, "psych.crisis.case", [["is_open", "=", True]]),
        "user_id": session.uid,
    },
    "psych.document": lambda typist, session, make: {
        "res_model": "psych.session",
        "res_id": typist.first(session, "psych.session"),
        "content": base64.b64encode(make(("psych.document", "content")).encode()).decode(),
    },
    "psych.session.addendum": lambda typist, session, make: {
        "session_id": typist.first(session, "psych.session", [["state", "=", "signed"]])
    },
    "psych.staff.visit": lambda typist, session, make: {
        "start": "2027-03-01 02:00:00",
        "stop": "2027-03-01 03:00:00",
        "client_user_id": session.uid,
    },
}
"""What the first value that fits does not make a record of."""


class Typist:
    """Types as each of ``sessions`` in turn until one of them is let.

    :param sessions: ``{role: Session}`` in the order of trying
    :param admin: session of the operator, who only looks things up
    """

    def __init__(self, sessions, admin):
        self.sessions, self.admin, self.marks = sessions, admin, Marks()
        self.accepted, self.refused = {}, {}
        self._fields = {}

    # ---- what there is

    def models(self, pattern="psych.%"):
        """:return: names of the real models of the registry, wizards included"""
        rows = self.admin.search_read(
            "ir.model", [("model", "=like", pattern), ("abstract", "=", False)], ["model"]
        )
        return sorted(row["model"] for row in rows)

    def fields(self, role, model):
        """:return: ``fields_get`` as ``role`` sees it, empty when the model is closed to the role"""
        key = (role, model)
        if key not in self._fields:
            try:
                self._fields[key] = self.sessions[role].call(
                    model,
                    "fields_get",
                    attributes=["type", "readonly", "required", "relation", "selection", "size", "store"],
                )
            except RpcError:
                self._fields[key] = {}
        return self._fields[key]

    def boxes(self, role, model):
        """:return: names of the fields of text that ``role`` may fill in"""
        return [
            name
            for name, field in self.fields(role, model).items()
            if field["type"] in TEXTS and not field["readonly"]
        ]

    # ---- typing

    def type_everywhere(self, models):
        """Type into existing records, then into a new one."""
        for model in models:
            for role in self.sessions:
                self._type_into_records(role, model)
            any(self._type_new(role, model) for role in self.sessions)

    def _note(self, role, box, error=None):
        if error is None:
            self.accepted.setdefault(box, role)
        else:
            self.refused.setdefault(box, f"{role}: {str(error)[:160]}")

    def _type_into_records(self, role, model):
        """Fill in all open boxes of a record at once; one by one where that is refused."""
        session = self.sessions[role]
        open_boxes = [name for name in self.boxes(role, model) if (model, name) not in self.accepted]
        if not open_boxes or not self._may(role, model, "write"):
            return
        rows = session.call(model, "search", [], limit=SEARCHED, order="id desc")
        for record in rows:
            if not self._save(role, model, record, open_boxes, self.marks.text):
                for name, make in itertools.product(open_boxes, (self.marks.text, self.marks.digits)):
                    if (model, name) not in self.accepted:
                        self._save(role, model, record, [name], make)
            open_boxes = [name for name in open_boxes if (model, name) not in self.accepted]
            if not open_boxes:
                return

    def _may(self, role, model, operation):
        with contextlib.suppress(RpcError):
            return self.sessions[role].call(model, "has_access", [], operation)
        return False

    def _save(self, role, model, record, names, make):
        """:return: whether the boxes ``names`` of a record took their marks"""
        values = {name: make((model, name)) for name in names}
        error = None
        try:
            self.sessions[role].call(model, "web_save", [record], values, {"id": {}})
        except (RpcError, requests.HTTPError) as refused:
            error = refused
        for name in names:
            self._note(role, (model, name), error)
        return error is None

    def _type_new(self, role, model):
        """:return: whether ``role`` could save a new record"""
        session = self.sessions[role]
        if not self._may(role, model, "create"):
            return False
        for make in (self.marks.text, self.marks.digits):
            try:
                session.call(model, "web_save", [], self._values(role, model, make), {"id": {}})
            except (RpcError, requests.HTTPError) as error:
                for name in self.boxes(role, model):
                    self._note(role, (model, name), error)
            else:
                for name in self.boxes(role, model):
                    self._note(role, (model, name))
                return True
        return False

    def _values(self, role, model, make):
        """Values of a new record: every text box marked, what is required filled with the first that fits."""
        session, fields = self.sessions[role], self.fields(role, model)
        values = {}
        with contextlib.suppress(RpcError):
            values = {
                name: value
                for name, value in session.call(model, "default_get", list(fields)).items()
                if name in fields and fields[name]["type"] not in ("one2many", "many2many") and value
            }
        for name, field in fields.items():
            if field["type"] in TEXTS and not field["readonly"]:
                values[name] = make((model, name))
            elif (
                name not in values
                and (field["required"] or field["type"] == "many2one")
                and not field["readonly"]
            ):
                with contextlib.suppress(RpcError):
                    values[name] = self._first(session, field)
        if model in SPECIAL:
            values |= SPECIAL[model](self, session, make)
        return {name: value for name, value in values.items() if value is not None}

    def first(self, session, model, domain=()):
        """:return: the id of a record of ``model``, False when there is none"""
        with contextlib.suppress(RpcError):
            return (session.call(model, "search", list(domain), limit=1) or [False])[0]
        return False

    def _first(self, session, field):
        kind = field["type"]
        if kind == "many2one":
            rows = session.call(field["relation"], "search", [], limit=1)
            return (
                rows[0]
                if rows and (field["required"] or field["relation"].startswith("psych.student"))
                else None
            )
        return {
            "selection": lambda: field["selection"][0][0] if field["selection"] else None,
            "date": lambda: "2026-12-01",
            "datetime": lambda: "2026-12-01 02:00:00",
            "integer": lambda: 1,
            "float": lambda: 1.0,
            "boolean": lambda: False,
            "many2one_reference": lambda: None,
        }.get(kind, lambda: None)()

    # ---- reading as a wrong person

    def seen_by(self, role, models):
        """:return: the boxes whose mark ``role`` gets to read anywhere, every field of every model asked for"""
        session, seen = self.sessions[role], set()
        for model in models:
            spec = {name: {} for name in self.fields(role, model)}
            for ask in (
                lambda model=model, spec=spec: session.call(model, "web_search_read", [], spec, limit=80),
                lambda model=model: session.call(model, "name_search", PREFIX),
            ):
                with contextlib.suppress(RpcError):
                    seen |= self.marks.found(json.dumps(ask(), ensure_ascii=False).encode())
        return seen

    # ---- the standard rooms beside a record

    def type_beside(self, models):
        """Chat, activities and plain files at a record of each model; boxes ``(model, "chat")`` and so on."""
        ids = {row["model"]: row["id"] for row in self.admin.search_read("ir.model", [], ["model"])}
        for model in models:
            tried = 0
            for role, session in self.sessions.items():
                rows = session.call(model, "search", [], limit=1) if self._may(role, model, "read") else []
                if rows and tried < TRIED_BESIDE:
                    self._beside(role, session, model, ids[model], rows[0])
                    self._general(role, session, model, ids[model])
                    tried += 1

    def _beside(self, role, session, model, model_id, record):
        mark = lambda what: self.marks.text((model, what))  # noqa: E731
        ways = {
            "chat": lambda: session.jsonrpc(
                "/mail/message/post",
                thread_model=model,
                thread_id=record,
                post_data={"body": mark("chat"), "message_type": "comment", "subtype_xmlid": "mail.mt_note"},
            ),
            "message": lambda: session.call(model, "message_post", [record], body=mark("message")),
            "comment": lambda: session.call(
                model, "message_post", [record], body=mark("comment"), message_type="comment"
            ),
            "raw message": lambda: session.create(
                "mail.message", {"model": model, "res_id": record, "body": mark("raw message")}
            ),
            "raw notification": lambda: session.create(
                "mail.message",
                {
                    "model": model,
                    "res_id": record,
                    "body": mark("raw notification"),
                    "message_type": "notification",
                },
            ),
            "activity": lambda: session.create(
                "mail.activity", {"res_model_id": model_id, "res_id": record, "note": mark("activity")}
            ),
            "activity summary": lambda: session.create(
                "mail.activity",
                {"res_model_id": model_id, "res_id": record, "summary": mark("activity summary")},
            ),
            "composer": lambda: session.create(
                "mail.compose.message", {"model": model, "res_ids": f"[{record}]", "body": mark("composer")}
            ),
            "file": lambda: session.create(
                "ir.attachment",
                {"name": mark("file"), "res_model": model, "res_id": record, "raw": mark("file")},
            ),
            "uploaded file": lambda: session.post(
                "/mail/attachment/upload",
                data={"thread_model": model, "thread_id": record, "csrf_token": session.token()},
                files={"ufile": (mark("uploaded file"), mark("uploaded file").encode())},
            ).raise_for_status(),
        }
        self._try(role, model, ways)

    def _general(self, role, session, model, model_id):
        """What a person keeps for himself on the way: a default, a favourite search."""
        mark = lambda what: self.marks.text((model, what))  # noqa: E731
        ways = {
            "default": lambda: session.call(
                "ir.default", "set", model, self.boxes(role, model)[0], mark("default"), True
            ),
            "favourite": lambda: session.create(
                "ir.filters",
                {
                    "name": mark("favourite"),
                    "model_id": model,
                    "domain": f"[('id', '=', '{mark('favourite')}')]",
                    "user_ids": [(6, 0, [session.uid])],
                },
            ),
        }
        self._try(role, model, ways)

    def _try(self, role, model, ways):
        for what, way in ways.items():
            try:
                way()
            except (RpcError, requests.HTTPError, IndexError) as error:
                self._note(role, (model, what), error)
            else:
                self._note(role, (model, what))

    # ---- the pages of students

    def type_on_pages(self, session, start):
        """Follow the links of a student's pages from ``start`` and send every form with a box of text, marked."""
        waiting, seen, sent = [start], set(), set()
        while waiting and len(seen) < PAGES:
            path = waiting.pop(0)
            seen.add(path)
            answer = session.get(path, allow_redirects=False)
            if answer.is_redirect and urljoin(path, answer.headers["Location"]).startswith("/"):
                waiting.append(urljoin(path, answer.headers["Location"]))
            if "text/html" not in answer.headers.get("Content-Type", "") or answer.status_code != 200:
                continue
            page = html.fromstring(answer.content, base_url=path)
            for link in page.xpath("//a/@href"):
                target = urljoin(path, link).split("#")[0]
                if target.startswith(("/my/", "/psych/")) and target not in seen and "withdraw" not in target:
                    waiting.append(target)
            for form in page.forms:
                self._send(session, urljoin(path, form.action or path), form, sent)

    def _send(self, session, action, form, sent):
        route = re.sub(r"\d+", "N", action.split("?")[0])
        boxes = [
            node.get("name")
            for node in form.xpath(
                ".//textarea | .//input[not(@type) or @type='text' or @type='tel' or @type='search']"
            )
            if node.get("name")
        ]
        if not boxes or route in sent:
            return
        sent.add(route)
        values = {name: value for name, value in form.form_values()}
        for name in boxes:
            values[name] = self.marks.text(("page", f"{route} {name}"))
        answer = session.http.request(
            form.method, session.url + action, data=values, timeout=60, allow_redirects=False
        )
        for name in boxes:
            error = None if answer.status_code < 400 else answer.status_code
            self._note("student", ("page", f"{route} {name}"), error)
