"""Writing a table anew inside a transaction, so that no old copy of its rows stays in its file (plain SQL)."""

from odoo.tools import SQL


def rewrite(cr, table):
    """Write ``table`` into a new file in the order of its primary key; the old file goes at commit.

    An update or a dropped column leaves the old bytes in the file until PostgreSQL happens to need the room. CLUSTER is
    what VACUUM FULL does, and it may stand in a transaction; dropped columns are emptied in every row it copies, also in
    those that this transaction has replaced. It locks the table: for migrations only. What left the file may still stand
    in the write-ahead log and in older backups (docs/security.md).
    """
    cr.execute(SQL("CLUSTER %s USING %s", SQL.identifier(table), SQL.identifier(f"{table}_pkey")))
    cr.execute(SQL("ALTER TABLE %s SET WITHOUT CLUSTER", SQL.identifier(table)))
