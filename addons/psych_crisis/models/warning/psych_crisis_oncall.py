from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.psych_health.tools import clock


class PsychCrisisOncall(models.Model):
    """Who is on call between two moments, with the phone that is really answered (safety rule F4).

    The second line is asked when the first is away. An hour without anybody falls to the desk that is staffed day and
    night and is shown in red.
    """

    _name = "psych.crisis.oncall"
    _description = "On-call shift"
    _order = "start, line"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", string="On call", required=True, index=True, ondelete="restrict")
    phone = fields.Char(required=True)
    line = fields.Selection([("1", "First line"), ("2", "Second line")], required=True, default="1")
    start = fields.Datetime(required=True)
    stop = fields.Datetime(required=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    is_now = fields.Boolean(compute="_compute_is_now", search="_search_is_now")

    _span = models.Constraint("CHECK (stop > start)", "A shift ends after it starts.")
    _by_time = models.Index("(company_id, stop, start)")

    @api.depends("start", "stop")
    def _compute_is_now(self):
        now = clock.now()
        for row in self:
            row.is_now = bool(row.start and row.stop and row.start <= now < row.stop)

    def _search_is_now(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("start", "<=", clock.now()), ("stop", ">", clock.now())]

    @api.constrains("user_id")
    def _check_staff(self):
        for row in self:
            if row.user_id.share:
                raise ValidationError(self.env._("Only staff can be on call, never students."))

    @api.model
    def _shifts_at(self, company, moment):
        """Return the shifts of ``company`` at ``moment``, first line first."""
        return self.sudo().search(  # named seam: who is on call is asked for every urgent report
            [("company_id", "=", company.id), ("start", "<=", moment), ("stop", ">", moment)],
            order="line, id",
        )

    @api.model
    def _now_on_call(self, company):
        """Return ``[(user, membership)]`` on call now; the membership is any post held today, empty when none."""
        today = clock.today(self.env, company)
        result = []
        for shift in self._shifts_at(company, clock.now()):
            # named seam: the roster of rights is readable to nobody; the post of whoever is on call
            scope = (
                self.env["psych.scope"]
                .sudo()
                .search(
                    [
                        ("user_id", "=", shift.user_id.id),
                        ("company_id", "=", company.id),
                        ("date_start", "<=", today),
                        ("date_end", ">=", today),
                    ],
                    limit=1,
                )
            )
            if scope:
                result.append((shift.user_id, scope.membership_id))
        return result

    @api.model
    def _gaps(self, company, days=7):
        """Return the spans ``[(start, stop)]`` of the next ``days`` days in which nobody is on call."""
        now = clock.now()
        end = now + timedelta(days=days)
        # named seam: hours without anybody, no names
        shifts = self.sudo().search(
            [("company_id", "=", company.id), ("stop", ">", now), ("start", "<", end)], order="start"
        )
        gaps, at = [], now
        for shift in shifts:
            if shift.start > at:
                gaps.append((at, shift.start))
            at = max(at, shift.stop)
        if at < end:
            gaps.append((at, end))
        return gaps

    def _sheet_rows(self):
        """Return the lines of the printed sheet in order, as words in the school's time; hours without anybody stand between."""
        rows, at = [], None
        lines = dict(self._fields["line"]._description_selection(self.env))
        for shift in self.sorted(lambda row: (row.start, row.line)):
            if at and shift.start > at:
                rows.append({"gap": True, **self._sheet_span(at, shift.start)})
            at = max(at or shift.stop, shift.stop)
            # named seam: the name of staff on call
            who = {"line": lines[shift.line], "name": shift.user_id.sudo().name, "phone": shift.phone}
            rows.append({"gap": False, **self._sheet_span(shift.start, shift.stop), **who})
        return rows

    def _sheet_span(self, start, stop):
        zone = self.company_id[:1].psych_tz
        begin, end = clock.local(start, zone), clock.local(stop, zone)
        day = lambda moment: format_date(self.env, moment.date(), date_format="MM-dd EEE")  # noqa: E731
        return {"start": f"{day(begin)} {begin:%H:%M}", "stop": f"{day(end)} {end:%H:%M}"}

    def _sheet_phones(self):
        """Return ``[(who, number)]`` to call when nobody on call answers: the desk first."""
        company_sudo = self.company_id.sudo()  # named seam: phones of the school
        own = [
            (self.env._("Desk, day and night"), company_sudo.psych_crisis_desk_phone),
            (self.env._("Centre"), company_sudo.psych_crisis_centre_phone),
        ]
        return [row for row in own if row[1]] + company_sudo._psych_crisis_public_lines()

    def action_print_sheet(self):
        """Print the on-call sheet: what is chosen, else the coming week. It hangs at the desk, also when no computer runs (F18)."""
        now = clock.now()
        rows = self or self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("stop", ">", now),
                ("start", "<", now + timedelta(days=7)),
            ],
            order="start, line",
        )
        if not rows:
            raise UserError(self.env._("Nobody is on call in the coming week. Please fill the roster first."))
        return self.env.ref("psych_crisis.psych_crisis_oncall_sheet").report_action(rows)
