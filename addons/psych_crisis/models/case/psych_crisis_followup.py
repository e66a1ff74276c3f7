from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.confidential import Confidential

from ..warning.psych_crisis_signal import PLACES


class PsychCrisisFollowup(models.Model):
    """A follow-up (跟踪回访) with a due time, done in 30 seconds on the phone.

    *Not reached* keeps it open (safety rule F13): two tries lead to the room, the third to a missing-person signal.
    When one is done the next is planned by the rhythm of level or tier.
    """

    _name = "psych.crisis.followup"
    _description = "Follow-up"
    _inherit = ["psych.confidential.mixin"]
    _order = "state desc, due_at, id"
    _psych_content_right = "tasks"

    case_id = fields.Many2one("psych.crisis.case", index="btree_not_null", ondelete="cascade")
    attention_id = fields.Many2one("psych.crisis.attention", index="btree_not_null", ondelete="cascade")
    student_id = fields.Many2one("psych.student", required=True, index=True, ondelete="restrict")
    class_id = fields.Many2one("psych.unit", readonly=True, index=True, ondelete="restrict")
    college_id = fields.Many2one("psych.unit", readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        required=True,
        domain="[('share', '=', False)]",
        index=True,
        ondelete="restrict",
    )
    due_at = fields.Datetime(string="Due", required=True)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")],
        default="planned",
        required=True,
        readonly=True,
    )
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")
    done_at = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    place = fields.Selection(PLACES)
    result = fields.Selection(
        [("better", "Better"), ("same", "Unchanged"), ("worse", "Worse"), ("danger", "In danger")]
    )
    tries = fields.Integer(string="Not reached", readonly=True)
    hint = fields.Char(compute="_compute_hint")
    note = Confidential(help="One or two sentences.")

    _open_due = models.Index("(user_id, due_at) WHERE state = 'planned'")
    _one_planned_tier = models.UniqueIndex(
        "(attention_id) WHERE state = 'planned' AND attention_id IS NOT NULL",
        "The next follow-up is planned already.",
    )
    _of_one = models.Constraint(
        "CHECK (case_id IS NOT NULL OR attention_id IS NOT NULL)", "A follow-up belongs to a case or a tier."
    )

    @api.depends("due_at")
    def _compute_display_name(self):
        for row in self:
            row.display_name = clock.text(row.due_at, row.company_id.psych_tz)

    @api.depends("due_at", "state")
    def _compute_is_overdue(self):
        now = clock.now()
        for row in self:
            row.is_overdue = row.state == "planned" and bool(row.due_at) and row.due_at < now

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "planned"), ("due_at", "<", clock.now())]

    @api.depends("tries", "state")
    def _compute_hint(self):
        for row in self:
            row.hint = False
            if row.state == "planned" and row.tries == 1:
                row.hint = self.env._("Not reached once: try again today.")
            elif row.state == "planned" and row.tries >= 2:
                row.hint = self.env._("Not reached twice: go to the room.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # named seam: who the case is about; a team cannot put another student's name on a row of its own
            about = self.env["psych.crisis.case"].browse(vals.get("case_id")).sudo().subject_ids.student_id
            if about and vals.get("student_id") not in about.ids:
                vals["student_id"] = about[:1].id
            # named seam: class, college and school of the student are copied to the row
            student = self.env["psych.student"].browse(vals["student_id"]).sudo()
            vals.update(
                class_id=student.class_id.id,
                college_id=student.college_id.id,
                company_id=student.company_id.id,
            )
        rows = super().create(vals_list)
        rows.case_id._touch()
        return rows

    def write(self, vals):
        if not self.env.su and set(vals) - {"note", "place", "result", "user_id", "due_at"}:
            raise UserError(self.env._("A follow-up is finished by its buttons."))
        if not self.env.su and "due_at" in vals:
            self._check_not_put_off(fields.Datetime.to_datetime(vals["due_at"]))
        result = super().write(vals)
        if {"due_at", "user_id", "state"} & set(vals):
            self.case_id._touch()
        return result

    def _check_not_put_off(self, due):
        """Sooner is always possible, later only as far as the rhythm of the tier allows from today.

        :raises UserError: says until when
        """
        for row in self.filtered(lambda row: row.attention_id and row.state == "planned"):
            row_sudo = row.sudo()  # named seam: tier and rhythm of the row that is written
            latest = max(row_sudo.attention_id._next_followup_due(), row.due_at)
            if not due or due > latest:
                raise UserError(
                    self.env._(
                        "By its rhythm this student is seen until %(day)s. Sooner is possible, later needs another tier.",
                        day=fields.Date.to_string(clock.local(latest, row.company_id.psych_tz).date()),
                    )
                )

    def action_done(self):
        """Spoken to: result and place are needed; worse or danger raises a signal; the next follow-up is planned."""
        self._finish()

    def _finish(self, result=None, place=None):
        for row in self:
            row.check_access("write")
            if row.state != "planned":
                raise UserError(self.env._("This follow-up is finished already."))
            result, place = result or row.result, place or row.place
            if not result or not place:
                raise UserError(self.env._("Please choose how the student is and where you met."))
            now = clock.now()
            row_sudo = row.sudo()  # named seam: finishing touches case and tier
            row_sudo.write(
                {
                    "state": "done",
                    "done_at": now,
                    "done_by_id": self.env.uid,
                    "result": result,
                    "place": place,
                }
            )
            row_sudo.case_id._note_seen(now, self.env.user, place)
            if result in ("worse", "danger"):
                self.env["psych.crisis.signal"]._raise_from(
                    row,
                    f"followup.{result}",
                    "acute" if result == "danger" else "talk",
                    "staff",
                    "concern",
                    student=row_sudo.student_id,
                )
            row_sudo._plan_next()

    def action_not_reached(self):
        """Tried and not reached: stays open; the third time the missing-person signal rings."""
        for row in self:
            row.check_access("write")
            if row.state != "planned":
                raise UserError(self.env._("This follow-up is finished already."))
            # named seam: the counter of tries is the machine's, after the check above
            row_sudo = row.sudo()
            row_sudo.tries += 1
            if row.tries >= 3:
                self.env["psych.crisis.signal"]._raise_from(
                    row, "followup.not_reached", "acute", "staff", "missing", student=row_sudo.student_id
                )

    def _plan_next(self):
        """Plan the next follow-up by the rhythm, when the matter is still open."""
        Rhythm = self.env["psych.crisis.rhythm"]
        for row in self:
            if row.attention_id:
                row.attention_id._plan_followup()
            elif row.case_id.is_open and not row.case_id.followup_ids.filtered(
                lambda f: f.state == "planned"
            ):
                case, back = row.case_id, row.case_id.stage_id.code == "back"
                key, since = (
                    ("back", case.stage_at)
                    if back
                    else (f"level_{case._working_level()}", case.started_at or case.opened_at)
                )
                self.create(
                    {
                        "case_id": row.case_id.id,
                        "student_id": row.student_id.id,
                        "user_id": row.user_id.id,
                        "due_at": Rhythm._next_due(row.company_id, key, since or case.opened_at, clock.now()),
                    }
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        if not self.env.su:
            raise UserError(self.env._("Follow-ups stay."))
