from odoo import api, models

URGENCIES = ("acute", "talk", "watch")
# model of psych_health -> (source, kind, narrative stays there)
SOURCES = {
    "psych.response": ("answers", "screening"),
    "psych.response.flag": ("answers", "screening"),
    "psych.interview": ("answers", "interview_overdue"),
    "psych.appointment": ("booking", "no_show"),
    "psych.call.request": ("booking", "self_referral"),
    "psych.waiting": ("booking", "self_referral"),
    "psych.session": ("session", "session_risk"),
    "psych.group.session": ("session", "session_risk"),
    "psych.group.member": ("session", "session_risk"),
    "psych.session.measure": ("session", "session_risk"),
    "psych.talk": ("talk", "concern"),
    "psych.roster.handover": ("roster", "handover"),
    "psych.membership": ("roster", "handover"),
}


class PsychHooks(models.AbstractModel):
    """What this addon does at the seams of psych_health."""

    _inherit = "psych.hooks"

    @api.model
    def _psych_flag_raised(self, record, rule_ref, urgency):
        """Turn a flag into a signal with its addressees, in the same transaction."""
        super()._psych_flag_raised(record, rule_ref, urgency)
        source, kind = SOURCES.get(record._name, ("other", "concern"))
        record_sudo = record.sudo()  # named seam: the raiser may be a student or the public
        if "student_id" in record._fields:
            student = record_sudo.student_id
        elif record._name == "psych.student":
            student = record_sudo
        else:
            student = None
        company = record_sudo.company_id if "company_id" in record._fields else None
        self.env["psych.crisis.signal"]._raise_from(
            record,
            rule_ref,
            urgency if urgency in URGENCIES else "talk",
            source,
            kind,
            student=student,
            company=company,
        )

    @api.model
    def _psych_minimum_told(self, record, text):
        """The signal of the flag says the minimum, to whoever was told of it."""
        super()._psych_minimum_told(record, text)
        self.env["psych.crisis.signal"]._tell_minimum(record, text)

    @api.model
    def _flags_untold(self, flags):
        """Flags without a signal, of students who live: the origin row is the proof, no mark is."""
        found = super()._flags_untold(flags)
        known = (
            self.env["psych.crisis.origin"]
            .sudo()  # named seam: ids only
            .search([("model", "=", flags._name), ("res_id", "in", flags.ids)])
            .mapped("res_id")
        )
        living = flags.filtered(lambda flag: flag.student_id.enrolment_state != "deceased")
        return found | living.filtered(lambda flag: flag.id not in set(known))

    @api.model
    def _watched_students(self, students):
        """Students with an open case, an open tier above daily, or an open founded signal."""
        watched = super()._watched_students(students)
        if not students:
            return watched
        sudo = self.sudo().env  # named seam: only the subset of what the caller gave leaves here
        found = (
            sudo["psych.crisis.case.subject"]
            .search([("student_id", "in", students.ids), ("case_id.is_open", "=", True)])
            .student_id
        )
        found |= (
            sudo["psych.crisis.attention"]
            .search([("student_id", "in", students.ids), ("is_current", "=", True)])
            .student_id
        )
        found |= (
            sudo["psych.crisis.signal"]
            .search([("student_id", "in", students.ids), ("is_open", "=", True)])
            .student_id
        )
        return watched | students.filtered(lambda student: student.id in set(found.ids))

    @api.model
    def _open_work_of(self, user):
        """Open signals and cases owned, follow-ups and instructions due by ``user``."""
        work = super()._open_work_of(user)
        sudo = self.sudo().env  # named seam: ids only
        for name in ("psych.crisis.signal", "psych.crisis.case"):
            rows = sudo[name].search([("owner_id", "=", user.id), ("is_open", "=", True)])
            work += [(name, row_id) for row_id in rows.ids]
        for name in ("psych.crisis.followup", "psych.crisis.instruction"):
            rows = sudo[name].search([("user_id", "=", user.id), ("state", "in", ("planned", "open"))])
            work += [(name, row_id) for row_id in rows.ids]
        return work

    @api.model
    def _student_left(self, students, reason):
        """Death stops everything; leaving with an open matter raises a hand-over signal and closes nothing."""
        super()._student_left(students, reason)
        if reason == "deceased":
            students.sudo()._psych_crisis_stop()  # named seam: set by the head of the centre or the register
            return
        for student in self._watched_students(students):
            self.env["psych.crisis.signal"]._raise_from(
                student,
                f"left.{reason}",
                "talk",
                "roster",
                "handover",
                student=student,
                company=student.company_id,
            )

    @api.model
    def _roster_handover(self, handovers):
        """An import moved or removed students with an open matter: the centre sees to it (safety rule F9)."""
        parent = getattr(super(), "_roster_handover", None)
        if parent:
            parent(handovers)
        for handover in handovers:
            self._psych_flag_raised(handover, f"roster.{handover.kind}", "talk")

    @api.model
    def _handover_accepted(self, handovers):
        """Tier, case, signals and follow-ups go over to the people of the new class."""
        super()._handover_accepted(handovers)
        for student in handovers.student_id:
            student.sudo()._psych_crisis_move()  # named seam: the centre accepted it

    @api.model
    def _subject_data(self, student):
        """What is held about the student: tiers and cases by date; never sources, reporters and third parties."""
        sections = super()._subject_data(student)
        sudo = self.sudo().env  # named seam: own data of the student who asks
        tiers = sudo["psych.crisis.attention"].search(
            [("student_id", "=", student.id), ("state", "!=", "refused")]
        )
        cases = sudo["psych.crisis.case.subject"].search([("student_id", "=", student.id)]).case_id
        label = dict(sudo["psych.crisis.attention"]._fields["tier"]._description_selection(self.env))
        if tiers:
            sections.append(
                {
                    "title": self.env._("Care by the school"),
                    "rows": [(str(tier.date_start), label.get(tier.tier)) for tier in tiers],
                }
            )
        if cases:
            sections.append(
                {
                    "title": self.env._("Support plans"),
                    "rows": [(case.name, str(case.opened_at.date())) for case in cases],
                }
            )
        return sections

    @api.model
    def _retention_classes(self):
        """Unfounded signals go after months; cases are kept ten years, tiers three years after leaving (facts B7)."""
        return super()._retention_classes() + [
            {
                "code": "signal_unfounded",
                "name": self.env._("Signals without concern"),
                "model": "psych.crisis.signal",
                "domain": [("outcome", "=", "no_concern")],
                "date_field": "triaged_at",
                "mode": "destroy",
                "months": 6,
            },
            {
                "code": "attention",
                "name": self.env._("Attention tiers"),
                "model": "psych.crisis.attention",
                "domain": [("is_current", "=", False)],
                "date_field": "date_end",
                "mode": "destroy",
                "months": 36,
            },
            {
                "code": "case",
                "name": self.env._("Closed cases"),
                "model": "psych.crisis.case",
                "domain": [("is_open", "=", False)],
                "date_field": "closed_at",
                "mode": "destroy",
            },
        ]

    @api.model
    def _home_cards(self, student):
        """Cadres find their reports, everybody the urgent report, on the student's home page."""
        cards = super()._home_cards(student)
        cards.append(
            {
                "title": self.env._("Caring for each other"),
                "text": self.env._("Reports and small requests"),
                "url": "/psych/care",
            }
        )
        cards.append(
            {
                "title": self.env._("Somebody needs help right now"),
                "text": self.env._("Call first, then tell us"),
                "url": "/psych/urgent",
            }
        )
        return cards

    @api.model
    def _emergency_card(self, student):
        """The safety plan's lines on the emergency card, opened by the gate for whoever stands there."""
        lines = super()._emergency_card(student)
        plan = (
            self.env["psych.crisis.safety.plan"]
            .sudo()
            .search(  # named seam: is there one; its text stays behind the gate
                [("student_id", "=", student.id), ("is_current", "=", True)], limit=1
            )
        )
        if plan:
            lines.append(
                {
                    "label": self.env._("Safety plan"),
                    "text": str(plan.date),
                    "url": f"/odoo/action-psych_crisis.psych_crisis_case_action/{plan.case_id.id}",
                }
            )
        return lines

    @api.model
    def _demo_build(self, world):
        """Signals, cases, tiers and on-call of the demo college."""
        super()._demo_build(world)
        from ...demo_college import build

        build(world)
