"""Answer sheets of a third less bytes: a column per factor, a bit per rule, packed answers without a row key.

The first step is SQL alone. The second needs the keys; where they are missing the sheets stay readable as they are and
the scheduled rotation packs them as soon as the key file is there. Space comes back with VACUUM FULL psych_response.
"""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, sql

from odoo.addons.psych_health.models.screening.psych_response import FACTORS
from odoo.addons.psych_health.tools import cipher

_logger = logging.getLogger(__name__)
ARRAYS = ("scores", "bands", "flags")


def migrate(cr, version):
    """Bring the sheets of an earlier version to the present form."""
    if not version:
        return
    if sql.column_exists(cr, "psych_response", "scores"):
        spread_arrays(cr)
    seal_again(api.Environment(cr, SUPERUSER_ID, {}))


def spread_arrays(cr):
    """Move scores and rules from arrays to columns and bits; bands follow from the scores."""
    cr.execute("SELECT max(cardinality(scores)) FROM psych_response")
    widest = cr.fetchone()[0] or 0
    if widest > len(FACTORS):
        raise ValueError(f"a sheet has {widest} factors, a row has room for {len(FACTORS)}")
    scores = SQL(", ").join(
        SQL("%s = r.scores[%s]", SQL.identifier(name), place)
        for place, name in enumerate(FACTORS[:widest], 1)
    )
    if widest:
        cr.execute(SQL("UPDATE psych_response r SET %s WHERE r.scores IS NOT NULL", scores))
    cr.execute(
        """UPDATE psych_response r SET rule_bits = (
                  SELECT sum(1 << (rule.place - 1)::int) FROM psych_scale s,
                         jsonb_array_elements(s.definition -> 'flags') WITH ORDINALITY rule(value, place)
                   WHERE s.id = r.scale_id AND (rule.value ->> 'id')::int = ANY (r.flags))
            WHERE r.flags IS NOT NULL"""
    )
    for name in ARRAYS:
        cr.execute(SQL("ALTER TABLE psych_response DROP COLUMN %s", SQL.identifier(name)))


def seal_again(env):
    """Pack the answers, batch by batch; what no key opens stays as it is."""
    after = done = broken = 0
    try:
        while True:
            after, rotated, failed = env["psych.response"]._psych_rotate(after)
            done, broken = done + rotated, broken + failed
            if not after:
                break
    except cipher.CipherError as fault:
        _logger.info("Answer sheets stay in their earlier form until the keys are there: %s", fault)
    if broken:
        _logger.info("%s answer sheets are under no key of the key file and stay as they are", broken)
    if done:
        _logger.info("%s answer sheets packed", done)
