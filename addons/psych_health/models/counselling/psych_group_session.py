from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock
from ...tools.confidential import Confidential
from .psych_occupation import Taken


class PsychGroupSession(models.Model):
    """One meeting of a group: occupies its leaders, the room and every member, then is ticked off."""

    _name = "psych.group.session"
    _description = "Group meeting"
    _inherit = ["psych.confidential.mixin", "psych.occupant"]
    _order = "start, id"
    _check_company_auto = True
    _psych_content_right = "notes"
    _psych_student_field = None
    _psych_student_path = "group_id.member_ids.student_id"

    group_id = fields.Many2one("psych.group", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="group_id.company_id", store=True, index=True)
    start = fields.Datetime(required=True)
    length = fields.Integer(string="Minutes", default=90, required=True)
    stop = fields.Datetime(compute="_compute_stop", store=True)
    place_id = fields.Many2one("psych.place", string="Room", check_company=True)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")],
        default="planned",
        required=True,
    )
    attended_ids = fields.Many2many("psych.group.member", string="Attended")
    note = Confidential("Observations")

    _length_positive = models.Constraint("CHECK (length > 0)", "A meeting lasts at least a minute.")

    @api.depends("start", "length")
    def _compute_stop(self):
        for row in self:
            row.stop = row.start + timedelta(minutes=row.length) if row.start else False

    @api.depends("group_id", "start")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.group_id.name or ''} {clock.text(row.start, row.company_id.psych_tz)}"

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        meetings._reoccupy()
        return meetings

    def write(self, vals):
        result = super().write(vals)
        if {"start", "length", "place_id", "state"} & vals.keys():
            self._reoccupy()
        return result

    def _reoccupy(self):
        """Occupy leaders, room and members for the present time; a member who is busy keeps his own hour.

        Leaders and room must be free; the time of members is taken only where it is free, since an absence is
        excused more easily than a talk is moved.
        """
        Occupation = self.env["psych.occupation"]
        for row in self:
            if row.state == "cancelled":
                Occupation._release(row)
                continue
            leaders = row.group_id.leader_id | row.group_id.co_leader_id
            hard = [("user", leader.user_id.id, row.start, row.stop) for leader in leaders]
            if not hard and not row.place_id:
                continue
            if row.place_id:
                hard.append(("room", row.place_id.id, row.start, row.stop))
            try:
                with self.env.cr.savepoint():
                    Occupation._move(row, hard)
            except Taken:
                raise UserError(self.env._("A leader or the room is occupied at this time.")) from None
            row._occupy_members()

    def _occupy_members(self):
        members = self.group_id.member_ids.filtered(lambda m: m.state == "member")
        for member in members:
            try:
                self.env["psych.occupation"]._occupy(
                    self.company_id,
                    [("student", member.student_id.id, self.start, self.stop)],
                    self._name,
                    self.occupation_key,
                )
            except Taken:
                continue

    def action_all_present(self):
        """Everybody was there; take single ticks away afterwards."""
        for row in self:
            row.attended_ids = row.group_id.member_ids.filtered(lambda m: m.state == "member")
            row.state = "done"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(row.state == "done" for row in self):
            raise UserError(self.env._("A meeting that took place is kept."))
        self.env["psych.occupation"]._release(self)
