"""Dorm visits by floor list: one tap a room, counted by the days and months of the school, whatever the hour."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.psych_health.tools import clock

from .common_counselling import CounsellingCommon, at

LAST = date(2026, 11, 30)
FIRST = date(2026, 12, 1)


@tagged("post_install", "-at_install")
class TestPsychTalk(CounsellingCommon):
    def talks(self):
        return self.env["psych.talk"].with_user(self.u_tutor).with_company(self.company)

    def ticks(self):
        return self.env["psych.talk"].search_count([("kind", "=", "dorm"), ("room_id", "=", self.room_1.id)])

    def test_second_tap_after_midnight_changes_the_first(self):
        """00:10 at the school is still yesterday in UTC."""
        with clock.frozen(at("00:10", FIRST)):
            self.talks()._tick_room(self.room_1)
        with clock.frozen(at("00:20", FIRST)):
            self.talks()._tick_room(self.room_1, "support")
        self.assertEqual(self.ticks(), 1)

    def test_next_day_is_another_visit(self):
        with clock.frozen(at("23:50", LAST)):
            self.talks()._tick_room(self.room_1)
        with clock.frozen(at("00:10", FIRST)):
            self.talks()._tick_room(self.room_1)
        self.assertEqual(self.ticks(), 2)

    def test_month_is_that_of_the_school(self):
        with clock.frozen(at("23:50", LAST)):
            self.talks()._tick_room(self.room_1)
        with clock.frozen(at("00:10", FIRST)):
            self.talks()._tick_room(self.room_2)
            floor = dict(self.talks()._floor_list(self.building))
        self.assertFalse(floor[self.room_1], "last month")
        self.assertTrue(floor[self.room_2], "this month")

    def test_only_rooms_are_visited(self):
        with self.assertRaises(UserError):
            self.talks()._tick_room(self.building)

    def test_a_tap_says_one_of_the_four(self):
        with self.assertRaises(UserError):
            self.talks()._tick_room(self.room_1, "<b>")
        self.assertEqual(self.ticks(), 0)


@tagged("post_install", "-at_install")
class TestDormPages(CounsellingCommon, HttpCase):
    def test_half_filled_taps_are_no_error(self):
        self.set_registry_readonly_mode(False)
        self.students[0].room_id = self.room_1
        self.authenticate(self.u_tutor.login, self.u_tutor.login)
        page = self.url_open(f"/psych/dorm/{self.building.id}?everything=1").text
        token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
        for data in ({}, {"room_id": ""}, {"room_id": "x"}, {"room_id": self.room_1.id, "impression": "x"}):
            with self.subTest(data):
                self.assertEqual(self.url_open("/psych/dorm/tick", data={**token, **data}).status_code, 200)
        self.assertFalse(self.env["psych.talk"].search_count([("room_id", "=", self.room_1.id)]))
