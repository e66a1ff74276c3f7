"""Check the seals of the reading log, run in ``odoo shell``; prints the first broken row. Exit code 1 when broken."""

import sys


def main(env):
    """Check the whole chain and say what was found."""
    result = env["psych.access.seal"]._check_chain()
    if result["ok"]:
        print(
            f"{result['rows']} rows under {result['seals']} seals hold; {result['unsealed']} rows wait for a seal"
        )
        return 0
    print(f"BROKEN: {result['what']}; row {result.get('row', '-')}, seal {result.get('seal', '-')}")
    return 1


sys.exit(main(env))  # noqa: F821  (the shell's environment)
