"""The screens when no scheduler runs (trap 12): a dead clockwork delays messages, never sight."""

import json
import urllib.error
import urllib.request

import pytest
from test_browser_import import shoot
from test_crisis_channels import rows, step

BEAT = "UPDATE psych_crisis_heartbeat SET beat_at = now() AT TIME ZONE 'utc' - %s * interval '1 second' WHERE code = 'ladder'"
STANDS = ".o_menu_systray :text('上报程序已停顿')"


@pytest.fixture(scope="module")
def world(server):
    """A school with one urgent signal; `server` runs without cron threads."""
    found = step(server, "school")
    found["signal"] = step(server, "signal", ABOUT=str(found["students"][4]))
    return found


def health(server):
    """:return: status and answer of the page that a watchdog outside asks"""
    try:
        with urllib.request.urlopen(f"{server.url}/psych/ladder", timeout=30) as answer:
            return answer.status, json.load(answer)["ladder"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["ladder"]


def test_the_watchdogs_page(server, world):
    """503 when the ladder never ran and after three beats of the configured length; 200 in between."""
    rows(server, "DELETE FROM psych_crisis_heartbeat")
    assert health(server) == (503, "silent"), "it never ran"
    rows(
        server,
        """INSERT INTO psych_crisis_heartbeat (code, beat_at, interval)
           VALUES ('ladder', now() AT TIME ZONE 'utc', 60)""",
    )
    assert health(server) == (200, "ok")
    rows(server, BEAT, 150)
    assert health(server) == (200, "ok"), "two beats missed"
    rows(server, BEAT, 200)
    assert health(server) == (503, "silent"), "three beats missed"
    rows(server, "UPDATE psych_crisis_heartbeat SET interval = 300")
    assert health(server) == (200, "ok"), "a school that beats every five minutes"
    rows(server, BEAT, 1000)
    assert health(server) == (503, "silent")


@pytest.mark.browser
def test_screens_without_a_scheduler(server, browser, world):
    """The top bar says that the clockwork stands; lists and phone page show what is overdue, computed when they are read."""
    number = world["signal"]["name"]
    rows(server, BEAT, 30)
    page = browser.open(server, "tutor", "tutor-Passw0rd")
    page.goto("/odoo/action-psych_crisis.psych_crisis_signal_action")
    row = page.locator(f".o_data_row:has-text('{number}')")
    row.wait_for()
    assert page.locator(STANDS).count() == 0
    assert "逾期" not in row.inner_text(), "not yet overdue"
    # the hour goes on, nothing runs: what was in time is late now, and no row was written since
    rows(server, BEAT, 3600)
    before = rows(server, "SELECT write_date, ring_at FROM psych_crisis_signal")
    rows(server, "UPDATE psych_crisis_signal SET due_at = due_at - interval '40 minutes'")
    page.reload()
    page.wait_for_selector(STANDS)
    row.wait_for()
    shoot(page, "clockwork-inbox")
    assert "逾期" in row.inner_text()
    assert "text-danger" in row.get_attribute("class")
    page.click(STANDS)
    page.wait_for_selector(".o_list_view")
    page.goto(f"/odoo/action-psych_crisis.psych_crisis_signal_action/{world['signal']['signal']}")
    page.wait_for_selector(".o_form_view .alert-danger:visible")
    assert "逾期" in page.inner_text(".o_form_view .alert-danger:visible")
    assert page.console_errors == []
    assert rows(server, "SELECT write_date, ring_at FROM psych_crisis_signal") == before, (
        "sight needs no write"
    )
    phone = browser.open(server, "tutor", "tutor-Passw0rd", phone=True)
    phone.goto("/psych/tutor")
    shoot(phone, "clockwork-tutor")
    text = phone.inner_text("main")
    assert "自行查看" in text and "逾期" in text
    assert phone.locator(".card.hot").count() >= 1
