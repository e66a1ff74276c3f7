from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock


class PsychCampaignCoverage(models.Model):
    """How far a class is: invited, answered, declined, "as of" a moment. No results.

    A submit inserts one row into ``psych.campaign.delta``; a job folds the deltas into these rows each minute, so
    nobody waits for a shared counter (odoo-traps 10) and a page over 1,000,000 sheets reads one row per class.
    """

    _name = "psych.campaign.coverage"
    _description = "Coverage of a class"
    _order = "campaign_id.id desc, place, id"
    _log_access = False
    _rec_name = "class_id"

    campaign_id = fields.Many2one("psych.campaign", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    college_id = fields.Many2one(
        "psych.unit", string="College", readonly=True, index=True, ondelete="restrict"
    )
    class_id = fields.Many2one(
        "psych.unit", string="Class", required=True, readonly=True, index=True, ondelete="restrict"
    )
    expected = fields.Integer(string="To answer", readonly=True)
    done = fields.Integer(string="Answered", readonly=True)
    declined = fields.Integer(readonly=True)
    share = fields.Float(string="Coverage (%)", compute="_compute_share", store=True, aggregator="avg")
    missing_count = fields.Integer(string="Not answered yet", compute="_compute_share", store=True)
    as_of = fields.Datetime(readonly=True)
    missing_text = fields.Text(string="List of the missing", compute="_compute_missing_text")

    place = fields.Integer(readonly=True, help="Place of the class in its campaign: by college, then class.")

    _class_uniq = models.UniqueIndex("(campaign_id, class_id)")
    _in_order = models.Index("(campaign_id DESC, place, id)")

    @api.depends("expected", "done", "declined")
    def _compute_share(self):
        for row in self:
            row.missing_count = max(0, row.expected - row.done - row.declined)
            row.share = 100 * (row.done + row.declined) / row.expected if row.expected else 0

    def _compute_missing_text(self):
        """Names for a class chat: who has not answered yet, nothing else."""
        for row in self:
            names = (
                self.env["psych.campaign.member"]
                ._missing(row.campaign_id, row.class_id)
                .student_id.mapped("name")
            )
            row.missing_text = (
                self.env._(
                    "%(campaign)s: %(count)s of %(class)s have not answered yet: %(names)s. It takes a few minutes on the phone.",
                    **{
                        "campaign": row.campaign_id.name,
                        "count": len(names),
                        "class": row.class_id.name,
                        "names": "、".join(names),
                    },
                )
                if names
                else self.env._("Everybody of %(class)s has answered.", **{"class": row.class_id.name})
            )

    def action_print_slips(self):
        """Slips with number and one-time code for the class, and its QR: handed out by the class teacher."""
        return self.env.ref("psych_health.psych_campaign_slip_report").report_action(self)

    # ----------------------------------------------------------------------
    # Machine work
    # ----------------------------------------------------------------------

    @api.model
    def _rebuild(self, campaigns):
        """Write the invited per class from the members, in one statement; what was folded stays."""
        for campaign in campaigns:
            self.env["psych.campaign.member"].flush_model()
            self.env.cr.execute(
                SQL(
                    """INSERT INTO psych_campaign_coverage (campaign_id, company_id, class_id, college_id, expected, done, declined,
                                                        share, missing_count, as_of)
                   SELECT campaign_id, company_id, class_id, max(college_id), count(*) FILTER (WHERE state = 'invited'), 0, 0, 0,
                          count(*) FILTER (WHERE state = 'invited'), %s
                     FROM psych_campaign_member WHERE campaign_id = %s AND class_id IS NOT NULL
                    GROUP BY campaign_id, company_id, class_id
                   ON CONFLICT (campaign_id, class_id) DO UPDATE SET expected = EXCLUDED.expected""",
                    clock.now(),
                    campaign.id,
                )
            )
            self._number_places(campaign)
            self._refresh_shares(campaign.ids)
        self.invalidate_model()

    def _number_places(self, campaign):
        """Number the classes once, so that the page reads them in order from an index."""
        rows = self.search([("campaign_id", "=", campaign.id)])
        units = (rows.college_id | rows.class_id).sorted()
        rank = {unit.id: index for index, unit in enumerate(units)}
        rows = rows.sorted(lambda row: (rank.get(row.college_id.id, -1), rank[row.class_id.id]))
        execute_values(
            self.env.cr,
            "UPDATE psych_campaign_coverage c SET place = v.place FROM (VALUES %s) v (id, place) WHERE c.id = v.id",
            [(row.id, index) for index, row in enumerate(rows)] or [(0, 0)],
            page_size=5000,
        )

    @api.model
    def _cron_fold(self):
        """Fold the deltas and move the "as of" of open campaigns. Running it twice changes nothing."""
        self.env.cr.execute(
            SQL(
                """WITH gone AS (DELETE FROM psych_campaign_delta RETURNING campaign_id, class_id, kind),
                    sums AS (SELECT campaign_id, class_id, count(*) FILTER (WHERE kind <> 'declined') AS done,
                                    count(*) FILTER (WHERE kind = 'declined') AS declined
                               FROM gone GROUP BY campaign_id, class_id)
               UPDATE psych_campaign_coverage c SET done = c.done + sums.done, declined = c.declined + sums.declined
                 FROM sums WHERE c.campaign_id = sums.campaign_id AND c.class_id = sums.class_id
            RETURNING c.campaign_id"""
            )
        )
        touched = {row[0] for row in self.env.cr.fetchall()}
        opened = set(self.env["psych.campaign"].search([("state", "=", "open")]).ids)
        if touched | opened:
            self._refresh_shares(touched | opened)
        self.env["psych.response.draft"]._gc_submitted()
        self.invalidate_model()
        return len(touched)

    def _refresh_shares(self, campaign_ids):
        self.env.cr.execute(
            SQL(
                """UPDATE psych_campaign_coverage SET as_of = %s, missing_count = GREATEST(0, expected - done - declined),
                      share = CASE WHEN expected > 0 THEN 100.0 * (done + declined) / expected ELSE 0 END
                WHERE campaign_id IN %s""",
                clock.now(),
                tuple(campaign_ids),
            )
        )
