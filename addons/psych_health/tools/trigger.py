"""Triggers of the database: what has to follow a table whoever writes it, also statements past the ORM (plain SQL)."""

#: event -> what the statement sees of the rows that were written
SEES = {
    "insert": "NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
    "update": "NEW TABLE AS new_rows OLD TABLE AS old_rows",
}
TRIGGER = """
CREATE OR REPLACE FUNCTION %(name)s_%(event)s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    %(statement)s;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS %(name)s_%(event)s ON %(table)s;
CREATE TRIGGER %(name)s_%(event)s AFTER %(event)s ON %(table)s REFERENCING %(sees)s
    FOR EACH STATEMENT EXECUTE FUNCTION %(name)s_%(event)s();
"""


def after_statements(cr, table, name, statements):
    """Let ``statements`` run after each writing statement on ``table``, once for all its rows; made anew when they exist.

    Only constants of our modules go in: nothing is quoted. The functions stay behind when the table is dropped
    (``uninstall_hook``).

    :param str name: of the functions and triggers, ``_insert`` and so on is added
    :param dict statements: ``insert``, ``update``, ``delete`` -> SQL that reads ``new_rows`` and ``old_rows``
    """
    for event, statement in statements.items():
        words = {"name": name, "event": event, "table": table, "sees": SEES[event], "statement": statement}
        cr.execute(TRIGGER % words)  # pylint: disable=sql-injection
