from odoo import fields, models
from odoo.exceptions import UserError


class PsychStudent(models.Model):
    """Death stops every automation of this addon (safety rule H1); a mistake can be lifted."""

    _inherit = "psych.student"

    psych_crisis_signal_ids = fields.One2many("psych.crisis.signal", "student_id", groups=fields.NO_ACCESS)

    def write(self, vals):
        revived = self.browse()
        died = self.browse()
        if "enrolment_state" in vals:
            if vals["enrolment_state"] == "deceased":
                died = self.filtered(lambda student: student.enrolment_state != "deceased")
            else:
                revived = self.filtered(lambda student: student.enrolment_state == "deceased")
        result = super().write(vals)
        if died:
            died.sudo()._psych_crisis_stop()  # named seam: the register may set it, matters are not the register's
        if revived:
            # named seam: as above
            revived.sudo()._psych_crisis_resume()
        return result

    def _psych_check_living(self):
        """Refuse new matters about a student who died (H1).

        :raises UserError: says what to do when the state is a mistake
        """
        if any(student.enrolment_state == "deceased" for student in self):
            raise UserError(
                self.env._(
                    "This student is marked as deceased: nothing new begins. If this is a mistake, the head of the centre corrects it."
                )
            )

    def _psych_crisis_move(self):
        """What is open about this student moves to the present class and college: who may see it, who is asked next.

        The owner of a case stays until a transfer is accepted; who was told of a signal only for the former class is not
        told any more.
        """
        self.ensure_one()
        place = {"class_id": self.class_id.id, "college_id": self.college_id.id}
        mine = [("student_id", "=", self.id)]
        subjects = self.env["psych.crisis.case.subject"].search([*mine, ("is_open", "=", True)])
        subjects.write(place)
        subjects.case_id.write({"college_id": self.college_id.id})
        self.env["psych.crisis.attention"].search([*mine, ("is_current", "=", True)]).write(place)
        followups = self.env["psych.crisis.followup"].search([*mine, ("state", "=", "planned")])
        followups.write(place)
        followups.filtered("attention_id")._give_to_the_present(self.company_id)
        self.env["psych.crisis.signal"].search([*mine, ("is_open", "=", True)])._move_to(place)

    def _psych_crisis_stop(self):
        """Close every open matter, cancel every message and task. Harmless to repeat."""
        signals = self.env["psych.crisis.signal"].search(
            [("student_id", "in", self.ids), ("is_open", "=", True)]
        )
        cases = (
            self.env["psych.crisis.case.subject"]
            .search([("student_id", "in", self.ids)])
            .case_id.filtered("is_open")
        )
        signals._stop_for_death()
        cases._stop_for_death()
        self.env["psych.crisis.message"]._cancel_for(
            self.env["psych.crisis.signal"].search([("student_id", "in", self.ids)]), cases
        )
        self.env["psych.crisis.attention"].search(
            [("student_id", "in", self.ids), ("is_current", "=", True)]
        )._stop_for_death()
        self.env["psych.crisis.care.request"].search(
            [("cadre_id", "in", self.ids), ("state", "in", ("open", "accepted"))]
        ).write({"state": "refused"})

    def _psych_crisis_resume(self):
        """The state was a mistake: take up again what was stopped."""
        self.env["psych.crisis.signal"].search([("student_id", "in", self.ids)])._resume_after_mistake()
        self.env["psych.crisis.case.subject"].search(
            [("student_id", "in", self.ids)]
        ).case_id._resume_after_mistake()
        self.env["psych.crisis.attention"].search(
            [("student_id", "in", self.ids), ("state", "=", "stopped")]
        )._resume_after_mistake()
