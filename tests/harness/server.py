"""A real Odoo process on its own copy of the template database, to be asked, restarted and killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from . import database as databases
from . import odoo_log
from .rpc import ApiKey, Session

REPO = Path(__file__).resolve().parents[2]
ADMIN = ("admin", "admin")


def free_port() -> int:
    """:return: a port of the loopback address that nobody uses"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process with its database, data folder and log.

    :param template: database to copy
    :param options: further command line options, such as ``--dev=replica``
    :param env: further environment variables
    :param smtp: an `SmtpSink` that receives the outgoing mail
    :param cron: whether scheduled actions run by themselves
    """

    def __init__(self, template: str, options=(), env=None, smtp=None, cron=False):
        self.database = databases.copy(template)
        self.options, self.env, self.smtp, self.cron = list(options), dict(env or {}), smtp, cron
        self.port, self.gevent_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = Path(tempfile.mkdtemp(prefix="psych-test-"))
        logs = Path(os.environ.get("PSYCH_TEST_LOGS") or self.data_dir)
        self.log_path = logs / f"server-{uuid.uuid4().hex[:8]}.log"
        self.expected: list[str] = []
        self.process: subprocess.Popen | None = None

    # ---- life

    def start(self) -> "Server":
        """Start the process and wait until it answers."""
        addons = [REPO / "addons"]
        if list((REPO / "tests" / "addons").glob("*/__manifest__.py")):
            addons.append(REPO / "tests" / "addons")
        python = os.environ.get("PSYCH_TEST_PYTHON") or sys.executable
        command = [
            python,
            str(REPO / "deploy" / "odoo-bin"),
            "-c",
            str(REPO / "odoo.conf"),
            "-d",
            self.database,
        ]
        command += ["--db-filter", f"^{self.database}$", "--http-port", str(self.port)]
        command += ["--gevent-port", str(self.gevent_port), "--logfile", str(self.log_path)]
        command += ["--max-cron-threads", "1" if self.cron else "0"]
        if self.smtp:
            command += ["--smtp", "127.0.0.1", "--smtp-port", str(self.smtp.port)]
        env = {
            **os.environ,
            "ODOO_ADDONS_PATH": ",".join(map(str, addons)),
            "ODOO_DATA_DIR": str(self.data_dir),
            "ODOO_HTTP_INTERFACE": "127.0.0.1",
            **self.env,
        }
        self.process = subprocess.Popen(
            command + self.options, env=env, cwd=REPO, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._wait()
        return self

    def _wait(self, seconds: int = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the server ended with {self.process.returncode}:\n{self.log()[-4000:]}"
                )
            try:
                with urllib.request.urlopen(f"{self.url}/web/login", timeout=30):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"the server does not answer:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        """End the process in good order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End the process with SIGKILL, children included, as a power cut would."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def restart(self) -> "Server":
        """Start again after `stop` or `kill` (or stop first), on the same database."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Stop, drop the database, remove the data folder."""
        self.stop()
        databases.drop(self.database)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    # ---- log

    def log(self) -> str:
        """:return: everything that was logged so far"""
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def expect_log(self, *patterns: str) -> None:
        """Name warnings or errors that this test provokes on purpose (regular expressions)."""
        self.expected += patterns

    def unexpected_log(self) -> list[str]:
        """:return: warnings and errors that neither the allow-list nor the test names"""
        return odoo_log.unexpected(self.log(), self.expected)

    # ---- doors

    def session(self, login: str | None = None, password: str | None = None) -> Session:
        """:return: a client session, signed in when a login is given"""
        client = Session(self.url, self.database)
        return client.login(login, password) if login else client

    def admin(self) -> Session:
        """:return: a session of the operator"""
        return self.session(*ADMIN)

    def api_key(self, key: str) -> ApiKey:
        """:return: a client that uses an API key"""
        return ApiKey(self.url, self.database, key)

    def cursor(self):
        """:return: context manager with a committed SQL cursor beside the server"""
        return databases.cursor(self.database)

    def make_user(self, login: str, groups: list[str], password: str | None = None, **values) -> int:
        """Create a user through the operator's session.

        :param login: also the name; the password is the login unless given
        :param groups: external ids of groups
        :return: the user's id
        """
        admin = self.admin()
        group_ids = [admin.ref(group) for group in groups]
        return admin.create(
            "res.users",
            {
                "name": values.pop("name", login),
                "login": login,
                "password": password or f"{login}-Passw0rd",
                "group_ids": [(6, 0, group_ids)],
                **values,
            },
        )
