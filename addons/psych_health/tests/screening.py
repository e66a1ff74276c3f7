"""Builders for the tests of screening: a small campaign with keys, links and sheets."""

from datetime import timedelta

from odoo.addons.psych_health.tests.common import NOW, PsychCommon
from odoo.addons.psych_health.tests.door import door_as, use_test_keys
from odoo.addons.psych_health.tools import clock
from odoo.addons.psych_health.tools.scoring import MISSING

QUIET = (0,) * 9
FLAGGED = [0] * 8 + [2]


class ScreeningWorld:
    """Mixin on :class:`PsychCommon`: ``cls.campaign`` open for entry year 2026 (class A1, A2), PHQ-9 and GAD-7."""

    @classmethod
    def screening_world(cls):
        use_test_keys(cls)
        cls.phq = cls.env.ref("psych_health.psych_scale_phq_9")
        cls.gad = cls.env.ref("psych_health.psych_scale_gad_7")
        cls.safe = cls.env.ref("psych_health.psych_scale_safe_5")
        cls.campaign = cls.make_campaign()
        cls.campaign.action_open()

    @classmethod
    def make_campaign(cls, **vals):
        return cls.env["psych.campaign"].create(
            {
                "name": "Census",
                "company_id": cls.company.id,
                "entry_years": "2026",
                "date_open": NOW - timedelta(hours=1),
                "date_close": NOW + timedelta(days=7),
                "scale_ids": [(6, 0, (cls.phq | cls.gad).ids)],
                "followup_scale_id": cls.safe.id,
                **vals,
            }
        )

    @classmethod
    def token(cls, student, campaign=None):
        campaign = campaign or cls.campaign
        member = cls.env["psych.campaign.member"].search(
            [("campaign_id", "=", campaign.id), ("student_id", "=", student.id)]
        )
        return member._links()[member][0].split("#")[1]

    def seam(self):
        """The seam as the public user has it, who has no rights at all."""
        return self.env["psych.screening.seam"].with_user(self.env.ref("base.public_user"))

    def sheets(self, phq=QUIET, gad=None, seconds=60):
        rows = [{"scale": self.phq.id, "answers": list(phq), "seconds": seconds}]
        if gad is not False:
            rows.append({"scale": self.gad.id, "answers": gad or [0] * 7, "seconds": seconds})
        return rows

    def submit(self, student, phq=QUIET, gad=None, seconds=60, campaign=None):
        with door_as():
            return self.seam()._submit(self.token(student, campaign), self.sheets(phq, gad, seconds))

    def responses(self, student, campaign=None):
        return self.env["psych.response"].search(
            [("student_id", "=", student.id), ("campaign_id", "=", (campaign or self.campaign).id)],
            order="id",
        )


class ScreeningCommon(ScreeningWorld, PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.screening_world()


__all__ = [
    "FLAGGED",
    "MISSING",
    "NOW",
    "QUIET",
    "ScreeningCommon",
    "ScreeningWorld",
    "clock",
    "door_as",
    "use_test_keys",
]
