from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

from .psych_crisis_kind import CENTRE_ROLES, LINES, URGENCIES, URGENCY_RANK

PLACES = [
    ("dorm", "Dorm room"),
    ("class", "Classroom"),
    ("office", "Office"),
    ("centre", "Centre"),
    ("home", "At home"),
    ("hospital", "Hospital"),
    ("outside", "Off campus"),
    ("phone", "By phone"),
]
CONDITIONS = [
    ("calm", "Calm"),
    ("upset", "Upset, can be talked to"),
    ("danger", "In danger, is not left alone"),
    ("injured", "Injured or ill, doctor called"),
    ("nobody", "Nobody was found there"),
]
# what a person types; everything else changes by the verbs of the flow only
TYPED = {"fact", "assessment", "proposal", "seen_note"}


class PsychCrisisSignal(models.Model):
    """Something that may mean danger (预警线索): every source ends in this one inbox.

    Three stamps, each with a clock of its own: *acknowledged* by a person, *seen* (staff met the student or spoke with
    him: place, state), *triaged*. An urgent signal stays red until the student was seen. The way depends on the source
    (see ``psych.crisis.source``). Changed by verbs only: acknowledge, seen, triage, merge, no concern, re-link.
    """

    _name = "psych.crisis.signal"
    _description = "Signal"
    _inherit = ["psych.confidential.mixin", "psych.crisis.matter"]
    _order = "urgency_rank, raised_at, id"
    _rec_names_search = ["name"]
    _psych_content_right = "notes"
    _psych_clear_text = {"place": "where to go, for whoever is sent"}
    _matter_field = "signal_id"
    _matter_order = "urgency_rank"

    # identity
    name = fields.Char(string="Number", readonly=True, copy=False, index=True)
    kind_id = fields.Many2one("psych.crisis.kind", required=True, ondelete="restrict", index=True)
    source_id = fields.Many2one("psych.crisis.source", required=True, ondelete="restrict")
    line = fields.Selection(LINES, readonly=True, required=True)
    urgency = fields.Selection(URGENCIES, required=True, default="talk")
    urgency_rank = fields.Integer(readonly=True)
    raised_at = fields.Datetime(string="Raised", readonly=True, required=True)
    aware_at = fields.Datetime(
        readonly=True, help="Clocks count from here; later when the urgency was raised."
    )

    # about whom, where (place is copied: the register may change)
    student_id = fields.Many2one("psych.student", index="btree_not_null", ondelete="restrict")
    class_id = fields.Many2one("psych.unit", string="Class", index="btree_not_null", ondelete="restrict")
    college_id = fields.Many2one("psych.unit", string="College", index="btree_not_null", ondelete="restrict")
    room_id = fields.Many2one(
        "psych.unit", string="Dorm room", ondelete="restrict", domain="[('role', '=', 'room')]"
    )
    place = fields.Char(help="Where to go now.")
    accused_user_id = fields.Many2one("res.users", string="Complaint about", ondelete="restrict")
    bars_centre = fields.Boolean(related="kind_id.bars_centre", store=True, precompute=True)

    # content
    fact = Confidential(string="What was seen or heard", help="Facts only, in a few words.")
    assessment = Confidential()
    proposal = Confidential(string="Proposal for first handling")
    seen_note = Confidential(string="How the student was met")

    # stamps
    state = fields.Selection(
        [
            ("new", "New"),
            ("acknowledged", "Acknowledged"),
            ("seen", "Seen"),
            ("triaged", "Triaged"),
            ("closed", "Closed"),
        ],
        required=True,
        default="new",
        readonly=True,
        index=True,
        copy=False,
    )
    acknowledged_at = fields.Datetime(readonly=True, copy=False)
    acknowledged_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    seen_at = fields.Datetime(string="Student seen", readonly=True, copy=False)
    seen_by_id = fields.Many2one(
        "res.users", string="Seen by", readonly=True, copy=False, ondelete="restrict"
    )
    seen_place = fields.Selection(PLACES, string="Met where", readonly=True, copy=False)
    seen_condition = fields.Selection(CONDITIONS, string="How the student was", readonly=True, copy=False)
    triaged_at = fields.Datetime(readonly=True, copy=False)
    triaged_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    accepted_by_id = fields.Many2one(
        "res.users", string="Proposal accepted by", readonly=True, copy=False, ondelete="restrict"
    )
    outcome = fields.Selection(
        [
            ("case", "Case"),
            ("tier", "Attention tier"),
            ("talk", "Talk and follow-up"),
            ("no_concern", "No concern"),
            ("merged", "Same as another"),
            ("deceased", "Stopped"),
        ],
        readonly=True,
        copy=False,
    )
    merged_into_id = fields.Many2one(
        "psych.crisis.signal", string="Same as", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    merged_ids = fields.One2many("psych.crisis.signal", "merged_into_id", string="Merged")
    case_id = fields.Many2one(
        "psych.crisis.case", readonly=True, index="btree_not_null", ondelete="restrict", copy=False
    )
    relink_trace = fields.Char(
        readonly=True, copy=False, help="Wrong person corrected: when and by whom, without names."
    )

    # around
    addressee_ids = fields.One2many("psych.crisis.addressee", "signal_id", string="Told")
    climb_ids = fields.One2many("psych.crisis.climb", "signal_id", string="Climbs")
    origin_ids = fields.One2many("psych.crisis.origin", "signal_id", string="Raised by")
    cluster_count = fields.Integer(
        compute="_compute_cluster", help="Students of the same class or floor with signals in these days."
    )
    is_cluster = fields.Boolean(compute="_compute_cluster")
    cluster_text = fields.Char(string="Several at once", compute="_compute_cluster")
    stamp_text = fields.Char(string="Where it stands", compute="_compute_stamp_text")
    needs_seen = fields.Boolean(
        compute="_compute_needs_seen",
        search="_search_needs_seen",
        help="Staff has to see somebody: the student, or whoever is in danger and was not named.",
    )
    is_watched = fields.Boolean(compute="_compute_is_watched", string="Has an open case or tier")

    _inbox = models.Index("(company_id, urgency_rank, raised_at) WHERE is_open IS TRUE")
    _class_time = models.Index("(class_id, raised_at) WHERE class_id IS NOT NULL")
    _student_open = models.Index("(student_id) WHERE is_open IS TRUE")

    # ----------------------------------------------------------------------
    # Computes
    # ----------------------------------------------------------------------

    @api.depends("class_id", "room_id", "raised_at")
    def _compute_cluster(self):
        """Several students of one class or floor within the days of the school: contagion, bullying (safety rule F19)."""
        self.update({"cluster_count": 0, "is_cluster": False, "cluster_text": False})
        # named seam: settings of the school
        for company, signals in self.grouped(lambda signal: signal.company_id.sudo()).items():
            need, days = max(company.psych_crisis_cluster, 2), max(company.psych_crisis_cluster_days, 1)
            recent = [
                ("company_id", "=", company.id),
                ("raised_at", ">=", clock.now() - timedelta(days=days)),
                ("outcome", "not in", ("no_concern", "merged")),
            ]
            classes, floors = signals._class_counts(recent), signals._floor_counts(recent)
            for signal in signals:
                of_class = classes.get(signal.class_id, 0)
                of_floor = floors.get(signal._floor_key(), 0)
                signal.cluster_count = max(of_class, of_floor)
                signal.is_cluster = signal.cluster_count >= need
                if signal.is_cluster:
                    place = self.env._("class") if of_class >= of_floor else self.env._("floor")
                    signal.cluster_text = self.env._(
                        "%(count)s students of this %(place)s within %(days)s days. Please look at them together.",
                        count=signal.cluster_count,
                        place=place,
                        days=days,
                    )

    def _class_counts(self, recent):
        """Return ``{class: students with signals}``, as far as the user may see them."""
        classes = self.class_id
        if not classes:
            return {}
        domain = [*recent, ("class_id", "in", classes.ids)]
        return dict(self._read_group(domain, ["class_id"], ["student_id:count_distinct"]))

    def _floor_key(self):
        """Return what stands for the floor of the room: the unit above, or building and floor; None when unknown."""
        room = self.room_id.sudo()  # named seam: where a room lies is no secret, its unit may be out of reach
        if not room:
            return None
        if room.parent_id.role == "floor" or room.floor:
            return room.parent_id.id, room.floor or ""
        return None

    def _floor_counts(self, recent):
        """Return ``{floor key: students with signals}``, as far as the user may see them."""
        above = {key[0] for key in (signal._floor_key() for signal in self) if key}
        if not above:
            return {}
        students = defaultdict(set)
        for other in self.search([*recent, ("room_id.parent_id", "in", list(above))], limit=500):
            students[other._floor_key()].add(other.student_id.id)
        return {key: len(found) for key, found in students.items()}

    @api.depends("student_id", "urgency", "kind_id", "outcome")
    def _compute_needs_seen(self):
        for signal in self:
            signal.needs_seen = signal._needs_seen()

    def _search_needs_seen(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            ("outcome", "not in", ("merged", "deceased")),
            "|",
            ("student_id", "!=", False),
            *(
                "&",
                "&",
                ("urgency", "=", "acute"),
                ("line", "!=", "discipline"),
                ("kind_id.needs_student", "=", True),
            ),
            "|",
            ("outcome", "!=", "no_concern"),
            ("urgency", "=", "acute"),
        ]

    @api.depends("state", "acknowledged_at", "seen_at", "outcome")
    def _compute_stamp_text(self):
        for signal in self:
            if not signal.acknowledged_at:
                text = self.env._("Not yet confirmed by a person")
            elif signal._needs_seen() and not signal.seen_at:
                text = (
                    self.env._("Nobody of staff has seen the student yet")
                    if signal.student_id
                    else self.env._("Nobody of staff was there yet; who it is about is not known")
                )
            elif not signal.triaged_at:
                text = self.env._("Seen, not yet triaged")
            else:
                text = dict(self._fields["outcome"]._description_selection(self.env)).get(signal.outcome)
            signal.stamp_text = text

    @api.depends("student_id")
    @api.depends_context("uid")
    def _compute_is_watched(self):
        """Whether the *user* may see an open case or tier of the student: no hint at what is hidden from him (H5)."""
        domain = [("student_id", "in", self.student_id.ids)]
        Subject, Attention = self.env["psych.crisis.case.subject"], self.env["psych.crisis.attention"]
        known = self.env["psych.student"]
        if Subject.has_access("read"):
            known |= Subject.search([*domain, ("is_open", "=", True)]).student_id
        if Attention.has_access("read"):
            known |= Attention.search([*domain, ("is_current", "=", True)]).student_id
        for signal in self:
            signal.is_watched = signal.student_id in known

    # ----------------------------------------------------------------------
    # Matter
    # ----------------------------------------------------------------------

    def _clock_key(self):
        return self.kind_id, self.line, self.urgency

    def _running(self):
        if not self.is_open:
            return []
        start = self.aware_at or self.raised_at
        running = []
        if not self.acknowledged_at:
            running.append(("acknowledged", start))
        if not self.seen_at and self._needs_seen():
            running.append(("seen", start))
        if not self.triaged_at:
            running.append(("triaged", start))
        return running

    def _seen_limit(self):
        """Return when the student must have been seen by, by the clock of this signal; None when it asks for nothing."""
        if not self.is_open or self.seen_at or not self._needs_seen():
            return None
        step = self._steps("seen").filtered("step")[:1]
        return step._due(self.aware_at or self.raised_at, self.company_id) if step else None

    def _needs_seen(self):
        """A student is known, or somebody who was not named is in danger; and it is not an unfounded or merged matter."""
        unnamed = self.urgency == "acute" and self.line != "discipline" and self.kind_id.needs_student
        return (
            bool(self.student_id or unnamed)
            and self.outcome not in ("merged", "deceased")
            and not (self.outcome == "no_concern" and self.urgency != "acute")
        )

    def _place_units(self):
        return {
            "class": self.class_id,
            "college": self.college_id,
            "building": self.env["psych.unit"].browse(self._building_id())
            if self.room_id
            else self.env["psych.unit"],
        }

    def _building_id(self):
        unit = self.room_id
        while unit and unit.role != "building":
            unit = unit.parent_id
        return unit.id

    def _barred_user_ids(self):
        today = clock.today(self.env, self.company_id)
        # named seam: lock-outs are readable to the head alone; ids only
        barred = self.env["psych.lockout"].sudo()._locked_user_ids(self.student_id, today)
        if self.accused_user_id:
            barred.add(self.accused_user_id.id)
        if self.bars_centre:  # a complaint about the centre passes everybody by who works in it
            barred.update(self._rights(today, roles=CENTRE_ROLES).user_id.ids)
        return barred

    def _is_silenced(self):
        return self.student_id.enrolment_state == "deceased"

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Every door ends here: number, line, place, clocks, and first addressees in the same transaction."""
        prepared = [self._prepare_signal_vals(vals) for vals in vals_list]
        if not self.env.su:
            # named seam: the state in the register only
            students = (
                self.env["psych.student"].sudo().browse(filter(None, (v.get("student_id") for v in prepared)))
            )
            students._psych_check_living()
        signals = super().create(prepared)
        for signal in signals.sudo():  # named seam: the ladder is not the reporter's
            signal._address_first()
        return signals

    def _prepare_signal_vals(self, vals):
        vals = dict(vals)
        if not self.env.su:
            for name in (
                set(vals)
                - TYPED
                - {
                    "kind_id",
                    "source_id",
                    "urgency",
                    "student_id",
                    "class_id",
                    "room_id",
                    "place",
                    "accused_user_id",
                    "company_id",
                }
            ):
                vals.pop(name)
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
        kind = self.env["psych.crisis.kind"].browse(vals["kind_id"])
        source = self.env["psych.crisis.source"].browse(vals["source_id"])
        vals.setdefault("urgency", kind.urgency or "talk")
        now = clock.now()
        # named seam: numbers come from the sequence of the school
        vals.update(
            company_id=company.id,
            line=kind.line or source.line,
            urgency_rank=URGENCY_RANK[vals["urgency"]],
            ring_at=now,
            name=self.env["ir.sequence"].sudo().with_company(company).next_by_code("psych.crisis.signal")
            or "?",
            raised_at=vals.get("raised_at") or now,
            aware_at=vals.get("raised_at") or now,
            due_at=now,
        )
        # named seam: place of the student, copied; the reporter need not see it
        student = self.env["psych.student"].sudo().browse(vals.get("student_id") or 0)
        if student:
            vals.update(
                class_id=student.class_id.id,
                college_id=student.college_id.id,
                room_id=vals.get("room_id") or student.room_id.id,
            )
        elif vals.get("class_id"):
            # named seam: as above
            vals["college_id"] = self.env["psych.unit"].sudo().browse(vals["class_id"]).college_id.id
        return vals

    def write(self, vals):
        if not self.env.su and set(vals) - TYPED - {"place"}:
            raise AccessError(self.env._("A signal is changed by its buttons only."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_retention(self):
        if not self.env.su:
            raise UserError(self.env._("A signal is closed, not deleted."))
