"""The demo college: an invented school of any size, for ``make run``, tests, bench and simulation.

A plain module, never loaded by the server itself and never named in a manifest: Odoo's demo loader swallows
errors and would leave an empty college (trap 35)::

    from odoo.addons.psych_health.demo_college import build
    build(env, size=3000, seed=1, password_file=".run/secrets/demo-accounts.txt")
"""

from .generator import build

__all__ = ["build"]
