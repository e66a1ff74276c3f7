"""Create the application's database role ``odoo``: ``create_role.py SECRETS_FOLDER``, port from PGPORT."""

import os
import sys
from pathlib import Path

import psycopg2
from psycopg2 import sql


def main(folder: str) -> None:
    """Create or renew the role; it may create databases and is no superuser."""
    secret = {
        name: Path(folder, name).read_text().strip() for name in ("db_superuser_password", "db_password")
    }
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=os.environ["PGPORT"],
        user="psych_super",
        password=secret["db_superuser_password"],
        dbname="postgres",
    )
    connection.autocommit = True
    with connection.cursor() as cr:
        cr.execute("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'")
        verb = "ALTER" if cr.fetchone() else "CREATE"
        cr.execute(
            sql.SQL("{} ROLE odoo LOGIN CREATEDB PASSWORD %s").format(sql.SQL(verb)), (secret["db_password"],)
        )
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
