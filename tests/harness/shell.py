"""Run a piece of Python in Odoo's shell on a server's database, beside the server; what it prints comes back as data."""

import json
import os
import subprocess
import sys

from .server import REPO

MARK = "WORLD {"


def call(server, source, **env):
    """Run ``source`` (it commits itself and prints one line ``WORLD {json}``).

    :param server: a `Server`
    :param env: further environment variables, all text
    :return: the plain values that were printed
    """
    env = {
        **os.environ,
        "ODOO_ADDONS_PATH": f"{REPO / 'addons'},{REPO / 'tests' / 'addons'}",
        "ODOO_DATA_DIR": str(server.data_dir),
        **server.env,
        **env,
    }
    command = [os.environ.get("PSYCH_TEST_PYTHON") or sys.executable, "-m", "odoo", "shell"]
    command += ["-c", str(REPO / "odoo.conf"), "-d", server.database, "--no-http", "--log-level", "error"]
    done = subprocess.run(
        command, input=source, env=env, cwd=REPO, capture_output=True, text=True, timeout=300, check=False
    )
    line = next((row for row in done.stdout.splitlines() if MARK in row), None)
    assert line, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(line[line.index("{") :])
