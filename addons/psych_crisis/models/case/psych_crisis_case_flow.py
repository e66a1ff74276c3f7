from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.psych_health.tools import clock

from .psych_crisis_case import DEADLINES, SEVERITY


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

        :return: the case, in the environment of the caller
        """
        if not self.env.user._psych_has_scope(
            ("centre", "centre_head", "station", "counsellor"), company=student.company_id
        ):
            raise AccessError(self.env._("Centre and stations open cases. Please send a signal."))
        case = self._open_case_of(student)
        if case:
            if SEVERITY[level] > case.severity:
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
                case.write({"next_step": step, "next_due": due})

    def _candidates(self):
        """Return all steps that wait, as ``(step, due)``; at least one."""
        hours = DEADLINES[self.level]
        start = self.opened_at
        rows = []
        if not self.last_seen_at:
            rows.append(("see", start + timedelta(hours=hours["see"])))
        if not self.leader_id:
            rows.append(("leader", start + timedelta(hours=hours["leader"])))
        if len(self.member_ids) < 2:
            rows.append(("team", start + timedelta(hours=hours["team"])))
        states = set(self.plan_ids.mapped("state"))
        if "approved" not in states:
            step = "approve" if "submitted" in states else "plan"
            rows.append((step, start + timedelta(hours=hours[step])))
        rows += [("followup", row.due_at) for row in self.followup_ids if row.state == "planned"]
        rows += [("measure", row.due_at) for row in self.measure_ids if row.state == "open" and row.due_at]
        rows += [("instruction", row.due_at) for row in self.instruction_ids if row.state == "open"]
        rows += [
            ("referral", row.answer_due)
            for row in self.referral_ids
            if row.state in ("sent", "received") and row.answer_due
        ]
        rows += [
            ("closing", row.proposed_at + timedelta(days=3))
            for row in self.closing_ids
            if row.state == "proposed"
        ]
        if not any(step == "followup" for step, _due in rows):
            last = max(self.followup_ids.mapped("done_at") or [start], key=lambda at: at or start) or start
            rows.append(("plan_followup", last + timedelta(days=1)))
        return rows

    # ----------------------------------------------------------------------
    # Stage and level
    # ----------------------------------------------------------------------

    def _check_stage(self, target):
        """Refuse a move that the flow does not allow, and say why (the board shows it when a card is dropped)."""
        for case in self:
            if target == case.stage_id:
                continue
            if target not in case.stage_id.sudo().next_ids:
                raise UserError(
                    self.env._(
                        "From «%(from)s» a case goes to: %(next)s.",
                        **{"from": case.stage_id.name},
                        next="、".join(case.stage_id.next_ids.mapped("name")) or "—",
                    )
                )
            lack = case.sudo()._lack_for(target.condition)
            if lack:
                raise UserError(
                    self.env._("Not yet «%(stage)s»: %(lack)s.", stage=target.name, lack="; ".join(lack))
                )

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

    def _lack_to_close(self):
        lack = []
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
        """Raising is one person's decision; lowering is done by an approved plan version or the closing."""
        for case in self:
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
        """Take a closed case up again; its history stays."""
        self.check_access("write")
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
                    "opened_at": case.opened_at,
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
            case.shift_ids.filtered(lambda s: s.stop > clock.now()).write({"state": "cancelled"})
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
            case.write({"is_open": True, "is_stopped": False})
            case._changed()
