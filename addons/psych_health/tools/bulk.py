"""Many rows into a table in one statement."""

import csv
import io

from odoo.tools import SQL


def copy_rows(cr, table, columns, rows, never_null=()):
    """COPY ``rows`` into ``columns`` of ``table``, past the ORM: whoever calls has flushed, and invalidates.

    :param rows: tuples of None, bool, int, float, str, date; an empty text is stored as NULL
    :param never_null: columns in which an empty text stays one (and None becomes one)
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    stream.seek(0)
    names = SQL(", ").join(map(SQL.identifier, columns))
    options = SQL("FORMAT csv")
    if never_null:
        options = SQL("%s, FORCE_NOT_NULL (%s)", options, SQL(", ").join(map(SQL.identifier, never_null)))
    query = SQL("COPY %s (%s) FROM STDIN WITH (%s)", SQL.identifier(table), names, options)
    cr.copy_expert(query.code, stream)


def new_ids(cr, table, count):
    """Take ``count`` ids from the sequence of ``table``.

    :return: the ids, ascending
    """
    cr.execute(
        SQL("SELECT nextval(%s::regclass) FROM generate_series(1, %s) ORDER BY 1", f"{table}_id_seq", count)
    )
    return [row[0] for row in cr.fetchall()]
