"""A database of its own and Odoo on it, for benchmarks: created, filled by scripts in Odoo's shell, served, dropped.

The connection comes from PGHOST, PGPORT, PGUSER and PGPASSWORD (`run.py` sets them), Odoo from ODOO_DIST.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2

REPO = Path(__file__).resolve().parent.parent
ODOO = [os.environ.get("BENCH_PYTHON") or sys.executable, "-m", "odoo"]


def free_ports(count):
    """:return: ports of the loopback address that nobody uses"""
    probes = [socket.socket() for _port in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


class Database:
    """One database and the processes on it.

    :param str name: of the database; an older one of this name is dropped
    :param addons: folders beside ours
    """

    def __init__(self, name, addons=()):
        self.name, self.addons = name, [str(REPO / "addons"), *map(str, addons)]
        self.data = tempfile.mkdtemp(prefix=f"{name}-")

    def environment(self):
        """:return: the environment of an Odoo process"""
        extra = {"PYTHONPATH": os.environ["ODOO_DIST"]} if os.environ.get("ODOO_DIST") else {}
        paths = {"ODOO_ADDONS_PATH": ",".join(self.addons), "ODOO_DATA_DIR": self.data}
        return {**os.environ, **extra, **paths, "ODOO_HTTP_INTERFACE": "127.0.0.1"}

    def sql(self, query, args=None, database=None):
        """:return: rows of one committed statement, None when it gives none"""
        cn = psycopg2.connect(dbname=database or self.name)
        cn.autocommit = True
        try:
            cr = cn.cursor()
            cr.execute(query, args)
            return cr.fetchall() if cr.description else None
        finally:
            cn.close()

    def create(self, install, template=None):
        """Make the database: a copy of ``template``, else with the addons ``install``."""
        self.drop()
        self.sql(f'CREATE DATABASE "{self.name}" TEMPLATE "{template or "template0"}"', database="postgres")
        if not template:
            done = self.odoo("-i", install, "--stop-after-init", "--no-http", "--log-level", "error")
            assert done.returncode == 0, done.stderr[-3000:]

    def drop(self):
        """Drop the database, ending whoever is connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', database="postgres")

    def command(self, *words):
        """:return: the command line of an Odoo process"""
        shell, rest = (words[:1], words[1:]) if words[:1] == ("shell",) else ((), words)
        return [*ODOO, *shell, "-c", str(REPO / "odoo.conf"), "-d", self.name, *rest]

    def odoo(self, *words, **options):
        """Run Odoo to its end."""
        return subprocess.run(
            self.command(*words),
            env=self.environment(),
            cwd=REPO,
            text=True,
            capture_output=True,
            timeout=1800,
            check=False,
            **options,
        )

    def shell(self, script, **words):
        """Run a script in Odoo's shell, its capital ``words`` replaced. :return: what it prints behind RESULT"""
        for word, value in words.items():
            script = re.sub(rf"\b{word}\b", str(value), script)
        text = f"exec(compile({script!r}, 'bench', 'exec'))\n"
        done = self.odoo("shell", "--no-http", "--log-level", "error", input=text)
        line = next((line for line in done.stdout.splitlines() if "RESULT" in line), None)
        assert line, done.stdout[-2000:] + done.stderr[-3000:]
        return json.loads(line.split("RESULT", 1)[1])


class Server:
    """Odoo serving a database, no scheduled actions; ``port`` and ``url`` while the context lasts."""

    def __init__(self, database, *options):
        self.database, self.options = database, options

    def __enter__(self):
        self.port, gevent = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        ports = ("--http-port", str(self.port), "--gevent-port", str(gevent))
        command = self.database.command(
            *ports, "--max-cron-threads", "0", "--log-level", "error", *self.options
        )
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, env=self.database.environment(), cwd=REPO, stdout=quiet, stderr=quiet
        )
        for _try in range(900):
            try:
                urllib.request.urlopen(f"{self.url}/web/login", timeout=60).close()
                return self
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(30)
