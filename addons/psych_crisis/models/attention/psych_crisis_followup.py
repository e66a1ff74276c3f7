from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisFollowup(models.Model):
    """Follow-ups of a tier keep a holder who is there, and what stays undone climbs.

    Cases have clocks of their own; a student on a tier without a case has only this row.
    """

    _inherit = "psych.crisis.followup"

    climbed_at = fields.Datetime(
        readonly=True, copy=False, help="When a signal was raised because nobody had done it in time."
    )

    def write(self, vals):
        result = super().write(vals)
        if "due_at" in vals:
            self.sudo().filtered("climbed_at").write(
                {"climbed_at": False}
            )  # named seam: set by the machine only
        return result

    @api.model
    def _look_after(self):
        """Every quarter of an hour: what is due within a day finds a holder who is there, what is late becomes a signal.

        Harmless to repeat: a follow-up climbs once for each due time.
        """
        rows = self.search(
            [
                ("attention_id", "!=", False),
                ("state", "=", "planned"),
                ("due_at", "<=", clock.now() + timedelta(days=1)),
            ]
        )
        for company, mine in rows.grouped("company_id").items():
            mine._give_to_the_present(company)
            mine._climb_overdue(company)

    def _give_to_the_present(self, company):
        """Whoever lost the post, the class or the account, or is away, gives the follow-up to who stands in for the post."""
        away = self.env["psych.leave"]._absent_partners(company, clock.today(self.env, company))
        for user, mine in self.grouped("user_id").items():
            tiers = self.env["psych.crisis.attention"]
            if user.active and user.partner_id not in away:
                tiers = mine.attention_id.with_user(user).sudo(False)._filtered_access("read")
            for row in mine.filtered(lambda row, seen=frozenset(tiers.ids): row.attention_id.id not in seen):
                row.user_id = row._present_holder(away) or row.user_id

    def _present_holder(self, away):
        """Return the tutor of the class, else somebody of the station, else the head of the centre: not among ``away``."""
        student = self.student_id
        for role, unit in (
            ("tutor", student.class_id),
            ("station", student.college_id),
            ("centre_head", None),
        ):
            if unit or role == "centre_head":
                for user in self.env["psych.scope"]._holders(self.company_id, role, unit):
                    if user.partner_id not in away:
                        return user
        return self.env["res.users"]

    def _climb_overdue(self, company):
        """Raise a signal for what is later than the rhythm of its tier allows: once for each due time."""
        now, days = clock.now(), self.env["psych.crisis.rhythm"]._days_late(company)
        for row in self:
            late = days.get(f"tier_{row.attention_id.tier}", 0)
            if late and not row.climbed_at and row.due_at + timedelta(days=late) <= now:
                self.env["psych.crisis.signal"]._raise_from(
                    row, "followup.overdue", "talk", "staff", "followup_overdue", student=row.student_id
                )
                row.climbed_at = now
