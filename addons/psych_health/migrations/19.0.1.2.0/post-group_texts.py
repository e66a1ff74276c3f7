import secrets

from odoo.tools import SQL
from odoo.tools.sql import column_exists

from odoo.addons.psych_health.tools import confidential
from odoo.addons.psych_health.tools.rewrite import rewrite

TABLE = "psych_group"
TEXTS = ("reason", "plan", "rules", "summary")


def migrate(cr, version):
    """Texts of groups are encrypted and their plain columns leave the table, so that a dump reads as noise.

    Without the key of the content this stops the update: nothing is lost and nothing is half done. The table is written
    anew, so that no old copy of a row keeps the words.
    """
    plain = [name for name in TEXTS if column_exists(cr, TABLE, name)]
    chosen = SQL("".join(f", {name}" for name in plain))  # pylint: disable=sql-injection
    cr.execute(SQL("SELECT id%s FROM psych_group WHERE row_key IS NULL", chosen))
    for group_id, *texts in cr.fetchall():
        _seal(cr, group_id, dict(zip(plain, texts, strict=True)))
    for name in plain:
        cr.execute(SQL("ALTER TABLE psych_group DROP COLUMN %s", SQL.identifier(name)))
    if plain:
        rewrite(cr, TABLE)


def _seal(cr, group_id, texts):
    """Give the row its key, its tokens, and empty its plain columns."""
    row_key = secrets.token_hex(16)
    sets = [SQL("row_key = %s", row_key)]
    for name, text in texts.items():
        token = confidential.seal("psych.group", name, text, row_key, 0)
        sets.append(SQL("%s = %s", SQL.identifier(name + confidential.SUFFIX), token))
        sets.append(SQL("%s = NULL", SQL.identifier(name)))
    cr.execute(SQL("UPDATE psych_group SET %s WHERE id = %s", SQL(", ").join(sets), group_id))
