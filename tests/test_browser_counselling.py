"""One student, one hour, from the phone to the signed record, in Chromium against a real server with real mail.

Books on the phone (first-time consent), signs the consent, moves the hour, is reminded by a neutral mail, comes;
the counsellor marks the arrival, writes, books the next hour from inside the note and signs. Then the same booking
at desktop width. `PSYCH_SHOTS=folder` keeps pictures of every step.
"""

import os
import re
from pathlib import Path

import pytest
from test_race_booking import build_world

NAME = "学生0"
SECRET = "秘密内容甲乙丙：昨晚没有睡好"


def shoot(page, name):
    """Keep a picture when a folder is named."""
    if folder := os.environ.get("PSYCH_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page="booking" in name)


def one(server, query, *args):
    with server.cursor() as cr:
        cr.execute(query, args)
        return cr.fetchone()


def fits(page):
    """Nothing sticks out sideways, and everything that is tapped is large enough."""
    page.wait_for_load_state()  # the address changes before the document stands
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), page.url
    small = page.evaluate(
        "[...document.querySelectorAll('a.btn, button')].filter(e => e.offsetParent && e.offsetHeight < 44)"
        ".map(e => e.textContent.trim())"
    )
    assert not small, small


def book(page, shot):
    """From the start page to a booked hour some days ahead; every page fits the screen. :return: id of the appointment"""
    fits(page)
    shoot(page, f"{shot}-booking-1-home")
    assert page.locator("a.card[href*='/psych/booking/how?']").count() == 3, "the next free hours first"
    page.locator("a.card[href*='/psych/booking/hours']").first.click()
    page.wait_for_url("**/psych/booking/hours**")
    fits(page)
    shoot(page, f"{shot}-booking-1-hours")
    hours = page.locator(".grid a.btn")
    hours.nth(hours.count() // 2).click()  # far enough ahead to be moved online
    page.wait_for_url("**/psych/booking/how**")
    fits(page)
    shoot(page, f"{shot}-booking-2-how")
    page.locator("label.chip").nth(1).click()
    page.click("button[name=urgency][value=normal]")
    consent = page.locator("input[name=consent]")
    if consent.count():
        consent.check()
    fits(page)
    shoot(page, f"{shot}-booking-3-check")
    page.click("button.main")
    page.wait_for_url("**/psych/booking/*new=1")
    fits(page)
    shoot(page, f"{shot}-booking-4-done")
    return int(re.search(r"/psych/booking/(\d+)", page.url).group(1))


def enter(browser, server, link, phone):
    page = browser.open(server, phone=phone)
    page.goto(link)
    page.click("button.main")
    page.wait_for_url("**/psych/booking")
    return page


@pytest.mark.browser
def test_from_the_phone_to_the_signed_record(make_server, browser, smtp):
    server = make_server(smtp=smtp)
    world = build_world(server, students=2)
    admin = server.admin()
    admin.call("ir.config_parameter", "set_param", "psych_health.relax_second_factor", "1")

    # the student books: consent on the page, then the signature
    phone = enter(browser, server, world["links"][0], phone=True)
    appointment = book(phone, "phone")
    assert one(server, "SELECT state, channel FROM psych_appointment WHERE id = %s", appointment) == (
        "confirmed",
        "portal",
    )
    sign_consent(phone)
    assert one(
        server, "SELECT count(*) FROM psych_consent WHERE purpose = 'counselling' AND state = 'given'"
    ) == (1,)

    # changes it, and asks to be reminded
    before = one(server, "SELECT start FROM psych_appointment WHERE id = %s", appointment)[0]
    phone.goto(f"/psych/booking/{appointment}")
    phone.fill("input[name=email]", "own.choice@student.example")
    phone.click("form[action$='/remind'] button")
    phone.wait_for_url(f"**/psych/booking/{appointment}**")
    assert phone.input_value("input[name=email]") == "own.choice@student.example"
    phone.click("a[href*='move=']")
    phone.wait_for_url("**move=**")
    phone.wait_for_load_state()
    fits(phone)
    shoot(phone, "phone-booking-5-move")
    others = phone.locator("form[action$='/move'] button")
    others.nth(others.count() // 2 + 3).click()
    phone.wait_for_url(f"**/psych/booking/{appointment}?new=1")
    after = one(server, "SELECT start FROM psych_appointment WHERE id = %s", appointment)[0]
    assert after > before
    assert phone.console_errors == []

    reminded(server, admin, smtp, appointment)

    # the counsellor: calendar, day list, arrived, note, next hour, signature
    desk = browser.open(server, *counsellor(server, appointment))
    desk.goto("/odoo/action-psych_health.psych_appointment_action")
    desk.wait_for_selector(".o_calendar_view .fc")
    shoot(desk, "desk-1-calendar")
    desk.goto(f"/odoo/action-psych_health.psych_appointment_action/{appointment}")
    desk.wait_for_selector("button[name=action_arrive]")
    assert NAME in desk.inner_text(".o_form_view"), "the counsellor reads who comes"
    shoot(desk, "desk-2-appointment")
    desk.click("button[name=action_arrive]")
    desk.wait_for_selector("button[name=action_record]")
    desk.click("button[name=action_record]")
    desk.wait_for_selector("div[name=note] textarea")
    write_note(desk)
    shoot(desk, "desk-3-record")
    desk.click("button[name=action_sign]")
    desk.wait_for_selector("button[name=action_sign]", state="detached")
    shoot(desk, "desk-4-signed")
    half_filled(desk)
    assert desk.console_errors == []
    state, risk, following = one(
        server,
        "SELECT s.state, s.risk, n.start - a.start FROM psych_session s JOIN psych_appointment a ON a.id ="
        " s.appointment_id LEFT JOIN psych_appointment n ON n.id = s.next_appointment_id WHERE a.id = %s",
        appointment,
    )
    assert (state, risk) == ("signed", "none")
    assert following is not None and abs(following.days - 7) <= 3, "the next hour stands"
    assert one(server, "SELECT state FROM psych_appointment WHERE id = %s", appointment) == ("done",)
    with server.cursor() as cr:
        cr.execute("SELECT row_to_json(s)::text FROM psych_session s")
        assert SECRET not in cr.fetchone()[0]

    # the student sees the next hour, on the large screen too
    wide = enter(browser, server, world["links"][0], phone=False)
    fits(wide)
    shoot(wide, "desktop-booking-6-own")
    assert wide.locator("a.card[href*='/psych/booking/']:not([href*=how]):not([href*=hours])").count() >= 1


def sign_consent(page):
    """The signed form, drawn with the finger."""
    page.click("a[href='/my/consents/counselling']")
    page.check(".tick_box")
    shoot(page, "phone-consent-1")
    canvas = page.locator("canvas.o_web_sign_signature")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 30 + step * 12, box["y"] + box["height"] / 2 + (12 if step % 2 else -12))
    page.mouse.up()
    shoot(page, "phone-consent-2")
    page.click(".o_portal_sign_submit")
    page.wait_for_url(lambda url: not url.endswith("/my/consents/counselling"), timeout=60_000)


def reminded(server, admin, smtp, appointment):
    """Let the reminder fall due and the scheduler run: one neutral mail, sent once."""
    with server.cursor() as cr:
        cr.execute("UPDATE res_company SET psych_quiet_from = 24, psych_quiet_to = 0")
        cr.execute(
            "UPDATE psych_outbox SET send_at = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE state = 'waiting'"
            " AND key LIKE %s",
            [f"appointment:{appointment}:remind%"],
        )
        assert cr.rowcount == 1, "one reminder stands, that of the new time"
    for _again in range(2):
        for cron in ("psych_health.ir_cron_outbox", "mail.ir_cron_mail_scheduler_action"):
            admin.call("ir.cron", "method_direct_trigger", [admin.ref(cron)])
    mails = [m for m in smtp.wait_for(1) if m["x-rcpt-to"] == "own.choice@student.example"]
    words = one(
        server,
        "SELECT text FROM psych_outbox WHERE state = 'sent' AND key LIKE %s",
        f"appointment:{appointment}:remind%",
    )[0]
    reminders = [m for m in mails if words in body(m)]
    assert len(reminders) == 1, "one reminder, however often the scheduler runs"
    number = one(server, "SELECT number FROM psych_appointment WHERE id = %s", appointment)[0]
    text = str(reminders[0]["subject"]) + body(reminders[0])
    assert number in text and f"/psych/booking/{appointment}" in text
    for word in (NAME, "R0000", "咨询", "心理", "何婉清", "林一帆", "counsel", "psycholog", "health"):
        assert word not in text, word
    assert "心理" not in str(reminders[0]["from"])


def body(message):
    part = message.get_body(("plain", "html"))
    return part.get_content()


def counsellor(server, appointment):
    login = one(
        server,
        "SELECT u.login FROM psych_appointment a JOIN psych_counsellor c ON c.id = a.counsellor_id"
        " JOIN res_users u ON u.id = c.user_id WHERE a.id = %s",
        appointment,
    )[0]
    return login, f"{login}-Passw0rd"


def half_filled(page):
    """A form with nothing in it says in Chinese what is missing, for every button."""
    page.goto("/odoo/action-psych_health.psych_session_action/new")
    page.wait_for_selector("button[name=action_sign]")
    page.click("button[name=action_sign]")
    assert "请填写或更正：" in page.inner_text(".o_notification")
    page.goto("/odoo/action-psych_health.psych_call_request_action/new")
    page.wait_for_selector("button[name=action_reached]")
    page.click("button[name=action_reached]")
    assert "电话" in page.inner_text(".o_notification"), "whom to call"


def write_note(page):
    """Risk check, text, the same hour next week."""
    page.locator("div[name=risk] .o_selection_badge").first.click()
    page.fill("div[name=note] textarea", SECRET)
    page.click("button[name=action_next_week]")
    page.wait_for_selector("button[name=action_book_next]")
