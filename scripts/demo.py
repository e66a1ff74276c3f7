"""Fill a fresh database with the demo college, run in ``odoo shell`` by ``make run`` and ``make reset-demo``.

DEMO_STUDENTS is its size (3000), DEMO_SEED its seed (1). The accounts of the roles are written to
``demo-accounts.txt`` in the folder PSYCH_SECRETS. Where the generator is not part of the tree, one line says so
and nothing is done.
"""

import importlib.util
import os


def main(env):
    """Call the generator of psych_health, which the upper addons extend."""
    if importlib.util.find_spec("odoo.addons.psych_health.demo_college") is None:
        print("no demo college in this tree: the database stays empty")
        return
    from odoo.addons.psych_health.demo_college import build

    folder = os.environ.get("PSYCH_SECRETS")
    build(
        env,
        size=int(os.environ.get("DEMO_STUDENTS") or 3000),
        seed=int(os.environ.get("DEMO_SEED") or 1),
        password_file=folder and os.path.join(folder, "demo-accounts.txt"),
    )
    env.cr.commit()


main(env)  # noqa: F821  (the shell's environment)
