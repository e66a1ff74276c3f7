from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock
from ...tools.confidential import Confidential
from .psych_occupation import Taken


class PsychStaffVisit(models.Model):
    """A member of staff as client (S2-L2C-3): visible to the counsellor alone.

    Apart from every student record on purpose: never in files, tiers or figures by person; not even the head of the
    centre reads these rows. The hour is occupied like any other, without a name.
    """

    _name = "psych.staff.visit"
    _description = "Talk with a member of staff"
    _inherit = ["psych.confidential.mixin", "psych.occupant"]
    _order = "start desc, id desc"
    _check_company_auto = True
    _psych_content_right = "notes"
    _psych_student_field = None

    counsellor_id = fields.Many2one(
        "psych.counsellor",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self.env["psych.counsellor"]._of_user(),
    )
    client_user_id = fields.Many2one("res.users", string="Client", required=True)
    place_id = fields.Many2one("psych.place", string="Room", check_company=True)
    start = fields.Datetime(required=True)
    stop = fields.Datetime(required=True)
    state = fields.Selection(
        [("booked", "Booked"), ("done", "Done"), ("no_show", "Missed"), ("cancelled", "Cancelled")],
        default="booked",
        required=True,
    )
    note = Confidential("Record")
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )

    _stop_after_start = models.Constraint("CHECK (stop > start)", "A meeting ends after it starts.")

    @api.depends("start")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._("Occupied")

    def _rows(self, vals):
        counsellor = self.env["psych.counsellor"].browse(vals["counsellor_id"])
        start, stop = fields.Datetime.to_datetime(vals["start"]), fields.Datetime.to_datetime(vals["stop"])
        pause = timedelta(minutes=self.env["psych.service"]._intake(self.env.company).pause)
        rows = [
            ("user", counsellor.user_id.id, start, stop + pause),
            ("user", vals["client_user_id"], start, stop),
        ]
        if vals.get("place_id"):
            rows.append(("room", vals["place_id"], start, stop))
        return rows

    def _try(self, call):
        try:
            return call()
        except Taken:
            raise UserError(self.env._("One of you or the room is occupied at this time.")) from None

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.setdefault("counsellor_id", self.env["psych.counsellor"]._of_user().id)
            if not vals["counsellor_id"]:
                raise UserError(self.env._("Choose the counsellor first: you are not one yourself."))
            vals.setdefault("stop", fields.Datetime.to_datetime(vals["start"]) + timedelta(minutes=50))
            rows = self._rows(vals)
            vals["occupation_key"] = self._try(
                lambda rows=rows: self.env["psych.occupation"]._occupy(self.env.company, rows, self._name)
            )
        return super().create(vals_list)

    def write(self, vals):
        moving = {"start", "stop", "counsellor_id", "client_user_id", "place_id"} & vals.keys()
        for visit in self if moving else ():
            merged = {
                "start": visit.start,
                "stop": visit.stop,
                "counsellor_id": visit.counsellor_id.id,
                "client_user_id": visit.client_user_id.id,
                "place_id": visit.place_id.id,
                **vals,
            }
            self._try(
                lambda visit=visit, merged=merged: self.env["psych.occupation"]._move(
                    visit, self._rows(merged)
                )
            )
        result = super().write(vals)
        if vals.get("state") in ("cancelled", "no_show"):
            self.env["psych.occupation"]._release(self)
        return result

    def action_done(self):
        """The talk took place."""
        self.state = "done"

    def action_cancel(self):
        """Cancelled by either side."""
        self.state = "cancelled"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_past(self):
        if any(row.start < clock.now() for row in self):
            raise UserError(self.env._("Past talks are kept."))
        self.env["psych.occupation"]._release(self)
