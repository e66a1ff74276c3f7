"""Lock-out (回避): a named person sees nothing about a named student, whatever else he may (design §5, an AND rule)."""

from odoo.tests import TransactionCase, tagged

from .common import door_as
from .common_counselling import CounsellingCommon, at

TOLD = {
    "psych.lockout": "the list of lock-outs itself: the head of the centre, never about oneself",
    "psych.membership": "posts of cadres: the roster of an office, which everybody there needs",
    "psych.document": "as readable as the record it belongs to",
    "psych.reminder.address": "the student's own",
    "psych.roster.line": "staging rows of the import of the whole roster",
    "psych.roster.handover": "list of moves between classes of the whole roster",
    "psych.crisis.care.request": "the student is the cadre who is asked, not the one who is cared for",
}


@tagged("post_install", "-at_install", "security")
class TestLockoutRules(TransactionCase):
    """Every table about a student has the rule; found in the registry, so a later model fails by its name."""

    def about_students(self):
        for name, model in self.env.registry.items():
            if (
                not name.startswith("psych.")
                or model._abstract
                or model._transient
                or name == "psych.student"
            ):
                continue
            fields = [
                field
                for field in model._fields.values()
                if field.type == "many2one" and field.comodel_name == "psych.student" and field.store
            ]
            readable = self.env["ir.model.access"].search_count(
                [("model_id.model", "=", name), ("perm_read", "=", True)], limit=1
            )
            if fields and readable:
                yield name

    def test_every_table_about_a_student_has_the_rule(self):
        lacking = []
        for name in self.about_students():
            rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
            if name not in TOLD and not any("lockout" in rule.domain_force for rule in rules):
                lacking.append(name)
        self.assertFalse(lacking, "a person who is locked out still sees rows of these")


@tagged("post_install", "-at_install", "security")
class TestLockedOut(CounsellingCommon):
    """The counsellor of a student is locked out: hour, record and name of the kind are gone at once."""

    def test_the_counsellor_sees_nothing_any_more(self):
        booked = self.book("14:00").with_user(self.u_counsellor)
        other = self.book("15:00", student=self.student2).with_user(self.u_counsellor)
        session = (
            self.env["psych.session"]
            .with_user(self.u_counsellor)
            .create(
                {
                    "appointment_id": booked.id,
                    "student_id": self.student.id,
                    "counsellor_id": self.ann.id,
                    "date": at("14:00"),
                }
            )
        )
        with door_as(self.u_counsellor):
            session.note = "Words"
        self.assertEqual(self.seen(session), session)
        lock = self.env["psych.lockout"].create(
            {
                "student_id": self.student.id,
                "user_id": self.u_counsellor.id,
                "reason": "kin",
                "date_start": "2026-11-01",
            }
        )
        self.env.flush_all()
        self.assertFalse(self.seen(session))
        self.assertFalse(self.seen(booked))
        self.assertFalse(booked.has_access("read"))
        self.assertEqual(self.seen(other), other, "other students as before")
        lock.date_end = "2026-11-03"
        self.env.flush_all()
        self.assertEqual(self.seen(session), session, "a lock-out that has ended")

    def test_the_head_keeps_the_list_and_never_sees_the_own_one(self):
        rows = self.env["psych.lockout"].create(
            [
                {
                    "student_id": self.student.id,
                    "user_id": user.id,
                    "reason": "kin",
                    "date_start": "2026-11-01",
                }
                for user in (self.u_counsellor, self.u_head)
            ]
        )
        self.env.flush_all()
        self.assertEqual(self.seen(rows.with_user(self.u_head)), rows[0])
        for user in (self.u_centre, self.u_counsellor, self.u_tutor, self.u_leader, self.u_admin):
            self.assertFalse(rows.with_user(user).has_access("read"), user.login)

    def seen(self, record):
        return record.search([("id", "in", record.ids)])
