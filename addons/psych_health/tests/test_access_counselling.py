"""Nobody outside counselling learns who comes (H5): every role against every table and every side door."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tools import clock

from .common import door_as, use_test_keys
from .common_counselling import CounsellingCommon, at

CLIENT_TABLES = (
    "psych.appointment",
    "psych.session",
    "psych.session.addendum",
    "psych.waiting",
    "psych.call.request",
    "psych.outbox",
    "psych.group",
    "psych.group.member",
    "psych.group.session",
    "psych.staff.visit",
    "psych.occupation",
)


@tagged("post_install", "-at_install", "security")
class TestAccessCounselling(CounsellingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_test_keys(cls)
        cls.outside = (
            cls.u_tutor
            | cls.u_station
            | cls.u_leader
            | cls.u_office
            | cls.u_admin
            | cls.u_duty
            | cls.u_nobody
            | cls.u_student
            | cls.u_student2
        )

    def test_outsiders_read_no_client_table(self):
        self.book("14:00")
        for user in self.outside:
            for model in CLIENT_TABLES:
                with self.subTest(user=user.login, model=model):
                    table = self.env[model].with_user(user)
                    for call in (
                        lambda: table.search([]).read(),
                        lambda: table.search_count([]),
                        lambda: table._read_group([], aggregates=["__count"]),
                        lambda: table.name_search(""),
                    ):
                        with self.assertRaises(AccessError):
                            call()
                    self.assertFalse(
                        table.has_access("create") or table.has_access("write") or table.has_access("unlink")
                    )

    def test_counsellor_sees_own_clients_only(self):
        booked = self.book("14:00")
        self.assertEqual(self.env["psych.appointment"].with_user(self.u_counsellor).search([]), booked)
        self.assertFalse(self.env["psych.appointment"].with_user(self.u_counsellor2).search([]))
        with self.assertRaises(AccessError):
            booked.with_user(self.u_counsellor2).action_arrive()
        self.assertEqual(self.env["psych.appointment"].with_user(self.u_centre).search([]), booked)

    def test_calendar_tells_no_name(self):
        booked = self.book("14:00")
        for user in self.outside - self.u_student - self.u_student2:
            Event = self.env["calendar.event"].with_user(user)
            self.assertFalse(Event.search([("name", "ilike", self.student.name)]))
            self.assertFalse(Event.search([("partner_ids", "in", self.student.partner_id.ids)]))
            self.assertFalse(Event.search([("attendee_ids.partner_id", "in", self.student.partner_id.ids)]))
            with self.assertRaises(AccessError):
                Event.search([("psych_appointment_id", "!=", False)])
            with self.assertRaises(AccessError):
                booked.event_id.with_user(user).read(["psych_appointment_id"])
        self.env.cr.execute(
            "SELECT name, description, location FROM calendar_event WHERE id = %s", [booked.event_id.id]
        )
        stored = str(self.env.cr.fetchone())
        self.assertNotIn(self.student.name, stored)
        self.assertNotIn(self.student.number, stored)

    def test_roster_and_pay_sheet_tell_no_client(self):
        self.book("14:00")
        self.shift.action_worked()
        sheet = self.env["psych.duty.shift"].with_user(self.u_office).search([])
        self.assertEqual(sheet, self.shift)
        self.assertEqual(sheet.worked_hours, 3.0)
        names = self.env["psych.duty.shift"]._fields
        self.assertFalse(
            [
                n
                for n, f in names.items()
                if f.comodel_name in ("psych.student", "psych.appointment", "psych.session")
            ]
        )
        with self.assertRaises(AccessError):
            sheet.write({"pay_state": "paid"})
        with self.assertRaises(AccessError):
            self.shift.with_user(self.u_counsellor).action_approve()

    def test_messages_and_followers_tell_nothing(self):
        before = self.env["mail.message"].search_count([])
        booked = self.book("14:00")
        with clock.frozen(at("15:00")):
            booked.with_user(self.u_counsellor).action_no_show()
        self.assertEqual(self.env["mail.message"].search_count([]), before)
        for row in self.env["psych.outbox"].search([]):
            for word in (self.student.name, self.student.number, self.ann.name, "counsel"):
                self.assertNotIn(word, row.text)
        self.assertFalse(self.env["mail.activity"].search([("res_model", "in", CLIENT_TABLES)]))

    def test_student_record_tells_nothing(self):
        self.book("14:00")
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_admin):
            for name, field in self.env["psych.student"]._fields.items():
                self.assertNotIn(field.comodel_name, CLIENT_TABLES, name)
        self.assertFalse(
            self.env["res.partner"]._fields.keys() & {"psych_appointment_ids", "appointment_ids"}
        )

    def test_staff_clients_are_seen_by_the_counsellor_alone(self):
        with door_as(self.u_counsellor):
            visit = (
                self.env["psych.staff.visit"]
                .with_user(self.u_counsellor)
                .create(
                    {
                        "client_user_id": self.u_tutor.id,
                        "start": at("09:00", self.next_day()),
                        "note": "Secret",
                        "company_id": self.company.id,
                    }
                )
            )
            self.assertEqual(visit.note, "Secret")
        for user in (self.u_counsellor2, self.u_centre, self.u_head):
            table = self.env["psych.staff.visit"].with_user(user)
            found = table.search([]) if table.has_access("read") else table
            self.assertFalse(found)
        self.make_shift(self.ann, "09:00", "11:00", self.next_day())
        self.assertEqual(self.hours(day=self.next_day()), ["10:00"], "the hour is taken like any other")

    def test_staff_visit_without_a_counsellor_is_told_in_words(self):
        self.env["psych.counsellor"].search([("user_id", "=", self.u_counsellor2.id)]).active = False
        values = {"client_user_id": self.u_tutor.id, "start": at("09:00", self.next_day())}
        with door_as(self.u_counsellor2), self.assertRaisesRegex(UserError, "Choose the counsellor"):
            self.env["psych.staff.visit"].with_user(self.u_counsellor2).create(
                {**values, "company_id": self.company.id}
            )

    def test_talks_follow_class_and_college(self):
        with door_as(self.u_tutor):
            talk = (
                self.env["psych.talk"]
                .with_user(self.u_tutor)
                .create({"student_id": self.student.id, "note": "Words", "company_id": self.company.id})
            )
            self.assertEqual(talk.note, "Words")
        with door_as(self.u_station):
            self.assertEqual(talk.with_user(self.u_station).note, "Words")
        for user in (self.u_tutor_b, self.u_station_b):
            self.assertFalse(self.env["psych.talk"].with_user(user).search([]))
        with self.assertRaises(AccessError):
            talk.with_user(self.u_station).write({"impression": "fine"})
        for user in (self.u_leader, self.u_admin, self.u_student, self.u_counsellor2):
            with self.assertRaises(AccessError):
                talk.with_user(user).read(["impression"])

    def test_second_school_sees_nothing(self):
        self.book("14:00")
        company = self.env["res.company"].create({"name": "Second school"})
        centre = self.make_unit("Centre", "centre", company.psych_unit_id)
        stranger = self.holder("centre_director", centre, "head_of_second")
        for model in (
            "psych.appointment",
            "psych.duty.shift",
            "psych.counsellor",
            "psych.service",
            "psych.place",
        ):
            table = self.env[model].with_user(stranger).with_context(allowed_company_ids=company.ids)
            self.assertFalse(table.search([]), model)

    def test_each_role_with_rights_has_a_rule(self):
        """A role with an access row and no rule of its own would see every row of the school."""
        models = self.env["ir.model"].search(
            [("model", "in", CLIENT_TABLES + ("psych.talk", "psych.duty.shift"))]
        )
        for model in models:
            groups = self.env["ir.model.access"].search([("model_id", "=", model.id)]).group_id
            ruled = self.env["ir.rule"].search([("model_id", "=", model.id)]).groups
            self.assertFalse(groups - ruled, f"{model.model}: {(groups - ruled).mapped('name')}")
