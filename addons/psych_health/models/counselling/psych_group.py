from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock
from ...tools.confidential import Confidential


class PsychGroup(models.Model):
    """Group counselling: recruitment, members, sessions, attendance, summary (S1-Art17, facts D3).

    The adaptation group of a freshman class (S1-Art17-b) has the whole class as members; one action makes all of
    them and a list shows which classes still miss theirs. Name and aims are what students read when they apply; all else
    that is written about the group is confidential.
    """

    _name = "psych.group"
    _description = "Counselling group"
    _inherit = ["psych.confidential.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _psych_content_right = "notes"
    _psych_student_field = None
    _psych_student_path = "member_ids.student_id"
    _psych_clear_text = {"aims": "students read it before they apply"}

    name = fields.Char(required=True)
    kind = fields.Selection(
        [("adaptation", "Adaptation"), ("growth", "Growth"), ("support", "Support")],
        required=True,
        default="growth",
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("recruiting", "Recruiting"),
            ("running", "Running"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="planned",
        required=True,
        index=True,
    )
    class_id = fields.Many2one("psych.unit", string="Class", index="btree_not_null", check_company=True)
    term_id = fields.Many2one("psych.term", string="Semester", index=True)
    leader_id = fields.Many2one("psych.counsellor", index=True, check_company=True)
    co_leader_id = fields.Many2one("psych.counsellor", check_company=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    reason = Confidential("Why this group", help="What was seen among students (S1-Art17-a). No names.")
    aims = fields.Text(help="Students read this on the portal.")
    plan = Confidential("Plan of sessions")
    rules = Confidential("What we agree on")
    capacity = fields.Integer(default=12)
    is_open = fields.Boolean(string="Students apply on the portal")
    member_ids = fields.One2many("psych.group.member", "group_id")
    session_ids = fields.One2many("psych.group.session", "group_id")
    session_count = fields.Integer(string="Sessions done", compute="_compute_figures")
    member_count = fields.Integer(string="Members", compute="_compute_figures")
    attendance_rate = fields.Float(string="Attendance %", compute="_compute_figures")
    measure_before = fields.Float(string="Measure before (mean)")
    measure_after = fields.Float(string="Measure after (mean)")
    summary = Confidential(help="What was done and what came of it. No names.")

    _class_term_uniq = models.UniqueIndex(
        "(class_id, kind) WHERE kind = 'adaptation' AND state <> 'cancelled'",
        "This class has its adaptation group.",
    )

    @api.depends("member_ids.state", "session_ids.state", "session_ids.attended_ids")
    def _compute_figures(self):
        for group in self:
            members = group.member_ids.filtered(lambda m: m.state in ("member", "finished"))
            done = group.session_ids.filtered(lambda s: s.state == "done")
            group.session_count, group.member_count = len(done), len(members)
            places = len(done) * len(members)
            group.attendance_rate = 100.0 * sum(len(s.attended_ids) for s in done) / places if places else 0.0

    def action_start(self):
        """Close recruitment and begin."""
        self.state = "running"

    def action_close(self):
        """End the group; a summary is part of it."""
        if not all(group._psych_filled("summary") for group in self):
            raise UserError(self.env._("Please write a short summary first."))
        self.state = "closed"

    # ------------------------------------------------------------
    # students apply on the phone
    # ------------------------------------------------------------

    @api.model
    def _portal_groups(self, student):
        """Groups that look for members, and the student's own: [(group, state of the student or False)].

        Named seam: students have no rights here; they see name, aims and their own state, never the others.
        """
        own = {
            row.group_id: row.state
            for row in self.env["psych.group.member"]
            .sudo()
            .search(
                [
                    ("student_id", "=", student.id),
                    ("state", "in", ("applied", "member")),
                    ("group_id.state", "in", ("planned", "recruiting", "running")),
                    ("group_id.kind", "!=", "adaptation"),
                ]
            )
        }
        open_groups = self.sudo().search(
            [
                ("company_id", "=", student.company_id.id),
                ("is_open", "=", True),
                ("state", "=", "recruiting"),
                ("kind", "!=", "adaptation"),
            ]
        )
        return [(group, own.get(group, False)) for group in open_groups.union(*own)]

    def _portal_apply(self, student):
        """Ask for a place; the leader decides after a short talk. A second tap changes nothing. Named seam: as above."""
        group = self.sudo()
        if group.company_id != student.company_id or not group.is_open or group.state != "recruiting":
            raise UserError(self.env._("This group does not look for members now."))
        known = group.member_ids.filtered(lambda row: row.student_id == student)
        if known:
            known.filtered(lambda row: row.state == "left").state = "applied"
        else:
            known.create({"group_id": group.id, "student_id": student.id, "state": "applied"})

    def _portal_leave(self, student):
        """Take the application back, or leave the group. Named seam: as above."""
        rows = self.sudo().member_ids.filtered(
            lambda row: row.student_id == student and row.state in ("applied", "member")
        )
        rows.state = "left"

    # ------------------------------------------------------------
    # adaptation groups of freshmen
    # ------------------------------------------------------------

    @api.model
    def _missing_classes(self, company=None):
        """Freshman classes of this school year without an adaptation group held or planned."""
        company = company or self.env.company
        term = self.env["psych.term"]._current(company)
        year = term.year_start if term else clock.today(self.env, company).year
        classes = self.env["psych.unit"].search(
            [
                ("company_id", "=", company.id),
                ("role", "=", "class"),
                ("entry_year", "=", year),
            ]
        )
        groups = self.search(
            [
                ("class_id", "in", classes.ids),
                ("kind", "=", "adaptation"),
                ("state", "!=", "cancelled"),
            ]
        )
        return classes - groups.class_id

    @api.model
    def action_make_adaptation_groups(self):
        """Make the adaptation group of every freshman class that misses one, with the whole class as members."""
        term = self.env["psych.term"]._current(self.env.company)
        classes = self._missing_classes()
        groups = self.create(
            [
                {
                    "name": self.env._("Adaptation group %(name)s", name=unit.name),
                    "kind": "adaptation",
                    "class_id": unit.id,
                    "term_id": term.id,
                    "capacity": max(len(unit.student_ids), 1),
                    "member_ids": [
                        fields.Command.create({"student_id": student.id, "state": "member"})
                        for student in unit.student_ids
                        if student.enrolment_state == "enrolled"
                    ],
                }
                for unit in classes
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Adaptation groups"),
            "res_model": "psych.group",
            "view_mode": "list,form",
            "domain": [("kind", "=", "adaptation")],
            "help": self.env._("%(count)s groups were made.", count=len(groups)),
        }
