from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock

from .psych_crisis_kind import URGENCY_RANK


class PsychCrisisSignal(models.Model):
    """The verbs of the inbox: 签收, 已见到本人, 研判, 并入, 无需关注, and the correction of a wrong person."""

    _inherit = "psych.crisis.signal"

    def action_acknowledge(self):
        """I take this: from now on I own it until it is triaged or handed on."""
        self._check_staff()
        # named seam: stamps of the flow, which nobody types; the check stands above
        for signal in self.sudo().filtered(lambda s: s.is_open and not s.acknowledged_at):
            signal.write(
                {
                    "acknowledged_at": clock.now(),
                    "acknowledged_by_id": self.env.uid,
                    "state": "acknowledged" if signal.state == "new" else signal.state,
                    "owner_id": self.env.uid,
                    "owner_membership_id": signal._membership_of(self.env.user).id,
                }
            )
            signal.addressee_ids.filtered(lambda row: row.user_id.id == self.env.uid).write(
                {"acknowledged_at": clock.now()}
            )
            signal._after_stamp()

    def action_take_over(self):
        """I own this from now on; who owned it stays on the list of the told."""
        self._check_staff()
        # named seam: stamps of the flow, which nobody types; the check stands above
        for signal in self.sudo().filtered("is_open"):
            signal._give_to(self.env.user, signal._membership_of(self.env.user))
        self.action_acknowledge()

    def action_open_seen(self):
        """Ask where and how the student was met."""
        self.ensure_one()
        return self._open_step("psych.crisis.signal.seen", self.env._("Student seen or spoken to"))

    def action_open_triage(self):
        """Ask for the outcome of the triage."""
        self.ensure_one()
        return self._open_step("psych.crisis.signal.triage", self.env._("Triage"))

    def action_open_merge(self):
        """Ask which signal this one is the same as."""
        self.ensure_one()
        return self._open_step("psych.crisis.signal.merge", self.env._("Same as …"))

    def action_open_relink(self):
        """Ask for the right student."""
        self.ensure_one()
        return self._open_step("psych.crisis.signal.relink", self.env._("Wrong person"))

    def action_open_accuse(self):
        """Ask whom the complaint is about."""
        self.ensure_one()
        return self._open_step("psych.crisis.signal.accuse", self.env._("Name the person"))

    def _open_step(self, model, title):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "name": title,
            "view_mode": "form",
            "target": "new",
            "context": {"default_signal_id": self.id},
        }

    # ----------------------------------------------------------------------
    # Stamps
    # ----------------------------------------------------------------------

    def _see(self, place, condition):
        """Staff met the student or spoke with him (place, state): the stamp that counts (safety rule F1)."""
        self._check_staff()
        now = clock.now()
        # named seam: stamps of the flow, which nobody types; the check stands above
        for signal in self.sudo():
            if not signal.is_open or not signal._needs_seen():
                raise UserError(self.env._("This signal is closed or names no student."))
            if condition == "nobody" and signal.student_id:
                raise UserError(
                    self.env._(
                        "Then the student was not seen: the signal stays open and climbs. Please look elsewhere, or call."
                    )
                )
            values = {
                "seen_at": signal.seen_at or now,
                "seen_by_id": signal.seen_by_id.id or self.env.uid,
                "seen_place": place,
                "seen_condition": condition,
            }
            if not signal.acknowledged_at:
                values.update(
                    acknowledged_at=now,
                    acknowledged_by_id=self.env.uid,
                    owner_id=self.env.uid,
                    owner_membership_id=signal._membership_of(self.env.user).id,
                )
            if signal.state in ("new", "acknowledged"):
                values["state"] = "seen"
            signal.write(values)
            signal.case_id._note_seen(now, self.env.user, place)
            signal._after_stamp()

    def _triage(self, outcome, accepted_by=None, case=None):
        """Close the triage with an outcome; an acute signal is not closed before the student was seen."""
        self._check_staff()
        now = clock.now()
        # named seam: stamps of the flow, which nobody types; the check stands above
        for signal in self.sudo():
            if not signal.is_open:
                raise UserError(self.env._("This signal is closed already."))
            if (
                signal.urgency == "acute"
                and outcome == "no_concern"
                and signal._needs_seen()
                and not signal.seen_at
            ):
                raise UserError(
                    self.env._(
                        "This is urgent: somebody of staff sees the student or speaks with the student first, then it can be closed."
                    )
                )
            signal.write(
                {
                    "triaged_at": now,
                    "triaged_by_id": self.env.uid,
                    "outcome": outcome,
                    "state": "triaged",
                    "accepted_by_id": accepted_by.id if accepted_by else False,
                    "case_id": case.id if case else signal.case_id.id,
                    "acknowledged_at": signal.acknowledged_at or now,
                    "acknowledged_by_id": signal.acknowledged_by_id.id or self.env.uid,
                }
            )
            signal._after_stamp()
            signal.case_id._changed()  # the signal's clock «seen» may be shorter than the case's

    def action_no_concern(self):
        """No concern, in two taps: leaves the file, deleted after the time the school chose (safety rule H14)."""
        self._triage("no_concern")

    def _after_stamp(self):
        """Close when all stamps are made, else let the ladder set the next time."""
        if self.triaged_at and (self.seen_at or not self._needs_seen()):
            self.write({"is_open": False, "state": "closed", "ring_at": False})
            self.addressee_ids.write({"is_live": self.outcome != "no_concern"})
        else:
            self._ring()

    # ----------------------------------------------------------------------
    # Merge, correct
    # ----------------------------------------------------------------------

    def _merge_into(self, target):
        """These signals are the same as ``target``: they close, their origins and reporters stay with them (both are kept)."""
        self._check_staff()
        target._check_staff()
        # named seam: stamps of the flow, which nobody types; the check stands above
        target_sudo = target.sudo()
        # named seam: stamps of the flow, which nobody types; the check stands above
        for signal in self.sudo():
            if signal == target_sudo or not target_sudo.is_open or not signal.is_open:
                raise UserError(self.env._("Choose another open signal."))
            if signal.student_id and target_sudo.student_id and signal.student_id != target_sudo.student_id:
                raise UserError(self.env._("The two signals are about different students."))
            if signal.line == "discipline" != target_sudo.line:
                raise UserError(self.env._("A complaint about staff is not merged into another line."))
            if signal.bars_centre != target_sudo.bars_centre:
                raise UserError(self.env._("A complaint about the centre is not merged into another matter."))
            rank = URGENCY_RANK[signal.urgency]
            if signal.student_id and not target_sudo.student_id:
                target_sudo._take_student(signal.student_id)
            signal.write(
                {
                    "merged_into_id": target.id,
                    "outcome": "merged",
                    "triaged_at": clock.now(),
                    "triaged_by_id": self.env.uid,
                    "acknowledged_at": signal.acknowledged_at or clock.now(),
                    "acknowledged_by_id": signal.acknowledged_by_id.id or self.env.uid,
                }
            )
            signal._after_stamp()
            if rank < target_sudo.urgency_rank:
                target_sudo._raise_urgency(signal.urgency)

    def _relink(self, student):
        """Correct a wrong person with a trace (safety rule H13); the clocks go on."""
        self._check_staff()
        student.check_access("read")
        # named seam: stamps of the flow, which nobody types; the check stands above
        for signal in self.sudo():
            trace = self.env._(
                "%(at)s corrected by %(user)s",
                at=fields.Datetime.to_string(clock.now()),
                user=self.env.user.name,
            )
            signal._take_student(student)
            signal.write(
                {
                    "relink_trace": f"{signal.relink_trace or ''} {trace}".strip(),
                    "seen_at": False,
                    "seen_by_id": False,
                    "state": "acknowledged" if signal.acknowledged_at else "new",
                }
            )
            signal.addressee_ids.filtered(lambda row: row.user_id.id != self.env.uid).write(
                {"is_live": False}
            )
            if signal.triaged_at:
                # what was decided was decided about somebody else: for the right student all begins
                signal.write({"is_open": True, "case_id": False, "merged_into_id": False})
                signal._start_anew(signal.urgency)
            signal._ring()
            signal._readdress()

    def _take_student(self, student):
        """The signal is about this student: texts are bound anew, the place is copied."""
        self._psych_relink(student)
        self.write(
            {
                "class_id": student.class_id.id,
                "college_id": student.college_id.id,
                "room_id": student.room_id.id,
            }
        )

    def _move_to(self, place):
        """The student belongs to another class now: its people are told, those of the former class are no longer.

        :param dict place: new ``class_id`` and ``college_id``
        """
        for signal in self:
            former = signal._people_of_place()
            signal.write(place)
            gone = former - signal._people_of_place()
            told = signal.addressee_ids.filtered_domain([("user_id", "in", gone.ids)])
            told.write({"is_live": False})
            if signal.owner_id in gone:
                signal._give_away()
            signal._readdress()

    def _people_of_place(self):
        """Return the tutors of the class and the station of the college."""
        holders, empty = self.env["psych.scope"]._holders, self.env["res.users"]
        tutors = holders(self.company_id, "tutor", self.class_id) if self.class_id else empty
        station = holders(self.company_id, "station", self.college_id) if self.college_id else empty
        return tutors | station

    def _give_away(self):
        """Give the signal to the first who can act on the rungs told so far; the ladder looks at once."""
        holders = self._first_holders(self._climbs().sorted("at").clock_id.rung_ids)
        if holders:
            self._give_to(*holders[0])
        self.write({"ring_at": clock.now()})

    def _readdress(self):
        """Tell the people responsible for the right student."""
        unfit = self._unfit()
        for stamp, _start in self._running()[:1]:
            for step in self._steps(stamp).filtered(lambda s: not s.step):
                holders = [pair for rung in step.rung_ids for pair in rung._holders(self, unfit)]
                self._address(holders, self._climbs()[:1])

    # ----------------------------------------------------------------------
    # Retention, death
    # ----------------------------------------------------------------------

    def _stop_for_death(self):
        """Every clock and message stops; what waited can be taken up again if the state was a mistake."""
        for signal in self.filtered("is_open"):
            signal.write({"is_open": False, "ring_at": False, "outcome": "deceased", "state": "closed"})

    def _resume_after_mistake(self):
        for signal in self.filtered(lambda s: s.outcome == "deceased"):
            state = "seen" if signal.seen_at else "acknowledged" if signal.acknowledged_at else "new"
            signal.write({"is_open": True, "outcome": False, "state": state})
            signal._ring()

    @api.model
    def _cron_forget_unfounded(self):
        """Delete signals without concern after the months the school chose (safety rule H14)."""
        for company in self.env["res.company"].search([("psych_unit_id", "!=", False)]):
            limit = fields.Datetime.subtract(clock.now(), months=max(company.psych_crisis_forget_months, 1))
            self.search(
                [
                    ("company_id", "=", company.id),
                    ("outcome", "=", "no_concern"),
                    ("is_open", "=", False),
                    ("triaged_at", "<", limit),
                ],
                limit=1000,
            ).unlink()
