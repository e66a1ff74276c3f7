"""Common ground of the tests of psych_crisis: the small school of psych_health with on-call, desk and discipline."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.addons.psych_health.tests.common import NOW, PsychCommon, door_as  # noqa: F401
from odoo.addons.psych_health.tools import clock


class CrisisCommon(PsychCommon):
    """The school with everybody whom the ladder may reach; helpers to raise signals and move the clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        discipline = cls.env["psych.unit"].create(
            {
                "name": "Discipline",
                "parent_id": cls.root.id,
                "company_id": cls.company.id,
                "kind_id": cls.env.ref("psych_crisis.psych_unit_kind_discipline").id,
            }
        )
        cls.u_discipline = cls.make_staff("discipline")
        membership = cls.env["psych.membership"].create(
            {
                "post_id": cls.env.ref("psych_crisis.psych_post_discipline").id,
                "unit_id": discipline.id,
                "partner_id": cls.u_discipline.partner_id.id,
                "date_start": "2026-09-01",
            }
        )
        membership._do_appoint(cls.env.ref("base.user_root"))
        cls.Signal = cls.env["psych.crisis.signal"]
        cls.student = cls.students[0]  # class A1 of college A: u_tutor, u_station
        cls.ladder = cls.env["psych.crisis.ladder"]

    @classmethod
    def put_on_call(cls, user, start=None, hours=24, line="1"):
        """Put ``user`` on call from ``start`` (default one hour ago)."""
        start = start or clock.now() - timedelta(hours=1)
        return cls.env["psych.crisis.oncall"].create(
            {
                "user_id": user.id,
                "phone": "13800000000",
                "line": line,
                "start": start,
                "stop": start + timedelta(hours=hours),
                "company_id": cls.company.id,
            }
        )

    def raise_signal(self, urgency="acute", source="dorm", kind="urgent", student=None, **values):
        """Report something as a fellow student would; return the signal (machine's view)."""
        reporter = self.Signal._report(
            self.company,
            {
                "kind": kind,
                "source": source,
                "urgency": urgency,
                "student_id": (self.student if student is None else student).id,
                **values,
            },
        )
        return reporter.signal_id

    @contextmanager
    def at(self, moment=None, **delta):
        """Stand at ``moment`` or later by ``delta``."""
        with clock.frozen(moment or clock.now() + timedelta(**delta)):
            self.env.invalidate_all()
            yield

    def run_ladder(self):
        """Run the scheduled action as cron does, with the network cut."""
        with patch("odoo.addons.psych_crisis.models.warning.psych_crisis_message.requests.post") as post:
            post.return_value.text = "proof-1"
            self.ladder._cron_ladder()
        self.env.invalidate_all()
        return post

    def told(self, signal):
        """Return the users who were told."""
        return signal.addressee_ids.user_id


NIGHT = datetime(2026, 10, 2, 18, 10)  # 02:10 in Shanghai on 3 October, a statutory holiday
