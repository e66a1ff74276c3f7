"""Tests generated from the tables in ``access_matrix/``: each role, and each pair of roles in one person."""

from collections import defaultdict
from itertools import combinations

from odoo.tests import tagged

from . import access_matrix
from .access_matrix import OPERATIONS, PLACES, STAFF
from .common import PsychCommon

POSTS = {
    "tutor": ("tutor", "class_a1"),
    "station": ("station_teacher", "station_a"),
    "office": ("sa_psych_teacher", "office"),
    "leader": ("vice_president", "root"),
    "duty": ("duty_officer", "desk"),
    "counsellor": ("counsellor_part", "centre"),
    "centre": ("psych_teacher", "centre"),
    "centre_head": ("centre_vice_director", "centre"),
    "admin": ("administrator", "root"),
}


class MatrixCase(PsychCommon):
    """The small school and a second one, with a holder for each role and builders for sample records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["psych.post"].search([]).write({"max_count": 0})  # several holders of one post, for the pairs
        cls.u_stranger = cls.holder("duty_officer", cls.desk, "stranger")
        cls._second_school()
        cls.role_users = {"nobody": cls.make_staff("without_post")}
        for role in STAFF:
            cls.role_users[role] = cls.person(role)
        cls.role_users["student"] = cls.u_student
        for role, student, post, unit in (
            ("cadre_class", cls.students[1], "class_member", cls.class_a2),
            ("cadre_dorm", cls.students[2], "dorm_informant", cls.room_1),
        ):
            cls.role_users[role] = student.user_id or cls.make_portal(student)
            cls.appoint(post, unit, student)

    @classmethod
    def _second_school(cls):
        cls.foreign = cls.env["res.company"].create({"name": "Other school"})
        env = cls.env
        cls.env = env(context=dict(env.context, allowed_company_ids=cls.foreign.ids))
        college = cls.make_unit("College X", "college", cls.foreign.psych_unit_id)
        cls.foreign_class = cls.make_unit("Class X1", "class", college, entry_year=2026)
        cls.foreign_student = cls.make_student("X1", "Foreign student", cls.foreign_class)
        cls.foreign_staff = cls.make_staff("foreign_staff", cls.foreign)
        cls.appoint("tutor", cls.foreign_class, cls.foreign_staff)
        cls.foreign_deputy = cls.make_staff("foreign_deputy", cls.foreign)
        cls.env = env(context=dict(env.context, allowed_company_ids=(cls.company | cls.foreign).ids))

    @classmethod
    def person(cls, *roles):
        """Return a new user who holds the posts of ``roles``."""
        user = cls.make_staff("matrix_" + "_".join(roles))
        for role in roles:
            post, unit = POSTS[role]
            cls.appoint(post, getattr(cls, unit), user)
        return user

    def sampled(self, table, samples, user, mine_only=False):
        """Return ``{model key: {place: record}}``; records that belong to nobody in particular are made once."""
        result = {}
        for key in table:
            result[key] = {}
            for place in PLACES:
                if place != "self" and (key, place) in self.made:
                    record = self.made[key, place]
                else:
                    record = samples[key](self, place, user)
                    if place != "self":
                        self.made[key, place] = record
                if record:
                    result[key][place] = record
        return result

    def allowed(self, user, records):
        """Return ``{operation: places}`` that ``user`` has on the sample ``records`` (place → record)."""
        by_id = {record.id: place for place, record in records.items()}
        model = (
            next(iter(records.values()))
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
            .browse()
        )
        everything = model.browse(by_id)
        result = {}
        for operation in OPERATIONS:
            reachable = everything._filtered_access(operation)
            result[operation] = {by_id[record.id] for record in reachable}
        found = (
            model.with_context(active_test=False).search([("id", "in", list(by_id))])
            if model.has_access("read")
            else model.browse()
        )
        result["search"] = {by_id[record.id] for record in found}
        return result

    def compare(self, table, samples, users):
        """Check every (roles, user) of ``users`` against the union of the table's rows; report all differences."""
        wrong = []
        for roles, user in users:
            for key, records in self.sampled(table, samples, user).items():
                if not records:
                    continue
                actual = self.allowed(user, records)
                for operation in (*OPERATIONS, "search"):
                    right = "read" if operation == "search" else operation
                    expected = set().union(
                        *(table[key].get(role, {}).get(right, set()) for role in roles)
                    ) & set(records)
                    if actual[operation] != expected:
                        wrong.append(
                            f"{'+'.join(roles)} {operation} {key}: is {sorted(actual[operation])}, told {sorted(expected)}"
                        )
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def setUp(self):
        super().setUp()
        self.made = {}


class MatrixOfRooms:
    """What every addon asks of its own tables; ``matrix`` is the package that holds them (``rooms``, ``load``, ``samples``)."""

    matrix = None

    def test_single_roles(self):
        for room in self.matrix.rooms():
            with self.subTest(room=room):
                users = [((role,), user) for role, user in self.role_users.items()]
                self.compare(self.matrix.load(room), self.matrix.samples(room), users)

    def test_pairs_of_roles_do_not_add_up(self):
        """A leader who is tutor, a counsellor who is station teacher: what each gives, and no row more (trap 7)."""
        pairs = [(pair, self.person(*pair)) for pair in combinations(STAFF, 2)]
        for room in self.matrix.rooms():
            with self.subTest(room=room):
                self.compare(self.matrix.load(room), self.matrix.samples(room), pairs)


@tagged("post_install", "-at_install", "security")
class TestAccessMatrix(MatrixOfRooms, MatrixCase):
    """What a role may do stands in the table, and nothing else."""

    matrix = access_matrix

    def test_every_model_of_a_table_has_samples(self):
        for room in access_matrix.rooms():
            self.assertEqual(set(access_matrix.load(room)), set(access_matrix.samples(room)), room)


@tagged("post_install", "-at_install", "security")
class TestRulesComplete(PsychCommon):
    """Every right that a role has on a table of ours is bounded by a rule of that role."""

    def test_every_role_with_access_has_a_rule(self):
        """A role with an access right but without a rule of its own sees all rows of the school."""
        rules = defaultdict(list)
        for rule in self.env["ir.rule"].search([]):
            rules[rule.model_id.model].append(rule)
        naked = []
        for access in self._our_access():
            model = access.model_id.model
            for operation in OPERATIONS:
                if not access[f"perm_{operation}"]:
                    continue
                groups = access.group_id | access.group_id.all_implied_ids
                if not any(rule[f"perm_{operation}"] and rule.groups & groups for rule in rules[model]):
                    naked.append((model, f"{access.name}: {operation}"))
        told = access_matrix.without_rule()
        self.assertFalse([text for model, text in naked if model not in told])
        self.assertFalse(
            set(told) & set(self.env.registry) - {model for model, _text in naked},
            "told, but they have rules now",
        )

    def test_every_access_right_names_a_role(self):
        """No right without a group, none for all employees or for the portal as such."""
        for access in self._our_access():
            self.assertTrue(access.group_id, access.name)
            self.assertTrue(
                access.group_id.get_external_id()[access.group_id.id].startswith(
                    ("psych_", "base.group_system")
                ),
                access.name,
            )

    def test_every_table_of_a_school_keeps_schools_apart(self):
        """A stored table with a school has a rule for everybody (no group) that names it."""
        bare = []
        for model in {access.model_id.model for access in self._our_access()}:
            if "company_id" in self.env[model]._fields:
                rules = self.env["ir.rule"].search([("model_id.model", "=", model), ("groups", "=", False)])
                if not any("company" in (rule.domain_force or "") for rule in rules):
                    bare.append(model)
        self.assertFalse(bare)

    def test_no_right_hangs_on_a_field_of_a_role(self):
        """Field groups are per user, not per row: with two roles in one person they leak (trap 7)."""
        told = {
            "calendar.event.psych_appointment_id",  # every row of core's calendar is readable: the field is all there is
            "psych.student.psych_interview_ids",  # the way to rows that have rules of their own
            "psych.campaign.interview_count",  # one number for a campaign, in no row of a student
        }
        found = {
            f"{name}.{field.name}"
            for name, model in self.env.registry.items()
            if name != "res.company"  # settings of the school: one row, no person in it
            for field in model._fields.values()
            if not model._transient and "group_psych_" in str(field.groups or "")
        }
        self.assertFalse(found - told)

    def _our_access(self):
        """Return the access rights on stored tables of this product (wizards are their maker's own)."""
        models = [
            n
            for n, m in self.env.registry.items()
            if n.startswith("psych.") and not m._transient and not m._abstract
        ]
        access = self.env["ir.model.access"].search([("model_id.model", "in", models)])
        return access.filtered(lambda row: any(row[f"perm_{operation}"] for operation in OPERATIONS))
