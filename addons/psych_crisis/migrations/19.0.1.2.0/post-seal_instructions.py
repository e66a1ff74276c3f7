import secrets

from odoo.tools import SQL
from odoo.tools.sql import column_exists

from odoo.addons.psych_health.tools.confidential import seal
from odoo.addons.psych_health.tools.rewrite import rewrite

MODEL, TABLE = "psych.crisis.instruction", "psych_crisis_instruction"
NAMES = ("name", "answer")


def migrate(cr, version):
    """Lines of instructions and their answers were stored in clear: encrypt them, drop the clear columns, write the table anew."""
    if not column_exists(cr, TABLE, "name"):
        return
    cr.execute(SQL("SELECT id, name, answer FROM %s WHERE row_key IS NULL", SQL.identifier(TABLE)))
    for row_id, *texts in cr.fetchall():
        row_key = secrets.token_hex(16)
        tokens = [seal(MODEL, name, text, row_key, 0) for name, text in zip(NAMES, texts, strict=True)]
        cr.execute(
            SQL(
                """UPDATE psych_crisis_instruction SET row_key = %s, name_cipher = %s, answer_cipher = %s,
                          name = NULL, answer = NULL WHERE id = %s""",
                row_key,
                *tokens,
                row_id,
            )
        )
    for name in NAMES:
        cr.execute(SQL("ALTER TABLE %s DROP COLUMN %s", SQL.identifier(TABLE), SQL.identifier(name)))
    rewrite(cr, TABLE)
