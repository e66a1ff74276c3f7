import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...tools import clock
from .psych_scale_flag import URGENCIES

_logger = logging.getLogger(__name__)
RETOLD_DAYS = 2


class PsychResponseFlag(models.Model):
    """The committed proof that a rule fired for a student: insert-only, one row per campaign, student and rule.

    It counts from the moment the answer is saved, also on unfinished and void sheets, and stays when the answer is
    changed later. It stores the id of the rule, never item or value. From here follow the interview and, through
    ``psych.hooks._psych_flag_raised``, whatever an upper addon makes of it.
    """

    _name = "psych.response.flag"
    _description = "Rule that fired"
    _order = "raised_at desc, id desc"
    _log_access = False
    _rec_name = "flag_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    campaign_id = fields.Many2one(
        "psych.campaign", required=True, readonly=True, index=True, ondelete="restrict"
    )
    student_id = fields.Many2one(
        "psych.student", required=True, readonly=True, index=True, ondelete="restrict"
    )
    scale_id = fields.Many2one("psych.scale", required=True, readonly=True, ondelete="restrict")
    flag_id = fields.Many2one(
        "psych.scale.flag", string="Rule", required=True, readonly=True, ondelete="restrict", index=True
    )
    response_id = fields.Many2one(
        "psych.response", readonly=True, ondelete="set null", index="btree_not_null"
    )
    urgency = fields.Selection(URGENCIES, required=True, readonly=True)
    is_followup = fields.Boolean(readonly=True)
    raised_at = fields.Datetime(required=True, readonly=True)
    college_id = fields.Many2one("psych.unit", readonly=True, ondelete="restrict")
    interview_id = fields.Many2one(
        "psych.interview", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _rule_uniq = models.UniqueIndex("(campaign_id, student_id, flag_id)")
    _waiting = models.Index("(campaign_id) WHERE interview_id IS NULL")

    # sudo seam: raised by whoever answers; nobody has rights to write here
    @api.model
    def _raise(self, campaign, student_id, scale_id, codes, response_id=None):
        """Write a row per rule and tell the upper addon, inside the caller's transaction.

        :param dict campaign: plain data of the campaign
        :param codes: codes of the rules that fired
        :return: the rows that are new
        """
        if not codes or not student_id:
            return self.browse()
        table = self.env["psych.scale"]._rule_table(scale_id)
        new_ids = []
        for code in codes:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO psych_response_flag (company_id, campaign_id, student_id, scale_id, flag_id, response_id,
                                                    urgency, is_followup, raised_at, college_id)
                   SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, college_id FROM psych_campaign_member
                    WHERE campaign_id = %s AND student_id = %s
                   ON CONFLICT (campaign_id, student_id, flag_id) DO NOTHING RETURNING id""",
                    campaign["company_id"],
                    campaign["id"],
                    student_id,
                    scale_id,
                    table["flag_ids"][code],
                    response_id,
                    table["urgency"][code] or "watch",
                    scale_id == campaign["followup_scale_id"],
                    clock.now(),
                    campaign["id"],
                    student_id,
                )
            )
            new_ids += [row[0] for row in self.env.cr.fetchall()]
        raised = self.sudo().browse(new_ids)
        for flag in raised:
            flag._tell()
        if any(flag.urgency == "acute" for flag in raised):
            self._guarded(lambda: self.env["psych.interview"].sudo()._follow_up(raised))
        return raised

    def _tell(self):
        """Tell the upper addon in a savepoint: an error there keeps the sheet, a lost race goes to Odoo's retry."""
        self._guarded(
            lambda: self.env["psych.hooks"]._psych_flag_raised(
                self, f"scale.flag:{self.flag_id.id}", self.urgency
            )
        )

    def _guarded(self, call):
        try:
            with self.env.cr.savepoint():
                call()
        except (OperationalError, ConcurrencyError):
            raise
        except Exception as error:
            # found again by the catch-up job, which looks for flags without follow-up
            _logger.error("Follow-up of flag %s failed: %s", self.ids, type(error).__name__)

    @api.model
    def _cron_catch_up(self):
        """Flags without an interview: make it. Each student in an own savepoint; the job never fails as a whole.

        Flags of the last two days that the upper addon knows nothing of, because telling it failed, are told again.
        """
        recent = self.search([("raised_at", ">", clock.now() - timedelta(days=RETOLD_DAYS))])
        for flag in self.env["psych.hooks"]._flags_untold(recent):
            flag._tell()
        rows = self.env.execute_query(
            SQL(
                """SELECT campaign_id, student_id, array_agg(id) FROM psych_response_flag
                WHERE interview_id IS NULL GROUP BY campaign_id, student_id ORDER BY min(raised_at) LIMIT 2000"""
            )
        )
        failed = 0
        for _campaign_id, _student_id, flag_ids in rows:
            try:
                with self.env.cr.savepoint():
                    self.env["psych.interview"]._follow_up(self.browse(flag_ids))
            except (OperationalError, ConcurrencyError):
                raise
            except Exception as error:
                failed += 1
                _logger.error("No interview for the flags %s: %s", flag_ids, type(error).__name__)
        return len(rows) - failed
