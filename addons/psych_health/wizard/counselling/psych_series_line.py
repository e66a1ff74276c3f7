from odoo import fields, models


class PsychSeriesLine(models.TransientModel):
    """One hour of a series before it is booked: free, or what stands in its way."""

    _name = "psych.series.line"
    _description = "Hour of a series"
    _order = "start, id"

    series_id = fields.Many2one("psych.series", required=True, ondelete="cascade")
    is_chosen = fields.Boolean(string="Book", default=True)
    wanted = fields.Datetime(readonly=True)
    start = fields.Datetime(required=True)
    place_id = fields.Many2one("psych.place", string="Room")
    state = fields.Selection(
        [
            ("free", "Free"),
            ("outside", "Outside the duty roster"),
            ("taken", "Taken: nearest free hour"),
            ("holiday", "Holiday: nearest free hour"),
            ("absent", "Absent: nearest free hour"),
            ("none", "No free hour that week"),
            ("booked", "Booked"),
        ],
        default="free",
        readonly=True,
    )
    appointment_id = fields.Many2one("psych.appointment", readonly=True)

    def _appointment_vals(self, key):
        series = self.series_id
        return {
            "student_id": series.student_id.id,
            "service_id": series.service_id.id,
            "counsellor_id": series.counsellor_id.id,
            "place_id": self.place_id.id,
            "start": self.start,
            "channel": "staff",
            "previous_id": series.previous_id.id,
            "series_key": key,
        }
