"""One table for every kind of meeting: whoever comes second, by whatever door, finds the hour taken."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import door_as
from .common_counselling import CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychOccupation(CounsellingCommon):
    def group_at(self, start, leader):
        group = self.env["psych.group"].create(
            {"name": "Group", "leader_id": leader.id, "company_id": self.company.id}
        )
        return self.env["psych.group.session"].create({"group_id": group.id, "start": at(start)})

    def interview_at(self, start, user, student):
        row = self.env["psych.interview"].create(
            {
                "company_id": self.company.id,
                "student_id": student.id,
                "user_id": user.id,
                "urgency": "talk",
                "raised_at": at("08:00"),
                "due_at": at("18:00"),
                "planned_at": at(start),
            }
        )
        row.action_plan()
        return row

    def visit_at(self, start, user, client):
        with door_as(user):
            return (
                self.env["psych.staff.visit"]
                .with_user(user)
                .with_company(self.company)
                .create(
                    {
                        "client_user_id": client.id,
                        "start": at(start),
                        "stop": at(start) + timedelta(minutes=50),
                        "company_id": self.company.id,
                    }
                )
            )

    def test_kinds_of_meeting_exclude_each_other(self):
        """Each kind first, each other kind second: the counsellor is never in two rooms."""
        makers = {
            "appointment": lambda: self.book("15:00", self.student),
            "group": lambda: self.group_at("15:00", self.ann),
            "interview": lambda: self.interview_at("15:00", self.u_counsellor, self.student2),
            "visit": lambda: self.visit_at("15:00", self.u_counsellor, self.u_tutor),
        }
        for first, make_first in makers.items():
            for second, make_second in makers.items():
                if first == second == "appointment":
                    continue  # the same student twice: told in test_psych_appointment
                with self.subTest(first=first, second=second):
                    savepoint = self.env.cr.savepoint()
                    make_first()
                    with self.assertRaises(UserError):
                        make_second()
                    self.assertEqual(
                        self.env["psych.occupation"].search_count(
                            [
                                ("kind", "=", "user"),
                                ("ref_id", "=", self.u_counsellor.id),
                                ("start", "<", at("15:50")),
                                ("stop", ">", at("15:00")),
                            ]
                        ),
                        1,
                    )
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def test_offers_leave_out_every_kind(self):
        self.group_at("14:00", self.ann)
        self.interview_at("16:00", self.u_counsellor, self.student2)
        self.assertEqual(
            self.hours(), [], "90 minutes from 14:00 and the talk at 16:00 leave no grid hour but 15:30"
        )

    def test_a_colleague_as_client_is_seen_by_nobody(self):
        """Neither the centre nor the head learns from occupied time that a colleague is a client (S2-L2C-3)."""
        self.visit_at("09:00", self.u_counsellor, self.u_tutor)
        for user in (self.u_centre, self.u_head, self.u_counsellor2, self.u_tutor, self.u_admin):
            table = self.env["psych.occupation"].with_user(user)
            if table.has_access("read"):
                self.assertFalse(table.search([("ref_id", "=", self.u_tutor.id), ("kind", "=", "user")]))
                self.assertFalse(
                    table.search([("owner_model", "=", "psych.staff.visit"), ("kind", "=", "user")])
                )
        own = self.env["psych.occupation"].with_user(self.u_counsellor).search([("start", "=", at("09:00"))])
        self.assertEqual(own.ref_id, self.u_counsellor.id)
