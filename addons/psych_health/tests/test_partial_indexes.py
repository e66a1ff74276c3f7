"""Partial indexes: their condition reads as the ORM asks, or PostgreSQL before 17 reads the whole table."""

import re

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install", "psych_health")
class TestPartialIndexes(TransactionCase):
    """PostgreSQL 15 and 16 do not see that ``open IS TRUE``, as a domain is written, implies ``open``."""

    def test_a_condition_on_a_yes_or_no_says_is_true(self):
        self.env.cr.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_expr(i.indpred, i.indrelid), array_agg(a.attname::text)
                 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.atttypid = 'bool'::regtype
                WHERE c.relname LIKE 'psych%' AND i.indpred IS NOT NULL AND NOT i.indisexclusion
                GROUP BY i.indexrelid, i.indpred, i.indrelid"""
        )
        rows = self.env.cr.fetchall()
        self.assertTrue(rows, "there are partial indexes on tables with a yes or no")
        unseen = [
            (index, condition)
            for index, condition, booleans in rows
            if re.search(rf"\b({'|'.join(booleans)})\b(?! IS (NOT )?(TRUE|FALSE|NULL))", condition)
        ]
        self.assertFalse(unseen, "a domain never uses these indexes")
