from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

# steps of reporting in their order and the stamp of each; time limits are psych.crisis.deadline
REPORTS = [
    ("told_college", "told_college_at"),
    ("told_leader", "told_leader_at"),
    ("told_authority", "told_authority_at"),
    ("first", "first_report_at"),
]


class PsychCrisisEvent(models.Model):
    """A sudden event (突发事件): place, timeline, many students or none, reports with deadlines from *awareness*."""

    _name = "psych.crisis.event"
    _description = "Sudden event"
    _inherit = ["psych.confidential.mixin"]
    _order = "aware_at desc, id desc"
    _psych_content_right = "notes"
    _psych_student_field = None

    name = fields.Char(string="Number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [
            ("accident", "Accident"),
            ("attempt", "Self-harm"),
            ("death", "Death"),
            ("violence", "Violence"),
            ("missing", "Missing person"),
            ("other", "Other"),
        ],
        required=True,
        default="accident",
    )
    aware_at = fields.Datetime(string="Known since", required=True, default=lambda self: clock.now())
    unit_id = fields.Many2one("psych.unit", string="Place", ondelete="restrict")
    facts_text = Confidential(string="What happened")
    measures = Confidential(string="Measures taken")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], default="open", required=True, readonly=True
    )
    closed_at = fields.Datetime(readonly=True)
    ring_ids = fields.One2many("psych.crisis.event.ring", "event_id", string="Affected people")
    instruction_ids = fields.One2many("psych.crisis.instruction", "event_id", string="Decisions")
    entry_ids = fields.One2many("psych.crisis.event.entry", "event_id", string="Timeline")
    file_ids = fields.One2many("psych.crisis.event.file", "event_id", string="Event files", readonly=True)
    case_ids = fields.Many2many("psych.crisis.case", string="Cases by number")
    document_ids = fields.One2many(
        "psych.document", "res_id", string="Documents", domain=[("res_model", "=", "psych.crisis.event")]
    )
    # reports: phone first, form later
    told_college_at = fields.Datetime(string="College and centre told", readonly=True)
    told_leader_at = fields.Datetime(string="Leadership told", readonly=True)
    told_authority_at = fields.Datetime(string="Authority told", readonly=True)
    first_report_at = fields.Datetime(string="First report filed", readonly=True)
    last_progress_at = fields.Datetime(string="Last progress report", readonly=True)
    final_report_at = fields.Datetime(string="Final report filed", readonly=True)
    next_report = fields.Selection(
        [
            ("told_college", "Tell college and centre"),
            ("told_leader", "Tell the leadership"),
            ("told_authority", "Tell the authority"),
            ("first", "Written first report"),
            ("progress", "Progress report"),
            ("final", "Final report"),
        ],
        compute="_compute_next_report",
        store=True,
    )
    next_report_due = fields.Datetime(compute="_compute_next_report", store=True, index="btree_not_null")
    is_overdue = fields.Boolean(compute="_compute_is_overdue")
    # postvention checklist
    post_debrief = fields.Boolean(string="Team debriefed")
    post_relief = fields.Boolean(string="Helpers relieved of cases")
    post_ring = fields.Boolean(string="Affected people offered help")
    post_media = fields.Boolean(string="Rules for media and memorial agreed")
    post_family = fields.Boolean(string="One person for the family named")

    @api.depends(
        "aware_at",
        "told_college_at",
        "told_leader_at",
        "told_authority_at",
        "first_report_at",
        "last_progress_at",
        "final_report_at",
        "state",
    )
    def _compute_next_report(self):
        for event in self:
            event.next_report, event.next_report_due = event._next_report()

    @api.depends("next_report_due")
    def _compute_is_overdue(self):
        now = clock.now()
        for event in self:
            event.is_overdue = bool(event.next_report_due and event.next_report_due < now)

    def _next_report(self):
        """Return ``(step, due)`` of the next report, counted from awareness; progress from the report before."""
        if self.state == "closed" or not self.aware_at or self.final_report_at:
            return False, False
        hours = self.env["psych.crisis.deadline"]._hours(self.company_id.id, "event")
        for step, stamp in REPORTS:
            if not self[stamp]:
                return step, self.aware_at + timedelta(hours=hours.get(step, 1))
        last = self.last_progress_at or self.first_report_at
        progress = last + timedelta(hours=hours.get("progress", 24))
        final = self.aware_at + timedelta(hours=hours.get("final", 168))
        return ("progress", progress) if progress < final else ("final", final)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            # named seam: numbers come from the sequence of the school
            vals["name"] = (
                self.env["ir.sequence"].sudo().with_company(company).next_by_code("psych.crisis.event") or "?"
            )
        events = super().create(vals_list)
        for event in events:
            event._note("known", at=event.aware_at)
        return events

    def write(self, vals):
        if not self.env.su:
            stamps = {stamp for _step, stamp in REPORTS}
            if set(vals) & {*stamps, "last_progress_at", "final_report_at", "state", "closed_at", "name"}:
                raise UserError(
                    self.env._("Reports are noted by their buttons: time and name belong together.")
                )
            if any(event.state == "closed" for event in self):
                raise UserError(self.env._("The event is closed. Its file stays as it is."))
        return super().write(vals)

    def _note(self, kind, at=None, text=False):
        """Write one line of the timeline in the name of whoever acts."""
        return self.env["psych.crisis.event.entry"].create(
            {"event_id": self.id, "kind": kind, "at": at or clock.now(), "text": text}
        )

    def _stamp(self, kind, field):
        """Note a report: once for the first four, again and again for progress."""
        for event in self:
            event.check_access("write")
            if event.state == "closed" or (event[field] and kind != "progress"):
                raise UserError(self.env._("This was noted already."))
            event._note(kind)
            event.sudo().write({field: clock.now()})  # named seam: stamps go with the timeline
            event._settle_climbs()

    def action_told_college(self):
        """Told by phone just now."""
        self._stamp("told_college", "told_college_at")

    def action_told_leader(self):
        """Told by phone just now."""
        self._stamp("told_leader", "told_leader_at")

    def action_told_authority(self):
        """Told just now."""
        self._stamp("told_authority", "told_authority_at")

    def action_first_report(self):
        """File and print the first report (首报), once somebody wrote what happened."""
        if any(not (event.facts_text or "").strip() for event in self):
            raise UserError(self.env._("Please write what happened first: the report would be empty."))
        self._stamp("first", "first_report_at")
        return self.env.ref("psych_crisis.psych_crisis_event_first").report_action(self)

    def action_progress_report(self):
        """File and print a progress report (续报)."""
        if any(not event.first_report_at for event in self):
            raise UserError(self.env._("The first report comes before a progress report."))
        self._stamp("progress", "last_progress_at")
        return self.env.ref("psych_crisis.psych_crisis_event_progress").report_action(self)

    def action_final_report(self):
        """File the final report (终报) and close: the postvention list must be done."""
        for event in self:
            if not event.first_report_at:
                raise UserError(self.env._("The first report comes before the final one."))
            if not (event.post_debrief and event.post_ring and event.post_media):
                raise UserError(
                    self.env._(
                        "Before the final report: debriefing, help for affected people, rules for media and memorial."
                    )
                )
            event._stamp("final", "final_report_at")
            event.sudo().write({"state": "closed", "closed_at": clock.now()})  # named seam: as above
        return self.env.ref("psych_crisis.psych_crisis_event_final").report_action(self)

    def action_decide(self):
        """A leader decides (S2-L1-0): one line, with time and name; it stands in the timeline and the event file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.crisis.instruction",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Decide"),
            "context": {"default_event_id": self.id, "default_kind": "decision"},
        }

    def action_open_around(self):
        """Ask around whom people are affected."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.crisis.event.around",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Affected people"),
            "context": {"default_event_id": self.id},
        }

    @api.model
    def _climb_overdue(self):
        """A report of an event that nobody filed in time climbs like a signal, once for each step and due time: the first
        ones at night too (facts B6), progress and final report in working hours. Runs as the machine.
        """
        for event in self.search([("state", "=", "open"), ("next_report_due", "<=", clock.now())]):
            early = event.next_report in dict(REPORTS)
            signals = self.env["psych.crisis.signal"]
            rule = f"report.{event.next_report}.{event.next_report_due:%Y%m%d%H%M}"
            if not signals._machine().env["psych.crisis.origin"]._known(event._name, event.id, rule):
                signals._raise_from(
                    event,
                    rule,
                    "acute" if early else "talk",
                    "event",
                    "event_report",
                    company=event.company_id,
                )

    def _settle_climbs(self):
        """The report is filed: the signals that asked for it are done."""
        # named seam: signals of this event only; whoever files the report answers them
        origins = (
            self.env["psych.crisis.origin"]
            .sudo()
            .search([("model", "=", self._name), ("res_id", "in", self.ids)])
        )
        asked = origins.signal_id.filtered(lambda row: row.is_open and row.kind_id.code == "event_report")
        asked._triage("no_concern")

    def action_print_file(self):
        """Make the sealed event file (事件档案) and print it."""
        self.ensure_one()
        sealed = self.env["psych.crisis.event.file"].create({"event_id": self.id})
        return self.env.ref("psych_crisis.psych_crisis_event_file_print").report_action(sealed)

    # ----------------------------------------------------------------------
    # What the papers show
    # ----------------------------------------------------------------------

    def _file_facts(self):
        """Return everything the event file prints, as plain values under the rights of whoever asks.

        Times are local to the school; texts that do not open to the reader print as their mark.
        """
        self.ensure_one()
        tz = self.company_id.psych_tz
        documents = self.env["psych.document"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )
        return {
            "number": self.name,
            "kind": dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            "place": self.unit_id.display_name or "",
            "aware": clock.text(self.aware_at, tz),
            "facts": self.facts_text or "",
            "measures": self.measures or "",
            "cases": sorted(self.case_ids.mapped("name")),
            "ring": len(self.sudo().ring_ids),  # named seam: how many, no names
            "timeline": self._timeline(),
            "documents": [
                [document.display_name, document.file_name or "", document.create_uid.sudo().name]
                for document in documents.sorted("id")
            ],
        }

    def _timeline(self, after=None):
        """Return the lines ``[when, what, who, in words, written down]`` in order; only what came ``after`` that line.

        :param after: ``psych.crisis.event.entry``, None for all
        """
        kinds = dict(self.env["psych.crisis.event.entry"]._fields["kind"]._description_selection(self.env))
        entries = self.entry_ids.filtered(lambda row: not after or row.id > after.id)
        decisions = self.instruction_ids.filtered(lambda row: not after or row.at > after.at)
        # named seam: names of staff who wrote and decided, on the paper that says so
        lines = [
            (entry.at, kinds[entry.kind], entry.user_id.sudo().name, entry.text or "", entry.written_at)
            for entry in entries
        ]
        # named seam: as above
        lines += [
            (row.at, kinds["decision"], row.author_id.sudo().name, row._said(), row.at) for row in decisions
        ]
        tz = self.company_id.psych_tz
        return [
            [clock.text(at, tz), what, who, text, clock.text(written, tz)]
            for at, what, who, text, written in sorted(lines, key=lambda line: line[0])
        ]

    def _report_signatures(self):
        """Return who signs a report to the authority."""
        return [self.env._("Written by"), self.env._("Leader in charge")]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("An event is closed, never deleted."))
