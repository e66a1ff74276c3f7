"""Campaigns: who takes part, capacity, waves, coverage, the missing, reminders, proposals."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .screening import FLAGGED, NOW, QUIET, ScreeningCommon, clock, door_as


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychCampaign(ScreeningCommon):
    def test_cohort_lists_who_is_left_out_and_why(self):
        self.students[0].enrolment_state = "on_leave"
        self.students[1].whereabouts_state = "internship"
        self.students[4].birth_date = "2010-06-01"
        campaign = self.make_campaign(include_interns=False, minor_age=18)
        campaign.action_open()
        reasons = {member.student_id: member.reason for member in campaign.member_ids}
        self.assertEqual(reasons[self.students[0]], "on_leave")
        self.assertEqual(reasons[self.students[1]], "intern")
        self.assertEqual(reasons[self.students[4]], "minor")
        self.assertFalse(reasons[self.students[5]])
        self.assertNotIn(self.students[2], reasons, "another entry year")
        self.assertEqual((campaign.member_count, campaign.left_out_count), (1, 3))
        member = campaign.member_ids.filtered(lambda m: m.student_id == self.students[4])
        member.with_user(self.u_centre).action_invite()
        self.assertEqual(sum(campaign.coverage_ids.mapped("expected")), 2)

    def test_newcomers_are_added_and_nobody_twice(self):
        before = self.campaign.member_count
        self.make_student("20269999", "New", self.class_a1)
        self.campaign.action_add_newcomers()
        self.campaign.action_add_newcomers()
        self.campaign.invalidate_recordset()
        self.assertEqual(self.campaign.member_count, before + 1)

    def test_everybody_on_one_day_wants_a_reason(self):
        campaign = self.make_campaign(expected_share=100, interviewer_count=1, talks_per_day=1)
        with self.assertRaises(UserError):
            campaign.action_open()
        campaign.same_day_reason = "short"
        with self.assertRaises(UserError):
            campaign.action_open()
        campaign.same_day_reason = "The province asks for one day for all colleges."
        campaign.action_open()
        self.assertEqual(campaign.state, "open")

    def test_staggered_opening_needs_no_reason(self):
        campaign = self.make_campaign(
            entry_years=False, expected_share=100, interviewer_count=1, talks_per_day=1
        )
        campaign.action_stagger()
        campaign.action_open()
        opens = {member.college_id: member.opens_at for member in campaign.member_ids}
        self.assertEqual(opens[self.college_b] - opens[self.college_a], timedelta(days=1))

    def test_only_released_scales(self):
        campaign = self.make_campaign(scale_ids=[(6, 0, self.env.ref("psych_health.psych_scale_scl_90").ids)])
        with self.assertRaises(UserError):
            campaign.action_open()
        with self.assertRaises(UserError):
            self.campaign.write({"scale_ids": [(5,)]})

    def test_coverage_and_the_missing_as_text(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.env["psych.campaign.coverage"]._cron_fold()
        row = (
            self.env["psych.campaign.coverage"]
            .with_user(self.u_tutor)
            .search([("campaign_id", "=", self.campaign.id)])
        )
        self.assertEqual(
            (row.class_id, row.expected, row.done, row.missing_count, row.as_of),
            (self.class_a1, 2, 1, 1, NOW),
        )
        self.assertIn(self.students[4].name, row.missing_text)
        self.assertNotIn(self.students[0].name, row.missing_text)
        self.env["psych.campaign.coverage"]._cron_fold()
        self.assertEqual(row.done, 1, "folding twice changes nothing")

    def test_reminders_only_to_the_unfinished_and_not_at_night(self):
        for student in (self.students[0], self.students[4]):
            if not student.user_id:
                self.make_portal(student)
            student.partner_id.email = f"{student.number}@example.com"
        self.submit(self.students[0])
        self.submit(self.students[1])
        with clock.frozen(NOW + timedelta(days=2, hours=13)):  # 23:00 in Shanghai
            self.assertEqual(self.campaign._remind(), 0)
        with clock.frozen(NOW + timedelta(days=2)):
            self.assertEqual(self.campaign._remind(), 1)
            self.assertEqual(self.campaign._remind(), 0, "not twice a day")
        mail = self.env["mail.mail"].search([("email_to", "=", f"{self.students[4].number}@example.com")])
        self.assertEqual(mail.mapped("email_to"), [f"{self.students[4].number}@example.com"])
        self.assertNotIn(self.students[4].name, mail.body_html)
        self.students[4].sudo().enrolment_state = "deceased"
        self.env.flush_all()
        with clock.frozen(NOW + timedelta(days=5)):
            self.assertEqual(self.campaign._remind(), 0, "stops at a death")

    def test_proposal_from_the_semester(self):
        term = self.env["psych.term"].create(
            {
                "year_start": 2026,
                "semester": "1",
                "date_start": "2026-11-02",
                "date_end": "2027-01-20",
                "company_id": self.company.id,
                "event_ids": [
                    (
                        0,
                        0,
                        {
                            "kind": "entry",
                            "name": "Arrival",
                            "date_start": "2026-10-20",
                            "date_end": "2026-10-22",
                        },
                    )
                ],
            }
        )
        Campaign = self.env["psych.campaign"].with_company(self.company)
        made = Campaign._propose(self.company)
        self.assertEqual(made.mapped("state"), ["draft", "draft"])
        self.assertEqual(made.mapped("term_id"), term)
        freshmen = made.filtered(lambda campaign: campaign.entry_years == "2026")
        self.assertEqual((freshmen.date_open + timedelta(hours=8)).date().isoformat(), "2026-11-19")
        self.assertEqual(freshmen.scale_ids.mapped("code"), ["PHQ-9", "GAD-7"])
        self.assertFalse(Campaign._propose(self.company), "once")

    def test_next_semester_is_proposed_a_month_before(self):
        """Week 1 needs its campaign before week 1 begins."""
        start = clock.today(self.env, self.company) + timedelta(days=31)
        common = {"company_id": self.company.id, "year_start": 2026}
        _running, term = self.env["psych.term"].create(
            [
                {
                    **common,
                    "semester": "1",
                    "date_start": start - timedelta(days=120),
                    "date_end": start - timedelta(days=1),
                },
                {**common, "semester": "2", "date_start": start, "date_end": start + timedelta(days=120)},
            ]
        )
        Campaign = self.env["psych.campaign"].with_company(self.company)
        self.assertNotIn(term, Campaign._propose(self.company).term_id, "not yet")
        with clock.frozen(NOW + timedelta(days=1)):
            made = Campaign._propose(self.company).filtered(lambda campaign: campaign.term_id == term)
        self.assertEqual(made.entry_years, "2026, 2025, 2024, 2023, 2022")
        self.assertEqual((made.date_open + timedelta(hours=8)).date(), start)

    def test_closes_by_itself(self):
        with clock.frozen(NOW + timedelta(days=8)):
            self.env["psych.campaign"]._cron_daily()
        self.assertEqual(self.campaign.state, "closed")

    def test_links_open_for_the_right_roles(self):
        member = self.campaign.member_ids.filtered(lambda m: m.student_id == self.students[0])
        self.assertTrue(member.with_user(self.u_tutor)._links())
        with self.assertRaises(AccessError):
            member.with_user(self.u_tutor_b).read(["student_id"])
        self.campaign.action_close()
        with self.assertRaises(UserError):
            member._links()

    def test_due_by_urgency(self):
        Interview = self.env["psych.interview"]
        self.assertEqual(Interview._due(self.company, "acute", NOW), NOW + timedelta(hours=2))
        # Wednesday 10:00 + 3 working days = Monday 18:00 in Shanghai
        self.assertEqual(Interview._due(self.company, "talk", NOW).isoformat(), "2026-11-09T10:00:00")
        self.assertEqual(Interview._due(self.company, "watch", NOW).isoformat(), "2026-11-18T10:00:00")

    def test_interview_flow(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.submit(self.students[1], phq=[2] * 8 + [0])
        self.env["psych.response.flag"]._cron_catch_up()
        self.env["psych.response.flag"]._cron_catch_up()
        talks = self.env["psych.interview"].search([("campaign_id", "=", self.campaign.id)])
        self.assertEqual(len(talks), 2)
        talks.with_user(self.u_centre)._share_out(
            talks.with_user(self.u_centre), self.u_centre | self.u_counsellor
        )
        self.assertEqual(set(talks.mapped("user_id")), {self.u_centre, self.u_counsellor})
        talk = talks.filtered(lambda talk: talk.user_id == self.u_counsellor).with_user(self.u_counsellor)
        self.assertTrue(talk.why)
        for attempt in (1, 2, 3):
            talk.action_not_reached()
            self.assertEqual((talk.state, talk.is_open, talk.attempt_count), ("not_reached", True, attempt))
        self.assertTrue(talk.next_step)
        with self.assertRaises(UserError):
            talk.action_done()
        with door_as(self.u_counsellor):
            talk.write(
                {
                    "outcome": "support",
                    "is_confirmed": "yes",
                    "proposed_tier": "daily",
                    "note": "spoke at length",
                }
            )
        talk.action_done()
        self.assertEqual((talk.state, talk.is_open), ("done", False))
        self.env.flush_all()
        self.env.cr.execute("SELECT note_cipher FROM psych_interview WHERE id = %s", (talk.id,))
        self.assertTrue(self.env.cr.fetchone()[0].startswith("v1."))

    def test_refusal_does_not_end_an_acute_matter(self):
        self.submit(self.students[0], phq=FLAGGED)
        with door_as():
            self.seam()._submit(
                self.token(self.students[0]), [{"scale": self.safe.id, "answers": [0, 0, 1, 0, 0]}]
            )
        talk = self.env["psych.interview"].search([("student_id", "=", self.students[0].id)])
        with self.assertRaises(UserError):
            talk.action_refused()

    def test_talks_end_when_the_student_left(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.env["psych.response.flag"]._cron_catch_up()
        self.students[0].sudo().enrolment_state = "deceased"
        self.env["psych.interview"]._cron_students_gone()
        talk = self.env["psych.interview"].search([("student_id", "=", self.students[0].id)])
        self.assertEqual((talk.state, talk.is_open), ("left", False))
        self.assertTrue(QUIET)
