from datetime import timedelta

from odoo import api, models

from ...tools import clock, slots


class PsychWeek(models.AbstractModel):
    """A week of a person or a room on paper: when on duty, when occupied, and no word about whom or why.

    Read with the rights of whoever prints: a counsellor has the own week and the rooms, the centre all.
    """

    _name = "psych.week"
    _description = "Week on paper"

    @api.model
    def _days(self, company, monday, spans):
        """Seven days of rows [(from, to, word, place)] from (start, stop, word, place) in UTC, in the school's time."""
        tz = company.psych_tz
        names = dict(self.env["psych.duty.pattern"]._fields["weekday"]._description_selection(self.env))
        days = []
        for number in range(7):
            day = monday + timedelta(days=number)
            first, last = slots.day_bounds(day, tz)
            rows = [
                (
                    slots.to_local(max(start, first), tz).strftime("%H:%M"),
                    slots.to_local(min(stop, last), tz).strftime("%H:%M"),
                    word,
                    place,
                )
                for start, stop, word, place in sorted(spans)
                if start < last and stop > first
            ]
            days.append({"name": names[str(day.weekday())], "date": day.strftime("%m-%d"), "rows": rows})
        return days

    @api.model
    def _weeks(self, company, spans_of):
        """This week and the next, each with its days.

        :param spans_of: function (first, last instant) → spans
        """
        today = clock.today(self.env, company)
        monday = today - timedelta(days=today.weekday())
        weeks = []
        for start in (monday, monday + timedelta(days=7)):
            bounds = (
                slots.day_bounds(start, company.psych_tz)[0],
                slots.day_bounds(start + timedelta(days=6), company.psych_tz)[1],
            )
            weeks.append({"monday": start, "days": self._days(company, start, spans_of(*bounds))})
        return weeks

    @api.model
    def _occupied(self, kind, ref_id, first, last):
        rows = self.env["psych.occupation"].search(
            [("kind", "=", kind), ("ref_id", "=", ref_id), ("start", "<", last), ("stop", ">", first)]
        )
        return [(row.start, row.stop, self.env._("Occupied"), "") for row in rows]


class PsychCounsellor(models.Model):
    """The printed week of a counsellor."""

    _inherit = "psych.counsellor"

    def _week(self):
        """Duties and occupied time of this week and the next."""
        self.ensure_one()
        Week = self.env["psych.week"]

        def spans(first, last):
            duties = self.env["psych.duty.shift"].search(
                [
                    ("acting_id", "=", self.id),
                    ("state", "=", "published"),
                    ("start", "<", last),
                    ("stop", ">", first),
                ]
            )
            on_duty = [(d.start, d.stop, self.env._("Duty hours"), d.place_id.name or "") for d in duties]
            return on_duty + Week._occupied("user", self.user_id.id, first, last)

        return Week._weeks(self.company_id, spans)


class PsychPlace(models.Model):
    """The printed week of a room."""

    _inherit = "psych.place"

    def _week(self):
        """Occupied time of this week and the next."""
        self.ensure_one()
        Week = self.env["psych.week"]
        return Week._weeks(self.company_id, lambda first, last: Week._occupied("room", self.id, first, last))
