"""Who sees what of screening: allow as the lowest role, deny for the others, by the doors that the ORM has."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .screening import FLAGGED, ScreeningCommon, door_as

CLOSED = ("psych.response.draft", "psych.campaign.delta", "psych.campaign.tick", "psych.link.try")


@tagged("psych_screening", "security", "post_install", "-at_install")
class TestAccessScreening(ScreeningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        world = cls("test_tutor_never_sees_answers_scores_or_bands")
        world.env = cls.env
        world.submit(cls.students[0], phq=FLAGGED)
        cls.env["psych.response.flag"]._cron_catch_up()
        cls.sheet = cls.env["psych.response"].search([("student_id", "=", cls.students[0].id)], limit=1)
        cls.talk = cls.env["psych.interview"].search([("student_id", "=", cls.students[0].id)])
        cls.u_two_hats = cls.u_leader
        cls.appoint("tutor", cls.class_a2, cls.u_two_hats)

    def refused(self, model, user, domain=None):
        Model = self.env[model].with_user(user)
        for call in (
            lambda: Model.search(domain or []),
            lambda: Model.search_count([]),
            lambda: Model.search_read([], ["id"], limit=1),
            lambda: Model._read_group([], [], ["__count"]),
            lambda: Model.name_search("S"),
        ):
            with self.assertRaises(AccessError, msg=f"{model} as {user.login}"):
                call()

    def test_tutor_never_sees_answers_scores_or_bands(self):
        for user in (
            self.u_tutor,
            self.u_leader,
            self.u_admin,
            self.u_office,
            self.u_duty,
            self.u_nobody,
            self.u_two_hats,
        ):
            for model in ("psych.response", "psych.response.flag", "psych.response.level"):
                self.refused(model, user)
            self.refused("psych.interview", user)

    def test_tutor_cannot_reach_talks_through_the_student(self):
        student = self.students[0].with_user(self.u_tutor)
        self.assertTrue(student.name)
        with self.assertRaises(AccessError):
            student.read(["psych_interview_ids"])
        with self.assertRaises(AccessError):
            self.env["psych.student"].with_user(self.u_tutor).search([("psych_interview_ids", "!=", False)])

    def test_students_and_public_see_nothing(self):
        for user in (self.u_student, self.env.ref("base.public_user")):
            for model in (
                "psych.response",
                "psych.response.flag",
                "psych.response.level",
                "psych.interview",
                "psych.campaign",
                "psych.campaign.member",
                "psych.campaign.coverage",
                "psych.scale",
            ):
                self.refused(model, user)

    def test_tables_of_the_answering_path_are_closed_to_all(self):
        for user in (
            self.u_head,
            self.u_centre,
            self.u_admin,
            self.u_counsellor,
            self.u_tutor,
            self.u_student,
        ):
            for model in CLOSED:
                self.refused(model, user)

    def test_station_sees_the_band_of_its_college_only(self):
        level = self.env["psych.response.level"].with_user(self.u_station).search([])
        self.assertEqual(level.student_id, self.students[0])
        self.assertTrue(level[0].band_id.name)
        self.assertNotIn("total", level._fields)
        self.assertFalse(self.env["psych.response.level"].with_user(self.u_station_b).search([]))
        for model in ("psych.response", "psych.response.flag"):
            self.refused(model, self.u_station)

    def test_station_reads_talks_given_to_it(self):
        Talk = self.env["psych.interview"]
        self.assertFalse(Talk.with_user(self.u_station).search([]))
        self.talk.user_id = self.u_station
        self.assertEqual(Talk.with_user(self.u_station).search([]), self.talk)
        self.talk.user_id = self.u_station_b
        self.assertFalse(Talk.with_user(self.u_station_b).search([]), "a student of another college")

    def test_counsellor_sees_own_talks(self):
        Response, Talk = (
            self.env["psych.response"].with_user(self.u_counsellor),
            self.env["psych.interview"].with_user(self.u_counsellor),
        )
        self.assertFalse(Response.search([]) or Talk.search([]))
        with door_as(self.u_counsellor), self.assertRaises(AccessError):
            self.sheet.with_user(self.u_counsellor)._answer_rows()
        self.talk.user_id = self.u_counsellor
        self.env.flush_all()
        self.assertIn(self.sheet, Response.search([]))
        with door_as(self.u_counsellor):
            self.assertTrue(self.sheet.with_user(self.u_counsellor)._answer_rows())

    def test_centre_sees_the_school_and_the_gate_asks_the_door(self):
        for user in (self.u_centre, self.u_head):
            self.assertIn(self.sheet, self.env["psych.response"].with_user(user).search([]))
            with self.assertRaises(AccessError):
                self.sheet.with_user(user)._answer_rows()
            with door_as(self.u_tutor), self.assertRaises(AccessError):
                self.sheet.with_user(user)._answer_rows()
            with door_as(user):
                self.assertTrue(self.sheet.with_user(user)._answer_rows())
        with door_as(self.u_centre), self.assertRaises(AccessError):
            self.sheet.sudo()._answer_rows()

    def test_nobody_creates_or_deletes(self):
        for user in (self.u_head, self.u_centre, self.u_counsellor, self.u_station):
            with self.assertRaises(AccessError):
                self.env["psych.interview"].with_user(user).create({"student_id": self.students[0].id})
            with self.assertRaises(AccessError):
                self.talk.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["psych.response.flag"].with_user(user).create({})

    def test_another_school_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Other school"})
        centre = self.make_unit("Centre", "centre", other.psych_unit_id)
        head = self.holder("centre_director", centre, "other_head")
        for model in (
            "psych.response",
            "psych.interview",
            "psych.campaign",
            "psych.campaign.member",
            "psych.campaign.coverage",
        ):
            Model = self.env[model].with_user(head).with_context(allowed_company_ids=other.ids)
            self.assertFalse(Model.search([]), model)

    def test_every_role_with_an_access_row_has_a_rule(self):
        """A role with an ACL row and no rule of its own would see every row."""
        models = self.env["ir.model"].search([("model", "=like", "psych.%")])
        for access in self.env["ir.model.access"].search(
            [("model_id", "in", models.ids), ("perm_read", "=", True), ("name", "like", "psych.")]
        ):
            if not access.model_id.model.startswith(
                ("psych.response", "psych.interview", "psych.campaign", "psych.scale")
            ):
                continue
            rules = self.env["ir.rule"].search(
                [("model_id", "=", access.model_id.id), ("perm_read", "=", True)]
            )
            self.assertTrue(
                access.group_id in rules.groups or access.group_id.all_implied_ids & rules.groups,
                f"{access.model_id.model} {access.group_id.name}",
            )
