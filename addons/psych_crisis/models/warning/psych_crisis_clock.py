from datetime import datetime, time, timedelta

from odoo import api, fields, models, tools

from odoo.addons.psych_health.tools import clock

from .psych_crisis_kind import LINES, URGENCIES

STAMPS = [
    ("acknowledged", "Acknowledged by a person"),
    ("seen", "Student seen or spoken to by staff"),
    ("triaged", "Triaged"),
    ("step", "Next step of a case"),
    ("guard", "Somebody guards the student"),
]
END_OF_WORK = time(18, 0)


class PsychCrisisClock(models.Model):
    """One step of the ladder: when this stamp is still missing after that time, the matter climbs to those rungs.

    The steps of one (kind, line, urgency, stamp) form a ladder. The most particular ladder wins: one for the kind
    before one for all kinds, one of the school before the shared one. Step 0 of *acknowledged* says whom the
    matter is addressed to first; later steps say when it climbs and to whom. The last rung is a staffed desk.
    """

    _name = "psych.crisis.clock"
    _description = "Clock step"
    _order = "urgency, stamp, kind_id, line, step, id"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")
    active = fields.Boolean(default=True)
    kind_id = fields.Many2one(
        "psych.crisis.kind", index="btree_not_null", ondelete="cascade", help="Empty: any kind."
    )
    line = fields.Selection(LINES, help="Empty: any line.")
    urgency = fields.Selection(URGENCIES, required=True)
    stamp = fields.Selection(STAMPS, required=True)
    step = fields.Integer(required=True, default=1)
    amount = fields.Integer(required=True, default=0)
    unit = fields.Selection(
        [("minute", "Minutes"), ("hour", "Hours"), ("workday", "Working days")],
        required=True,
        default="minute",
    )
    rung_ids = fields.Many2many(
        "psych.crisis.rung", string="Climbs to", help="All of them are told at the same time."
    )

    _one_step = models.UniqueIndex(
        "(COALESCE(company_id, 0), COALESCE(kind_id, 0), COALESCE(line, ''), urgency, stamp, step) WHERE active IS TRUE",
        "This step of the ladder exists already.",
    )
    _amount_positive = models.Constraint("CHECK (amount >= 0)", "A time limit is not negative.")

    @api.depends("kind_id", "urgency", "stamp", "step")
    def _compute_name(self):
        stamps = dict(self._fields["stamp"]._description_selection(self.env))
        for row in self:
            row.name = f"{row.kind_id.name or ''} {stamps.get(row.stamp, '')} {row.step}".strip()

    # ----------------------------------------------------------------------
    # CRUD: the ladders are cached
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # ----------------------------------------------------------------------
    # Business
    # ----------------------------------------------------------------------

    @api.model
    def _ladder(self, company, kind, line, urgency, stamp):
        """Return the steps of the most particular ladder, in order of their steps (machine's view)."""
        ids = self._ladder_ids(company.id, kind.id if kind else False, line or False, urgency, stamp)
        return self.sudo().browse(ids)  # named seam: clocks are settings that every matter reads

    @api.model
    @tools.ormcache("company_id", "kind_id", "line", "urgency", "stamp")
    def _ladder_ids(self, company_id, kind_id, line, urgency, stamp):
        # named seam: clocks are settings that every matter reads
        rows = self.sudo().search(
            [
                ("urgency", "=", urgency),
                ("stamp", "=", stamp),
                ("company_id", "in", (company_id, False)),
                ("kind_id", "in", [kind_id, False] if kind_id else [False]),
                ("line", "in", [line, False] if line else [False]),
            ]
        )
        if not rows:
            return ()

        def weight(row):
            return (bool(row.kind_id), bool(row.company_id), bool(row.line))

        best = max(weight(row) for row in rows)
        return tuple(
            rows.filtered(lambda row: weight(row) == best).sorted(lambda row: (row.step, row.id)).ids
        )

    def _due(self, start, company):
        """Return when this step is due (naive UTC) for a clock that started at ``start``."""
        self.ensure_one()
        if self.unit == "minute":
            return start + timedelta(minutes=self.amount)
        if self.unit == "hour":
            return start + timedelta(hours=self.amount)
        if not self.amount:
            return start
        return self._end_of_workday(start, company)

    def _end_of_workday(self, start, company):
        """Return 18:00 of the n-th working day after ``start`` in the school's time zone, as naive UTC."""
        day = clock.local(start, company.psych_tz).date()
        # named seam: the calendar of the school
        term = self.env["psych.term"].sudo()._current(company, day)
        left = self.amount
        for _unused in range(90):
            if not left:
                break
            day += timedelta(days=1)
            left -= bool(term._is_working_day(day) if term else day.weekday() < 5)
        return clock.to_utc(datetime.combine(day, END_OF_WORK), company.psych_tz)
