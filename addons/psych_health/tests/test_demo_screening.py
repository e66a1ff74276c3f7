"""Screening in the demo college: numbers as told, everything as the product itself would have written it."""

from collections import Counter

from odoo.tests import TransactionCase, tagged

from odoo.addons.psych_health.demo_college import build
from odoo.addons.psych_health.tests.door import use_test_keys
from odoo.addons.psych_health.tools import clock


@tagged("post_install", "-at_install")
class TestDemoScreening(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_test_keys(cls)
        cls.env["ir.config_parameter"].set_param("password.hashing.rounds", "1")
        cls.company = cls.env["res.company"].create({"name": "Empty school"})
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.world = build(cls.env, size=300, seed=3)
        cls.campaigns = cls.env["psych.campaign"].search(
            [("company_id", "=", cls.company.id)], order="date_open"
        )

    def sheets(self, campaign, *domain):
        return self.env["psych.response"].search([("campaign_id", "=", campaign.id), *domain])

    def test_four_closed_one_open(self):
        self.assertEqual(self.campaigns.mapped("state"), ["closed"] * 4 + ["open"])
        for campaign in self.campaigns:
            self.assertGreater(campaign.date_close, campaign.date_open)
            self.assertFalse(
                self.sheets(campaign, ("submitted_at", ">", clock.now()))
                + self.sheets(campaign, ("submitted_at", "<", campaign.date_open))
            )

    def test_coverage_equals_sheets(self):
        for campaign in self.campaigns:
            lead = self.sheets(campaign, ("scale_id.code", "=", "PHQ-9"))
            declined = lead.filtered(lambda sheet: sheet.state == "declined")
            self.assertEqual(campaign.declined_count, len(declined))
            self.assertEqual(campaign.done_count, len(lead) - len(declined))
        older, freshmen = self.campaigns[2], self.campaigns[3]
        self.assertAlmostEqual(older.done_share, 96, delta=0.5)
        self.assertAlmostEqual(freshmen.done_share, 98.4, delta=0.5)

    def test_freshmen_as_told(self):
        talks = self.env["psych.interview"].search([("campaign_id", "=", self.campaigns[3].id)])
        count = Counter(talks.mapped("urgency"))
        self.assertEqual(count["talk"], round(24 / 10) + round(37 / 10))
        acute = talks.filtered(lambda talk: talk.urgency == "acute")
        self.assertTrue(acute)
        for talk in acute:
            self.assertLess((talk.done_at - talk.raised_at).total_seconds(), 3 * 3600)
        moments = [clock.local(talk.raised_at, self.company.psych_tz) for talk in acute]
        self.assertIn((2, 10), [(moment.hour, moment.minute) for moment in moments])

    def test_urgency_is_what_the_rules_give(self):
        """The generator's shortcut and the product agree on every talk."""
        talks = self.env["psych.interview"].search([("company_id", "=", self.company.id)])
        self.assertGreater(len(talks), 20)
        for talk in talks:
            self.assertEqual(
                talk.urgency,
                talk._urgency(talk.campaign_id, talk.student_id, talk.flag_ids),
                talk.why,
            )
            self.assertFalse(talk.done_at and talk.done_at > clock.now())
        self.assertEqual(self.env["psych.response.flag"]._cron_catch_up(), 0, "no rule waits for its talk")

    def test_numbers_can_be_explained(self):
        Response = self.env["psych.response"]
        for code in ("phq_9", "gad_7", "safe_5"):
            self.assertEqual(
                Response._explain_differences(self.env.ref(f"psych_health.psych_scale_{code}")), []
            )

    def test_void_with_a_rule_is_talked_to(self):
        void = self.sheets(self.campaigns[2], ("state", "=", "void"), ("has_flag", "=", True))
        self.assertTrue(void.student_id)
        self.assertTrue(
            self.env["psych.interview"].search([("student_id", "in", void.student_id.ids)]).flag_ids
        )

    def test_last_year_beside_this_year(self):
        """The census of freshmen is compared with last year's census of freshmen, not with the nearest campaign."""
        for now, before in ((2, 0), (3, 1)):
            campaign = self.campaigns[now]
            rows = self.env["psych.screening.figure"].search(
                [
                    ("campaign_id", "=", campaign.id),
                    ("dimension", "=", "school"),
                    ("scale_id.code", "=", "PHQ-9"),
                ]
            )
            last = self.env["psych.screening.figure"].search(
                [
                    ("campaign_id", "=", self.campaigns[before].id),
                    ("dimension", "=", "school"),
                    ("scale_id.code", "=", "PHQ-9"),
                ]
            )
            self.assertAlmostEqual(rows[0].last_mean, last[0].mean, 2)
