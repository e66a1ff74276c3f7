#!/usr/bin/env python3
"""Take a picture of each role's first screen in the running college: ``make run`` first, then ``make screenshots``.

Reads the accounts from ``RUN_DIR/secrets/demo-accounts.txt``; writes ``docs/screenshots/<login>.png``. Students and cadres
are shown on a phone, as they use it. ONLY=tutor,student picks accounts.
"""

import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

REPO = Path(__file__).resolve().parent.parent
RUN = Path(os.environ.get("RUN_DIR") or REPO / ".run").resolve()
TARGET = REPO / "docs" / "screenshots"
PHONES = {"student", "member", "informant", "security", "dorm", "duty"}
sys.path.insert(0, str(REPO / "tests"))

from harness import browser as browsers  # noqa: E402
from playwright.sync_api import Error, sync_playwright  # noqa: E402


def accounts() -> list[tuple[str, str]]:
    """:return: login and password of each role account"""
    text = (RUN / "secrets" / "demo-accounts.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^\S+\s+([\w.-]+)\s+(\S+)\s*$", text, re.M)
    wanted = set(filter(None, (os.environ.get("ONLY") or "").split(",")))
    return [row for row in rows if row[0] != "login" and (not wanted or row[0] in wanted)]


def shoot(browser, server, login: str, password: str) -> str:
    """Sign in, wait for the first screen and take its picture.

    :return: what there is to say about it
    """
    page = browser.open(server, login, password, phone=login in PHONES)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    page.screenshot(path=str(TARGET / f"{login}.png"))
    complaints = page.console_errors
    browser.end_contexts()
    return f"{len(complaints)} complaints on the console: {complaints[:2]}" if complaints else "ok"


def main() -> int:
    """:return: the number of accounts whose picture failed"""
    port = (RUN / "http_port").read_text().strip()
    server = SimpleNamespace(url=f"http://127.0.0.1:{port}")
    TARGET.mkdir(parents=True, exist_ok=True)
    failed = 0
    with sync_playwright() as playwright:
        browser = browsers.Browser(playwright)
        for login, password in accounts():
            try:
                print(f"{login}: {shoot(browser, server, login, password)}", flush=True)
            except Error as error:
                failed += 1
                print(f"{login}: no picture: {str(error).splitlines()[0]}", flush=True)
        browser.close()
    return failed


if __name__ == "__main__":
    sys.exit(main())
