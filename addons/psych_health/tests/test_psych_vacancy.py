"""Vacancies: the kept figures are those that the roster gives, whatever was written, by whatever way, and when a date passes."""

import base64
import random
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..tools import clock
from .common import NOW, PsychCommon
from .test_roster_sheet import xlsx

PRESENT = ("enrolled", "on_leave")


class VacancyCase(PsychCommon):
    def shown(self):
        """{(unit, post): figures} as a reader gets them."""
        self.env.invalidate_all()
        return {
            (row.unit_id.id, row.post_id.id): (
                row.required,
                row.filled,
                row.lapsed,
                row.missing,
                row.college_id.id,
            )
            for row in self.env["psych.vacancy"].sudo().search([("company_id", "=", self.company.id)])
        }

    def kept(self):
        """{(unit, post): figures} of the kept rows alone, of units that count."""
        self.env.cr.execute(
            "SELECT unit_id, post_id, required, filled, lapsed, missing, COALESCE(college_id, 0) FROM psych_vacancy_row"
            " WHERE company_id = %s",
            [self.company.id],
        )
        rows = {
            (unit, post): (*figures, college or False)
            for unit, post, *figures, college in self.env.cr.fetchall()
        }
        return {
            key: figures
            for key, figures in rows.items()
            if self.counts(self.env["psych.unit"].browse(key[0]))
        }

    def counts(self, unit):
        """True unless the unit is a class or room without students."""
        if unit.role not in ("class", "room"):
            return True
        field = "class_id" if unit.role == "class" else "room_id"
        domain = [(field, "=", unit.id), ("enrolment_state", "in", PRESENT)]
        return bool(self.env["psych.student"].sudo().search_count(domain))

    def told(self):
        """The same as :meth:`shown`, counted one by one from the roster."""
        self.env.invalidate_all()
        result = {}
        posts = self.env["psych.post"].sudo().search([("min_count", ">", 0)])
        for unit in self.env["psych.unit"].sudo().search([("company_id", "=", self.company.id)]):
            for post in posts:
                if post.kind_id != unit.kind_id or post.company_id - self.company or not self.counts(unit):
                    continue
                held = (
                    self.env["psych.membership"]
                    .sudo()
                    .search([("unit_id", "=", unit.id), ("post_id", "=", post.id), ("is_current", "=", True)])
                )
                filled, lapsed = len(held), len(held.filtered("is_lapsed"))
                missing = max(post.min_count - filled, 0)
                result[unit.id, post.id] = (post.min_count, filled, lapsed, missing, unit.college_id.id)
        return result

    def cannot_keep(self):
        """Another transaction is keeping figures."""
        return patch.object(type(self.env["psych.vacancy"]), "_refresh", lambda _vacancy: False)

    def refresh(self):
        self.env["psych.vacancy"]._refresh()


@tagged("post_install", "-at_install")
class TestPsychVacancy(VacancyCase):
    def test_after_a_refresh_the_kept_rows_are_read(self):
        self.refresh()
        self.env.cr.execute("SELECT count(*) FROM psych_vacancy_stale")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        told = self.told()
        self.assertTrue(told)
        self.assertEqual(self.kept(), told)
        self.assertEqual(self.shown(), told)
        self.env.cr.execute("UPDATE psych_vacancy_row SET filled = 77 WHERE unit_id = %s", [self.class_a1.id])
        self.assertIn(77, {figures[1] for figures in self.shown().values()}, "nothing is worked out twice")

    def test_a_term_ends_by_the_clock_alone(self):
        post = self.env.ref("psych_health.psych_post_tutor")
        membership = self.env["psych.membership"].search(
            [("unit_id", "=", self.class_a1.id), ("post_id", "=", post.id)]
        )
        membership.date_end = date(2026, 11, 10)
        self.refresh()
        key = (self.class_a1.id, post.id)
        self.assertEqual(self.shown()[key][1:4], (1, 0, 0))
        with clock.frozen(datetime(2026, 11, 10, 15, 59)):
            self.assertEqual(self.shown()[key][1:4], (1, 0, 0), "the last day")
        with clock.frozen(datetime(2026, 11, 10, 16, 0)):
            self.assertEqual(self.shown()[key][1:4], (0, 0, 1), "midnight in Shanghai")
            self.refresh()
            self.assertEqual(self.kept(), self.told())
        self.assertEqual(self.shown()[key][1:4], (1, 0, 0), "a clock set back")

    def test_a_beginning_and_a_lapse_by_the_clock_alone(self):
        """A term that begins, a training and a pledge that lapse: seen on their day although nobody wrote anything."""
        member = self.appoint("class_member", self.class_a2, self.students[1], date_start=date(2026, 11, 20))
        key, midnight = (self.class_a2.id, member.post_id.id), datetime(2026, 11, 19, 16, 0)
        for lapse in ("training_valid_until", "pledge_valid_until"):
            vals = dict.fromkeys(("training_valid_until", "pledge_valid_until"), date(2027, 6, 1))
            member.write({**vals, lapse: date(2026, 11, 24)})
            self.refresh()
            with self.cannot_keep():
                self.assertEqual(self.shown()[key][1:3], (0, 0))
                with clock.frozen(midnight):
                    self.assertEqual(self.shown()[key][1:3], (1, 0), "it has begun")
            with clock.frozen(midnight):
                self.refresh()
            with self.cannot_keep(), clock.frozen(midnight + timedelta(days=5)):
                self.assertEqual(self.shown()[key][1:3], (1, 1), lapse)

    def test_bulk_statements_are_seen(self):
        """What is written past the ORM marks its units too."""
        self.refresh()
        self.env.cr.execute(
            "UPDATE psych_membership SET state = 'ended' WHERE unit_id IN %s",
            [(self.class_a1.id, self.class_b1.id)],
        )
        self.env.cr.execute("UPDATE psych_unit SET active = false WHERE id = %s", [self.station_b.id])
        self.assertNotEqual(self.kept(), self.told())
        with self.cannot_keep():
            self.assertEqual(self.shown(), self.told(), "worked out for this reader alone")
        self.assertNotEqual(self.kept(), self.told())
        self.assertEqual(self.shown(), self.told())
        self.assertEqual(self.kept(), self.told(), "the reader has kept them")

    def test_what_changes_no_figure_marks_nothing(self):
        self.refresh()
        self.class_a1.write({"phone": "1", "name": "Class A1 (new)"})
        self.env["psych.membership"].search([("unit_id", "=", self.class_a1.id)]).write({"end_reason": "x"})
        self.env.ref("psych_health.psych_post_tutor").write({"handover_text": "x"})
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM psych_vacancy_stale")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_readers_and_strangers(self):
        """A tutor reads the list of the own school; a student reads nothing."""
        for refreshed in (False, True):
            if refreshed:
                self.refresh()
            seen = self.env["psych.vacancy"].with_user(self.u_tutor).search([])
            self.assertEqual(seen.company_id, self.company)
            self.assertFalse(self.env["psych.vacancy"].with_user(self.u_student).has_access("read"))


@tagged("post_install", "-at_install")
class TestPsychVacancyProperty(VacancyCase):
    """Random changes, the clock and refreshes in any order."""

    def setUp(self):
        super().setUp()
        self.random, self.moment = random.Random(20261126), NOW
        self.staff = [self.make_staff(f"spare{index}") for index in range(4)]
        codes = ("tutor", "class_teacher", "station_teacher", "dorm_informant")
        self.posts = [self.env.ref(f"psych_health.psych_post_{code}") for code in codes]

    def units(self, role):
        return self.env["psych.unit"].search([("company_id", "=", self.company.id), ("role", "=", role)])

    def some_membership(self):
        held = self.env["psych.membership"].search(
            [("company_id", "=", self.company.id), ("post_id", "in", [post.id for post in self.posts])]
        )
        return self.random.choice(list(held))

    def day(self):
        return clock.today(self.env) + timedelta(days=self.random.randint(-5, 20))

    def do_appoint(self):
        post, unit = "tutor", self.random.choice(list(self.units("class")))
        taken = self.env["psych.membership"].search(
            [("unit_id", "=", unit.id), ("post_id", "=", self.posts[0].id), ("state", "=", "appointed")]
        )
        if not taken:
            start = self.day()
            end = start + timedelta(days=self.random.randint(0, 15))
            self.appoint(post, unit, self.random.choice(self.staff), date_start=start, date_end=end)

    def do_end(self):
        membership = self.some_membership()
        if membership.state == "appointed" and membership.date_start <= clock.today(self.env):
            membership._end(clock.today(self.env), "test")

    def do_pledge(self):
        self.some_membership().sudo().write({"pledge_valid_until": self.day()})

    def do_term(self):
        membership = self.some_membership()
        membership.sudo().write({"date_end": max(self.day(), membership.date_start)})

    def do_unit(self):
        self.make_unit(
            f"Class {self.random.random()}", "class", self.random.choice([self.college_a, self.college_b])
        )

    def do_archive(self):
        unit = self.random.choice(list(self.units("class") | self.station_b))
        unit.active = not unit.active

    def do_move(self):
        self.random.choice(list(self.units("class"))).parent_id = self.random.choice(
            [self.college_a, self.college_b]
        )

    def do_merge(self):
        classes = list(self.units("class").filtered(lambda unit: unit.college_id == self.college_b))
        if len(classes) > 2:
            classes[0]._merge_into(classes[1])

    def do_import(self):
        number = self.random.randrange(10**6)
        row = [
            f"2026{number:06}",
            "张三",
            "College A",
            f"护理26{number % 90:02}班",
            "8栋",
            f"{number % 4 + 101}",
        ]
        data = xlsx(("名册", [["学号", "姓名", "学院", "班级", "公寓", "寝室"], row]))
        wizard = self.env(user=self.u_admin)["psych.roster.import"].create(
            {"file": base64.b64encode(data), "filename": "x.xlsx"}
        )
        wizard.action_read()
        wizard.action_preview()
        wizard.action_apply()
        if self.random.random() < 0.4:
            wizard.action_undo()

    def do_leave(self):
        student = self.random.choice(list(self.students))
        student.enrolment_state = self.random.choice(["enrolled", "on_leave", "left"])

    def do_post(self):
        post = self.random.choice(self.posts)
        vals = self.random.choice(
            [
                {"min_count": 0},
                {"min_count": 1},
                {"needs_pledge": not post.needs_pledge},
                {"active": not post.active},
            ]
        )
        post.write(vals)

    def do_refresh(self):
        self.refresh()

    def test_kept_rows_equal_the_roster(self):
        steps = [getattr(self, name) for name in dir(self) if name.startswith("do_")]
        done = set()
        for index in range(60):
            step = steps[index] if index < len(steps) else self.random.choice(steps)
            with clock.frozen(self.moment):
                step()
                self.env.flush_all()
                with self.cannot_keep():
                    self.assertEqual(self.shown(), self.told(), (index, step.__name__))
                if self.random.random() < 0.5:
                    self.assertEqual(self.shown(), self.told(), (index, step.__name__))
                    self.assertEqual(self.kept(), self.told(), (index, step.__name__))
            done.add(step.__name__)
            self.moment += timedelta(days=self.random.choice([0, 0, -1, 1, 3, 8]))
            with clock.frozen(self.moment), self.cannot_keep():
                self.assertEqual(self.shown(), self.told(), (index, "the clock alone"))
        self.assertEqual(len(done), len(steps))
