from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.psych_health.tools import clock

LOOK_BACK_DAYS = 120


class PsychResponseFlag(models.Model):
    """A rule that fired and has no signal yet, because something failed when the sheet was saved: found again (trap 23)."""

    _inherit = "psych.response.flag"

    @api.model
    def _psych_crisis_catch_up(self, limit=500):
        """Raise what is missing: asks for flags without an origin, never for a mark set by the hook. Harmless to repeat.

        :return: number of flags that were told again
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT f.id FROM psych_response_flag f JOIN psych_student s ON s.id = f.student_id
                    WHERE f.raised_at > %(since)s AND s.enrolment_state <> 'deceased'
                      AND NOT EXISTS (SELECT 1 FROM psych_crisis_origin o
                                       WHERE o.model = 'psych.response.flag' AND o.res_id = f.id)
                    ORDER BY f.urgency = 'acute' DESC, f.raised_at LIMIT %(limit)s""",
                since=clock.now() - timedelta(days=LOOK_BACK_DAYS),
                limit=limit,
            )
        )
        for flag in self.sudo().browse([row[0] for row in rows]):  # named seam: machine work of the ladder
            flag._tell()
        return len(rows)
