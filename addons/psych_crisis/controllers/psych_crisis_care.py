"""Phone pages of cadres and of every student: reports, urgent report, receipt. Parse, one call, render."""

from odoo import http
from odoo.http import request


class PsychCrisisCare(http.Controller):
    """The doors through which students tell that somebody may need help."""

    def _render(self, template, company, **values):
        Signal = request.env["psych.crisis.signal"]
        frame = {**request.env["psych.appointment"]._portal_frame(company), **Signal._page_frame(company)}
        return request.render(f"psych_crisis.{template}", {**frame, **values})

    def _company(self):
        student = request.env["psych.crisis.signal"]._student_of_user()
        return student, student.company_id or request.env["psych.appointment"]._portal_company()

    @http.route("/psych/care", type="http", auth="user", methods=["GET"], sitemap=False)
    def care(self, done="", **kw):
        """What waits for a cadre: rooms, class, care requests."""
        student, company = self._company()
        tasks = (
            request.env["psych.crisis.signal"]._care_tasks(student)
            if student
            else {"tasks": [], "requests": []}
        )
        return self._render("care_page", company, done=done, **tasks)

    @http.route("/psych/care/report", type="http", auth="user", methods=["POST"], sitemap=False)
    def report(self, unit_id="0", mood="", fact="", **kw):
        """The report on a room or class; one tap when there is nothing to report."""
        student, _company = self._company()
        row = request.env["psych.crisis.signal"]._file_unit(
            student, int(unit_id) if unit_id.isdigit() else 0, mood, fact
        )
        # named seam: the receipt of whoever sent it just now
        return request.redirect(f"/psych/receipt/{row.sudo().token}" if row else "/psych/care?done=1")

    @http.route("/psych/care/request", type="http", auth="user", methods=["POST"], sitemap=False)
    def care_request(self, request_id="0", answer="", **kw):
        """Answer of a cadre to a care request; refusing needs no reason."""
        student, _company = self._company()
        row = (
            request.env["psych.crisis.care.request"]
            ._open_for(student)
            .filtered(lambda r: str(r.id) == request_id)
        )
        if row and answer in ("accepted", "refused", "calm", "tension", "worried"):
            row._answer(student, answer)
        return request.redirect("/psych/care?done=1")

    @http.route("/psych/urgent", type="http", auth="public", methods=["GET"], sitemap=False)
    def urgent(self, **kw):
        """Call buttons first, form second; kept on the phone for bad networks."""
        _student, company = self._company()
        return self._urgent_page(company)

    def _urgent_page(self, company, refused=False, typed=None):
        return self._render(
            "urgent_page",
            company,
            may_send=refused or request.env["psych.crisis.signal"]._may_report(company),
            known=not request.env.user._is_public(),
            refused=refused,
            typed=typed or {},
        )

    # no form token on purpose: the page may come from the phone's cache, and an urgent report is never refused (F17)
    @http.route("/psych/urgent", type="http", auth="public", methods=["POST"], sitemap=False, csrf=False)
    def send_urgent(self, website="", **values):
        """Take the report; the answer is the receipt that says whether a person has confirmed.

        Where it cannot be taken (the session is over, the public form is off) the page says so and keeps what was typed.
        """
        _student, company = self._company()
        if website:
            return request.redirect("/psych/urgent")
        if not request.env["psych.crisis.signal"]._may_report(company):
            return self._urgent_page(company, refused=True, typed=values)
        row = request.env["psych.crisis.signal"]._file_urgent(company, values)
        # named seam: the receipt of whoever sent it just now
        return request.redirect(f"/psych/receipt/{row.sudo().token}")

    @http.route(
        "/psych/receipt/<string:token>", type="http", auth="public", methods=["GET", "HEAD"], sitemap=False
    )
    def receipt(self, token, **kw):
        """What a person did with the report; never more."""
        values = request.env["psych.crisis.signal"]._receipt(token)
        if not values:
            raise request.not_found()
        return self._render("receipt_page", values["company"], receipt=values)

    @http.route(
        "/psych/urgent/sw.js", type="http", auth="public", methods=["GET"], sitemap=False, save_session=False
    )
    def service_worker(self, **kw):
        """Keeps the urgent page on the phone."""
        return request.make_response(
            WORKER,
            [
                ("Content-Type", "text/javascript; charset=utf-8"),
                ("Service-Worker-Allowed", "/psych/urgent"),
                ("Cache-Control", "no-cache"),
            ],
        )


WORKER = """
const NAME = 'psych-urgent-1';
self.addEventListener('install', event => event.waitUntil(caches.open(NAME).then(cache => cache.add('/psych/urgent')).then(() => self.skipWaiting())));
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method === 'GET' && url.pathname === '/psych/urgent') {
    event.respondWith(fetch(event.request).then(answer => {
      if (answer.ok) { const copy = answer.clone(); caches.open(NAME).then(cache => cache.put('/psych/urgent', copy)); }
      return answer;
    }).catch(() => caches.match('/psych/urgent')));
  }
});
"""
