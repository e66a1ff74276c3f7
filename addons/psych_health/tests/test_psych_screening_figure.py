"""Statistics: frozen rows, small groups hidden, last year beside; hours of talks; exports by right."""

import io
from datetime import timedelta

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .screening import FLAGGED, NOW, QUIET, ScreeningCommon


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychScreeningFigure(ScreeningCommon):
    def answer_all(self):
        for index in range(7):
            self.make_student(
                f"A{index}", f"A {index}", self.class_a1, gender="female" if index < 6 else "male"
            )
        self.make_student("B1", "B 1", self.class_b1, gender="female", entry_year=2026)
        self.campaign.action_add_newcomers()
        for member in self.campaign.member_ids:
            self.submit(member.student_id, phq=[1] * 8 + [0])

    def test_small_groups_are_hidden_and_cannot_be_computed_back(self):
        self.answer_all()
        self.campaign.action_close()
        figures = self.env["psych.screening.figure"].search(
            [("campaign_id", "=", self.campaign.id), ("scale_id", "=", self.phq.id)]
        )
        school = figures.filtered(lambda row: row.dimension == "school")
        self.assertEqual((school.number, school.mean), (12, 8.0))
        colleges = figures.filtered(lambda row: row.dimension == "college")
        self.assertEqual(len(colleges), 2)
        self.assertTrue(all(colleges.mapped("is_hidden")), "one student in B: A would give B away")
        self.assertEqual(set(colleges.mapped("number")), {0}, "hidden rows keep no number")

    def figures(self, dimension):
        return self.env["psych.screening.figure"].search(
            [
                ("campaign_id", "=", self.campaign.id),
                ("scale_id", "=", self.phq.id),
                ("dimension", "=", dimension),
            ]
        )

    def test_two_looks_cannot_be_subtracted(self):
        """A make-up round with one student more would give that student's score away: the earlier figures stay."""
        newcomers = [self.make_student(f"N{i}", f"N {i}", self.class_a1) for i in range(8)]
        for index in range(6):
            self.make_student(f"A{index}", f"A {index}", self.class_a1)
        self.campaign.action_add_newcomers()
        with self.assertRaises(UserError):
            self.campaign.action_build_figures()
        early = self.campaign.member_ids.student_id - self.env["psych.student"].union(*newcomers)
        for student in early:
            self.submit(student, phq=[1] * 8 + [0])
        self.campaign.action_close()
        before = (self.figures("school").number, self.figures("school").mean)
        self.campaign.action_makeup()
        self.submit(newcomers[0], phq=[3] * 8 + [0])
        self.campaign.action_close()
        self.assertEqual((self.figures("school").number, self.figures("school").mean), before)
        self.campaign.action_makeup()
        for student in newcomers[1:6]:
            self.submit(student, phq=[3] * 8 + [0])
        self.campaign.action_close()
        self.assertEqual(self.figures("school").number, before[0] + 6, "a whole group more may be shown")

    def test_no_way_around_the_suppression(self):
        """Counting, grouping, sorting and nested searches of the roles that read figures tell nothing beneath them."""
        self.answer_all()
        self.campaign.action_close()
        Figure = self.env["psych.screening.figure"].with_user(self.u_leader)
        domain = [("campaign_id", "=", self.campaign.id), ("dimension", "=", "college")]
        self.assertEqual(Figure.search_count([*domain, ("mean", ">", 0)]), 0)
        self.assertEqual(Figure.search_count([*domain, ("number", ">", 0)]), 0)
        self.assertEqual(set(Figure.search(domain, order="mean desc").mapped("over_share")), {0})
        grouped = Figure._read_group(domain, ["label"], ["mean:sum", "number:sum", "over_share:max"])
        self.assertEqual({tuple(row[1:]) for row in grouped}, {(0.0, 0, 0.0)})
        for model in ("psych.response", "psych.response.level", "psych.interview", "psych.response.flag"):
            Model = self.env[model].with_user(self.u_leader)
            for call in (
                lambda Model=Model: Model.search_count([("campaign_id", "=", self.campaign.id)]),
                lambda Model=Model: Model._read_group([], ["college_id"], ["__count"]),
                lambda Model=Model: Model.formatted_read_group([], ["college_id"], ["__count"]),
            ):
                with self.assertRaises(AccessError):
                    call()
        for user, path in (
            (self.u_tutor, "student_id.psych_interview_ids"),
            (self.u_station, "student_id.psych_interview_ids.urgency"),
        ):
            with self.assertRaises(AccessError):
                self.env["psych.campaign.member"].with_user(user).search([(path, "!=", False)])

    def test_leader_reads_figures_and_nothing_beneath(self):
        self.answer_all()
        self.campaign.action_close()
        rows = (
            self.env["psych.screening.figure"]
            .with_user(self.u_leader)
            .search([("campaign_id", "=", self.campaign.id)])
        )
        self.assertTrue(rows)
        for user in (self.u_tutor, self.u_station, self.u_admin, self.u_counsellor):
            with self.assertRaises(AccessError):
                self.env["psych.screening.figure"].with_user(user).search([])
        for model in ("psych.screening.gap", "psych.screening.hit"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.u_leader).search([])
            self.assertTrue(self.env[model].with_user(self.u_centre).search_count([]) >= 0)

    def test_workbook_has_charts(self):
        self.answer_all()
        self.campaign.action_close()
        name, content = self.campaign.with_user(self.u_centre)._figure_book()
        book = openpyxl.load_workbook(io.BytesIO(content))
        self.assertTrue(name.endswith(".xlsx"))
        self.assertGreaterEqual(len(book.sheetnames), 6)
        self.assertEqual(len(book[book.sheetnames[0]]._charts), 1)

    def test_from_screening_to_care(self):
        self.submit(self.students[0], phq=[3] * 9)
        self.submit(self.students[1], phq=QUIET)
        self.env["psych.response.flag"]._cron_catch_up()
        self.env.flush_all()
        gap = (
            self.env["psych.screening.gap"]
            .with_user(self.u_centre)
            .search([("campaign_id", "=", self.campaign.id)])
        )
        self.assertEqual((gap.over_count, gap.talk_count, gap.waiting_count, gap.done_count), (1, 1, 1, 0))
        talk = self.env["psych.interview"].search([("campaign_id", "=", self.campaign.id)])
        talk.write({"outcome": "support", "is_confirmed": "yes"})
        talk.action_done()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((gap.done_count, gap.waiting_count), (1, 0))
        hits = (
            self.env["psych.screening.hit"]
            .with_user(self.u_centre)
            .search([("campaign_id", "=", self.campaign.id)])
        )
        self.assertEqual(set(hits.mapped("rate")), {100.0})

    def test_hours_of_talks_never_overlap(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.submit(self.students[1], phq=FLAGGED)
        self.env["psych.response.flag"]._cron_catch_up()
        first, second = self.env["psych.interview"].search([("campaign_id", "=", self.campaign.id)])
        hour = NOW + timedelta(days=1)
        (first | second).write({"user_id": self.u_centre.id, "planned_at": hour})
        first.action_plan()
        with self.assertRaises(UserError):
            second.action_plan()
        first.action_not_reached()
        second.action_plan()
        self.assertEqual(second.state, "planned")

    def test_own_copy_names_no_rule(self):
        self.submit(self.students[0], phq=FLAGGED)
        data = self.env["psych.hooks"]._subject_data(self.students[0])
        text = str(data)
        self.assertIn(self.phq.name, text)
        for rule in self.phq.flag_ids:
            self.assertNotIn(rule.name, text)
