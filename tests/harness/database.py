"""Databases of the test cluster: copies of a template, plain SQL beside the server.

The connection comes from PGHOST, PGPORT, PGUSER and PGPASSWORD.
"""

import contextlib
import uuid

import psycopg2
from psycopg2 import sql


@contextlib.contextmanager
def cursor(database: str):
    """Open a committed connection of its own, as another program would.

    :param database: name of the database
    """
    connection = psycopg2.connect(dbname=database)
    try:
        with connection, connection.cursor() as cr:
            yield cr
    finally:
        connection.close()


def _maintenance(statement) -> None:
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cr:
            cr.execute(statement)
    finally:
        connection.close()


def copy(template: str) -> str:
    """:return: the name of a new copy of ``template``"""
    name = f"t_{uuid.uuid4().hex[:12]}"
    _maintenance(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    )
    return name


def drop(name: str) -> None:
    """Drop a database, ending whoever is connected to it."""
    _maintenance(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
