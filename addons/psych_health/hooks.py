"""Installation hooks of psych_health."""

from odoo.exceptions import UserError
from odoo.tools import SQL

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


def post_init_hook(env):
    """Say once what Odoo ships otherwise: weeks begin on Monday, accounts are made by the college only."""
    monday(env)
    invited_only(env)


def invited_only(env):
    """Nobody makes an account for himself: Odoo ships with free sign-up, which lets the whole world in as a portal user.

    Students and staff are known from the roster. The operator may open it again in the general settings.
    """
    env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2b")


def monday(env):
    """Let the weeks of calendars and date pickers begin on Monday, as every timetable of the college does.

    Odoo ships Chinese and English with Sunday. Said once, for Chinese and each active language that still has it, and
    kept over updates of the platform (``noupdate``); what an administrator chooses afterwards stays.
    """
    languages = (
        env["res.lang"]
        .with_context(active_test=False)
        .search([("week_start", "=", "7"), "|", ("active", "=", True), ("code", "=", "zh_CN")])
    )
    languages.week_start = "1"
    env["ir.model.data"].search([("model", "=", "res.lang"), ("res_id", "in", languages.ids)]).noupdate = True


def uninstall_hook(env):
    """Drop what the ORM does not know of: the reading log with its months and seals, kept figures, functions of triggers."""
    env.cr.execute("DROP TABLE IF EXISTS psych_access_log, psych_access_seal CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS psych_access_log_make_partition(timestamp)")
    env.cr.execute("DROP FUNCTION IF EXISTS psych_access_append_only() CASCADE")
    env.cr.execute("SELECT proname FROM pg_proc WHERE proname ~ '^psych_(vacancy_mark|student_tally)_'")
    for (name,) in env.cr.fetchall():
        env.cr.execute(SQL("DROP FUNCTION %s() CASCADE", SQL.identifier(name)))
    env.cr.execute("DROP TABLE IF EXISTS psych_vacancy_row, psych_vacancy_stale")
