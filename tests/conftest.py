"""Fixtures of the top-level tests: real servers on copies of the template database. See docs/testing.md."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import browser as browsers  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.smtp_sink import SmtpSink  # noqa: E402


@pytest.fixture(scope="session")
def template() -> str:
    """The database that servers copy; without one (plain `pytest`) the tests that need it are skipped."""
    name = os.environ.get("PSYCH_TEST_TEMPLATE")
    if not name:
        pytest.skip("no template database: run `make test ONLY=server`, see docs/testing.md")
    return name


def _serve(template, created, **options):
    server = Server(template, **options)
    created.append(server)
    return server.start()


def _end(servers) -> None:
    complaints = []
    for server in servers:
        server.close()
        complaints += server.unexpected_log()
    assert not complaints, "warnings or errors in the server's log:\n" + "\n".join(complaints[:20])


@pytest.fixture(scope="module")
def server(template):
    """A running server that the tests of one file share."""
    created = []
    yield _serve(template, created)
    _end(created)


@pytest.fixture
def make_server(template):
    """Call it (options as `Server`) to get a running server of one's own, for killing, replica mode, mail, cron."""
    created = []
    yield lambda **options: _serve(template, created, **options)
    _end(created)


@pytest.fixture
def smtp():
    """A mail server that keeps what it receives; give it to `make_server(smtp=smtp)`."""
    sink = SmtpSink()
    yield sink
    sink.close()


@pytest.fixture(scope="session")
def _browser():
    if not browsers.executable():
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = browsers.Browser(playwright)
        yield browser
        browser.close()


@pytest.fixture
def browser(_browser):
    """Opens pages: `browser.open(server, login, password, phone=True)`."""
    yield _browser
    _browser.end_contexts()
