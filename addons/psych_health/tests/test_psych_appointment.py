"""Appointments: booked, moved, cancelled, kept apart from everybody outside counselling."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.models.counselling.psych_appointment import HourTaken
from odoo.addons.psych_health.tools import clock, slots

from .common_counselling import TODAY, TZ, CounsellingCommon, at


@tagged("post_install", "-at_install")
class TestPsychAppointment(CounsellingCommon):
    def test_a_school_adds_topics_and_sentences_of_its_own(self):
        """As the screen does: a name (and a code), no school."""
        for model, values in (("psych.topic", {"code": "own"}), ("psych.telling", {})):
            row = self.env[model].with_user(self.u_admin).create({"name": "Own words", **values})
            self.assertEqual(row.company_id, self.company)
        shared = self.env.ref("psych_health.psych_telling_not_alone").with_user(self.u_admin)
        self.assertFalse(shared.company_id)
        with self.assertRaises(AccessError):
            shared.name = "Changed for everybody"

    def test_free_hours_follow_the_roster(self):
        self.assertEqual(self.hours(), ["14:00", "15:00", "16:00"])
        self.assertEqual(self.hours(day=self.next_day()), [])
        self.shift.state = "draft"
        self.assertEqual(self.hours(), [], "only published duties offer hours")

    def test_book_occupies_and_shows_in_the_calendar(self):
        booked = self.book("14:00", topic=self.env.ref("psych_health.psych_topic_study"))
        self.assertEqual(booked.state, "confirmed")
        self.assertEqual(booked.counsellor_id, self.ann)
        self.assertIn(booked.place_id, self.room_a | self.room_b)
        self.assertEqual(booked.stop - booked.start, timedelta(minutes=50))
        self.assertTrue(booked.is_same_day)
        self.assertEqual(self.occupied(booked), ["room", "student", "user"])
        self.assertEqual(self.hours(), ["15:00", "16:00"])
        event = booked.event_id
        self.assertEqual(event.partner_ids, self.u_counsellor.partner_id, "no student among the attendees")
        self.assertNotIn(self.student.name, event.name + str(event.description))
        self.assertNotIn(self.student.number, event.name + str(event.description))
        self.assertEqual((event.start, event.stop), (booked.start, booked.stop))
        self.assertFalse(
            self.env["mail.mail"].search([("model", "=", "calendar.event"), ("res_id", "=", event.id)])
        )

    def test_second_booking_reads_just_taken(self):
        self.book("14:00")
        events = self.env["calendar.event"].search_count([])
        with self.assertRaises(HourTaken) as caught:
            self.book("14:00", self.student2)
        self.assertEqual([slot.start for slot in caught.exception.nearest], [at("15:00"), at("16:00")])
        self.assertEqual(self.env["calendar.event"].search_count([]), events, "nothing is left behind")
        self.assertFalse(self.env["psych.appointment"].search([("student_id", "=", self.student2.id)]))

    def test_no_door_books_twice(self):
        booked = self.book("14:00")
        vals = {
            "student_id": self.student2.id,
            "service_id": self.talk.id,
            "counsellor_id": self.ann.id,
            "start": booked.start + timedelta(minutes=20),
        }
        with self.assertRaises(HourTaken):
            self.env["psych.appointment"].with_user(self.u_counsellor).create(vals)
        with self.assertRaises(HourTaken):
            self.env["psych.appointment"].create(
                {**vals, "counsellor_id": self.ben.id, "student_id": self.student.id}
            )
        other = self.env["psych.appointment"].create({**vals, "start": at("16:00")})
        with self.assertRaises(HourTaken):
            other.with_user(self.u_counsellor).write({"start": booked.start})
        self.assertEqual(other.start, at("16:00"))
        self.assertEqual(self.occupied(other), ["student", "user"], "a refused move keeps the old hour")

    def test_event_and_appointment_move_together(self):
        booked = self.book("14:00")
        event = booked.event_id.with_user(self.u_counsellor)
        event.write({"start": at("15:00"), "stop": at("15:50")})
        self.assertEqual(booked.start, at("15:00"))
        self.assertEqual(self.hours(), ["14:00", "16:00"])
        booked.with_user(self.u_counsellor).write({"start": at("16:00")})
        self.assertEqual((booked.event_id.start, booked.event_id.stop), (at("16:00"), at("16:50")))
        self.book("14:00", self.student2)
        with self.assertRaises(HourTaken):
            event.write({"start": at("14:20")})
        event.write({"stop": at("19:00")})
        self.assertEqual(booked.event_id.stop, at("16:50"), "the event keeps the length of the appointment")

    def test_event_refuses_what_would_cut_it_off(self):
        event = self.book("14:00").event_id.with_user(self.u_counsellor)
        student_partner = self.u_student.partner_id
        for vals in (
            {"recurrency": True, "rrule_type": "weekly"},
            {"active": False},
            {"name": "Talk with Zhang"},
            {"partner_ids": [(4, student_partner.id)]},
            {"description": "<p>note</p>"},
            {"user_id": self.u_nobody.id},
            {"allday": True},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError), self.env.cr.savepoint():
                event.write(vals)
        with self.assertRaises(UserError):
            event.unlink()
        with self.assertRaises(UserError):
            event.copy()

    def test_cancel_frees_everything(self):
        booked = self.book("14:00", day=TODAY)
        event = booked.event_id
        booked.with_user(self.u_student)._portal_cancel(self.student.with_user(self.u_student))
        self.assertEqual(
            (booked.state, booked.cancel_kind), ("cancelled", "late"), "less than 24 hours before"
        )
        self.assertFalse(event.exists())
        self.assertFalse(self.occupied(booked))
        self.assertEqual(self.hours(), ["14:00", "15:00", "16:00"])
        with self.assertRaises(UserError):
            booked.with_user(self.u_student2)._portal_cancel(self.student2.with_user(self.u_student2))

    def test_move_by_the_student(self):
        day = self.next_day(2)
        self.make_shift(self.ann, "14:00", "17:00", day)
        booked = self.book("14:00", day=day)
        me = self.student.with_user(self.u_student)
        booked.with_user(self.u_student)._portal_move(me, at("16:00", day))
        self.assertEqual(booked.start, at("16:00", day))
        with self.assertRaises(HourTaken):
            booked.with_user(self.u_student)._portal_move(me, at("18:00", day))
        near = self.book("14:00", self.student2)
        with self.assertRaises(UserError):
            near.with_user(self.u_student2)._portal_move(
                self.student2.with_user(self.u_student2), at("15:00")
            )

    def test_one_talk_a_week(self):
        self.book("14:00")
        self.assertEqual(self.hours(student=self.student), [])
        self.assertEqual(self.hours(student=self.student2), ["15:00", "16:00"])
        self.make_shift(self.ben, "14:00", "17:00", kind="urgent")
        self.assertIn("14:00", self.hours(self.urgent, self.student2))
        self.assertEqual(
            self.hours(self.urgent, self.student),
            ["15:00", "15:00", "16:00", "16:00"],
            "never in the way of help",
        )

    def test_not_the_own_teacher(self):
        tutor = self.env["psych.counsellor"].create(
            {
                "user_id": self.u_tutor.id,
                "company_id": self.company.id,
                "service_ids": [(6, 0, self.talk.ids)],
            }
        )
        self.shift.counsellor_id = tutor
        self.assertEqual(self.hours(student=self.student), [])
        self.shift.counsellor_id = self.ann
        self.assertEqual(self.hours(student=self.student2), ["14:00", "15:00", "16:00"])
        self.ann.excluded_unit_ids = self.college_a
        self.assertEqual(self.hours(student=self.student2), [])

    def test_meeting_without_length_takes_nothing(self):
        self.env["calendar.event"].create(
            {
                "name": "Reminder",
                "start": at("14:20"),
                "stop": at("14:20"),
                "partner_ids": [(6, 0, self.u_counsellor.partner_id.ids)],
            }
        )
        self.assertEqual(self.hours(), ["14:00", "15:00", "16:00"])

    def test_leave_is_whole_days_of_the_school(self):
        """Away yesterday and from the day after tomorrow: today and tomorrow are whole; away tomorrow: that day only."""
        self.talk.notice_hours = 0
        self.shift.write({"start": at("10:00"), "stop": at("11:00")})
        self.make_shift(self.ann, "23:00", "23:55")
        tomorrow = self.next_day()
        self.make_shift(self.ann, "00:00", "01:00", tomorrow)
        base = {"partner_id": self.u_counsellor.partner_id.id, "company_id": self.company.id}
        self.env["psych.leave"].create(
            [
                {**base, "date_start": self.next_day(-1), "date_end": self.next_day(-1)},
                {**base, "date_start": self.next_day(2), "date_end": self.next_day(9)},
            ]
        )
        self.assertEqual(self.hours(), ["10:00", "23:00"])
        self.assertEqual(self.hours(day=tomorrow), ["00:00"])
        self.env["psych.leave"].create({**base, "date_start": tomorrow, "date_end": tomorrow})
        self.assertEqual(self.hours(), ["10:00", "23:00"], "its pause ends at midnight")
        self.assertEqual(self.hours(day=tomorrow), [])

    def test_own_calendar_and_leave_count(self):
        self.env["calendar.event"].with_user(self.u_counsellor).create(
            {
                "name": "Dentist",
                "start": at("15:10"),
                "stop": at("15:20"),
                "partner_ids": [(6, 0, self.u_counsellor.partner_id.ids)],
            }
        )
        self.assertEqual(self.hours(), ["14:00", "16:00"])
        self.env["psych.leave"].create(
            {
                "partner_id": self.u_counsellor.partner_id.id,
                "date_start": TODAY,
                "date_end": TODAY,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self.hours(), [])

    def test_talks_at_most_in_a_duty(self):
        """Two talks that follow each other fill a duty for two."""
        self.shift.capacity = 2
        self.book("14:00")
        self.assertEqual(self.hours(student=self.student2), ["15:00", "16:00"])
        self.book("15:00", self.student2)
        self.assertEqual(self.hours(student=self.students[2]), [])

    def test_daily_cap_and_rooms(self):
        self.ann.daily_cap = 1
        self.book("14:00")
        self.assertEqual(self.hours(student=self.student2), [])
        self.make_shift(self.ben, "14:00", "15:00")
        self.assertEqual(self.hours(student=self.student2), ["14:00"])
        self.room_a.state = self.room_b.state = "repair"
        self.assertEqual(self.hours(student=self.student2), [], "no room, no hour")

    def test_holiday_and_make_up_day(self):
        term = self.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-09-07",
                "date_end": "2027-01-17",
                "company_id": self.company.id,
            }
        )
        saturday, thursday = self.next_day(3), self.next_day(1)
        self.env["psych.term.event"].create(
            [
                {
                    "term_id": term.id,
                    "kind": "holiday",
                    "name": "Sports day",
                    "date_start": thursday,
                    "date_end": thursday,
                },
                {
                    "term_id": term.id,
                    "kind": "makeup",
                    "name": "Make-up",
                    "date_start": saturday,
                    "date_end": saturday,
                    "makeup_weekday": "3",
                },
            ]
        )
        pattern = self.env["psych.duty.pattern"].create(
            {
                "counsellor_id": self.ben.id,
                "weekday": "3",
                "hour_from": 9,
                "hour_to": 11,
                "company_id": self.company.id,
            }
        )
        shifts = pattern._make_shifts(TODAY, self.next_day(9))
        self.assertEqual(shifts.mapped("date"), [saturday, self.next_day(8)])
        self.assertFalse(pattern._make_shifts(TODAY, self.next_day(9)), "running it again adds nothing")
        shifts.action_publish()
        self.assertEqual(self.hours(day=saturday), ["09:00", "10:00"])
        self.ben.write(
            {
                "availability": "hours",
                "resource_calendar_id": self.env["resource.calendar"]
                .create(
                    {
                        "name": "Thursdays",
                        "tz": "UTC",
                        "attendance_ids": [
                            (5, 0, 0),
                            (
                                0,
                                0,
                                {
                                    "name": "T",
                                    "dayofweek": "3",
                                    "hour_from": 9,
                                    "hour_to": 10,
                                    "day_period": "morning",
                                },
                            ),
                        ],
                    }
                )
                .id,
            }
        )
        self.assertEqual(self.hours(day=thursday), [])
        self.assertEqual(self.hours(day=saturday), ["09:00"], "hours of the calendar are hours of the school")

    def test_substitute_takes_over(self):
        booked = self.book("14:00")
        second = self.book("15:00", self.student2)
        self.env["calendar.event"].create(
            {
                "name": "Busy",
                "start": at("18:00"),
                "stop": at("19:00"),
                "partner_ids": [(6, 0, self.u_counsellor2.partner_id.ids)],
            }
        )
        self.ben.excluded_unit_ids = self.class_a2
        kept = self.shift.with_user(self.u_centre)._substitute(self.ben)
        self.assertEqual(kept, second, "a teacher of the student does not take over")
        self.assertEqual(booked.counsellor_id, self.ben)
        self.assertEqual(booked.event_id.user_id, self.u_counsellor2)
        self.assertEqual(self.shift.acting_id, self.ben)
        self.assertEqual(self.occupied(booked), ["room", "student", "user"])

    def test_swap(self):
        other = self.make_shift(self.ben, "09:00", "11:00", self.next_day())
        self.shift.with_user(self.u_counsellor).swap_with_id = other
        with self.assertRaises(AccessError):
            self.shift.with_user(self.u_counsellor).action_accept_swap()
        self.shift.with_user(self.u_counsellor2).action_accept_swap()
        self.assertEqual((self.shift.acting_id, other.acting_id), (self.ben, self.ann))

    def test_day_list(self):
        booked = self.book("14:00")
        mine = booked.with_user(self.u_counsellor)
        with self.assertRaises(UserError):
            mine.action_no_show()
        with clock.frozen(at("14:05")):
            mine.action_late()
            self.assertEqual((booked.state, booked.is_late), ("arrived", True))
            mine.action_done()
        second = self.book("15:00", self.student2)
        with clock.frozen(at("15:21")):
            second.with_user(self.u_counsellor).action_late()
            self.assertEqual(second.state, "late", "after the tolerance the hour is booked anew")
        self.assertFalse(self.occupied(second))

    def test_no_show_books_again_kindly(self):
        self.company.psych_no_show_limit = 1
        booked = self.book("14:00")
        with clock.frozen(at("15:00")):
            booked.with_user(self.u_counsellor).action_no_show()
            with self.assertRaises(UserError) as caught:
                self.book("16:00")
            self.assertNotIn("block", str(caught.exception).lower())
            self.assertTrue(self.book("16:00", service=self.urgent), "urgent hours stay open")
        message = self.env["psych.outbox"].search([("key", "=", f"appointment:{booked.id}:missed")])
        self.assertEqual(len(message), 1)

    def test_past_appointments_lock(self):
        booked = self.book("14:00")
        with clock.frozen(at("14:00", self.next_day(9))), self.assertRaises(UserError):
            booked.with_user(self.u_counsellor).write({"state": "done"})

    def test_deceased_and_former_students(self):
        self.student.enrolment_state = "left"
        with self.assertRaises(UserError):
            self.book("14:00")

    def test_one_time_zone(self):
        """A counsellor who sits elsewhere and a reader around midnight see the time of the school."""
        self.u_counsellor.tz = "America/New_York"
        day = self.next_day(2)
        self.make_shift(self.ann, "20:00", "24:00", day)
        self.assertEqual(self.hours(day=day), ["20:00", "21:00", "22:00", "23:00"])
        booked = self.book("23:00", day=day)
        text = booked.with_context(tz="America/New_York")._portal_hour_text(self.company, booked.start)
        self.assertIn("23:00", text)
        self.assertIn(booked.start.strftime("DTSTART:%Y%m%dT%H%M%SZ"), booked._portal_ics())
        self.assertEqual(slots.to_local(booked.event_id.start, TZ).hour, 23)
        with clock.frozen(at("23:59", day)):
            self.assertTrue(booked.is_today)
        with clock.frozen(at("00:01", self.next_day(3))):
            booked.invalidate_recordset()
            self.assertFalse(booked.is_today)

    def test_constraint_is_really_there(self):
        self.assertTrue(self.env["psych.occupation"]._is_guarded())
        self.env.cr.execute("ALTER TABLE psych_occupation DROP CONSTRAINT psych_occupation_no_overlap")
        self.env.registry.psych_occupation_guarded = False
        with self.assertRaises(UserError):
            self.book("14:00")
