"""Create, copy and drop databases of the private cluster: ``database.py exists|create|drop NAME [TEMPLATE]``.

Connection from PGHOST, PGPORT, PGUSER, PGPASSWORD. ``exists`` tells by its exit code.
"""

import sys
import time

import psycopg2
from psycopg2 import sql


def run(action: str, name: str, template: str = "template0") -> bool:
    """Carry out one action.

    :return: for ``exists`` whether the database is there, else True
    """
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cr:
            if action == "exists":
                cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                return bool(cr.fetchone())
            identifier = sql.Identifier(name)
            if action == "drop":
                _drop(cr, identifier)
            elif action == "create":
                query = "CREATE DATABASE {} TEMPLATE {}"
                if template == "template0":
                    query += " LC_COLLATE 'C'"  # as Odoo itself creates one: texts compare by their bytes
                if connection.server_version >= 150000:
                    query += " STRATEGY FILE_COPY"
                cr.execute(sql.SQL(query).format(identifier, sql.Identifier(template)))
            else:
                raise SystemExit(__doc__)
    finally:
        connection.close()
    return True


def _drop(cr, identifier: sql.Identifier) -> None:
    """Drop a database; a vacuum that is at work in it, which an ordinary role may not end, is waited for."""
    for last in (False,) * 9 + (True,):
        try:
            cr.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
            return
        except psycopg2.errors.InsufficientPrivilege:
            if last:
                raise
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(not run(*sys.argv[1:]))
