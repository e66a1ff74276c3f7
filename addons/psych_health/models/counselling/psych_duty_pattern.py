from datetime import timedelta

from odoo import api, fields, models

from ...tools import clock, slots
from .psych_term_event import WEEKDAYS

DUTY_KINDS = [("regular", "Regular"), ("first", "Intake talks"), ("urgent", "Urgent"), ("phone", "Telephone")]


class PsychDutyPattern(models.Model):
    """One line of the weekly duty roster: who receives on which weekday, where and for what.

    Dated shifts are made from it, holidays left out and make-up days taken in.
    """

    _name = "psych.duty.pattern"
    _description = "Weekly duty"
    _order = "weekday, hour_from, id"
    _check_company_auto = True

    counsellor_id = fields.Many2one(
        "psych.counsellor", required=True, index=True, check_company=True, ondelete="cascade"
    )
    weekday = fields.Selection(WEEKDAYS, required=True, default="0")
    hour_from = fields.Float(string="From", required=True, default=8.0)
    hour_to = fields.Float(string="Until", required=True, default=12.0)
    kind = fields.Selection(DUTY_KINDS, required=True, default="regular")
    place_id = fields.Many2one("psych.place", string="Room", check_company=True)
    service_ids = fields.Many2many("psych.service", string="Only for", check_company=True)
    capacity = fields.Integer(string="Talks at most", help="0: as many as fit.")
    date_start = fields.Date(string="Valid from")
    date_end = fields.Date(string="Valid until")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )

    _hours_ordered = models.Constraint(
        "check(hour_from >= 0 AND hour_to <= 24 AND hour_to > hour_from)",
        "A duty ends after it starts, within one day.",
    )

    @api.depends("counsellor_id", "weekday", "hour_from", "hour_to")
    def _compute_display_name(self):
        names = dict(self._fields["weekday"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.counsellor_id.display_name} {names.get(row.weekday, '')}"

    def action_make_shifts(self):
        """Make the shifts of the coming four weeks from these lines, as drafts; existing ones stay."""
        today = clock.today(self.env)
        shifts = self._make_shifts(today, today + timedelta(days=27))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Duty roster"),
            "res_model": "psych.duty.shift",
            "view_mode": "calendar,list,form",
            "domain": [("company_id", "=", self.env.company.id)],
            "context": {"search_default_draft": bool(shifts)},
        }

    def _make_shifts(self, first, last):
        """Shifts from these lines between two dates, both included. Running it again adds only what is missing."""
        vals_list = []
        for company, rows in self.grouped("company_id").items():
            days = self.env["psych.term.event"]._days(company, first, last)
            pattern = [(int(row.weekday), row.hour_from, row.hour_to, row) for row in rows]
            known = rows._known_days(first, last)
            for day, start, stop, row in slots.weekly_spans(pattern, first, last, company.psych_tz, days):
                if (row.id, day) not in known and row._valid_on(day):
                    vals_list.append(row._prepare_shift_vals(day, start, stop))
        return self.env["psych.duty.shift"].create(vals_list)

    def _valid_on(self, day):
        return (not self.date_start or self.date_start <= day) and (not self.date_end or day <= self.date_end)

    def _known_days(self, first, last):
        groups = self.env["psych.duty.shift"]._read_group(
            [("pattern_id", "in", self.ids), ("date", ">=", first), ("date", "<=", last)],
            ["pattern_id", "date:day"],
        )
        return {(pattern.id, day) for pattern, day in groups}

    def _prepare_shift_vals(self, day, start, stop):
        return {
            "pattern_id": self.id,
            "date": day,
            "start": start,
            "stop": stop,
            "counsellor_id": self.counsellor_id.id,
            "kind": self.kind,
            "place_id": self.place_id.id,
            "service_ids": [fields.Command.set(self.service_ids.ids)],
            "capacity": self.capacity,
            "company_id": self.company_id.id,
        }
