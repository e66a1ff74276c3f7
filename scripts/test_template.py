"""Make a freshly installed database a template for tests, run in ``odoo shell``.

Attachments move into the database, so that ``CREATE DATABASE … TEMPLATE`` copies the asset bundles too.
"""


def main(env):
    """Switch the storage of attachments and move what lies in the filestore."""
    env["ir.config_parameter"].set_param("ir_attachment.location", "db")
    env["ir.attachment"].force_storage()
    env.cr.commit()


main(env)  # noqa: F821  (the shell's environment)
