from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PsychCommon

#: what two nominations to one post of different people may differ in
OWN = {"id", "unit_id", "partner_id", "user_id", "person_name", "create_date", "write_date"}


@tagged("post_install", "-at_install")
class TestPsychMembershipMany(PsychCommon):
    """Nominations made at once are those that create() makes one by one, and as many of them are on the log of changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.u_nobody.partner_id | cls.env["res.partner"].create(
            [
                {"name": f"Without account {i}", "psych_is_staff": True, "company_id": cls.company.id}
                for i in range(2)
            ]
        )
        cls.classes = cls.class_a1 | cls.class_a2 | cls.class_b2
        cls.posts = cls.env["psych.post"].concat(
            *(cls.env.ref(f"psych_health.psych_post_{name}") for name in ("tutor", "class_teacher"))
        )

    def wishes(self):
        return [
            {
                "post_id": post.id,
                "unit_id": unit.id,
                "partner_id": person.id,
                "date_start": "2026-11-20",
                "nominated_by": 'a "quoted", name',
            }
            for unit, person in zip(self.classes, self.people, strict=True)
            for post in self.posts
        ]

    def seen(self, memberships):
        """The stored columns of ``memberships`` but their ids and times, and what the log of changes says of each."""
        self.env.flush_all()
        columns = [
            field.name
            for field in memberships._fields.values()
            if field.store and field.column_type and field.name not in ("id", "create_date", "write_date")
        ]
        rows = memberships.sudo().read(columns, load="")
        logs = self.env["auditlog.log"].sudo().search([("model_model", "=", "psych.membership")])
        said = {
            log.res_id: (
                log.name, log.method, log.user_id, log.log_type,
                sorted((line.field_name, line.new_value, line.new_value_text) for line in log.line_ids),
            )
            for log in logs
        }  # fmt: skip
        return [{**row, "id": 0} for row in rows], [said[row["id"]] for row in rows]

    def test_at_once_as_one_by_one(self):
        Membership, seen = self.env["psych.membership"].with_user(self.u_admin), []
        for make in (Membership._nominate_many, Membership.create):
            with self.env.cr.savepoint() as savepoint:
                seen.append(self.seen(make(self.wishes())))
                savepoint.rollback()
            self.env.invalidate_all()
        (rows, logs), (expected_rows, expected_logs) = seen
        self.assertEqual(len(rows), 6)
        self.assertEqual({row["user_id"] for row in rows}, {self.u_nobody.id, False})
        self.assertEqual(rows, expected_rows)
        self.assertEqual(logs, expected_logs)
        fields = {name for name, *_values in logs[-1][4]}
        self.assertIn("partner_id", fields)
        self.assertNotIn("holder", fields, "what the program works out follows from what was filled in")

    def test_few_statements_however_many(self):
        Membership = self.env["psych.membership"].with_user(self.u_admin)
        needed = []
        for count in (3, 30):
            classes = self.env["psych.unit"].concat(
                *(
                    self.make_unit(f"{count}-{i}", "class", self.college_b, entry_year=2026)
                    for i in range(count)
                )
            )
            wishes = [
                {"post_id": self.posts[0].id, "unit_id": unit.id, "partner_id": self.people[1].id}
                for unit in classes
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Membership._nominate_many(wishes)
            self.env.flush_all()
            needed.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(needed[1], needed[0] + 3)

    def test_refused_like_create(self):
        wishes = self.wishes()
        with self.assertRaises(AccessError):
            self.env["psych.membership"].with_user(self.u_counsellor)._nominate_many(wishes)
        Membership = self.env["psych.membership"].with_user(self.u_admin)
        wishes[-1]["unit_id"] = self.college_a.id
        with self.assertRaises(ValidationError):
            Membership._nominate_many(wishes)
        self.assertEqual(Membership._nominate_many([]), Membership)

    def both(self, wishes, user=None):
        """What ``_nominate_many`` and ``create`` each do with ``wishes``: rows and log, or the kind of refusal."""
        Membership, seen = self.env["psych.membership"].with_user(user or self.u_admin), []
        for make in (Membership._nominate_many, Membership.create):
            with self.env.cr.savepoint() as savepoint:
                try:
                    with mute_logger("odoo.sql_db"):
                        seen.append(self.seen(make([dict(wish) for wish in wishes])))
                except (AccessError, ValidationError, IntegrityError) as error:
                    seen.append(type(error))
                savepoint.rollback()
            self.env.invalidate_all()
        return seen

    def wish(self, unit, person, post=0):
        return {"post_id": self.posts[post].id, "unit_id": unit.id, "partner_id": person.id}

    def test_strange_people_as_one_by_one(self):
        """Two accounts, one of another school, one closed; a person put aside: the same person, account and name in the row."""
        other = self.env["res.company"].create({"name": "Another school"})
        person = self.env["res.partner"].create({"name": "Two accounts", "psych_is_staff": True})
        accounts = self.env["res.users"]
        for login, company in (("a_elsewhere", other), ("b_here", self.company), ("c_closed", self.company)):
            accounts |= (
                self.env["res.users"]
                .with_context(no_reset_password=True)
                .create(
                    {
                        "name": person.name,
                        "login": login,
                        "partner_id": person.id,
                        "company_id": company.id,
                        "company_ids": [(6, 0, company.ids)],
                    }
                )
            )
        accounts[2].active = False
        aside = self.people[2]
        aside.active = False
        wishes = [
            self.wish(self.class_a1, self.people[0]),
            self.wish(self.class_a2, person),
            self.wish(self.class_b2, aside),
        ]
        many, single = self.both(wishes)
        self.assertEqual(many, single)

    def test_strange_wishes_as_one_by_one(self):
        """The same wish twice, a unit of another school, a student as staff, a post of another school: the same refusal."""
        other = self.env["res.company"].create({"name": "Another school"})
        college = self.make_unit("Foreign college", "college", other.psych_unit_id)
        foreign = self.make_unit("Foreign class", "class", college, entry_year=2026)
        first, person = self.wish(self.class_a1, self.people[0]), self.people[1]
        for name, wish in (
            ("twice", first),
            ("other school", self.wish(foreign, person)),
            ("nobody", {**first, "partner_id": False, "unit_id": self.class_a2.id}),
            ("a student beside", {**self.wish(self.class_a2, person), "student_id": self.students[0].id}),
        ):
            with self.subTest(name):
                for result in self.both([first, wish]):
                    self.assertIsInstance(result, type, "refused")

    def test_a_full_post_as_one_by_one(self):
        """A nomination beside a holder is allowed up to the appointment, as with create()."""
        self.posts[0].max_count = 1
        wishes = [self.wish(unit, person) for unit in self.classes for person in self.people[:2]]
        many, single = self.both(wishes)
        self.assertEqual(many, single)
        self.assertNotIsInstance(many, type)

    def test_values_of_other_kinds(self):
        """Criteria are no column: what a copy cannot carry is made by create()."""
        criterion = self.env["psych.post.criterion"].create({"name": "Has time", "post_id": self.posts[0].id})
        wishes = [
            {**self.wish(unit, person), "criterion_ids": [(6, 0, criterion.ids)]}
            for unit, person in zip(self.classes, self.people, strict=True)
        ]
        Membership = self.env["psych.membership"].with_user(self.u_admin)
        self.assertEqual(len(Membership._nominate_many(wishes).mapped("criterion_ids")), 1)
        made = Membership.search([("criterion_ids", "in", criterion.ids)])
        self.assertEqual(len(made), 3)
