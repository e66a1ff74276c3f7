from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock
from ...tools.confidential import Confidential

RISKS = [("none", "None found"), ("ideation", "Thoughts"), ("plan", "Plan"), ("behaviour", "Behaviour")]
RISK_ORDER = [key for key, _label in RISKS]
URGENCY_OF = {"ideation": "talk", "plan": "acute", "behaviour": "acute"}
FROZEN = {
    "student_id",
    "counsellor_id",
    "appointment_id",
    "date",
    "note",
    "present_state",
    "risk",
    "intervention",
    "homework",
    "referral",
    "kind",
    "tell_ids",
    "tell_line",
}
TOLD = {"risk", "tell_ids", "tell_line"}


def risk_to_flag(row):
    """True when the risk of a record is at or above the line of its school and higher than what was flagged last.

    A risk that was lowered is forgotten, so that its return is flagged again.
    """
    line = RISK_ORDER.index(row.company_id.psych_risk_line)
    level = RISK_ORDER.index(row.risk)
    before = RISK_ORDER.index(row.flagged_risk) if row.flagged_risk else 0
    if level < before:
        row.flagged_risk = row.risk
    return level >= max(line, 1) and level > before


class PsychSession(models.Model):
    """The counselling record of one talk: six structured fields and one confidential text (facts D3).

    A draft saves itself while it is written. Signing freezes it; what comes later is an addendum, a wrong record is
    voided with a reason, and a trainee's record needs the supervisor's signature. Risk at or above the line of the
    school raises a flag on save, also of a draft, with the record's number and no narrative (F11). The counsellor may add
    the minimum that others need to know, before or after; the flag does not wait for it.
    """

    _name = "psych.session"
    _description = "Counselling record"
    _inherit = ["psych.confidential.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _psych_content_right = "notes"

    # identity
    name = fields.Char(string="Number", compute="_compute_name", store=True)
    appointment_id = fields.Many2one(
        "psych.appointment", index="btree_not_null", check_company=True, ondelete="restrict"
    )
    student_id = fields.Many2one(
        "psych.student", required=True, index=True, check_company=True, ondelete="restrict"
    )
    counsellor_id = fields.Many2one(
        "psych.counsellor",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self.env["psych.counsellor"]._of_user(),
    )
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    session_no = fields.Integer(string="No. with this client", readonly=True, aggregator=None)
    date = fields.Datetime(required=True, default=lambda self: clock.now())
    length = fields.Integer(string="Minutes", default=50)
    kind = fields.Selection(
        [("client", "With the client"), ("third_party", "With a third party")],
        default="client",
        required=True,
    )
    # the six
    present_state = fields.Selection(
        [("stable", "Stable"), ("better", "Better"), ("tense", "Under strain"), ("worse", "Worse")],
        string="Present state",
    )
    risk = fields.Selection(RISKS, string="Risk check", help="Asked in every talk.")
    intervention = fields.Selection(
        [
            ("support", "Support and listening"),
            ("assess", "Assessment"),
            ("skills", "Skills and exercises"),
            ("insight", "Insight"),
            ("crisis", "Safety work"),
            ("other", "Other"),
        ],
    )
    homework = fields.Selection(
        [
            ("none", "None"),
            ("diary", "Diary"),
            ("exercise", "Exercise"),
            ("contact", "Contact with somebody"),
            ("other", "Other"),
        ]
    )
    next_start = fields.Datetime(string="Next appointment")
    referral = fields.Selection(
        [
            ("none", "No"),
            ("advised", "Advised"),
            ("hospital", "To hospital"),
            ("colleague", "To a colleague"),
        ],
        default="none",
    )
    # the one
    note = Confidential("Record")
    # what goes onwards when there is risk: never the record
    tell_ids = fields.Many2many("psych.telling", string="Others are told")
    tell_line = Confidential(
        "In your own words", help="One short line. Whoever was told of the risk reads it."
    )
    # state
    state = fields.Selection(
        [("draft", "Draft"), ("signed", "Signed"), ("countersigned", "Countersigned"), ("void", "Void")],
        default="draft",
        required=True,
        index=True,
        readonly=True,
        copy=False,
    )
    signed_at = fields.Datetime(readonly=True, copy=False)
    signed_by_id = fields.Many2one("res.users", string="Signed by", readonly=True, copy=False)
    countersigned_by_id = fields.Many2one("res.users", string="Countersigned by", readonly=True, copy=False)
    void_reason = fields.Selection(
        [("student", "Wrong student"), ("double", "Entered twice"), ("mistake", "Entered by mistake")],
        string="Void because",
        copy=False,
    )
    needs_countersign = fields.Boolean(related="counsellor_id.is_trainee")
    next_appointment_id = fields.Many2one(
        "psych.appointment", string="Booked next", readonly=True, copy=False
    )
    flagged_risk = fields.Selection(RISKS, readonly=True, copy=False)
    addendum_ids = fields.One2many("psych.session.addendum", "session_id")

    _one_per_appointment = models.UniqueIndex(
        "(appointment_id) WHERE appointment_id IS NOT NULL AND state <> 'void' AND kind = 'client'",
        "This appointment has its record already.",
    )

    @api.depends("session_no", "student_id.number")
    def _compute_name(self):
        for row in self:
            row.name = f"{row.student_id.number or ''}-{row.session_no or 0}"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sessions = super().create(vals_list)
        for row in sessions:
            row.session_no = self.search_count(
                [
                    ("student_id", "=", row.student_id.id),
                    ("counsellor_id", "=", row.counsellor_id.id),
                    ("kind", "=", row.kind),
                    ("state", "!=", "void"),
                    ("id", "<=", row.id),
                ]
            )
        sessions._raise_risk()
        for row, vals in zip(sessions, vals_list, strict=True):
            row._tell_minimum(vals)
        return sessions

    def write(self, vals):
        if FROZEN & vals.keys() and any(row.state != "draft" for row in self):
            raise UserError(
                self.env._("A signed record is not changed. Add an addendum, or void it with a reason.")
            )
        result = super().write(vals)
        if "risk" in vals:
            self._raise_risk()
        if TOLD & vals.keys():
            for row in self:
                row._tell_minimum(vals)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(row.state != "draft" for row in self):
            raise UserError(self.env._("A signed record is voided, not deleted."))

    def _raise_risk(self):
        """Flag risk at or above the line of the school, once per level; the author keeps the client."""
        for row in self.filtered("risk"):
            if risk_to_flag(row):
                row.flagged_risk = row.risk
                self.env["psych.hooks"]._psych_flag_raised(row, f"session.{row.risk}", URGENCY_OF[row.risk])

    def _tell_minimum(self, vals):
        """Pass on what the counsellor chose for others to know of this risk; nothing while there is no flag."""
        if self.risk not in URGENCY_OF or not self.flagged_risk:
            return
        if not (
            self.tell_ids or "tell_ids" in vals or "tell_line" in vals or self._psych_filled("tell_line")
        ):
            return
        line = vals["tell_line"] if "tell_line" in vals else self.tell_line
        self.env["psych.telling"]._pass_on(self, line)

    # ------------------------------------------------------------
    # actions
    # ------------------------------------------------------------

    def action_sign(self):
        """Freeze the record; the talk counts as done, and the next hour is booked when one was chosen."""
        for row in self:
            if row.state != "draft":
                raise UserError(self.env._("This record has been signed already."))
            if row.counsellor_id.user_id != self.env.user:
                raise AccessError(self.env._("Only the counsellor who held the talk signs its record."))
            if not row.risk and row.kind == "client":
                raise UserError(self.env._("Please answer the risk check before signing."))
            row._check_consent()
            if row.next_start and not row.next_appointment_id:
                row._book_next()
            row.write({"state": "signed", "signed_at": clock.now(), "signed_by_id": self.env.uid})
            if row.appointment_id.state == "arrived":
                row.appointment_id.action_done()

    def _check_consent(self):
        """Signing a talk with the client needs the signed consent or another recorded legal basis (PIPL art. 29).

        What an urgent service holds does not wait for it (``needs_consent`` of the service); the draft stays either way.
        """
        self.ensure_one()
        if self.kind == "client" and (
            not self.appointment_id or self.appointment_id.service_id.needs_consent
        ):
            self.env["psych.consent"]._require(self.student_id, "counselling")

    def action_countersign(self):
        """The supervisor's signature on a trainee's record."""
        for row in self:
            if row.state != "signed" or row.counsellor_id.supervisor_id.user_id != self.env.user:
                raise AccessError(self.env._("Only the supervisor countersigns a signed record."))
            row.write({"state": "countersigned", "countersigned_by_id": self.env.uid})

    def action_void(self):
        """Declare a record void; it stays readable to the same people, with the reason."""
        for row in self:
            if not row.void_reason:
                raise UserError(self.env._("Please choose a reason first."))
            row.state = "void"

    def action_next_week(self):
        """Choose the same hour next week, or the nearest free one."""
        self.ensure_one()
        start = self.appointment_id.start or self.date
        self.next_start = self._nearest_next(start + timedelta(days=7))

    def action_book_next(self):
        """Book the chosen next hour now."""
        self.ensure_one()
        self._book_next()

    def action_series(self):
        """A row of hours with this client."""
        self.ensure_one()
        if not self.appointment_id:
            raise UserError(self.env._("A series begins at an appointment."))
        return self.appointment_id.action_series()

    def _service(self):
        return self.appointment_id.service_id or self.env["psych.service"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("resource", "=", "counsellor"),
                ("is_intake", "=", False),
            ],
            limit=1,
        )

    def _nearest_next(self, wanted):
        around = timedelta(days=3)
        found = self.env["psych.availability"]._free(
            self._follow_service(),
            max(wanted - around, clock.now()),
            wanted + around,
            self.student_id,
            self.counsellor_id,
        )
        if not found:
            raise UserError(
                self.env._("No free hour was found around next week. Please choose one in the calendar.")
            )
        return min(found, key=lambda slot: abs(slot.start - wanted)).start

    def _follow_service(self):
        """After an intake talk the ordinary service follows.

        :raises UserError: a record without appointment, and the school offers no talk that could follow
        """
        service = self.appointment_id._following_service() if self.appointment_id else self._service()
        if not service:
            raise UserError(
                self.env._("No service is set up for the next hour. Please ask the head of the centre.")
            )
        return service

    def _book_next(self):
        self.ensure_one()
        if not self.next_start:
            raise UserError(self.env._("Please choose the next hour first."))
        service = self._follow_service()
        stop = self.next_start + timedelta(minutes=service.length)
        found = self.env["psych.availability"]._free(
            service, self.next_start, stop, counsellor=self.counsellor_id, urgent=True
        )
        room = next(
            (slot.room for slot in found if slot.start == self.next_start), self.appointment_id.place_id.id
        )
        self.next_appointment_id = self.env["psych.appointment"].create(
            {
                "student_id": self.student_id.id,
                "service_id": service.id,
                "counsellor_id": self.counsellor_id.id,
                "place_id": room or False,
                "start": self.next_start,
                "channel": "staff",
                "previous_id": self.appointment_id.id,
            }
        )
