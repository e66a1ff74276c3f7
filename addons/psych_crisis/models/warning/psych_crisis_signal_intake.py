import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock

from .psych_crisis_kind import URGENCY_RANK

_logger = logging.getLogger(__name__)
WRITING = timedelta(minutes=3)  # an autosaved text is told once, not letter by letter


class PsychCrisisSignal(models.Model):
    """How signals come in: flags of psych_health, reports of students and staff."""

    _inherit = "psych.crisis.signal"

    @api.model
    def _machine(self):
        """Return this model as the machine: the one named seam by which students and the public raise a signal.

        Not ``sudo()``: ``create_uid`` would name the reporter (safety rule H4).
        """
        return self.with_user(SUPERUSER_ID).with_context(allowed_company_ids=None)

    def _address_first(self):
        """Address a new signal. A failure keeps the signal: its ``ring_at`` is now, the ladder tries again in a minute."""
        try:
            with self.env.cr.savepoint():
                self.with_company(self.company_id)._ring()
        except OperationalError:
            raise
        except Exception as error:
            _logger.error("Signal %s could not be addressed at once: %s", self.id, type(error).__name__)
            self.env.invalidate_all()

    # ----------------------------------------------------------------------
    # Flags of psych_health
    # ----------------------------------------------------------------------

    @api.model
    def _raise_from(self, record, rule_ref, urgency, source, kind, student=None, company=None):
        """Raise a signal for ``record``; join the open one of this rule, or an untriaged one of the same student and line.

        A rule that fires again after its signal was closed is news: it raises another signal. Called inside the caller's transaction and savepoint. Never carries narrative.

        :param record: singleton of any model; :param str rule_ref: rule that fired
        :param str urgency: acute, talk or watch; :param str source: code; :param str kind: code
        :return: the signal (machine's view), empty when the student died
        """
        machine = self._machine()
        origins = machine.env["psych.crisis.origin"]
        student = machine.env["psych.student"].browse(student.id if student else 0)
        if student.enrolment_state == "deceased":
            return machine
        known = origins._known(record._name, record.id, rule_ref)
        told = known.signal_id._kept()
        if told.is_open:
            told._heard_again(urgency)
            return told
        source = machine._by_code("psych.crisis.source", source)
        kind = machine._by_code("psych.crisis.kind", kind)
        signal = machine._open_of(student, kind.line or source.line, source)
        if signal:
            signal._heard_again(urgency)
        else:
            signal = machine.create(
                {
                    "student_id": student.id,
                    "kind_id": kind.id,
                    "source_id": source.id,
                    "urgency": urgency,
                    "company_id": (company or student.company_id or self.env.company).id,
                }
            )
        origins.create(
            {
                "signal_id": signal.id,
                "model": record._name,
                "res_id": record.id,
                "rule_ref": rule_ref,
                "turn": known.turn + 1,
                "urgency": urgency,
                "at": clock.now(),
            }
        )
        return signal

    @api.model
    def _raise_for_class(self, unit, rule, kind, pause=timedelta()):
        """Raise a *watch* signal about a class as a whole, by the network line; not again while one of this rule is open or
        younger than ``pause``.

        :param unit: the class; :param str rule: what makes it once; :param str kind: code
        """
        machine = self._machine()
        origins = machine.env["psych.crisis.origin"]
        known = origins._known("psych.unit", unit.id, rule)
        if known and (known.signal_id._kept().is_open or not pause or known.at > clock.now() - pause):
            return known.signal_id
        signal = machine.create(
            {
                "class_id": unit.id,
                "kind_id": machine._by_code("psych.crisis.kind", kind).id,
                "urgency": "watch",
                "source_id": machine._by_code("psych.crisis.source", "period").id,
                "company_id": unit.company_id.id,
            }
        )
        origins.create(
            {
                "signal_id": signal.id,
                "model": "psych.unit",
                "res_id": unit.id,
                "rule_ref": rule,
                "turn": known.turn + 1,
                "urgency": "watch",
                "at": clock.now(),
            }
        )
        return signal

    @api.model
    def _tell_minimum(self, record, text):
        """Put the minimum that the author of a flag tells onwards into the signal of ``record``, encrypted (F11).

        Words of somebody else are never written over: when the signal carries some, this record gets a signal of its own
        for the same student, which the centre may merge. Without a signal (a flag that raised none) nothing happens.
        """
        origin = self._machine().env["psych.crisis.origin"]._last_of(record)
        if not origin or not (text or origin.is_teller):
            return
        signal = origin._signal_that_takes_words()
        signal.fact = text
        origin.write({"signal_id": signal.id, "is_teller": bool(text)})
        if text:
            signal._call_again_for_words()

    def _call_again_for_words(self):
        """Words came after somebody took the signal: he is called again, once for what is written within some minutes."""
        self.ensure_one()
        took = self.addressee_ids.filtered(
            lambda row: row.is_live and (row.acknowledged_at or row.user_id == self.owner_id)
        )
        if not self.is_open or not self.acknowledged_at or not took:
            return
        Message = self.env["psych.crisis.message"]
        if Message.search_count(
            [
                ("addressee_id", "in", took.ids),
                ("climb_id.reason", "=", "words"),
                ("state", "=", "queued"),
            ],
            limit=1,
        ):
            return
        climb = self.env["psych.crisis.climb"].create(
            {
                "signal_id": self.id,
                "at": clock.now(),
                "started_at": clock.now(),
                "reason": "words",
                "company_id": self.company_id.id,
            }
        )
        Message._queue(took, climb, self.urgency, WRITING)

    @api.model
    def _by_code(self, model, code):
        """Return the row with this code, the school's own before the shared one."""
        return self.env[model].search([("code", "=", code)], order="company_id NULLS LAST", limit=1)

    def _open_of(self, student, line, source):
        if not student:
            return self.browse()
        return self.search(
            [
                ("student_id", "=", student.id),
                ("line", "=", line),
                ("source_id", "=", source.id),
                ("is_open", "=", True),
                ("triaged_at", "=", False),
            ],
            limit=1,
        )

    def _kept(self):
        """Return the signal that this one was merged into, or itself."""
        signal, passed = self, self.browse()
        while signal.merged_into_id and signal not in passed:
            passed |= signal
            signal = signal.merged_into_id
        return signal

    def _heard_again(self, urgency):
        """The same is told again while the signal is open: what is graver raises it, and danger after the student was
        seen is a new danger. Otherwise those who were told are on their way already.
        """
        self._raise_urgency(urgency)
        for signal in self:
            if urgency == "acute" and signal.is_open and signal.seen_at and signal.seen_at < clock.now():
                signal._start_anew(urgency)

    def _raise_urgency(self, urgency):
        """Raise an open signal to a graver urgency; its clocks start anew, also when it was acknowledged or seen before."""
        for signal in self:
            if URGENCY_RANK[urgency] < signal.urgency_rank and signal.is_open:
                signal._start_anew(urgency)

    def _start_anew(self, urgency):
        """Take back the three stamps and address everybody again: nobody has met the student in this state."""
        self.write(
            {
                "urgency": urgency,
                "urgency_rank": URGENCY_RANK[urgency],
                "aware_at": clock.now(),
                "acknowledged_at": False,
                "acknowledged_by_id": False,
                "seen_at": False,
                "seen_by_id": False,
                "triaged_at": False,
                "triaged_by_id": False,
                "outcome": False,
                "state": "new",
                "ring_at": clock.now(),
            }
        )
        self._address_first()

    # ----------------------------------------------------------------------
    # Reports of people
    # ----------------------------------------------------------------------

    @api.model
    def _report(self, company, values, reporter_student=None, reporter_user=None, contact=None):
        """A student, member of staff or stranger reports something; return the reporter row with the receipt's token.

        Open to everybody, always (safety rule F8): no roster right is asked.

        :param dict values: ``kind``, ``source`` (codes), ``urgency``, ``fact``, ``student_id``, ``room_id``, ``class_id``,
            ``place``, ``accused_user_id``
        """
        machine = self._machine()
        source = machine._by_code("psych.crisis.source", values.pop("source"))
        kind = machine._by_code("psych.crisis.kind", values.pop("kind"))
        allowed = {"urgency", "fact", "student_id", "room_id", "class_id", "place", "accused_user_id"}
        vals = {name: value for name, value in values.items() if name in allowed and value}
        if machine.env["psych.student"].browse(vals.get("student_id", 0)).enrolment_state == "deceased":
            vals.pop("student_id")  # people are told, the machine asks nothing about the dead (H1)
        signal = machine.create(
            {**vals, "kind_id": kind.id, "source_id": source.id, "company_id": company.id}
        )
        if signal.line == "discipline" and signal.accused_user_id and signal.student_id:
            signal._lock_out_accused()
        return machine.env["psych.crisis.reporter"].create(
            {
                "signal_id": signal.id,
                "contact": contact or False,
                "student_id": reporter_student.id if reporter_student else False,
                "user_id": reporter_user.id if reporter_user else False,
            }
        )

    def _accuse(self, user):
        """Who handles a complaint says whom it is about; the student wrote a name, or a description (F3).

        The named person is locked out at once, told nothing more, and owns nothing of this. Once: for another person another complaint.

        :raises UserError: for other lines, a second name, a student, or oneself
        """
        self._check_staff()
        signal = self.sudo()  # named seam: stamps of the flow, which nobody types; the check stands above
        if signal.line != "discipline" or signal.accused_user_id or user.share:
            raise UserError(
                self.env._(
                    "A complaint names one member of staff, once. Report another one for another person."
                )
            )
        if user == self.env.user:
            raise UserError(self.env._("Please let somebody else handle this complaint."))
        signal.accused_user_id = user
        if signal.student_id:
            signal._lock_out_accused()
        signal.addressee_ids.filtered(lambda row: row.user_id == user).write({"is_live": False})
        if signal.owner_id == user:
            signal._give_away()
        signal._ring()

    def _lock_out_accused(self):
        """A complaint about staff: the named person is locked out of everything about the student at once."""
        # named seam: the reporter has no right on lock-outs; the complaint makes it
        Lockout = self.env["psych.lockout"].sudo()
        for signal in self:
            Lockout.create(
                {
                    "user_id": signal.accused_user_id.id,
                    "student_id": signal.student_id.id,
                    "reason": "complaint",
                    "date_start": clock.today(self.env, signal.company_id),
                }
            )
