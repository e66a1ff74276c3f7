from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import door_as
from .common_case import CaseCommon

AROUND = (
    "psych.crisis.addressee",
    "psych.crisis.climb",
    "psych.crisis.reporter",
    "psych.crisis.origin",
)


@tagged("psych_crisis", "security")
class TestComplaintAboutTheCentre(CaseCommon, HttpCase):
    """Whom a complaint is about is asked when it is written: one about the centre never passes through the centre (F3)."""

    def complain(self, **values):
        row = self.Signal.with_user(self.u_student)._file_urgent(
            self.company, {"fact": "The head of the centre told others what I said", **values}
        )
        return row.sudo().signal_id

    def people(self):
        return self.u_head | self.u_head2 | self.u_centre | self.u_counsellor

    def assert_hidden(self, signal, users):
        """Check that none of ``users`` finds a trace of ``signal``, by any table around it."""
        self.env.flush_all()
        for user in users:
            with self.subTest(user.login):
                Signal = self.Signal.with_user(user)
                self.assertFalse(Signal.search([("id", "=", signal.id)]))
                with door_as(user), self.assertRaises(AccessError):
                    Signal.browse(signal.id).read(["fact"])
                for name in AROUND:
                    Model = self.env[name].with_user(user)
                    if Model.has_access("read"):
                        self.assertFalse(Model.search([("signal_id", "=", signal.id)]), name)
                Message = self.env["psych.crisis.message"].with_user(user)
                if Message.has_access("read"):
                    self.assertFalse(Message.search([("addressee_id.signal_id", "=", signal.id)]))
                items = self.env["psych.work.item"].with_user(user).search([])
                self.assertNotIn(signal.name, items.mapped("label"))

    def test_the_form_asks_and_the_officer_gets_it(self):
        self.authenticate(self.u_student.login, self.u_student.login)
        page = self.url_open("/psych/urgent")
        self.assertIn('name="centre"', page.text)
        answer = self.url_open("/psych/urgent", {"centre": "1", "fact": "They talk about me"})
        self.assertIn("/psych/receipt/", answer.url)
        signal = self.Signal.search([], order="id desc", limit=1)
        self.assertEqual((signal.kind_id.code, signal.line), ("centre_complaint", "discipline"))
        self.assertEqual(self.told(signal), self.u_discipline)
        self.assertEqual(signal.owner_id, self.u_discipline)
        with door_as(self.u_discipline):
            self.assertEqual(signal.with_user(self.u_discipline).fact, "They talk about me")

    def test_nobody_of_the_centre_finds_a_trace_from_the_first_moment(self):
        self.assert_hidden(self.complain(centre="1", staff="1"), self.people())

    def test_it_climbs_past_the_centre(self):
        """The person on call is of the centre, too: silence brings it to the leadership and never back."""
        self.put_on_call(self.u_counsellor, hours=24 * 30)
        signal = self.complain(centre="1")
        for days in (1, 3, 9, 20):
            with self.at(days=days):
                self.run_ladder()
                self.assertFalse(self.told(signal) & self.people())
                self.assertNotIn(signal.owner_id, self.people())
        self.assertIn(self.u_leader, self.told(signal))
        self.assert_hidden(signal, self.people())

    def test_without_an_officer_it_goes_to_the_leadership_at_once(self):
        post = self.env["psych.membership"].search([("user_id", "=", self.u_discipline.id)])
        post.write({"date_end": "2026-10-01"})
        signal = self.complain(centre="1")
        self.assertEqual(self.told(signal), self.u_leader)
        self.assertEqual(signal.owner_id, self.u_leader)

    def test_it_does_not_become_another_complaint(self):
        """Merged into one that the head reads, its words would stand there."""
        signal, other = self.complain(centre="1"), self.complain(staff="1")
        with self.assertRaises(UserError):
            signal.with_user(self.u_discipline)._merge_into(other.with_user(self.u_discipline))

    def test_a_complaint_about_other_staff_stays_with_the_head(self):
        signal = self.complain(staff="1")
        self.assertEqual(signal.kind_id.code, "staff_complaint")
        self.assertLessEqual(self.u_head | self.u_discipline, self.told(signal))

    def test_the_accused_finds_no_trace_around_the_signal(self):
        """Named later: who was told, when it climbed and what was sent are hidden as well, not the words alone."""
        signal = self.complain(staff="1")
        signal.with_user(self.u_discipline)._accuse(self.u_head)
        self.assert_hidden(signal, self.u_head)
