from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clock, slots
from .psych_appointment import OPEN_STATES

HOURS_SHOWN = 200  # on one page; whoever finds none in them asks for a person or the waiting list


class PsychAppointment(models.Model):
    """What the student pages show, as plain values. Named seam as in the portal part: own rows, own school."""

    _inherit = "psych.appointment"

    @api.model
    def _portal_company(self):
        """School of whoever opens the help page: the user's own, else the main one. Named seam: name and help lines."""
        user = self.env.user
        return (
            user.company_id if not user._is_public() else self.env["res.company"].sudo().search([], limit=1)
        ).sudo()

    @api.model
    def _portal_frame(self, company):
        """What every page carries: help lines that answer now, and the link to the source (AGPL §13).

        Named seam: settings of the own school.
        """
        company = company.sudo()
        local = slots.to_local(clock.now(), company.psych_tz)
        return {
            "help_phone": company.psych_help_phone,
            "help_hours": company.psych_help_hours,
            "help_place": company.psych_help_place,
            "public_lines": company._psych_public_lines(),
            "national_phone": company.psych_national_phone,
            "national_open": bool(company.psych_national_phone)
            and company._psych_national_open(company, local.hour + local.minute / 60),
            "school": company.name,
        }

    @api.model
    def _portal_home(self, student):
        """Own hours, waiting places, services and the next three free hours. Named seam: own rows only."""
        Appointment = self.sudo()
        own = Appointment.search(
            [
                ("student_id", "=", student.id),
                ("state", "in", OPEN_STATES),
                ("stop", ">", clock.now()),
            ],
            order="start",
        )
        waiting = (
            self.env["psych.waiting"]
            .sudo()
            .search(
                [
                    ("student_id", "=", student.id),
                    ("state", "in", ("waiting", "offered")),
                ]
            )
        )
        services = self._portal_services(student)
        default = services[:1]
        refusal = self._portal_refusal(student, default) if default else ""
        free = self._portal_first_free(default, student) if default and not refusal else []
        return {
            "own": [(row, self._portal_hour_text(student.company_id, row.start)) for row in own],
            "waiting": [
                (row, row.offer_start and self._portal_hour_text(student.company_id, row.offer_start))
                for row in waiting
            ],
            "services": services,
            "groups": self.env["psych.group"]._portal_groups(student),
            "default": default,
            "refusal": refusal,
            "free": self._portal_hours(student.company_id, free, default),
        }

    @api.model
    def _portal_hours_page(self, student, service, counsellor_id, own):
        """Free hours of one service by day, the choice of persons, and the waiting list when there are none."""
        counsellor = self.env["psych.counsellor"].browse(counsellor_id)
        if own:
            counsellor = own.counsellor_id
        else:
            counsellor = self._portal_only_with(student, service) or counsellor
        refusal = "" if own else self._portal_refusal(student, service)
        found = [] if refusal else self._portal_free(service, student, counsellor, own)
        days = {}
        for hour in self._portal_hours(student.company_id, self._portal_spread(student, found, HOURS_SHOWN)):
            days.setdefault(hour["day"], []).append(hour)
        return {
            "refusal": refusal,
            "days": list(days.items()),
            "people": [] if own or refusal else self._portal_people(service),
            "counsellor": counsellor.id or 0,
        }

    @api.model
    def _portal_people(self, service):
        """Who offers a service: id, name, title. Named seam: what the centre shows its students."""
        if service.resource != "counsellor":
            return []
        people = (
            self.env["psych.counsellor"]
            .sudo()
            .search_fetch([("service_ids", "in", service.ids)], ["user_id", "title"])
        )
        people.user_id.fetch(["partner_id"])
        people.user_id.partner_id.fetch(["name"])
        return [{"id": row.id, "name": row.name, "title": row.title or ""} for row in people]

    @api.model
    def _portal_hours(self, company, found, service=None):
        """Free hours for the page: instant in UTC, time and day in words.

        Named seam: the school's zone, and names that the centre shows its students.

        :param service: name the counsellor, or the room, of each hour of it
        """
        tz = company.sudo().psych_tz
        names = {}
        if service:
            owners = self.env["psych.place" if service.resource == "room" else "psych.counsellor"].sudo()
            names = {row.id: row.name for row in owners.browse({slot.owner for slot in found})}
        local = {slot.start: slots.to_local(slot.start, tz) for slot in found}
        texts = {
            day: self._portal_day_text(company, day) for day in {instant.date() for instant in local.values()}
        }
        return [
            {
                "start": fields.Datetime.to_string(slot.start),
                "time": local[slot.start].strftime("%H:%M"),
                "day": texts[local[slot.start].date()],
                "owner": slot.owner,
                "name": names.get(slot.owner, ""),
            }
            for slot in found
        ]

    @api.model
    def _portal_hour_text(self, company, start):
        """'Today 14:20', '10-12 Mon 14:20', in the time of the school. Named seam: its zone."""
        local = slots.to_local(fields.Datetime.to_datetime(start), company.sudo().psych_tz)
        return f"{self._portal_day_text(company, local.date())} {local:%H:%M}"

    @api.model
    def _portal_day_text(self, company, day):
        """'Today', 'Tomorrow', '10/12 Mon'. Named seam: the zone of the school."""
        ahead = (day - clock.today(self.env, company.sudo())).days
        if ahead in (0, 1):
            return self.env._("Today") if ahead == 0 else self.env._("Tomorrow")
        names = [
            self.env._("Mon"),
            self.env._("Tue"),
            self.env._("Wed"),
            self.env._("Thu"),
            self.env._("Fri"),
            self.env._("Sat"),
            self.env._("Sun"),
        ]
        return self.env._(
            "%(month)s/%(day)s %(weekday)s", month=day.month, day=day.day, weekday=names[day.weekday()]
        )

    @api.model
    def _portal_topics(self, student):
        """Topics to choose from. Named seam: a list without persons."""
        return self.env["psych.topic"].sudo().search([("company_id", "in", (False, student.company_id.id))])

    @api.model
    def _portal_channel(self, request):
        """Channel tag of the booking (S1-Art16-f): the Yiban app says so in its browser name."""
        agent = (request.httprequest.user_agent.string or "").lower()
        return "yiban" if "yiban" in agent else "portal"

    # ------------------------------------------------------------
    # consent
    # ------------------------------------------------------------

    @api.model
    def _portal_consent(self, student, service):
        """True when the student agrees to the rules of the talk on the page of this booking: the first time only.

        Named seam: rule of the service, and whether the student has been here.
        """
        if not service.sudo().needs_consent or self._consent_state(student) in ("given", "override"):
            return False
        return not self.sudo().search_count([("student_id", "=", student.id)], limit=1)

    @api.model
    def _portal_agree(self, student, service, agreed):
        """Take the tick of the booking page; the signed form follows before the first talk.

        :raises UserError: when it is needed and was not given
        """
        if self._portal_consent(student, service) and not agreed:
            raise UserError(self.env._("Please read the page about confidentiality and tick the box."))

    @api.model
    def _consent_state(self, student):
        """State of the signed consent to counselling: given, withdrawn, missing or override (psych.consent)."""
        return self.env["psych.consent"]._state(student, "counselling")

    def _portal_must_sign(self):
        """True when the student should read and sign the consent before this talk. Named seam: the own hour."""
        row = self.sudo()
        open_hour = row.state in ("requested", "confirmed") and row.service_id.needs_consent
        return open_hour and self._consent_state(row.student_id) not in ("given", "override")

    def _portal_state_text(self):
        """State in the words of the reader."""
        return dict(self._fields["state"]._description_selection(self.env)).get(self.state, "")
