import functools
import json
import secrets

from odoo import http
from odoo.http import request
from odoo.tools import file_open

from ..models.screening.psych_screening_seam import SheetRefused

STATUS = {"wait": 429, "slow_down": 429, "form": 400}
HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"}
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
BODY_MAX = 64 * 1024
BATCH_MAX = 512 * 1024


@functools.cache
def _page(nonce, sign_in):
    """The answering page in one piece, the same for everybody: no name, no number, no token.

    :param bool sign_in: whether the entrance also offers the sign-in service of the school
    """
    folder = "psych_health/static/src/answering/"
    parts = {}
    for name in ("answer.html", "answer.css", "answer.js"):
        with file_open(folder + name) as handle:
            parts[name] = handle.read()
    page = parts["answer.html"].replace("/*CSS*/", parts["answer.css"]).replace("/*JS*/", parts["answer.js"])
    return page.replace("NONCE", nonce).replace("SIGN-IN", "yes" if sign_in else "")


NONCE = secrets.token_urlsafe(12)


def readable(model, record_id):
    """The record, when the caller may read it.

    :raises AccessError: the caller may not
    """
    record = request.env[model].browse(record_id)
    record.check_access("read")
    return record


class PsychScreening(http.Controller):
    """Door of answering: a static page and its JSON routes. Thin: everything is decided in ``psych.screening.seam``.

    The token in the body is the credential, no cookie counts: so there is nothing a foreign page could ride on, and
    the routes stand outside CSRF and sessions.
    """

    @http.route(
        ["/psych/s", "/psych/s/<string:token>", "/psych/c"],
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
        sitemap=False,
    )
    def page(self, token=None):
        """The answering page; the browser may keep it."""
        headers = {
            **HEADERS,
            "Content-Security-Policy": POLICY.format(nonce=NONCE),
            "Cache-Control": "private, max-age=600",
        }
        return request.make_response(
            _page(NONCE, request.env["auth.oauth.provider"]._psych_offered()),
            list(headers.items()) + [("Content-Type", "text/html; charset=utf-8")],
        )

    @http.route(
        "/psych/answer/<string:what>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
        max_content_length=BODY_MAX,
    )
    def answer(self, what):
        """open, enter, save, submit, decline: one JSON body, one JSON answer."""
        calls = {
            "open": lambda seam, body: seam._open(body.get("token"), body.get("lang")),
            "enter": lambda seam, body: seam._enter(body.get("token"), body.get("number"), body.get("code")),
            "save": lambda seam, body: seam._save(body.get("token"), body.get("sheets")),
            "submit": lambda seam, body: seam._submit(body.get("token"), body.get("sheets")),
            "decline": lambda seam, body: seam._decline(body.get("token")),
        }
        return self._answer(calls.get(what))

    @http.route(
        "/psych/answers",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
        max_content_length=BATCH_MAX,
    )
    def answers(self):
        """Several sheets in one request: a kiosk or an offline queue."""
        return self._answer(lambda seam, body: {"answers": seam._submit_many(body.get("entries"))})

    def _answer(self, call):
        if call is None:
            return self._json({"ok": False, "why": "unknown"}, 404)
        try:
            body = json.loads(request.httprequest.get_data() or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return self._json({"ok": False, "why": "form"}, 400)
        try:
            return self._json(call(request.env["psych.screening.seam"], body))
        except SheetRefused as refusal:
            return self._json({"ok": False, "why": str(refusal)}, STATUS.get(str(refusal), 403))

    def _json(self, data, status=200):
        headers = [*HEADERS.items(), ("Cache-Control", "no-store"), ("Content-Type", "application/json")]
        return request.make_response(json.dumps(data), headers, status=status)

    @http.route("/psych/preview/<int:scale_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def preview(self, scale_id):
        """A scale as a student sees it; saves nothing."""
        return self.page()

    @http.route(
        "/psych/preview/<int:scale_id>/form", type="http", auth="user", methods=["GET"], readonly=True
    )
    def preview_form(self, scale_id):
        """The form of one scale, by the rights of the caller."""
        scale = readable("psych.scale", scale_id)
        return self._json({"form": scale._preview_form(), "done": False, "steps": {}, "report": []})

    @http.route(
        "/psych/scale/<int:scale_id>/<string:kind>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def scale_file(self, scale_id, kind):
        """A scale as file: xlsx, fhir or json."""
        scale = readable("psych.scale", scale_id)
        name, content = scale._export_file(kind)
        return request.make_response(
            content,
            [
                ("Content-Type", "application/octet-stream"),
                ("Content-Disposition", http.content_disposition(name)),
            ],
        )

    @http.route("/psych/sheet/<int:response_id>", type="http", auth="user", methods=["GET"])
    def sheet(self, response_id):
        """The answers of one sheet in words: rights, gate and reading log decide; the browser keeps nothing."""
        response = readable("psych.response", response_id)
        values = {"title": response.display_name, "rows": response._answer_rows()}
        answer = request.render("psych_health.psych_sheet_page", values)
        answer.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return answer

    @http.route("/my/psych/census", type="http", auth="user", methods=["GET"])
    def own_census(self):
        """A signed-in student goes on to the own open questionnaire."""
        return request.redirect(request.env["psych.campaign.member"]._own_open_link() or "/my")

    @http.route("/psych/figures/<int:campaign_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def figures(self, campaign_id):
        """Statistics of a campaign as XLSX with charts, by the rights of the caller."""
        campaign = readable("psych.campaign", campaign_id)
        request.env["psych.screening.figure"].check_access("read")
        name, content = campaign._figure_book()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        headers = [("Content-Type", kind), ("Content-Disposition", http.content_disposition(name))]
        return request.make_response(content, headers)
