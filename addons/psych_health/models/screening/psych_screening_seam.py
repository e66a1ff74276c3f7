import functools
import logging
import time
from datetime import timedelta

from odoo import api, models, tools
from odoo.tools import SQL

from ...tools import clock, door, scoring, sheet_link
from .psych_response import SMALL_MAX

_logger = logging.getLogger(__name__)

TRIES = 5
TRIES_MINUTES = 15
STEPS_PER_MINUTE = 90
KEPT = 254  # an answer the server keeps and does not show again
_pace = {}


class SheetRefused(Exception):
    """Why a request for a sheet is refused, as a short code that the page turns into a calm sentence."""


def of_student(method):
    """The token comes in, campaign and student go on: the one check of every request for an own sheet."""

    @functools.wraps(method)
    def check(self, token, *args, **kwargs):
        campaign, student_id = self._student(token)
        return method(self, campaign, student_id, *args, **kwargs)

    return check


class PsychScreeningSeam(models.AbstractModel):
    """The one way from a signed link to a sheet (named sudo seam: the student has no rights on any table here).

    A token is bound to campaign and student and opens the own sheet only, for filling in. No session, no user, no
    reading: the page shows nothing that was not typed on it. Every refusal is a code without a person in it.
    """

    _name = "psych.screening.seam"
    _description = "Entrance of answering"

    # ----------------------------------------------------------------------
    # Who
    # ----------------------------------------------------------------------

    @api.model
    def _holder(self, token):
        """Campaign data and student id of a token; names the student at the door.

        :raises SheetRefused: unknown, expired, closed
        """
        secrets = self.env["psych.campaign.member"]._secrets()
        try:
            campaign_id, student_id, by_slip = sheet_link.read(secrets, token, clock.now().date())
        except sheet_link.BadLink as fault:
            raise SheetRefused(str(fault)) from None
        campaign = self.env["psych.campaign"]._plain(campaign_id)
        if not campaign:
            raise SheetRefused("unknown")
        if campaign["state"] != "open" or campaign["closes"] < clock.now():
            raise SheetRefused("closed")
        if student_id:
            door.arrive(door.Identity(door.KIND_LINK, student_id=student_id))
        return {**campaign, "by_slip": by_slip}, student_id

    @api.model
    def _student(self, token):
        """As :meth:`_holder`, for a personal link only.

        :raises SheetRefused: also when the person saves faster than a person can
        """
        campaign, student_id = self._holder(token)
        if not student_id:
            raise SheetRefused("unknown")
        self._keep_pace((self.env.cr.dbname, campaign["id"], student_id))
        return campaign, student_id

    @staticmethod
    def _keep_pace(who):
        """At most so many saved steps a minute and person in this process (per person, never per address: F17)."""
        minute = int(time.monotonic() // 60)
        if len(_pace) > 50_000:
            _pace.clear()
        start, count = _pace.get(who, (minute, 0))
        _pace[who] = (minute, count + 1) if start == minute else (minute, 1)
        if _pace[who][1] > STEPS_PER_MINUTE:
            raise SheetRefused("slow_down")

    # ----------------------------------------------------------------------
    # Opening
    # ----------------------------------------------------------------------

    @api.model
    @of_student
    def _open(self, campaign, student_id, lang=None):
        """Everything the page needs, in one answer: form, state, own saved steps.

        :raises SheetRefused: see :meth:`_holder`; ``early`` before the wave of the student
        """
        state, answered = self._where(campaign, student_id)
        if state == "open" and not answered:
            steps = self.env["psych.response.draft"]._own_steps(campaign, student_id)
            steps = {
                str(scale_id): self._shown(packed, campaign["by_slip"]) for scale_id, packed in steps.items()
            }
        else:
            steps = {}
        return {
            "form": self._form(campaign["id"], self._lang(lang)),
            "done": bool(answered),
            "steps": steps,
            "report": self._report(campaign, student_id) if answered else [],
        }

    @staticmethod
    def _shown(packed, by_slip):
        """Saved answers for the page. A slip went through the hands of a class teacher, so whoever entered by it sees
        which items are answered, never how."""
        if not by_slip:
            return list(packed)
        return [value if value == scoring.MISSING else KEPT for value in packed]

    @api.model
    def _report(self, campaign, student_id):
        """The own report, when the campaign shows one, never in class, by slip, or before its days (H7, H8)."""
        if (
            campaign["report_days"] < 0
            or campaign["in_class"]
            or campaign["anonymous"]
            or campaign["by_slip"]
        ):
            return []
        rows = self.env.execute_query(
            SQL(
                """SELECT r.scale_id, b.name FROM psych_response r JOIN psych_scale_band b ON b.id = r.band_id
                WHERE r.campaign_id = %s AND r.student_id = %s AND r.state = 'valid' AND NOT r.has_flag AND r.submitted_at <= %s""",
                campaign["id"],
                student_id,
                clock.now() - timedelta(days=campaign["report_days"]),
            )
        )
        lang = self._lang(None)
        # named seam: the title of a scale
        return [
            {
                "scale": self.env["psych.scale"].sudo().with_context(lang=lang).browse(scale_id).name,
                "band": name.get(lang) or name.get("en_US"),
            }
            for scale_id, name in rows
        ]

    @api.model
    def _where(self, campaign, student_id):
        """``(state, answered)`` of a member: ``open``, or a refusal.

        :raises SheetRefused: not invited, before the wave
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT m.state, m.opens_at,
                      EXISTS (SELECT 1 FROM psych_response r WHERE r.campaign_id = m.campaign_id AND r.student_id = m.student_id
                                 AND (r.state IN ('valid', 'declined') OR r.round = %(round)s)),
                      EXISTS (SELECT 1 FROM psych_campaign_tick t WHERE t.campaign_id = m.campaign_id AND t.student_id = m.student_id)
                 FROM psych_campaign_member m JOIN psych_student s ON s.id = m.student_id
                WHERE m.campaign_id = %(campaign)s AND m.student_id = %(student)s
                  AND s.enrolment_state IN ('enrolled', 'on_leave')""",
                campaign=campaign["id"],
                student=student_id,
                round=campaign["round"],
            )
        )
        if not rows or rows[0][0] != "invited":
            raise SheetRefused("not_invited")
        if rows[0][1] > clock.now():
            raise SheetRefused("early")
        return "open", rows[0][2] or rows[0][3]

    @staticmethod
    def _lang(lang):
        return "zh_CN" if not lang or str(lang).lower().startswith("zh") else "en_US"

    @api.model
    @tools.ormcache("campaign_id", "lang")
    def _form(self, campaign_id, lang):
        """The form of a campaign, the same for everybody (sudo seam: wording only). Read-only plain data."""
        campaign = self.env["psych.campaign"].sudo().with_context(lang=lang).browse(campaign_id)
        company = campaign.company_id
        return {
            "name": campaign.name,
            "school": company.name,
            "consent": campaign.consent_text or campaign._default_consent(),
            "lang": lang,
            "anonymous": campaign.kind == "climate",
            "in_class": campaign.in_class,
            "hotline": company.psych_hotline or "",
            "where": company.psych_help_text or "",
            "scales": [
                scale._form() for scale in campaign.scale_ids.sorted(lambda scale: (scale.sequence, scale.id))
            ],
            "followup": campaign.followup_scale_id._form()
            if campaign.followup_scale_id and campaign.kind != "climate"
            else None,
        }

    # ----------------------------------------------------------------------
    # Saving and submitting
    # ----------------------------------------------------------------------

    @api.model
    def _sheets(self, campaign, sheets):
        """Checked ``[(scale id, packed, seconds)]`` from the body of a request.

        :raises SheetRefused: ``form`` when something does not fit the campaign
        """
        allowed = {*campaign["scale_ids"], campaign["followup_scale_id"]}
        checked = []
        if not isinstance(sheets, list) or not 0 < len(sheets) <= 12:
            raise SheetRefused("form")
        for row in sheets:
            try:
                scale_id, answers = int(row["scale"]), row["answers"]
                seconds = min(max(int(row.get("seconds") or 0), 0), SMALL_MAX) or None
                if scale_id not in allowed or scale_id in {done[0] for done in checked}:
                    raise ValueError
                packed = bytes(
                    scoring.MISSING if value is None or value == KEPT else int(value) for value in answers
                )
                self.env["psych.scale"]._compiled_frozen(scale_id).check(packed)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise SheetRefused("form") from None
            checked.append((scale_id, packed, seconds))
        return checked

    @api.model
    @of_student
    def _save(self, campaign, student_id, sheets):
        """Save a step. A rule over items alone counts from here, whatever happens to the sheet later (F6)."""
        _state, answered = self._where(campaign, student_id)
        if answered or campaign["anonymous"]:
            return {"saved": True, "done": bool(answered)}
        checked = self._sheets(campaign, sheets)
        self.env["psych.response.draft"]._save_steps(campaign, student_id, checked)
        Scale, Flag = self.env["psych.scale"], self.env["psych.response.flag"]
        for scale_id, packed, _seconds in checked:
            codes = Scale._compiled_frozen(scale_id).early_flags(packed)
            if codes:
                Flag._raise(campaign, student_id, scale_id, codes)
        return {"saved": True, "done": False}

    @api.model
    @of_student
    def _submit(self, campaign, student_id, sheets):
        """Take the sheets of one sitting. Sent again it answers the same and writes nothing.

        :return: ``{"ok": True, "ask": bool}``; ``ask``: the follow-up questions come next in the same sitting
        """
        checked = self._sheets(campaign, sheets)
        if any(KEPT in row["answers"] for row in sheets):
            checked = self._with_kept(campaign, student_id, checked)
        return self._submit_for(campaign, student_id, checked)

    @api.model
    def _with_kept(self, campaign, student_id, checked):
        """Fill in what was saved by another device: an answer that the page shows as kept and does not know."""
        steps = self.env["psych.response.draft"]._own_steps(campaign, student_id)
        return [
            (scale_id, scoring.merge(steps[scale_id], packed) if scale_id in steps else packed, seconds)
            for scale_id, packed, seconds in checked
        ]

    @api.model
    def _submit_for(self, campaign, student_id, checked):
        if campaign["anonymous"]:
            return self.env["psych.campaign.tick"]._take(campaign, student_id, checked)
        Response = self.env["psych.response"]
        followup_id = campaign["followup_scale_id"]
        rows = [
            Response._sheet_row(campaign, scale_id, student_id, packed, seconds)
            for scale_id, packed, seconds in checked
        ]
        self._keep_earlier(campaign, student_id)
        fresh = Response._insert_sheets(campaign, student_id, rows)
        if fresh is None:
            raise SheetRefused("not_invited")
        ask = False
        for row in rows:
            response_id = fresh.get(row["scale_id"])
            if row["codes"] and response_id:
                self.env["psych.response.flag"]._raise(
                    campaign, student_id, row["scale_id"], row["codes"], response_id
                )
            table = self.env["psych.scale"]._rule_table(row["scale_id"])
            ask = ask or bool(set(row["codes"]) & table["followup"])
        asked = followup_id and any(row["scale_id"] == followup_id for row in rows)
        return {"ok": True, "ask": bool(ask and followup_id and not asked)}

    @api.model
    def _keep_earlier(self, campaign, student_id):
        """In a make-up round only those without a valid sheet answer again.

        :raises SheetRefused: ``done`` when there is one
        """
        if campaign["round"] == 1:
            return
        if self._where(campaign, student_id)[1]:
            rows = self.env.execute_query(
                SQL(
                    "SELECT 1 FROM psych_response WHERE campaign_id = %s AND student_id = %s AND round < %s AND state IN ('valid', 'declined') LIMIT 1",
                    campaign["id"],
                    student_id,
                    campaign["round"],
                )
            )
            if rows:
                raise SheetRefused("done")

    @api.model
    @of_student
    def _decline(self, campaign, student_id):
        """Not taking part is an answer; nothing follows from it (H18)."""
        self._where(campaign, student_id)
        Response = self.env["psych.response"]
        Response._insert_sheets(
            campaign, student_id, [Response._declined_row(scale_id) for scale_id in campaign["scale_ids"]]
        )
        return {"ok": True, "ask": False}

    @api.model
    def _submit_many(self, entries):
        """Several sheets in one request (kiosk, offline queue): one answer per entry, in order.

        :param list entries: ``{"token": str, "sheets": [...]}``, at most 50
        """
        if not isinstance(entries, list) or len(entries) > 50:
            raise SheetRefused("form")
        answers = []
        for entry in entries:
            try:
                answers.append(self._submit(entry["token"], entry["sheets"]))
            except SheetRefused as refusal:
                answers.append({"ok": False, "why": str(refusal)})
            except (KeyError, TypeError):
                answers.append({"ok": False, "why": "form"})
        return answers

    # ----------------------------------------------------------------------
    # One-time code
    # ----------------------------------------------------------------------

    @api.model
    def _enter(self, campaign_token, number, code):
        """Exchange student number and one-time code for the personal token. A number alone opens nothing.

        Failures are counted per number by an own cursor, else the failed attempt rolls itself back.

        :raises SheetRefused: ``code`` for anything wrong, ``wait`` after too many tries
        """
        campaign, student_id = self._holder(campaign_token)
        if student_id:
            raise SheetRefused("unknown")
        number = str(number or "").strip()[:40]
        Try = self.env["psych.link.try"]
        if Try._too_many(campaign["id"], number, TRIES, TRIES_MINUTES):
            raise SheetRefused("wait")
        rows = self.env.execute_query(
            SQL(
                """SELECT m.student_id FROM psych_campaign_member m JOIN psych_student s ON s.id = m.student_id
                WHERE m.campaign_id = %s AND s.number = %s AND s.company_id = %s""",
                campaign["id"],
                number,
                campaign["company_id"],
            )
        )
        secrets = self.env["psych.campaign.member"]._secrets()
        found = rows[0][0] if rows else 0
        good = sheet_link.same_code(secrets, campaign["id"] * 64 + campaign["round"], found, code)
        if not found or not good:
            Try._note(campaign["id"], number)
            raise SheetRefused("code")
        last_day = clock.local(campaign["closes"], campaign["tz"]).date() + timedelta(days=1)
        return {"token": sheet_link.make(secrets[0], campaign["id"], found, last_day, by_slip=True)}
