from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock

STEPS = ["term", "leavers", "posts", "review", "done"]


class PsychTermAssistant(models.TransientModel):
    """«New semester»: the semester itself, classes that leave, posts that end: one guided flow with a preview.

    Nothing changes before the last step, which applies everything in one transaction. Students with an open
    matter are listed apart; leaving raises a hand-over for them (safety rule F9), it never closes anything.
    """

    _name = "psych.term.assistant"
    _description = "New semester"

    step = fields.Selection(
        [
            ("term", "Semester"),
            ("leavers", "Leaving classes"),
            ("posts", "Posts"),
            ("review", "Review"),
            ("done", "Done"),
        ],
        default="term",
        required=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    year_start = fields.Integer(string="School year from", required=True)
    semester = fields.Selection([("1", "First (autumn)"), ("2", "Second (spring)")], required=True)
    date_start = fields.Date(required=True)
    date_end = fields.Date(required=True)
    line_ids = fields.One2many("psych.term.assistant.line", "wizard_id")
    leaver_ids = fields.One2many(
        "psych.term.assistant.line", "wizard_id", domain=[("unit_id", "!=", False)], string="Classes"
    )
    post_ids = fields.One2many(
        "psych.term.assistant.line", "wizard_id", domain=[("membership_id", "!=", False)], string="Posts"
    )
    watched_count = fields.Integer(compute="_compute_review", string="Leaving students with an open matter")
    leaving_count = fields.Integer(compute="_compute_review", string="Students that leave")
    renew_count = fields.Integer(compute="_compute_review", string="Posts renewed")
    end_count = fields.Integer(compute="_compute_review", string="Posts that end")
    vacancy_count = fields.Integer(compute="_compute_review", string="Posts missing today")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        last = self.env["psych.term"].search([("company_id", "=", self.env.company.id)], limit=1)
        if last:
            autumn = last.semester == "2"
            values.update(
                year_start=last.year_start + (1 if autumn else 0),
                semester="1" if autumn else "2",
                date_start=last.date_end + relativedelta(weeks=7 if autumn else 4, weekday=0),
            )
        else:
            today = clock.today(self.env)
            spring = 2 <= today.month <= 7
            values.update(
                year_start=today.year - (1 if today.month < 8 else 0),
                semester="2" if spring else "1",
                date_start=today.replace(month=3 if spring else 9, day=1),
            )
        values["date_end"] = values["date_start"] + relativedelta(weeks=20, days=-1)
        return values

    @api.depends("line_ids.choice", "step")
    def _compute_review(self):
        for wizard in self:
            leaving = wizard.line_ids.filtered(lambda line: line.unit_id and line.choice == "leave").unit_id
            students = wizard._leaving_students(leaving)
            posts = wizard.line_ids.filtered("membership_id")
            wizard.leaving_count = len(students)
            wizard.watched_count = len(self.env["psych.hooks"]._watched_students(students))
            wizard.renew_count = len(posts.filtered(lambda line: line.choice == "renew"))
            wizard.end_count = len(posts.filtered(lambda line: line.choice == "leave"))
            wizard.vacancy_count = self.env["psych.vacancy"].search_count(
                [("missing", ">", 0), ("company_id", "=", wizard.company_id.id)]
            )

    def _leaving_students(self, classes):
        return self.env["psych.student"].search(
            [("class_id", "in", classes.ids), ("enrolment_state", "=", "enrolled")]
        )

    # ----------------------------------------------------------------------
    # Steps
    # ----------------------------------------------------------------------

    def action_next(self):
        """Go one step on, preparing the lines of the next step the first time."""
        self.ensure_one()
        if self.date_end <= self.date_start:
            raise UserError(self.env._("A semester ends after it starts."))
        following = STEPS[STEPS.index(self.step) + 1]
        if following == "leavers" and not self.leaver_ids:
            self._propose_leavers()
        if following == "posts" and not self.post_ids:
            self._propose_posts()
        self.step = following
        return self._reopen()

    def action_back(self):
        """Go one step back; what was chosen stays."""
        self.ensure_one()
        self.step = STEPS[max(STEPS.index(self.step) - 1, 0)]
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("New semester"),
        }

    def _propose_leavers(self):
        """In autumn: classes whose programme is over by its length in years."""
        classes = self.env["psych.unit"].search(
            [("role", "=", "class"), ("company_id", "=", self.company_id.id), ("entry_year", ">", 0)]
        )
        over = classes.filtered(
            lambda unit: (
                self.semester == "1" and unit.entry_year + (unit.programme_id.years or 3) <= self.year_start
            )
        )
        self.env["psych.term.assistant.line"].create(
            [{"wizard_id": self.id, "unit_id": unit.id, "choice": "leave"} for unit in over]
        )

    def _propose_posts(self):
        """Posts that end before the first four weeks are over: renewed, unless the class leaves."""
        leaving = self.line_ids.filtered(lambda line: line.unit_id and line.choice == "leave").unit_id
        posts = self.env["psych.membership"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "appointed"),
                ("source_id", "=", False),
                "|",
                ("unit_id", "in", leaving.ids),
                ("date_end", "<", self.date_start + relativedelta(weeks=self.company_id.psych_vacancy_weeks)),
            ]
        )
        self.env["psych.term.assistant.line"].create(
            [
                {
                    "wizard_id": self.id,
                    "membership_id": post.id,
                    "choice": "leave" if post.unit_id in leaving else "renew",
                }
                for post in posts
            ]
        )

    def action_apply(self):
        """Apply all: create the semester, let classes leave, renew and end posts. All or nothing."""
        self.ensure_one()
        term = self.env["psych.term"].create(
            {
                "year_start": self.year_start,
                "semester": self.semester,
                "date_start": self.date_start,
                "date_end": self.date_end,
                "company_id": self.company_id.id,
            }
        )
        leaving = self.line_ids.filtered(lambda line: line.unit_id and line.choice == "leave").unit_id
        posts = self.line_ids.filtered("membership_id")
        posts.filtered(lambda line: line.choice == "leave").membership_id._end(
            clock.today(self.env), self.env._("New semester")
        )
        posts.filtered(lambda line: line.choice == "renew").membership_id._renew()
        self._leaving_students(leaving).write({"enrolment_state": "graduated"})
        leaving.write({"active": False})
        self.step = "done"
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.term",
            "res_id": term.id,
            "view_mode": "form",
        }
