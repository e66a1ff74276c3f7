from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock, confidential, scoring, sheet


class PsychSessionMeasure(models.Model):
    """A short scale filled in at a visit (PHQ-9, GAD-7 …): number and band for the course over visits.

    Kept beside the record and not in a campaign: a member of a campaign is seen by tutors, a client is not (H5).
    Scored by the frozen key of the scale like every sheet, so the same answers give the same number again; answers are
    encrypted. Rows are written once. Rules of the scale that fire are passed on without an answer.
    """

    _name = "psych.session.measure"
    _description = "Measure of a visit"
    _inherit = ["psych.confidential.mixin"]
    _order = "date desc, id desc"
    _psych_content_right = "answers"

    session_id = fields.Many2one(
        "psych.session", string="Record", required=True, index=True, readonly=True, ondelete="restrict"
    )
    student_id = fields.Many2one(
        "psych.student", required=True, index=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    scale_id = fields.Many2one("psych.scale", required=True, readonly=True, ondelete="restrict")
    date = fields.Datetime(required=True, readonly=True)
    total = fields.Float(string="Result", readonly=True, aggregator="avg")
    band_id = fields.Many2one("psych.scale.band", string="Band", readonly=True, ondelete="restrict")
    change = fields.Float(string="Since the last visit", compute="_compute_change")
    is_over = fields.Boolean(string="Over the line", readonly=True)
    has_flag = fields.Boolean(string="Rule fired", readonly=True)
    answers = confidential.Confidential(string="Answers")

    _once = models.UniqueIndex("(session_id, scale_id)", "This scale was filled in at this visit already.")

    @api.depends("scale_id", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.scale_id.code or ''} {row.date.date() if row.date else ''}".strip()

    @api.depends("total", "date")
    def _compute_change(self):
        """Difference to the measure before, of the same scale and student, among those the reader may read."""
        rows = self.search(
            [("student_id", "in", self.student_id.ids), ("scale_id", "in", self.scale_id.ids)],
            order="date, id",
        )
        last, change = {}, {}
        for row in rows:
            key = row.student_id, row.scale_id
            change[row.id] = row.total - last.get(key, row.total)
            last[key] = row.total
        for row in self:
            row.change = change.get(row.id, 0)

    def write(self, vals):
        if set(vals) - {"company_id"}:
            raise UserError(self.env._("A measure is not changed. Fill it in again at the next visit."))
        return super().write(vals)

    @api.model
    def _scales(self, company):
        """Released short scales that a visit may use: with items, and no more than fit into five minutes."""
        scales = self.env["psych.scale"].search(
            [
                ("state", "=", "released"),
                ("kind", "!=", "imported"),
                ("company_id", "in", (False, company.id)),
            ]
        )
        return scales.filtered(lambda scale: 0 < len(scale.item_ids) <= company.psych_measure_items)

    @api.model
    def _take(self, session, scale, answers):
        """Keep what was filled in at a visit.

        :param dict answers: {code of the item: value}; a missing one counts as not answered
        :raises AccessError: whoever may not write the record
        :raises UserError: signed record, unknown scale, an answer that the scale does not offer
        """
        session.check_access("write")
        if session.state != "draft":
            raise UserError(self.env._("This record is signed. Measures belong to the visit before that."))
        if scale not in self._scales(session.company_id):
            raise UserError(self.env._("This scale is not in use for visits."))
        if not answers:
            raise UserError(self.env._("Nothing is answered yet. Please answer at least one question."))
        items = scale.item_ids.sorted(lambda part: (part.sequence, part.id))
        try:
            packed = bytes(int(answers.get(item.code, scoring.MISSING)) for item in items)
            row = self.env["psych.response"]._scored_row(scale.id, packed, None)
        except ValueError:
            raise UserError(
                self.env._("An answer is not one that the scale offers. Nothing was kept.")
            ) from None
        measure = self.create(
            {
                "session_id": session.id,
                "student_id": session.student_id.id,
                "scale_id": scale.id,
                "date": clock.now(),
                "total": row["total"],
                "band_id": row["band_id"],
                "is_over": row["is_over"],
                "has_flag": row["has_flag"],
                "answers": sheet.to_text(packed),
            }
        )
        urgency = self.env["psych.scale"]._rule_table(scale.id)["urgency"]
        for code in row["codes"]:
            if urgency.get(code):
                self.env["psych.hooks"]._psych_flag_raised(measure, f"measure.{code}", urgency[code])
        return measure


class PsychSession(models.Model):
    """The measures of the client, as far as the reader may see them."""

    _inherit = "psych.session"

    measure_ids = fields.One2many("psych.session.measure", "session_id", string="Measures of this visit")
    course_ids = fields.Many2many(
        "psych.session.measure", string="Earlier measures", compute="_compute_course_ids"
    )

    @api.depends("student_id", "measure_ids")
    def _compute_course_ids(self):
        Measure = self.env["psych.session.measure"]
        for row in self:
            may = row.student_id and Measure.has_access("read")
            row.course_ids = may and Measure.search([("student_id", "=", row.student_id.id)]) or Measure

    def action_measure(self):
        """Fill in a short scale, on this screen or handed over on a tablet."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("This record is signed. Measures belong to the visit before that."))
        return {"type": "ir.actions.act_url", "url": f"/psych/measure/{self.id}", "target": "new"}

    def action_course(self):
        """The course over visits as a line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("psych_health.psych_session_measure_action")
        return {**action, "domain": [("student_id", "=", self.student_id.id)]}

    def _measure_page(self, scale_id=0):
        """Scales to choose from, or the form of one.

        :raises AccessError: whoever may not write this record
        """
        self.ensure_one()
        self.check_access("write")
        scales = self.env["psych.session.measure"]._scales(self.company_id)
        if not scales:
            raise AccessError(self.env._("No short scale has been released yet."))
        scale = scales.filtered(lambda row: row.id == scale_id)
        done = self.measure_ids.scale_id
        items = scale.item_ids.sorted(lambda part: (part.sequence, part.id))
        return {"scale": scale, "scales": scales - done, "items": [item._form() for item in items]}
