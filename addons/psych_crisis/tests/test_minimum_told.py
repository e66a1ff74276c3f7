"""The counsellor chooses the minimum that others are told of a risk; the record itself goes nowhere (safety rule F11)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CrisisCommon, door_as

WORDS = "Only the roommate may be asked."
NARRATIVE = "He spoke of the bridge at length."


@tagged("psych_crisis", "security")
class TestMinimumTold(CrisisCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counsellor = cls.env["psych.counsellor"].create(
            {"user_id": cls.u_counsellor.id, "company_id": cls.company.id}
        )
        cls.sentence = cls.env.ref("psych_health.psych_telling_not_alone")

    def session_of(self, **vals):
        with door_as(self.u_counsellor):
            return (
                self.env["psych.session"]
                .with_user(self.u_counsellor)
                .create({"student_id": self.student.id, "counsellor_id": self.counsellor.id, **vals})
            )

    def change(self, session, **vals):
        with door_as(self.u_counsellor):
            session.write(vals)

    def signals(self):
        return self.Signal.search([("student_id", "=", self.student.id)], order="id")

    def fact(self, user, signal):
        signal.invalidate_recordset()
        with door_as(user):
            return signal.with_user(user).fact or ""

    def test_risk_is_flagged_at_once_and_the_minimum_follows(self):
        session = self.session_of(note=NARRATIVE, risk="plan")
        signal = self.signals()
        self.assertEqual((len(signal), signal.urgency), (1, "acute"), "the flag waits for no choice")
        self.assertIn(self.u_centre, self.told(signal))
        self.assertFalse(self.fact(self.u_centre, signal))
        self.change(session, tell_ids=[(6, 0, self.sentence.ids)])
        self.assertEqual(self.fact(self.u_centre, signal), self.sentence.name)
        self.change(session, tell_line=WORDS)
        self.assertEqual(self.fact(self.u_centre, signal), f"{self.sentence.name}\n{WORDS}")
        self.change(session, tell_ids=[(5, 0, 0)])
        self.assertEqual(self.fact(self.u_centre, signal), WORDS)
        self.change(session, tell_line=False)
        self.assertFalse(self.fact(self.u_centre, signal), "and may be taken back")
        self.assertEqual(self.signals(), signal)

    def test_who_took_it_before_the_words_came_is_called_again_once(self):
        session = self.session_of(note=NARRATIVE, risk="plan")
        signal = self.signals()
        signal.with_user(self.u_centre).action_acknowledge()
        calls = lambda: self.env["psych.crisis.message"].search(  # noqa: E731
            [("climb_id.reason", "=", "words")]
        )
        for line in ("Only", "Only the", WORDS):
            self.change(session, tell_line=line)
        self.assertEqual(calls().user_id, self.u_centre, "who took it, not everybody who was told")
        self.assertEqual(len(calls()), len(set(calls().mapped("channel"))), "once, not letter by letter")
        self.assertTrue(signal.acknowledged_at, "the clocks go on")
        with self.at(minutes=5):
            self.run_ladder()
            self.assertEqual(set(calls().mapped("state")), {"sent"})
            self.change(session, tell_line=False)
            self.assertEqual(set(calls().mapped("state")), {"sent"}, "words taken back call nobody")

    def test_what_was_chosen_before_goes_with_a_graver_risk(self):
        session = self.session_of(risk="none", tell_line=WORDS)
        self.assertFalse(self.signals())
        self.change(session, risk="ideation")
        self.assertEqual(self.fact(self.u_centre, self.signals()), WORDS)
        self.change(session, risk="plan")
        signal = self.signals()
        self.assertEqual((len(signal), signal.urgency), (1, "acute"))
        self.assertEqual(self.fact(self.u_centre, signal), WORDS)

    def test_nobody_reads_more_than_the_source_lets_him_and_nobody_the_narrative(self):
        self.session_of(note=NARRATIVE, risk="plan", tell_line=WORDS, tell_ids=[(6, 0, self.sentence.ids)])
        signal = self.signals()
        for user in self.told(signal):
            text = self.fact(user, signal)
            self.assertIn(WORDS, text, user.login)
            self.assertNotIn(NARRATIVE, text)
        for user in (self.u_tutor, self.u_station, self.u_leader, self.u_office, self.u_admin):
            with self.subTest(user=user.login):
                self.assertNotIn(WORDS, self.fact(user, signal))
                with self.assertRaises(AccessError), door_as(user):
                    signal.with_user(user).read(["fact"])
        self.assertNotIn(WORDS, str(signal.fact), "not to the machine either")

    def test_a_school_that_starts_at_the_tutor_lets_the_tutor_read_the_minimum(self):
        self.env.ref("psych_crisis.psych_crisis_kind_session_risk").line = "network"
        session = self.session_of(note=NARRATIVE, risk="plan", tell_line=WORDS)
        signal = self.signals()
        self.assertEqual(self.fact(self.u_tutor, signal), WORDS)
        with self.assertRaises(AccessError), door_as(self.u_tutor):
            session.with_user(self.u_tutor).read(["tell_line", "note"])

    def test_two_who_tell_do_not_write_over_each_other(self):
        self.session_of(risk="ideation", tell_line="First words")
        second = self.session_of(risk="ideation", tell_line="Second words")
        first_signal, second_signal = self.signals()
        self.assertEqual(self.fact(self.u_centre, first_signal), "First words")
        self.assertEqual(self.fact(self.u_centre, second_signal), "Second words")
        second_signal._merge_into(first_signal)
        self.change(second, tell_line="Second words, again")
        self.assertEqual(self.fact(self.u_centre, first_signal), "First words")
        self.assertEqual(self.fact(self.u_centre, second_signal), "Second words, again")

    def test_group_leaders_choose_ready_sentences(self):
        group = self.env["psych.group"].create({"name": "Growth", "leader_id": self.counsellor.id})
        member = group.member_ids.create({"group_id": group.id, "student_id": self.student.id})
        mine = member.with_user(self.u_counsellor)
        mine.risk = "ideation"
        mine.tell_ids = self.sentence
        self.assertEqual(self.fact(self.u_centre, self.signals()), self.sentence.name)

    def test_a_dump_reads_as_noise(self):
        session = self.session_of(note=NARRATIVE, risk="plan", tell_line=WORDS)
        self.env.flush_all()
        for table, row in (("psych_session", session), ("psych_crisis_signal", self.signals())):
            self.env.cr.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = %s", [row.id])
            text = self.env.cr.fetchone()[0]
            self.assertNotIn(WORDS, text)
            self.assertNotIn(NARRATIVE, text)
