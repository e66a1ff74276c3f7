"""Installation hooks of psych_health."""

from odoo.exceptions import UserError

REQUIRED_EXTENSIONS = ("btree_gist", "pg_trgm")


def pre_init_hook(env):
    """Create the PostgreSQL extensions on which constraints and searches stand.

    Odoo goes on silently when a constraint cannot be added, so a database without these
    extensions is refused before anything is installed.

    :raises UserError: when an extension cannot be created
    """
    for extension in REQUIRED_EXTENSIONS:
        env.cr.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", (extension,))
        if not env.cr.fetchone():
            raise UserError(
                env._(
                    "PostgreSQL does not offer the extension %(name)s. Install the contrib package "
                    "of the database server and try again.",
                    name=extension,
                )
            )
        env.cr.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")  # pylint: disable=sql-injection


def uninstall_hook(env):
    """Drop what the ORM does not know of: the reading log with its months, its seals and functions."""
    env.cr.execute("DROP TABLE IF EXISTS psych_access_log, psych_access_seal CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS psych_access_log_make_partition(timestamp)")
    env.cr.execute("DROP FUNCTION IF EXISTS psych_access_append_only() CASCADE")
