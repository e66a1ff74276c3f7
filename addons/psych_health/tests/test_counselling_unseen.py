"""Nobody outside counselling learns who attends (H5), asked in the most general way: whatever an outsider can read in any
table is the same before and after a student booked, came, was noted, missed, waited, joined a group."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tools import clock

from .common import door_as, use_test_keys
from .common_counselling import CounsellingCommon, at

# core's calendar shows every employee when a colleague is busy; whose hour it is must not be in it
BUSY = {"calendar.event", "calendar.attendee"}


@tagged("post_install", "-at_install", "security")
class TestCounsellingUnseen(CounsellingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_test_keys(cls)

    def readable(self, user):
        """{model: {id: stored values}} of everything that this user can read."""
        found = {}
        for name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto:
                continue
            table = self.env[name].with_user(user).with_context(active_test=False)
            if not table.has_access("read"):
                continue
            fields = [
                field
                for field, spec in model._fields.items()
                if spec.store and spec.column_type and table._has_field_access(spec, "read")
            ]
            try:
                rows = table.search_read([], fields, limit=3000)
            except AccessError:
                continue
            found[name] = {row["id"]: repr(sorted(row.items())) for row in rows}
        return found

    def attend(self):
        """Everything that can happen to a client."""
        student, other = self.student, self.student2
        booked = self.book("14:00", student, service=self.talk)
        booked.with_user(self.u_student)._portal_move(student.with_user(self.u_student), at("16:00"))
        second = self.book("14:00", other, service=self.talk)
        with clock.frozen(at("14:20")), door_as(self.u_counsellor):
            second.with_user(self.u_counsellor).action_arrive()
            action = second.with_user(self.u_counsellor).action_record()
            session = self.env["psych.session"].with_user(self.u_counsellor).browse(action["res_id"])
            session.write({"note": "Words", "risk": "plan"})
            session.action_sign()
        with clock.frozen(at("16:40")):
            booked.with_user(self.u_counsellor).action_no_show()
            self.env["psych.outbox"]._cron_send()
        self.env["psych.waiting"].with_user(self.u_student)._portal_wait(student, self.talk)
        self.env["psych.call.request"]._ask(self.company, "booking", student=student, danger=True)
        group = self.env["psych.group"].create(
            {
                "name": "Group",
                "leader_id": self.ann.id,
                "company_id": self.company.id,
                "member_ids": [(0, 0, {"student_id": student.id})],
            }
        )
        self.env["psych.group.session"].create({"group_id": group.id, "start": at("09:00")})
        with door_as(self.u_counsellor):
            self.env["psych.staff.visit"].with_user(self.u_counsellor).with_company(self.company).create(
                {"client_user_id": self.u_nobody.id, "start": at("18:00"), "company_id": self.company.id}
            )
        self.env["psych.reminder.address"]._set(student, "own@student.example")
        self.env.flush_all()
        self.env.invalidate_all()

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_whatever_an_outsider_reads_stays_the_same(self):
        outsiders = (
            self.u_tutor | self.u_station | self.u_leader | self.u_office | self.u_admin | self.u_nobody
        )
        self.env.flush_all()
        before = {user: self.readable(user) for user in outsiders}
        self.assertIn("psych.student", before[self.u_tutor], "the comparison looks at something")
        self.attend()
        words = (
            repr(self.student.name),
            repr(self.student.number),
            repr(self.student2.name),
            f"[{self.student.partner_id.id}]",
        )
        for user in outsiders:
            after = self.readable(user)
            for model in after:
                fresh = {
                    key: text
                    for key, text in after[model].items()
                    if before[user].get(model, {}).get(key) != text
                }
                if model in BUSY:
                    text = repr(fresh)
                    self.assertFalse([word for word in words if word in text], f"{user.login} {model}")
                else:
                    self.assertFalse(fresh, f"{user.login} learns from {model}: {fresh}")
