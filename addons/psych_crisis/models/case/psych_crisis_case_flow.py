from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock, forms

from .psych_crisis_case import SEVERITY


class PsychCrisisCase(models.Model):
    """How a case opens, moves, what comes next, and how it ends."""

    _inherit = "psych.crisis.case"

    # ----------------------------------------------------------------------
    # Opening
    # ----------------------------------------------------------------------

    @api.model
    def _open_case_of(self, student):
        """Return the open case of ``student``, empty when none (machine's view)."""
        subject = (
            self.env["psych.crisis.case.subject"]
            .sudo()
            .search(  # named seam: is there one
                [("student_id", "=", student.id), ("is_open", "=", True)], limit=1
            )
        )
        return subject.case_id

    @api.model
    def _open_for_student(self, student, level, danger="0", support="0", found_by=None):
        """Open a case for ``student`` or join the open one (one student, one case); a graver level wins.

        :param level: False while nobody has graded it
        :return: the case, in the environment of the caller
        """
        if not self.env.user._psych_has_scope(
            ("centre", "centre_head", "station", "counsellor"), company=student.company_id
        ):
            raise AccessError(self.env._("Centre and stations open cases. Please send a signal."))
        student._psych_check_living()
        case = self._open_case_of(student)
        if case:
            if level and (not case.level or SEVERITY[level] > case.severity):
                case.write({"level": level, "danger": danger, "support": support})
            return case.sudo(False).with_env(self.env)
        sudo = self.sudo()  # named seam: opening writes rows of several rights at once, after the check above
        case = sudo.create(
            {
                "company_id": student.company_id.id,
                "college_id": student.college_id.id,
                "level": level,
                "danger": danger,
                "support": support,
                "found_by": found_by,
                "found_before": True,
            }
        )
        sudo.env["psych.crisis.case.subject"].create({"case_id": case.id, "student_id": student.id})
        case._give_to(self.env.user, case._membership_of(self.env.user))
        sudo.env["psych.crisis.case.member"].create(
            {"case_id": case.id, "user_id": self.env.uid, "role": "case_manager"}
        )
        case._changed()
        return case.sudo(False).with_env(self.env)

    @api.model
    def _open_for_signal(self, signal, level, danger="0", support="0"):
        """Open or join a case for the student of ``signal``; what was seen is carried over."""
        case = self._open_for_student(signal.student_id, level, danger, support, signal.source_id.found_by)
        if signal.seen_at:
            # named seam: «seen» is a stamp of the machine
            case.sudo()._note_seen(signal.seen_at, signal.seen_by_id, signal.seen_place)
        tier = "crisis" if level in ("red", "orange") else "key"
        self.env["psych.crisis.attention"]._set_tier(signal.student_id, tier, only_raise=True)
        return case

    def _note_seen(self, at, user, place):
        """Staff saw the student: newest moment stays."""
        for case in self:
            if not case.last_seen_at or at >= case.last_seen_at:
                case.write({"last_seen_at": at, "last_seen_by_id": user.id, "last_seen_place": place})
            case._changed()

    # ----------------------------------------------------------------------
    # Next step
    # ----------------------------------------------------------------------

    def _refresh_next(self):
        """Write the earliest thing that is missing or planned as the next step: never nothing."""
        for case in self:
            if not case.is_open:
                continue
            step, due = min(case._candidates(), key=lambda pair: pair[1])
            if (case.next_step, case.next_due) != (step, due):
                since = case.next_since if step == case.next_step and case.next_since else clock.now()
                case.write({"next_step": step, "next_due": due, "next_since": since})

    def _candidates(self):
        """Return all steps that wait, as ``(step, due)``; at least one."""
        rows = [*self._missing_ones(), *self._work_that_waits(), *self._danger_now()]
        if not any(step in ("followup", "closing") for step, _due in rows):
            last = max([at for at in self.followup_ids.mapped("done_at") if at] or [self.started_at])
            rows.append(("plan_followup", last + self._limit("plan_followup", 24)))
        return rows

    def _limit(self, step, default=72):
        """Return the time limit of ``step`` at the level of this case."""
        hours = self.env["psych.crisis.deadline"]._hours(self.company_id.id, self._working_level())
        return timedelta(hours=hours.get(step, default))

    def _missing_ones(self):
        """The five ones (S1-Art23) and what belongs to them, while missing: each with its deadline from the start."""
        start, states = self.started_at, set(self.plan_ids.mapped("state"))
        missing = {
            "see": self._unseen(),
            "leader": not self._leader_lives(),
            "team": len(self.member_ids) < 2,
            "family": self.level in ("red", "orange")
            and not self.contact_ids.filtered(lambda row: row.kind != "no_contact"),
            "plan": not states & {"submitted", "approved"},
            "approve": "submitted" in states and "approved" not in states,
            "supervise": self.level == "red" and not self._supervised(),
        }
        due = {step: start + self._limit(step) for step, lacks in missing.items() if lacks}
        if "see" in due:  # a case is not calmer than the signal it stands for
            limits = [signal._seen_limit() for signal in self.signal_ids]
            due["see"] = min([due["see"], *filter(None, limits)])
        return list(due.items())

    def _leader_lives(self):
        """True when the leader in charge still has an account and a post: who left leads nothing."""
        return self in self._led()

    def _led(self):
        """Return those of these cases whose leader in charge lives, with one query."""
        rights = self._rights(clock.today(self.env), users=self.leader_id.filtered("active"))
        living = {(right.user_id.id, right.company_id.id) for right in rights}
        return self.filtered(lambda case: (case.leader_id.id, case.company_id.id) in living)

    def _supervised(self):
        """True when a supervision since the start spoke of this case (S2: a crisis case within seven days)."""
        first = clock.local(self.started_at, self.company_id.psych_tz).date()
        return any(row.date >= first for row in self.supervision_ids)

    def _work_that_waits(self):
        """What was planned or asked and is not done yet."""
        day_end = time(23, 59)
        rows = [("followup", row.due_at) for row in self.followup_ids if row.state == "planned"]
        if "approved" in self.plan_ids.mapped("state"):
            rows += [
                ("approve", plan.submitted_at + self._limit("again", 12))
                for plan in self.plan_ids
                if plan.state == "submitted"
            ]
        rows += [("measure", row.due_at) for row in self.measure_ids if row.state == "open" and row.due_at]
        rows += [("instruction", row.due_at) for row in self.instruction_ids if row.state == "open"]
        rows += [
            ("referral", row.answer_due)
            for row in self.referral_ids
            if row.state in ("sent", "received") and row.answer_due
        ]
        rows += [
            ("closing", row.proposed_at + self._limit("closing"))
            for row in self.closing_ids
            if row.state == "proposed"
        ]
        days = [("safety", row.review_date) for row in self.safety_plan_ids if row.is_current]
        days += [("review", row.due_date) for row in self.review_ids if row.state == "open"]
        tz = self.company_id.psych_tz
        return rows + [(step, clock.to_utc(datetime.combine(day, day_end), tz)) for step, day in days]

    def _danger_now(self):
        """A gap in the guard and the step that is due with a refusing family."""
        rows = [("refusal", row.current_line_id.due_at) for row in self.refusal_ids if row.state == "open"]
        gap = self._gap_now() or self.shift_ids._next_gap(self._guard_until())
        if gap:
            rows.append(("guard", gap))
        return [(step, due) for step, due in rows if due]

    def _gap_now(self):
        """Return since when nobody guards, None while somebody does or nobody has to."""
        gap = self.shift_ids._next_gap(self._guard_until())
        return self._gap_began() if gap and gap <= clock.now() else None

    def _gap_began(self):
        """Return when the gap of now began: the end of the last guard, who did not come, or the refusal."""
        now = clock.now()
        shifts = self.shift_ids.filtered(lambda row: row.state != "cancelled")
        began = [row.stop for row in shifts if row.stop <= now]
        began += [row.start for row in shifts if row.start <= now < row.stop]
        began += [
            row.away_from
            for row in shifts
            if row.state == "planned" and row.away_from and row.away_from <= now
        ]
        began += self.refusal_ids.filtered(lambda row: row.state == "open").mapped("opened_at")
        return max(began, default=now)

    def _called_for_gap(self, user):
        """True when the ladder called ``user`` about the gap of now."""
        gap = self._gap_now()
        called = [
            ("climb_id.case_id", "=", self.id),
            ("climb_id.stamp", "=", "guard"),
            ("climb_id.started_at", "=", gap),
            ("user_id", "=", user.id),
        ]
        return bool(gap and self.env["psych.crisis.message"].search_count(called, limit=1))

    def _guard_until(self):
        """Return until when somebody must guard whatever is planned: half a day ahead while a family refuses, else None."""
        if self.refusal_ids.filtered(lambda row: row.state == "open"):
            return clock.now() + timedelta(hours=12)
        return None

    # ----------------------------------------------------------------------
    # Stage and level
    # ----------------------------------------------------------------------

    def _check_stage(self, target):
        """Refuse a move that the flow does not allow, and say why (the board shows it when a card is dropped)."""
        for case in self:
            if target == case.stage_id:
                continue
            # named seam: stages are settings
            if target not in case.stage_id.sudo().next_ids:
                raise UserError(
                    self.env._(
                        "From «%(from)s» a case goes to: %(next)s.",
                        **{"from": case.stage_id.name},
                        next="、".join(case.stage_id.next_ids.mapped("name")) or "—",
                    )
                )
            # named seam: states without content: why a move is refused
            lack = case.sudo()._lack_of_path() or case.sudo()._lack_for(target.condition)
            if not case.level and target.condition != "closable":
                lack.insert(0, self.env._("the level is not decided"))
            if lack:
                raise UserError(
                    self.env._(
                        "Not yet «%(stage)s»: %(lack)s.",
                        stage=target.name,
                        lack=forms.listed(self.env.lang, lack),
                    )
                )

    def _lack_of_path(self):
        """While a family refuses the case stays where it is (F14)."""
        if self.refusal_ids.filtered(lambda row: row.state == "open"):
            return [self.env._("the path with the refusing family is open: finish its steps")]
        return []

    def _lack_for(self, condition):
        """Return what is missing before a case may enter a stage with ``condition``, as a list of sentences."""
        lack = []
        if condition in ("five", "plan"):
            if not self.leader_id:
                lack.append(self.env._("no leader is named"))
            if len(self.member_ids) < 2:
                lack.append(self.env._("the team has fewer than two people"))
        if condition == "plan" and not set(self.plan_ids.mapped("state")) & {"submitted", "approved"}:
            lack.append(self.env._("no plan is submitted"))
        if condition == "five" and "approved" not in self.plan_ids.mapped("state"):
            lack.append(self.env._("no plan is approved by a second person"))
        if condition == "referral" and not self.referral_ids.filtered(lambda r: r.state != "cancelled"):
            lack.append(self.env._("no referral is written"))
        if condition == "away" and self.subject_ids.student_id.whereabouts_state not in ("home", "hospital"):
            lack.append(self.env._("the student is neither at home nor in hospital by the register"))
        if condition == "return" and not self.referral_ids.filtered("return_complete"):
            lack.append(self.env._("the return assessment is not complete"))
        if condition == "closable":
            lack += self._lack_to_close()
        if condition == "closed" and not self.closing_ids.filtered(lambda c: c.state == "confirmed"):
            lack.append(self.env._("no second person has confirmed the closing"))
        return lack

    def _unseen(self):
        """True when nobody of staff has seen the student since the case began."""
        return not self.last_seen_at or self.last_seen_at < self.started_at

    def _lack_to_close(self, grade=None):
        """Return what is still open, as a list of sentences; who left the school need not be seen."""
        lack = self._lack_of_path()
        if grade != "left" and self._unseen():
            lack.append(self.env._("the student was not seen since the case began"))
        if self.shift_ids.filtered(lambda s: s.stop > clock.now() and s.state != "cancelled"):
            lack.append(self.env._("guard shifts are planned"))
        if self.measure_ids.filtered(lambda m: m.state == "open"):
            lack.append(self.env._("help measures are open"))
        if self.instruction_ids.filtered(lambda i: i.state == "open"):
            lack.append(self.env._("an instruction is unanswered"))
        if self.referral_ids.filtered(lambda r: r.state in ("sent", "received")):
            lack.append(self.env._("the hospital's answer is missing"))
        return lack

    def _check_level(self, level):
        """Grading and raising is one person's decision; lowering is done by an approved plan version or the closing."""
        for case in self.filtered("level"):
            if not level:
                raise UserError(self.env._("A level that was decided is changed, not taken away."))
            if SEVERITY[level] < case.severity and not case.plan_ids.filtered(
                lambda p: p.state == "approved" and p.proposed_level == level
            ):
                raise UserError(
                    self.env._("Lowering the level needs two: approve a plan version that proposes it.")
                )

    # ----------------------------------------------------------------------
    # End
    # ----------------------------------------------------------------------

    def _close(self, grade):
        """Close after the second person confirmed; planned follow-ups end, subject row is released."""
        closed = self.env["psych.crisis.stage"].search([("is_closed", "=", True)], limit=1)
        for case in self:
            case.followup_ids.filtered(lambda f: f.state == "planned").write({"state": "cancelled"})
            case.write(
                {
                    "is_open": False,
                    "closed_at": clock.now(),
                    "outcome_grade": grade,
                    "stage_id": closed.id,
                    "ring_at": False,
                    "due_at": False,
                    "next_step": False,
                    "next_due": False,
                }
            )
            case.subject_ids.write({"is_open": False})

    def action_reopen(self):
        """Take a closed case up again; its history stays, the student is to be seen anew."""
        self.check_access("write")
        if not self.env.user._psych_has_scope(
            ("centre", "centre_head", "station"), company=self.company_id[:1]
        ):
            raise AccessError(self.env._("Centre and stations reopen cases. Please send a signal."))
        # named seam: reopening writes rows of several rights, after the check above
        for case in self.sudo().filtered(lambda c: not c.is_open and not c.is_stopped):
            if self._open_case_of(case.subject_ids.student_id):
                raise UserError(self.env._("This student has another open case already."))
            case.closing_ids.filtered(lambda c: c.state == "confirmed").write({"state": "reopened"})
            case.subject_ids.write({"is_open": True})
            case.write(
                {
                    "is_open": True,
                    "closed_at": False,
                    "reopen_count": case.reopen_count + 1,
                    "started_at": clock.now(),
                    "stage_id": self._default_stage().id,
                    "outcome_grade": False,
                }
            )
            case._give_to(self.env.user, case._membership_of(self.env.user))
            case._changed()

    def _stop_for_death(self):
        """Every clock stops; the file is kept (legal hold)."""
        for case in self:
            case.followup_ids.filtered(lambda f: f.state == "planned").write({"state": "cancelled"})
            ahead = case.shift_ids.filtered(lambda s: s.stop > clock.now() and s.state == "planned")
            ahead.write({"state": "cancelled", "is_stopped": True})
            case.write(
                {
                    "is_open": False,
                    "is_stopped": True,
                    "ring_at": False,
                    "due_at": False,
                    "next_step": False,
                    "next_due": False,
                }
            )

    def _resume_after_mistake(self):
        for case in self.filtered("is_stopped"):
            stopped = case.shift_ids.filtered(lambda s: s.is_stopped and s.stop > clock.now())
            stopped.write({"state": "planned", "is_stopped": False})
            case.write({"is_open": True, "is_stopped": False})
            case._changed()
