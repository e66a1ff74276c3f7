"""Papers with confidential text: the texts are opened here, for the person at the door, and handed to the template.

Inside a template nothing opens (docs/decisions.md), so each report reads its texts before it renders; the reading log has
a row for each. Each class is the parser of one report of ``report/psych_crisis_reports.xml``.
"""

from odoo import api, models

from odoo.addons.psych_health.tools import clock


class PsychCrisisPaper(models.AbstractModel):
    """Common ground: ``docs`` and ``texts``, opened under the rights of whoever prints."""

    _name = "psych.crisis.paper"
    _description = "Paper with confidential text"
    _paper_model = None
    _paper_texts = ()

    @api.model
    def _get_report_values(self, docids, data=None):
        docs = self.env[self._paper_model].browse(docids)
        docs.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": self._paper_model,
            "docs": docs,
            "texts": {doc.id: {name: doc[name] or "" for name in self._paper_texts} for doc in docs},
            "more": {doc.id: self._more(doc) for doc in docs},
        }

    @api.model
    def _more(self, doc):
        """Return further plain values for the template."""
        return {}


class PsychCrisisCaseSituation(models.AbstractModel):
    """One-page situation report (情况专报): by number; lines of instructions as far as they open to whoever prints."""

    _name = "report.psych_crisis.psych_crisis_case_situation_document"
    _description = "Paper: situation report"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.crisis.case"

    @api.model
    def _more(self, doc):
        orders = doc.instruction_ids.filtered(lambda row: row.kind != "read")[:6]
        return {"orders": [(row, row.name or "", row.answer or "") for row in orders]}


class PsychCrisisReferralSlip(models.AbstractModel):
    """Referral slip in two copies."""

    _name = "report.psych_crisis.psych_crisis_referral_slip_document"
    _description = "Paper: referral slip"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.crisis.referral"
    _paper_texts = ("reason",)


class PsychCrisisEventFirst(models.AbstractModel):
    """First report of an event (首报)."""

    _name = "report.psych_crisis.psych_crisis_event_first_document"
    _description = "Paper: first report"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.crisis.event"
    _paper_texts = ("facts_text", "measures")

    @api.model
    def _more(self, doc):
        return doc._file_facts()


class PsychCrisisEventProgress(models.AbstractModel):
    """Progress report of an event (续报): what is new since the report before."""

    _name = "report.psych_crisis.psych_crisis_event_progress_document"
    _description = "Paper: progress report"
    _inherit = "report.psych_crisis.psych_crisis_event_first_document"

    @api.model
    def _more(self, doc):
        facts = super()._more(doc)
        stamps = doc.entry_ids.filtered(lambda row: row.kind in ("first", "progress")).sorted("id")
        before = stamps[-2:-1]  # the last stamp is this report itself
        since = clock.text(before.at or doc.aware_at, doc.company_id.psych_tz)
        return {**facts, "since": since, "news": doc._timeline(before)}


class PsychCrisisEventFinal(models.AbstractModel):
    """Final report of an event (终报): the whole course, help for affected people, what is learnt."""

    _name = "report.psych_crisis.psych_crisis_event_final_document"
    _description = "Paper: final report"
    _inherit = "report.psych_crisis.psych_crisis_event_first_document"


class PsychCrisisEventFilePrint(models.AbstractModel):
    """The sealed event file."""

    _name = "report.psych_crisis.psych_crisis_event_file_document"
    _description = "Paper: event file"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.crisis.event.file"

    @api.model
    def _more(self, doc):
        return doc.event_id._file_facts()


class PsychCrisisMeetingMinutes(models.AbstractModel):
    """Minutes of a study meeting."""

    _name = "report.psych_crisis.psych_crisis_meeting_minutes_document"
    _description = "Paper: minutes"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.crisis.meeting"

    @api.model
    def _more(self, doc):
        return {"next_steps": {line.id: line.next_step or "" for line in doc.line_ids}}


class PsychCrisisGuardianSlip(models.AbstractModel):
    """Hand-over to the guardian: no text that was ever confidential is on it."""

    _name = "report.psych_crisis.psych_crisis_guardian_slip_document"
    _description = "Paper: hand-over to the guardian"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.student"


class PsychCrisisSafetyPlanCopy(models.AbstractModel):
    """The student's copy of the safety plan."""

    _name = "report.psych_crisis.psych_crisis_safety_plan_document"
    _description = "Paper: safety plan"
    _inherit = "psych.crisis.paper"
    _paper_model = "psych.crisis.safety.plan"
    _paper_texts = (
        "warning_signs",
        "own_ways",
        "places_people",
        "helpers",
        "professionals",
        "surroundings",
    )
