#!/usr/bin/env python3
"""Take pictures of the running college as its roles see it: ``make run`` first, then ``make screenshots``.

Signs in as every account of ``RUN_DIR/secrets/demo-accounts.txt`` and writes small WebP files to ``docs/images/``: the role's first
screen (``<login>.webp``) and the scenes below (``<login>-<scene>.webp``), students and night roles on a phone. Settings:

    ONLY=tutor,student            only these accounts
    TOUR=1 TARGET=/tmp/pictures   every screen of every menu instead (PHONE=1: all at phone width), to look at, not to keep
    OPEN=1                        with TOUR: also the first record of each screen

A page is ready when its content stands and its DOM has been quiet for a moment: the bus keeps a connection open for ever, so a
quiet network never comes. What a page complains about on the console is printed; the exit code counts the accounts that failed.
"""

import io
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

from PIL import Image

REPO = Path(__file__).resolve().parent.parent
RUN = Path(os.environ.get("RUN_DIR") or REPO / ".run").resolve()
TARGET = Path(os.environ.get("TARGET") or REPO / "docs" / "images")
PHONES = {"student", "member", "informant", "security", "dorm", "duty"}
# scene, account, address, on a phone
SCENES = (
    ("cases", "leader", "/odoo/action-psych_crisis.psych_crisis_case_action", False),
    ("chart", "leader", "/odoo/action-psych_health.psych_unit_action_chart", False),
    ("signals", "centre", "/odoo/action-psych_crisis.psych_crisis_signal_action", False),
    ("census", "centre", "/odoo/action-psych_health.psych_campaign_coverage_action", False),
    ("week", "centre", "/odoo/action-psych_health.psych_appointment_action", False),
    ("vacancies", "stationhead", "/odoo/action-psych_health.psych_vacancy_action", False),
    ("classes", "tutor", "/psych/tutor", True),
    ("students", "tutor", "/odoo/action-psych_health.psych_student_action", True),
    ("import", "manager", "/odoo/action-psych_health.psych_roster_import_action", False),
    ("night", "duty", "/psych/night", True),
    ("booking", "student", "/psych/booking", True),
    ("help", "student", "/psych/help", True),
    ("report", "informant", "/psych/care", True),
)
WIDTHS = {False: 1200, True: 390}
READY = (
    ".o_action_manager .o_action, .o_action_manager .o_view_controller, #wrapwrap main, main, .oe_login_form"
)
BUSY = ".o_loading_indicator, .o_blockUI, .o_view_sample_data .o_loading"
QUIET = """(calm) => new Promise((done) => {
    let timer = setTimeout(done, calm);
    const last = setTimeout(done, 8000);
    new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(() => { clearTimeout(last); done(); }, calm); })
        .observe(document.body, { childList: true, subtree: true, attributes: true });
})"""
sys.path.insert(0, str(REPO / "tests"))

from harness import browser as browsers  # noqa: E402
from playwright.sync_api import Error, sync_playwright  # noqa: E402


def accounts() -> list[tuple[str, str]]:
    """:return: login and password of each role account"""
    text = (RUN / "secrets" / "demo-accounts.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^\S+\s+([\w.-]+)\s+(\S+)\s*$", text, re.M)
    wanted = set(filter(None, (os.environ.get("ONLY") or "").split(",")))
    return [row for row in rows if row[0] != "login" and (not wanted or row[0] in wanted)]


def settle(page, calm: int = 600) -> None:
    """Wait until the content of the page stands and nothing has moved for ``calm`` milliseconds."""
    page.wait_for_selector(READY, state="visible", timeout=30_000)
    page.wait_for_function("(busy) => !document.querySelector(busy)", arg=BUSY, timeout=30_000)
    page.evaluate(QUIET, calm)


def save(page, name: str, phone: bool) -> int:
    """Write what is on the screen.

    :return: the size of the file in bytes
    """
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    width = WIDTHS[phone]
    picture = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    path = TARGET / f"{name}.webp"
    picture.save(path, "WEBP", quality=80, method=6)
    return path.stat().st_size


def menus(page) -> list[tuple[str, str]]:
    """:return: label and address of each menu of ours that opens a screen, none for a portal user"""
    if "/odoo" not in page.url:
        return []
    tree = page.evaluate("() => fetch('/web/webclient/load_menus').then((answer) => answer.json())")
    return [
        (menu["name"], f"/odoo/action-{menu['actionID']}")
        for menu in tree.values()
        if menu.get("actionID") and str(menu.get("xmlid")).startswith("psych_")
    ]


def tour(page, login: str, phone: bool) -> None:
    """Take a picture of each screen that the menus of this person open, and with OPEN=1 of its first record."""
    seen = set()
    links = menus(page) or [
        (href, href)
        for href in page.eval_on_selector_all(
            "a[href^='/my']", "rows => rows.map((row) => row.getAttribute('href'))"
        )
    ]
    for label, address in links:
        if address in seen:
            continue
        seen.add(address)
        plain = re.sub(r"\W+", "_", label)[:30]
        name = f"{login}-{len(seen):02d}-{plain}"
        try:
            page.goto(address)
            settle(page)
            save(page, name, phone)
            row = page.locator(".o_data_row .o_data_cell, .o_kanban_record:not(.o_kanban_ghost)").first
            if os.environ.get("OPEN") and row.count():
                row.click()
                settle(page)
                save(page, f"{name}-record", phone)
        except Error as error:
            print(f"  {name}: {str(error).splitlines()[0]}", flush=True)


def shoot(browser, server, login: str, password: str) -> str:
    """Sign in, wait for the first screen and take its picture, then those of the scenes (or of the whole tour).

    :return: what there is to say about it
    """
    phone = login in PHONES or bool(os.environ.get("PHONE"))
    page = browser.open(server, login, password, phone=phone)
    settle(page)
    told = [f"{save(page, login, phone) // 1024} kB of {page.url.removeprefix(server.url)}"]
    complaints = page.console_errors
    if os.environ.get("TOUR"):
        tour(page, login, phone)
    else:
        for scene, _account, address, on_phone in (row for row in SCENES if row[1] == login):
            if on_phone != phone:
                browser.end_contexts()
                phone = on_phone
                page = browser.open(server, login, password, phone=phone)
                settle(page)
            page.goto(address)
            settle(page)
            told.append(f"{save(page, f'{login}-{scene}', phone) // 1024} kB of {scene}")
            complaints += [line for line in page.console_errors if line not in complaints]
    browser.end_contexts()
    return ", ".join(told) + (f"; on the console: {complaints[:2]}" if complaints else "")


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
                browser.end_contexts()
                print(f"{login}: no picture: {str(error).splitlines()[0]}", flush=True)
        browser.close()
    return failed


if __name__ == "__main__":
    sys.exit(main())
