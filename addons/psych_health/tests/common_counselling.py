"""A small centre that receives: two counsellors on duty this and next week, two rooms, the services."""

from datetime import date, timedelta

from odoo.fields import Command

from odoo.addons.psych_health.tools import slots

from .common import PsychCommon

TZ = "Asia/Shanghai"
TODAY = date(2026, 11, 4)  # Wednesday, 10:00 at the school


def at(text, day=TODAY):
    """'09:30' on a day of the school, as UTC."""
    hour, minute = text.split(":")
    return slots.to_utc(day, int(hour) + int(minute) / 60, TZ)


class CounsellingCommon(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.u_counsellor2 = cls.holder("counsellor_part", cls.centre, "counsellor2")
        company = cls.company.id
        Place = cls.env["psych.place"]
        cls.room_a, cls.room_b = (
            Place.create({"name": name, "company_id": company, "location": "Building 3, 201"})
            for name in ("Room A", "Room B")
        )
        Service = cls.env["psych.service"]
        base = {"company_id": company, "place_kind": "counselling"}
        cls.intake = Service.create(
            {**base, "name": "Intake", "code": "intake", "is_intake": True, "sequence": 5}
        )
        cls.talk = Service.create({**base, "name": "Talk", "code": "individual", "sequence": 10})
        cls.urgent = Service.create(
            {
                **base,
                "name": "Urgent",
                "code": "urgent",
                "is_urgent": True,
                "notice_hours": 0,
                "needs_consent": False,
            }
        )
        services = [Command.set((cls.intake | cls.talk | cls.urgent).ids)]
        cls.ann, cls.ben = (
            cls.env["psych.counsellor"].create(
                {"user_id": user.id, "company_id": company, "service_ids": services}
            )
            for user in (cls.u_counsellor, cls.u_counsellor2)
        )
        cls.shift = cls.make_shift(cls.ann, "14:00", "17:00")
        cls.student, cls.student2 = cls.students[0], cls.students[1]

    @classmethod
    def make_shift(cls, counsellor, start, stop, day=TODAY, **vals):
        """A published duty."""
        return cls.env["psych.duty.shift"].create(
            {
                "counsellor_id": counsellor.id,
                "date": day,
                "start": at(start, day),
                "stop": at(stop, day),
                "state": "published",
                "company_id": cls.company.id,
                **vals,
            }
        )

    def book(self, start, student=None, service=None, day=TODAY, **kw):
        """Book as the student, from the portal."""
        student = student or self.student
        user = student.user_id or self.u_student
        Appointment = self.env["psych.appointment"].with_user(user)
        return Appointment._portal_book(
            student.with_user(user), (service or self.talk).with_user(user), at(start, day), **kw
        ).with_env(self.env)

    def hours(self, service=None, student=None, day=TODAY, counsellor=None):
        """Free hours of a day as local times."""
        found = self.env["psych.availability"]._free(
            service or self.talk, *slots.day_bounds(day, TZ), student=student, counsellor=counsellor
        )
        return [slots.to_local(slot.start, TZ).strftime("%H:%M") for slot in found]

    def occupied(self, owner):
        """Kinds of active rows of an owner, sorted."""
        return sorted(
            self.env["psych.occupation"]
            .search(
                [
                    ("owner_model", "=", owner._name),
                    ("owner_key", "=", owner.occupation_key),
                ]
            )
            .mapped("kind")
        )

    def next_day(self, days=1):
        return TODAY + timedelta(days=days)
