from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisReview(models.Model):
    """Term-end review of a case: one row per open case and semester, all on one screen; a decision each, no text.

    Started by the head of the centre for the whole school; an open review is a next step of its case with a due time.
    """

    _name = "psych.crisis.review"
    _description = "Term-end review"
    _order = "state desc, severity desc, id"
    _rec_name = "case_id"

    case_id = fields.Many2one(
        "psych.crisis.case", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True, precompute=True)
    college_id = fields.Many2one(related="case_id.college_id", store=True, index=True, precompute=True)
    severity = fields.Integer(related="case_id.severity", store=True, precompute=True)
    term_id = fields.Many2one(
        "psych.term", string="Semester", required=True, readonly=True, ondelete="restrict"
    )
    due_date = fields.Date(required=True, readonly=True)
    level_words = fields.Char(related="case_id.level_words")
    stage_id = fields.Many2one(related="case_id.stage_id")
    seen_words = fields.Char(related="case_id.seen_words")
    days_open = fields.Integer(related="case_id.days_open")
    owner_id = fields.Many2one(related="case_id.owner_id")
    next_step = fields.Selection(related="case_id.next_step")
    decision = fields.Selection(
        [
            ("keep", "Go on as planned"),
            ("plan", "New version of the plan"),
            ("holiday", "Go on, phone rhythm in the vacation"),
            ("study", "To the study meeting"),
            ("close", "Propose to close"),
        ]
    )
    state = fields.Selection(
        [("open", "Open"), ("done", "Done")], default="open", required=True, readonly=True
    )
    done_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, ondelete="restrict")
    done_at = fields.Datetime(readonly=True)

    _once = models.UniqueIndex("(case_id, term_id)", "This case has its review of the semester already.")

    @api.model
    def action_start(self):
        """Begin the review of this semester: one row for each open case, harmless to repeat.

        :raises UserError: when no semester runs, or somebody else than the head of the centre asks
        """
        company = self.env.company
        if not self.env.user._psych_has_scope("centre_head", company=company):
            raise UserError(self.env._("The head of the centre starts the review of the semester."))
        term = self.env["psych.term"].sudo()._current(company)  # named seam: calendar of the school
        if not term:
            raise UserError(self.env._("No semester runs today: enter it first."))
        cases = self.env["psych.crisis.case"].search(
            [("company_id", "=", company.id), ("is_open", "=", True)]
        )
        # named seam: rows for all colleges, after the check above
        known = self.sudo().search([("term_id", "=", term.id)]).case_id
        due = min(term.date_end, fields.Date.add(clock.today(self.env, company), days=14))
        rows = self.sudo().create(  # named seam: rows for all colleges, after the check above
            [{"case_id": case.id, "term_id": term.id, "due_date": due} for case in cases - known]
        )
        rows.case_id._changed()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("psych_crisis.psych_crisis_review_action"),
            "domain": [("term_id", "=", term.id)],
        }

    def write(self, vals):
        if not self.env.su:
            if set(vals) - {"decision"}:
                raise UserError(self.env._("A review holds one decision, nothing else."))
            if any(row.state == "done" for row in self):
                raise UserError(self.env._("This review is decided already."))
        return super().write(vals)

    def action_done(self):
        """Keep the decision with name and time."""
        for row in self:
            row.check_access("write")
            if not row.decision:
                raise UserError(self.env._("Please choose a decision for %(case)s.", case=row.case_id.name))
            if row.state == "done":
                continue
            row_sudo = row.sudo()  # named seam: stamps and clocks are the machine's
            row_sudo.write({"state": "done", "done_by_id": self.env.uid, "done_at": clock.now()})
            row_sudo.case_id._changed()
