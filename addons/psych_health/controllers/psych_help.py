"""The help page: without signing in, small, cached on the phone for bad networks."""

from odoo import http
from odoo.http import request

SERVICE_WORKER = """
const NAME = 'psych-help-1';
const PAGES = ['/psych/help', '/psych/quiet'];
self.addEventListener('install', event => event.waitUntil(caches.open(NAME).then(cache => cache.addAll(PAGES)).then(() => self.skipWaiting())));
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method === 'GET' && PAGES.includes(url.pathname)) {
    event.respondWith(fetch(event.request).then(answer => {
      if (answer.ok && !url.search) { const copy = answer.clone(); caches.open(NAME).then(cache => cache.put(url.pathname, copy)); }
      return answer;
    }).catch(() => caches.match(url.pathname)));
  }
});
"""


class PsychHelp(http.Controller):
    """Lines that are open now, the way to the nearest room, and 'please call me'."""

    def _page(self, template, **values):
        company = request.env["psych.appointment"]._portal_company()
        frame = request.env["psych.appointment"]._portal_frame(company)
        return request.render(f"psych_health.{template}", {**frame, **values})

    @http.route("/psych/help", type="http", auth="public", methods=["GET"], sitemap=False, save_session=False)
    def help(self, called="", **kw):
        """Who helps now."""
        return self._page("help_page", called=called)

    @http.route(
        "/psych/help/call",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
        csrf=False,
        save_session=False,
    )
    def call(self, phone="", name="", website="", **kw):
        """'Please call me' from somebody unknown. Never refused; the hidden box catches robots.

        Without a form token on purpose: the page comes from the phone's cache, and nothing is read or changed
        but one row that asks for a call.
        """
        if phone.strip() and not website:
            company = request.env["psych.appointment"]._portal_company()
            request.env["psych.call.request"]._ask(
                company, "help", phone=phone.strip()[:32], name=name.strip()[:64]
            )
        return self._page("help_page", called="1" if phone.strip() else "0")

    @http.route(
        "/psych/quiet", type="http", auth="public", methods=["GET"], sitemap=False, save_session=False
    )
    def quiet(self, **kw):
        """The neutral page that quick-hide leaves on the screen."""
        return self._page("quiet_page")

    @http.route(
        "/psych/sw.js", type="http", auth="public", methods=["GET"], sitemap=False, save_session=False
    )
    def service_worker(self, **kw):
        """Keeps the help page on the phone."""
        return request.make_response(
            SERVICE_WORKER,
            [
                ("Content-Type", "text/javascript; charset=utf-8"),
                ("Service-Worker-Allowed", "/psych/"),
                ("Cache-Control", "no-cache"),
            ],
        )

    @http.route(
        "/psych/source", type="http", auth="public", methods=["GET"], sitemap=False, save_session=False
    )
    def source(self, **kw):
        """Where the source of this server is (AGPL §13); a college with a fork of its own sets the address."""
        parameters = request.env["ir.config_parameter"].sudo()  # named seam: reading a setting
        return request.redirect(
            parameters.get_param("psych_health.source_url", "https://www.gnu.org/licenses/agpl-3.0.html"),
            local=False,
        )
