import logging
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

_logger = logging.getLogger(__name__)
BATCH = 50
MATTERS = ("psych.crisis.signal", "psych.crisis.case")


class PsychCrisisLadder(models.AbstractModel):
    """The job that lets matters climb: what is due is asked from stored times, never «since the last run».

    Each matter in an own savepoint; one that fails is tried again in the next run and stops no other. The job never
    fails as a whole, so Odoo does not switch it off (trap 12).
    """

    _name = "psych.crisis.ladder"
    _description = "Ladder"

    @api.model
    def _cron_ladder(self):
        """Every minute: let everything due climb, then send what is queued.

        The first run of a new day looks at once for owners whose right ended at midnight (a deputy, a term of office).
        """
        if self._day_turned():
            self._find_orphans()
        handled, failed = self._climb()
        self.env["psych.crisis.heartbeat"]._beat("ladder", handled, failed)
        self.env["psych.crisis.message"]._send_due()

    @api.model
    def _cron_orphans(self):
        """Every quarter of an hour: find open matters whose owner is gone by the date alone; the ladder, alone, climbs.

        Follow-ups of tiers and reports of events are looked after here too: they are no matters and have nobody else.

        Two jobs that climb at the same time would fire the same step twice and one of them would fail.
        """
        self._find_orphans()
        self._look_after_followups()
        self.env["psych.crisis.message"]._wake()

    @api.model
    def _find_orphans(self):
        for name in MATTERS:
            self.env[name].sudo()._ring_orphans()  # named seam: machine work of the ladder
        self.env["psych.crisis.heartbeat"]._beat("orphans")

    @api.model
    def _look_after_followups(self):
        """A failure here must not stop the search for orphans."""
        with self._apart("Follow-ups"):
            self.env["psych.crisis.followup"].sudo()._look_after()  # named seam: machine work
            self.env["psych.crisis.event"].sudo()._climb_overdue()  # named seam: machine work

    @contextmanager
    def _apart(self, what):
        """Do a part of the machine's work in a savepoint of its own: what fails in it is undone, logged and tried again by
        the next run, and the rest goes on."""
        try:
            with self.env.cr.savepoint():
                yield
        except OperationalError:
            _logger.info("%s: being changed by somebody, the next run looks again", what)
        except Exception as error:
            _logger.error("%s could not be looked after: %s", what, type(error).__name__)

    @api.model
    def _day_turned(self):
        """True when a school's day has changed since owners were looked at, asked from the stored time."""
        # named seam: the moment of the last look only
        last = self.env["psych.crisis.heartbeat"].sudo().search([("code", "=", "orphans")], limit=1).beat_at
        zones = set(
            self.env["res.company"].sudo().search([("psych_unit_id", "!=", False)]).mapped("psych_tz")
        )  # named seam: time zones only
        now = clock.now()
        return not last or any(clock.local(last, tz).date() != clock.local(now, tz).date() for tz in zones)

    @api.model
    def _climb(self):
        """Handle everything due now, acute first; return ``(handled, failed)``."""
        handled = failed = 0
        for name in MATTERS:
            skip = set()
            while True:
                ids = [i for i in self._due_ids(name, BATCH + len(skip)) if i not in skip][:BATCH]
                if not ids:
                    break
                for matter_id in ids:
                    if self._handle(name, matter_id):
                        handled += 1
                    else:
                        failed += 1
                    skip.add(matter_id)
                self._commit(len(ids))
        return handled, failed

    @api.model
    def _due_ids(self, name, limit):
        model = self.env[name]
        model.flush_model(["ring_at", "is_open"])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE is_open IS TRUE AND ring_at <= %s ORDER BY %s, ring_at, id LIMIT %s",
                SQL.identifier(model._table),
                clock.now(),
                SQL(model._matter_order),
                limit,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _handle(self, name, matter_id):
        """Let one matter climb in a savepoint; False when it failed (ids only on the log)."""
        try:
            with self.env.cr.savepoint():
                matter = self.env[name].sudo().browse(matter_id)  # named seam: machine work of the ladder
                matter.with_company(matter.company_id)._ring()
            return True
        except OperationalError:
            _logger.info("%s %s is being changed by somebody, the next run looks again", name, matter_id)
        except Exception as error:
            _logger.error("Ladder: %s %s failed: %s", name, matter_id, type(error).__name__)
        self.env.invalidate_all()
        return False

    @api.model
    def _commit(self, count):
        """Commit between batches when a scheduled action runs; tests and simulation stay in their transaction."""
        if self.env.context.get("ir_cron_progress_id"):
            self.env["ir.cron"]._commit_progress(count)
