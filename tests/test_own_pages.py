"""The student's own pages in a browser on a phone: sign, take the signed copy, own data, who opened the file."""

import hashlib
import json

import pytest

PASSWORD = "Test-Passw0rd-1"
BUILDER = "Importing test framework"


@pytest.fixture(scope="module")
def world(server):
    """The small school of the toy addon."""
    server.expect_log(BUILDER)
    return server.admin().call("test_psych.world", "build", "MARKER note")


def download(page, selector):
    """Click and :return: (file name, bytes) of what the phone receives."""
    with page.expect_download() as waiting:
        page.click(selector)
    with open(waiting.value.path(), "rb") as file:
        return waiting.value.suggested_filename, file.read()


def draw(page):
    """Draw a line on the signature pad with the finger."""
    pad = page.locator(".o_web_sign_signature canvas, canvas.o_web_sign_signature").first
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 30 + step * 20, box["y"] + 30 + (step % 2) * 30)
    page.mouse.up()


@pytest.mark.browser
def test_sign_and_take_the_copy(server, world, browser):
    page = browser.open(server, world["logins"]["student"], PASSWORD, phone=True)
    page.goto("/my/consents/counselling")
    page.check(".agree input")
    draw(page)
    page.click(".o_portal_sign_submit")
    page.wait_for_url("**/my/consents?done=counselling")
    name, data = download(page, ".signed_copy")
    assert name.endswith(".pdf") and data.startswith(b"%PDF")
    with server.cursor() as cr:
        cr.execute("SELECT document_id, document_hash FROM psych_consent WHERE state = 'given'")
        ((document, digest),) = cr.fetchall()
    assert hashlib.sha256(data).hexdigest() == digest, "the copy is the one that was fixed"
    for role in ("tutor", "counsellor", "leader", "manager"):
        other = server.session(world["logins"][role], PASSWORD)
        assert other.get(f"/psych/document/{document}").status_code == 404, role
    assert page.console_errors == []


@pytest.mark.browser
def test_own_data_and_who_opened(server, world, browser):
    counsellor = server.session(world["logins"]["counsellor"], PASSWORD)
    counsellor.call("test_psych.note", "web_read", [world["note"]], {"note": {}})
    page = browser.open(server, world["logins"]["student"], PASSWORD, phone=True)
    page.goto("/my/data")
    name, data = download(page, "a[href='/my/data/copy.pdf']")
    assert name == "my-data.pdf" and data.startswith(b"%PDF")
    name, data = download(page, "a[href='/my/data/copy.json']")
    assert json.loads(data)["student"] == "20260000"
    page.click("a[href='/my/file-access']")
    page.wait_for_url("**/my/file-access")
    assert page.locator(".card b").count() >= 1
    assert "w_counsellor" not in page.content(), "a role and a unit, never a name"
    assert page.console_errors == []


def test_other_people_have_no_own_pages(server, world):
    session = server.session(world["logins"]["tutor"], PASSWORD)
    for path in ("/my/data", "/my/data/copy.pdf", "/my/data/copy.json", "/my/file-access", "/my/consents"):
        assert session.get(path).status_code == 404, path
