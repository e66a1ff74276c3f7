from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisShiftSheet(models.Model):
    """Shift hand-over (值班交接单): what is open, when it is due and whom to call, printed, and accepted by the next shift.

    Numbers and places, no student's name: the sheet lies on a desk. What stands on it is frozen as JSON when it is made,
    so that later questions find what the next shift was told.
    """

    _name = "psych.crisis.shift.sheet"
    _description = "Shift hand-over sheet"
    _order = "made_at desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    made_at = fields.Datetime(string="Made", readonly=True, required=True, default=lambda self: clock.now())
    from_id = fields.Many2one(
        "res.users",
        string="Hands over",
        readonly=True,
        required=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    to_id = fields.Many2one(
        "res.users", string="Takes over", domain="[('share', '=', False)]", ondelete="restrict"
    )
    accepted_at = fields.Datetime(readonly=True)
    content = fields.Json(readonly=True)
    open_count = fields.Integer(string="Open matters", compute="_compute_open_count")

    @api.depends("made_at")
    def _compute_display_name(self):
        for sheet in self:
            sheet.display_name = clock.text(sheet.made_at, sheet.company_id.psych_tz)

    @api.depends("content")
    def _compute_open_count(self):
        for sheet in self:
            content = sheet.content or {}
            sheet.open_count = len(content.get("signals", [])) + len(content.get("cases", []))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(from_id=self.env.uid, made_at=clock.now(), accepted_at=False)
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            vals["content"] = self._content(company)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and (set(vals) - {"to_id"} or any(sheet.accepted_at for sheet in self)):
            raise UserError(self.env._("A sheet stays as it was handed over. Make a new one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Sheets are kept."))

    def action_accept(self):
        """The next shift has read it and takes over."""
        for sheet in self:
            sheet.check_access("write")
            if sheet.accepted_at:
                raise UserError(self.env._("This sheet was accepted already."))
            if sheet.from_id == self.env.user:
                raise UserError(self.env._("Another person than the one who hands over accepts."))
            # named seam: stamps of the flow, which nobody types; the check stands above
            sheet.sudo().write({"to_id": self.env.uid, "accepted_at": clock.now()})

    def action_print(self):
        """Print the sheet."""
        return self.env.ref("psych_crisis.psych_crisis_shift_sheet_print").report_action(self)

    # ----------------------------------------------------------------------
    # What stands on the sheet
    # ----------------------------------------------------------------------

    @api.model
    def _content(self, company):
        """Return the frozen lists: signals, cases, guard shifts and follow-ups of the next 24 h, on call, phones."""
        tz, now = company.psych_tz, clock.now()
        until = now + timedelta(hours=24)
        open_now = [("company_id", "=", company.id), ("is_open", "=", True)]
        shown = {"tz": tz, "phones": self._phones()}
        signals = self.env["psych.crisis.signal"].search([*open_now, ("state", "!=", "triaged")], limit=200)
        cases = self.env["psych.crisis.case"].search(
            [*open_now, "|", ("level", "=", "red"), ("next_due", "<", until)], limit=200
        )
        shifts = self.env["psych.crisis.watch.shift"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("planned", "arrived")),
                ("stop", ">", now),
                ("start", "<", until),
            ]
        )
        oncall = self.env["psych.crisis.oncall"].search(
            [("company_id", "=", company.id), ("stop", ">", now), ("start", "<", until)]
        )
        return {
            "signals": [self._signal_line(row, shown) for row in signals],
            "cases": [self._case_line(row, shown) for row in cases],
            "shifts": [self._shift_line(row, shown) for row in shifts],
            "oncall": [self._oncall_line(row, shown) for row in oncall],
        }

    @api.model
    def _phones(self):
        """Return ``{user id: phone}`` of everybody with a phone on the on-call roster."""
        rows = self.env["psych.crisis.oncall"].search([("company_id", "=", self.env.company.id)])
        return {row.user_id.id: row.phone for row in rows}

    def _time(self, moment, shown):
        return f"{clock.local(moment, shown['tz']):%m-%d %H:%M}" if moment else ""

    def _person(self, user, shown):
        # named seam: name and work phone of staff
        phone = shown["phones"].get(user.id) or user.sudo().partner_id.phone or ""
        # named seam: as above
        return f"{user.sudo().name} {phone}".strip() if user else "—"

    def _word(self, record, name):
        field = record._fields[name]
        return dict(field._description_selection(self.env)).get(record[name], "")

    def _signal_line(self, row, shown):
        missing = (
            self.env._("not acknowledged")
            if not row.acknowledged_at
            else self.env._("not yet seen")
            if not row.seen_at
            else self.env._("not triaged")
        )
        place = row.room_id.display_name or row.college_id.name or ""
        return [row.name, self._word(row, "urgency"), place, missing, self._person(row.owner_id, shown)]

    def _case_line(self, row, shown):
        step = f"{self._word(row, 'next_step')} {self._time(row.next_due, shown)}".strip()
        what = f"{row.college_id.name or ''} {row.where_words or ''}".strip()
        return [row.name, row.level_words or "", what, step, self._person(row.owner_id, shown)]

    def _shift_line(self, row, shown):
        who = self._person(row.user_id, shown) if row.kind == "staff" else self._word(row, "kind")
        return [row.case_id.name, self._time(row.start, shown), self._time(row.stop, shown), who]

    def _oncall_line(self, row, shown):
        return [
            self._time(row.start, shown),
            self._time(row.stop, shown),
            self._word(row, "line"),
            # named seam: name of staff on call
            f"{row.user_id.sudo().name} {row.phone}",
        ]

    def _sheet_signatures(self):
        """Return who signs the sheet."""
        return [self.env._("Hands over"), self.env._("Takes over")]
