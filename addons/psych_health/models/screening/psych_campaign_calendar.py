import logging
from datetime import datetime, time, timedelta

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import ConcurrencyError

from ...tools import clock

_logger = logging.getLogger(__name__)
FRESHMAN_DAY = 30
PROPOSE_DAYS = 30
QUIET_FROM, QUIET_UNTIL = 22, 8


class PsychCampaignCalendar(models.Model):
    """Campaigns by the calendar: proposals from the semester, reminders to the unfinished, closing in time."""

    _inherit = "psych.campaign"

    @api.model
    def _cron_daily(self):
        """Close what is over, remind, propose, end talks with students who left. Safe to run again."""
        for campaign in self.search([("state", "=", "open"), ("date_close", "<", clock.now())]):
            self._each(campaign, lambda campaign=campaign: campaign.action_close())
        for campaign in self.search([("state", "=", "open"), ("reminder_days", ">", 0)]):
            self._each(campaign, lambda campaign=campaign: campaign._remind())
        for company in self.env["res.company"].search([("psych_unit_id", "!=", False)]):
            self._each(company, lambda company=company: self.with_company(company)._propose(company))
        self.env["psych.interview"]._cron_students_gone()

    def _each(self, record, call):
        """One item in its own savepoint: the job never fails as a whole; lost races go to the retry."""
        try:
            with self.env.cr.savepoint():
                call()
        except (OperationalError, ConcurrencyError):
            raise
        except Exception as error:
            _logger.error("%s %s: %s", record._name, record.id, type(error).__name__)

    # ----------------------------------------------------------------------
    # Reminders
    # ----------------------------------------------------------------------

    def _remind(self):
        """Remind the unfinished, not at night and not twice in the stated days (H8, H1).

        A student with a portal address gets a neutral line with the own link; for the others the class has its list.
        :return: number of reminders
        """
        self.ensure_one()
        local = clock.local(clock.now(), self.company_id.psych_tz)
        if not QUIET_UNTIL <= local.hour < QUIET_FROM:
            return 0
        last = self.last_reminder or clock.local(self.date_open, self.company_id.psych_tz).date()
        if (local.date() - last).days < self.reminder_days:
            return 0
        self.last_reminder = local.date()
        members = self.env["psych.campaign.member"]._missing(self)
        links = members._links()
        mails = [
            {
                "subject": self.env._("A questionnaire is waiting for you"),
                "email_to": member.student_id.partner_id.email,
                "body_html": self.env._("It takes a few minutes: %(link)s", link=links[member][0]),
                "auto_delete": True,
            }
            for member in members
            if member.student_id.partner_id.email
        ]
        self.env["mail.mail"].create(mails)
        return len(mails)

    # ----------------------------------------------------------------------
    # Proposals
    # ----------------------------------------------------------------------

    @api.model
    def _propose(self, company):
        """Draft campaigns for the semester that runs and the one that begins within a month.

        Drafts only: a person looks, staggers and opens. One draft per semester and kind of cohort.
        """
        today = clock.today(self.env, company)
        terms = self.env["psych.term"]._current(company) | self.env["psych.term"].search(
            [
                ("company_id", "=", company.id),
                ("date_start", ">", today),
                ("date_start", "<=", today + timedelta(days=PROPOSE_DAYS)),
            ]
        )
        made = self.browse()
        for term in terms:
            made |= self._propose_for(term, company)
        return made

    @api.model
    def _propose_for(self, term, company):
        """Draft campaigns for a semester: freshmen about 30 days after entry, the others in week 1."""
        entry = term.event_ids.filtered(lambda event: event.kind == "entry")[:1]
        freshmen = str(term.year_start)
        older = ", ".join(str(term.year_start - back) for back in (1, 2, 3, 4))
        plans = [(self.env._("Census of older grades, %(term)s", term=term.name), older, term.date_start)]
        if entry:
            plans.append(
                (
                    self.env._("Census of freshmen, %(term)s", term=term.name),
                    freshmen,
                    entry.date_start + timedelta(days=FRESHMAN_DAY),
                )
            )
        elif term.semester == "2":
            plans = [
                (
                    self.env._("Census of all grades, %(term)s", term=term.name),
                    f"{freshmen}, {older}",
                    term.date_start,
                )
            ]
        made = self.browse()
        for name, years, day in plans:
            if self.search_count(
                [("term_id", "=", term.id), ("kind", "=", "census"), ("entry_years", "=", years)], limit=1
            ):
                continue
            start = clock.to_utc(datetime.combine(day, time(8, 0)), company.psych_tz)
            if start < clock.now() - timedelta(days=14):
                continue
            made |= self.create(
                {
                    "name": name,
                    "company_id": company.id,
                    "term_id": term.id,
                    "entry_years": years,
                    "date_open": start,
                    "date_close": start + timedelta(days=14),
                    "scale_ids": [(6, 0, self._short_form().ids)],
                    "user_id": False,
                }
            )
        return made

    @api.model
    def _short_form(self):
        """The short battery that repeats use by default: PHQ-9 and GAD-7, the newest released versions."""
        Scale, found = self.env["psych.scale"], self.env["psych.scale"]
        for code in ("PHQ-9", "GAD-7"):
            found |= Scale.search(
                [
                    ("code", "=", code),
                    ("state", "=", "released"),
                    ("company_id", "in", (False, self.env.company.id)),
                ],
                order="company_id, id desc",
                limit=1,
            )
        return found
