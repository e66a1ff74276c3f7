"""The bare Odoo controller: public route, no session, one INSERT. Nothing inside an addon goes below it."""

from odoo import http
from odoo.http import request


class BenchProbe(http.Controller):
    @http.route("/bench/insert", type="http", auth="public", methods=["POST"], csrf=False, save_session=False)
    def insert(self, t="", a="", **kw):
        request.env.cr.execute("INSERT INTO bench_raw (code, answers) VALUES (%s, %s)", (t, a))
        return "ok"
