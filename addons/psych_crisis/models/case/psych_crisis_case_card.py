from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisCase(models.Model):
    """What the leadership's card shows, top to bottom (safety.md §6): facts without reason, scale or category."""

    _inherit = "psych.crisis.case"

    level_words = fields.Char(compute="_compute_card", string="Level in words")
    seen_words = fields.Char(compute="_compute_card", string="Last seen by a person")
    where_words = fields.Char(compute="_compute_card", string="Where now")
    guard_state = fields.Selection(
        [("none", "No guard"), ("ok", "Guarded"), ("gap", "Gap in the guard")], compute="_compute_card"
    )
    family_state = fields.Selection(
        [
            ("none", "Family not told"),
            ("told", "Family told"),
            ("arrived", "Family here"),
            ("no_contact", "Do not contact"),
            ("refuses", "Family refuses"),
        ],
        compute="_compute_card",
    )
    hospital_state = fields.Selection(
        [
            ("none", "No hospital"),
            ("sent", "Referred"),
            ("stale", "Answer overdue"),
            ("answered", "Hospital answered"),
        ],
        compute="_compute_card",
    )
    instruction_state = fields.Selection(
        [("none", "None"), ("open", "Instruction open"), ("answered", "Instruction answered")],
        compute="_compute_card",
    )
    is_red = fields.Boolean(
        compute="_compute_card",
        help="Not seen, no leader, gap in the guard, or overdue: these four, nothing else.",
    )
    red_words = fields.Char(compute="_compute_card", string="Why red")
    ring_percent = fields.Integer(
        compute="_compute_card", help="How much of the time for the next step has gone, 0 to 100."
    )
    stage_hint = fields.Text(
        compute="_compute_stage_hint", string="What the next stages still need", help="Why a move is refused."
    )
    subject_name = fields.Char(
        compute="_compute_subject_name", string="Name", help="Only for whoever may see the name."
    )

    @api.depends("level", "last_seen_at", "next_due", "leader_id", "is_open")
    def _compute_card(self):
        label = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("level", "last_seen_place")
        }
        # named seam: states without content, computed for everybody who may see the case at all
        sudo = self.sudo()
        students = {
            case.id: case.subject_ids.student_id for case in sudo
        }  # no slice: it would read each alone
        led = sudo._led()
        where = dict(self.env["psych.student"]._fields["whereabouts_state"]._description_selection(self.env))
        for case, case_sudo in zip(self, sudo, strict=True):
            case.level_words = label["level"].get(case.level) or self.env._("Not yet graded")
            case.seen_words = case._seen_words(label["last_seen_place"])
            case.where_words = where.get(students[case.id].whereabouts_state)
            case.guard_state = case_sudo.shift_ids._state_now(case_sudo._guard_until())
            refuses = case_sudo.refusal_ids.filtered(lambda row: row.state == "open")
            case.family_state = "refuses" if refuses else case_sudo.contact_ids._state_now()
            case.hospital_state = case_sudo.referral_ids._state_now()
            case.instruction_state = case_sudo.instruction_ids._state_now()
            case.red_words = "；".join(case._red_reasons(case_sudo in led)) if case.is_open else False
            case.is_red = bool(case.red_words)
            case.ring_percent = case._ring_percent()

    def _ring_percent(self):
        """Return how much of the time between «became the next step» and «due» has gone, 0 to 100."""
        if not self.is_open or not self.next_due:
            return 0
        since = min(self.next_since or self.started_at, self.next_due)
        span = (self.next_due - since).total_seconds()
        gone = (clock.now() - since).total_seconds()
        return round(100 * min(max(gone / span if span else 1, 0), 1))

    @api.depends("stage_id", "is_open")
    def _compute_stage_hint(self):
        for case in self:
            lines = []
            if case.is_open:
                path = case.sudo()._lack_of_path()  # named seam: states without content, as on the card
                for stage in case.stage_id.next_ids:
                    # named seam: as above
                    lack = path or case.sudo()._lack_for(stage.condition)
                    if not case.level and stage.condition != "closable":
                        lack = [self.env._("the level is not decided"), *lack]
                    if lack:
                        lines.append(f"{stage.name}：{'；'.join(lack)}")
            case.stage_hint = "\n".join(lines)

    def _red_reasons(self, is_led):
        """The four reasons of a red border in words (safety.md §6), an empty list when there is none."""
        reasons = []
        if self._unseen():
            reasons.append(self.env._("not yet seen by a person"))
        if not is_led:
            reasons.append(self.env._("no leader in charge"))
        if self.guard_state == "gap":
            reasons.append(self.env._("gap in the guard"))
        if self.is_overdue:
            reasons.append(self.env._("overdue"))
        return reasons

    def _seen_words(self, places):
        if not self.last_seen_at:
            return self.env._("Not yet seen by a person")
        local = clock.local(self.last_seen_at, self.company_id.psych_tz)
        today = clock.local(clock.now(), self.company_id.psych_tz).date()
        day = self.env._("today") if local.date() == today else f"{local:%m-%d}"
        # named seam: staff name, to whoever may see the case
        who = self._role_words(self.last_seen_by_id) or self.last_seen_by_id.sudo().name
        parts = (f"{day} {local:%H:%M}", places.get(self.last_seen_place), who)
        return "，".join(part for part in parts if part)

    def _role_words(self, user):
        """Return the post by which staff act on this case («tutor», «station teacher»), empty when none."""
        membership = self.sudo()._membership_of(user) if user else None  # named seam: the post, as a word
        return membership.post_id.name if membership else ""

    @api.depends_context("uid")
    @api.depends("subject_ids")
    def _compute_subject_name(self):
        subjects = self.env["psych.crisis.case.subject"].search([("case_id", "in", self.ids)])
        # named seam: who may see the row of the subject sees the name
        names = {subject.case_id.id: subject.student_id.sudo().display_name for subject in subjects}
        for case in self:
            case.subject_name = names.get(case.id, False)

    # ----------------------------------------------------------------------
    # Buttons of the leadership
    # ----------------------------------------------------------------------

    def action_open_instruction(self):
        """Give an instruction (交办): one line, who, until when."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.crisis.instruction",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Instruct"),
            "context": {"default_case_id": self.id, "default_user_id": self.owner_id.id},
        }

    def action_mark_read(self):
        """Leave the mark «read» (已阅) with name and time, and say so; once a day for each case."""
        Instruction = self.env["psych.crisis.instruction"]
        since = clock.now() - timedelta(days=1)
        mine = [("case_id", "in", self.ids), ("kind", "=", "read"), ("author_id", "=", self.env.uid)]
        known = Instruction.search([*mine, ("at", ">", since)]).case_id
        Instruction.create([{"case_id": case.id, "kind": "read"} for case in self - known])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "Read: %(cases)s. Your name and the time stand on the case.",
                    cases="、".join(self.mapped("name")),
                ),
                "type": "success",
                "sticky": False,
            },
        }

    def action_reveal(self):
        """Ask for the reason, then show the name for today (safety rule H17)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.crisis.case.reveal",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Show the name"),
            "context": {"default_case_id": self.id},
        }

    def action_convene(self):
        """Call a study meeting (召集研判会) about this case: tomorrow at the latest, owner and team take part.

        A leader asks for it: the meeting itself is written by whoever may see the student.
        """
        self.ensure_one()
        return self.env["psych.crisis.meeting"]._convene(self)

    def action_print_situation(self):
        """Print the one-page situation report (情况专报)."""
        return self.env.ref("psych_crisis.psych_crisis_case_situation").report_action(self)
