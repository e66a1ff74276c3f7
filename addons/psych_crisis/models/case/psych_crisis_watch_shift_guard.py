from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

SOON = timedelta(hours=2)
"""What begins less than this after a calm message could leave is told at once, at night too."""


class PsychCrisisWatchShift(models.Model):
    """Whether the guard can come, seen from the roster, and who is told: each once.

    A guard on leave, without a post, with a closed account or locked out of the student guards nobody. That is asked when it
    is read, so it shows at once; the ladder tells whoever acts on the case in the next minute.
    """

    _inherit = "psych.crisis.watch.shift"

    away_from = fields.Datetime(
        compute="_compute_away_from",
        compute_sudo=True,
        string="Guard away from",
        help="From then on, within the shift, the guard is on leave or holds no post.",
    )
    unmanned_at = fields.Datetime(
        string="Unmanned",
        readonly=True,
        copy=False,
        help="When whoever acts on the case was told that the guard cannot come.",
    )
    asked_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The guard who was told of these hours.",
    )

    # ----------------------------------------------------------------------
    # Who can come
    # ----------------------------------------------------------------------

    @api.depends("kind", "user_id", "start", "stop", "case_id")
    def _compute_away_from(self):
        self.away_from = False
        now = clock.now()
        ahead = self.filtered(
            lambda row: row.kind == "staff" and row.user_id and row.start and row.stop and row.stop > now
        )
        for company, rows in ahead.grouped("company_id").items():
            spans, barred = rows._present_spans(company), rows._barred_pairs()
            for row in rows:
                if any(
                    (row.user_id.id, student.id) in barred for student in row.case_id.subject_ids.student_id
                ):
                    row.away_from = row.start
                else:
                    row.away_from = row._first_day_off(*spans)

    def _days(self):
        """Return the days that the shift touches, in the time zone of the school."""
        tz = self.company_id.psych_tz
        first = clock.local(self.start, tz).date()
        last = clock.local(self.stop - timedelta(seconds=1), tz).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def _present_spans(self, company):
        """Return ``(absences, posts)`` of these guards: ``{user id: [(first day, last day)]}`` each, empty without a last day."""
        users, away, posts = self.user_id, {}, {}
        first = min(row._days()[0] for row in self)
        known = [("company_id", "=", company.id), ("date_end", ">=", first)]
        for leave in self.env["psych.leave"].search([*known, ("partner_id", "in", users.partner_id.ids)]):
            for user in users & leave.partner_id.user_ids:
                away.setdefault(user.id, []).append((leave.date_start, leave.date_end))
        for right in self.env["psych.scope"].search([*known, ("user_id", "in", users.ids)]):
            posts.setdefault(right.user_id.id, set()).add((right.date_start, right.date_end))
        held = [("company_id", "=", company.id), ("user_id", "in", users.filtered("active").ids)]
        for post in self.env["psych.membership"].search([*held, ("state", "=", "appointed")]):
            posts.setdefault(post.user_id.id, set()).add(
                (post.date_start, post.date_end)
            )  # a lapse of training is no end
        return away, posts

    def _barred_pairs(self):
        """Return ``{(user id, student id)}`` of the lock-outs that stand."""
        today = fields.Date.to_string(clock.today(self.env))
        rows = self.env["psych.lockout"].search(
            [
                ("user_id", "in", self.user_id.ids),
                ("student_id", "in", self.case_id.subject_ids.student_id.ids),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ]
        )
        return {(row.user_id.id, row.student_id.id) for row in rows}

    def _first_day_off(self, away, posts):
        """Return from when the guard cannot come, within the shift; False when he can all the time."""
        for day in self._days():
            off = any(first <= day <= last for first, last in away.get(self.user_id.id, ()))
            held = any(
                first <= day and (not last or day <= last) for first, last in posts.get(self.user_id.id, ())
            )
            if off or not held:
                midnight = clock.to_utc(datetime.combine(day, time.min), self.company_id.psych_tz)
                return max(self.start, midnight)
        return False

    # ----------------------------------------------------------------------
    # Who is told
    # ----------------------------------------------------------------------

    def _settle(self):
        """Tell whoever acts on the case that a guard cannot come, and each guard that he is asked: each once.

        All shifts of one case, as the machine. Harmless to repeat: what was told stands on the shift.
        """
        now = clock.now()
        ahead = self.filtered(lambda row: row.kind == "staff" and row.state == "planned" and row.stop > now)
        gaps = self._gaps() if ahead.filtered("away_from") else []
        unmanned = ahead.filtered(lambda row: row._lacks(gaps))
        news = unmanned.filtered(lambda row: not row.unmanned_at)
        (self - unmanned).filtered("unmanned_at").write({"unmanned_at": False})
        news.write({"unmanned_at": now})
        news._tell_who_acts()
        for row in ahead.filtered(lambda row: not row.away_from and row.asked_id != row.user_id):
            row.asked_id = row.user_id
            row.case_id._tell(row.user_id, "guard_asked", row._urgency_now(row.start))

    def _lacks(self, gaps):
        """True when the guard cannot come and nobody else guards in all of these hours."""
        return bool(self.away_from) and any(
            start < self.stop and stop > self.away_from for start, stop in gaps
        )

    def _urgency_now(self, begin):
        """Return acute when a calm message would leave after, or shortly before ``begin``."""
        calm = self.env["psych.crisis.message"]._send_time(self.company_id, False)
        return "acute" if begin < calm + SOON else "talk"

    def _tell_who_acts(self):
        """The owner of the case hears of guards who cannot come: of all of them at once, and not beside the ladder's own call."""
        for case, rows in self.grouped("case_id").items():
            owner = case.owner_id
            if owner and not case._called_for_gap(owner):
                case._tell(owner, "guard_away", rows._urgency_now(min(rows.mapped("away_from"))))

    @api.model
    def _ring_guarded_by(self, users):
        """Let the ladder look in the next minute at open cases that ``users`` are to guard (leave, end of a post)."""
        self.invalidate_model(["away_from", "gap_text"])
        if not users:
            return
        self.flush_model(["user_id", "state", "stop", "case_id"])
        self.env["psych.crisis.case"].flush_model(["is_open", "ring_at"])
        self.env.cr.execute(
            SQL(
                """UPDATE psych_crisis_case c SET ring_at = %(now)s WHERE c.is_open IS TRUE AND EXISTS (
                     SELECT 1 FROM psych_crisis_watch_shift w
                      WHERE w.case_id = c.id AND w.user_id IN %(users)s AND w.state = 'planned' AND w.stop > %(now)s)""",
                now=clock.now(),
                users=tuple(users.ids),
            )
        )
        self.env["psych.crisis.case"].invalidate_model(["ring_at"])
