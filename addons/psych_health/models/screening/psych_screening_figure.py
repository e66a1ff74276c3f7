from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock, suppress
from .psych_response import score_array

DIMENSIONS = [("school", "School"), ("college", "College"), ("grade", "Grade"), ("gender", "Gender")]
COLUMN = {
    "school": SQL("''"),
    "college": SQL("r.college_id::text"),
    "grade": SQL("r.entry_year::text"),
    "gender": SQL("r.gender"),
}


class PsychScreeningFigure(models.Model):
    """Statistics of a campaign as frozen rows: group, factor, number, mean, share over the line, last year's mean.

    Leadership reads these and nothing beneath. Groups smaller than the school's limit are hidden together with
    whatever would let them be computed back; a hidden row keeps no number at all.
    """

    _name = "psych.screening.figure"
    _description = "Figure of a campaign"
    _order = "campaign_id, scale_id, dimension, label, factor_id"
    _rec_name = "label"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    campaign_id = fields.Many2one(
        "psych.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    scale_id = fields.Many2one("psych.scale", required=True, readonly=True, ondelete="cascade")
    factor_id = fields.Many2one("psych.scale.factor", string="Factor", readonly=True, ondelete="cascade")
    dimension = fields.Selection(DIMENSIONS, required=True, readonly=True)
    label = fields.Char(string="Group of students", readonly=True)
    number = fields.Integer(string="Students", readonly=True, aggregator=None)
    mean = fields.Float(readonly=True, digits=(16, 2), aggregator=None)
    over_share = fields.Float(string="Over the line (%)", readonly=True, digits=(16, 1), aggregator=None)
    last_mean = fields.Float(string="Mean last year", readonly=True, digits=(16, 2), aggregator=None)
    is_hidden = fields.Boolean(string="Hidden: small group", readonly=True)
    as_of = fields.Datetime(readonly=True)

    @api.model
    def _build(self, campaign):
        """Compute the figures of a campaign anew. Callers: the centre's button and the closing of a campaign.

        sudo seam: reads sheets, keeps only what the suppression leaves.
        """
        self = self.sudo()
        limit = campaign.company_id.psych_small_group or suppress.LIMIT
        values, gone = [], self.browse()
        for scale in campaign.scale_ids:
            last = self._last(campaign, scale)
            for dimension, _name in DIMENSIONS:
                old = self.search(
                    [
                        ("campaign_id", "=", campaign.id),
                        ("scale_id", "=", scale.id),
                        ("dimension", "=", dimension),
                    ]
                )
                if self._may_replace(old, self._counts(campaign, scale, dimension), limit):
                    gone |= old
                    values += self._rows(campaign, scale, dimension, limit, last)
        gone.unlink()
        return self.create(values)

    def _may_replace(self, old, counts, limit):
        """May new figures take the place of those that were shown?

        Whoever saw both could subtract them: so a group must be unchanged or have grown by a whole group, and nothing may
        have been hidden, else the earlier figures stay (their "as of" says so).
        """
        if not old:
            return True
        if any(old.mapped("is_hidden")):
            return False
        shown = {row.label: row.number for row in old}
        now = {self._label(old[0].dimension, group): number for group, number, _over in counts}
        if shown.keys() - now.keys():
            return False
        return all(
            now[label] == shown.get(label, 0) or now[label] - shown.get(label, 0) >= limit for label in now
        )

    def _rows(self, campaign, scale, dimension, limit, last):
        counts = self._counts(campaign, scale, dimension)
        hidden = {
            cell[0]
            for cell in suppress.hide({(group, "all"): number for group, number, _over in counts}, limit)
        }
        if len(counts) == 1 and 0 < counts[0][1] < limit:
            hidden.add(counts[0][0])
        split = {}
        for group, number, over in counts:
            split.update({(group, "over"): over, (group, "not"): number - over})
        no_share = {cell[0] for cell in suppress.hide(split, limit)}
        over_share = {group: 100 * over / number for group, number, over in counts if number}
        factors = scale.factor_ids.sorted(lambda part: (part.sequence, part.id))
        rows = []
        for group, position, number, mean in self._means(campaign, scale, dimension):
            gone = group in hidden
            factor = factors[position - 1]
            label = self._label(dimension, group)
            rows.append(
                {
                    "company_id": campaign.company_id.id,
                    "campaign_id": campaign.id,
                    "scale_id": scale.id,
                    "factor_id": factor.id,
                    "dimension": dimension,
                    "label": label,
                    "is_hidden": gone,
                    "as_of": clock.now(),
                    "number": 0 if gone else number,
                    "mean": 0 if gone else mean,
                    "over_share": over_share.get(group, 0)
                    if factor.is_main and not gone and group not in no_share
                    else 0,
                    "last_mean": 0 if gone else last.get((dimension, label, factor.code), 0),
                }
            )
        return rows

    def _counts(self, campaign, scale, dimension):
        """``[(group, students, over the line)]`` of valid sheets."""
        return self.env.execute_query(
            SQL(
                """SELECT %s, count(*), count(*) FILTER (WHERE r.is_over) FROM psych_response r
                WHERE r.campaign_id = %s AND r.scale_id = %s AND r.state = 'valid' AND %s IS NOT NULL GROUP BY 1 ORDER BY 1""",
                COLUMN[dimension],
                campaign.id,
                scale.id,
                COLUMN[dimension],
            )
        )

    def _means(self, campaign, scale, dimension):
        """``[(group, position of the factor, number, mean)]`` straight from the columns."""
        return self.env.execute_query(
            SQL(
                """SELECT %s, f.place::int, count(f.score), avg(f.score) FROM psych_response r, unnest(%s) WITH ORDINALITY f(score, place)
                WHERE r.campaign_id = %s AND r.scale_id = %s AND r.state = 'valid' AND %s IS NOT NULL AND f.score IS NOT NULL
                GROUP BY 1, 2 ORDER BY 1, 2""",
                COLUMN[dimension],
                score_array("r", len(scale.factor_ids)),
                campaign.id,
                scale.id,
                COLUMN[dimension],
            )
        )

    def _label(self, dimension, group):
        if dimension == "college":
            return self.env["psych.unit"].browse(int(group)).name
        if dimension == "gender":
            return dict(self.env["psych.student"]._fields["gender"]._description_selection(self.env)).get(
                group, group
            )
        return group or self.env._("Whole school")

    def _last(self, campaign, scale):
        """Means of the campaign of the same kind about a year before, by group and factor code; hidden rows left out."""
        year = timedelta(days=365)
        around = self.env["psych.campaign"].search(
            [
                ("company_id", "=", campaign.company_id.id),
                ("kind", "=", campaign.kind),
                ("id", "!=", campaign.id),
                ("date_open", ">=", campaign.date_open - timedelta(days=450)),
                ("date_open", "<=", campaign.date_open - timedelta(days=270)),
            ]
        )
        before = around.sorted(lambda other: abs(campaign.date_open - year - other.date_open))[:1]
        rows = self.search(
            [
                ("campaign_id", "=", before.id),
                ("scale_id.number_digest", "=", scale.number_digest),
                ("is_hidden", "=", False),
            ]
        )
        return {(row.dimension, row.label, row.factor_id.code): row.mean for row in rows}
