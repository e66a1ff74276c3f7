"""The phone pages of warning in Chromium at 320 and 430 px: one tap, nothing wider than the screen, «NOT sent» without a network."""

import re

import pytest
from harness import shell
from harness.server import REPO
from test_browser_import import shoot

WORLD = REPO / "tests" / "world_crisis.py"
SIZES = ((320, 640), (430, 932))
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
KEPT = """scope => navigator.serviceWorker.getRegistration(scope).then(
    found => !!found && !!found.active && found.active.state === 'activated' && new URL(found.scope).pathname === scope)"""
SMALL_TARGETS = """() => [...document.querySelectorAll('button, a.btn, summary, select, input:not([type=hidden])')]
    .filter(node => node.offsetParent && !node.classList.contains('trap') && node.type !== 'checkbox')
    .filter(node => node.getBoundingClientRect().height < 43.5).map(node => node.outerHTML.slice(0, 80))"""


def step(server, name, **env):
    return shell.call(server, WORLD.read_text("utf-8"), STEP=name, **env)


@pytest.fixture(scope="module")
def world(server):
    return step(server, "school")


def rows(server, statement, *values):
    with server.cursor() as cr:
        cr.execute(statement, values)
        return cr.fetchall() if cr.description else None


def phone(browser, server, login):
    page = browser.open(server, login, f"{login}-Passw0rd", phone=True)
    page.set_default_timeout(40_000)
    return page


def look(page, name):
    """The page at both widths: a picture each, nothing wider than the screen, nothing too small to tap."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        shoot(page, f"phone-{name}-{width}")
        assert not page.evaluate(TOO_WIDE), f"{name} is wider than {width} px"
        assert page.evaluate(SMALL_TARGETS) == [], f"{name} at {width} px"


@pytest.mark.browser
def test_cadre(server, browser, world):
    """Zero report by one tap, a care request refused, «someone may need help» also after the report; no history, no names."""
    page = phone(browser, server, world["informant"])
    page.goto("/psych/care")
    look(page, "care")
    text = page.inner_text("main")
    assert not re.search("李晨|王思远|刘一诺|陈可|杨帆", text), "no list of room-mates"
    page.click("button[value=calm]")
    page.wait_for_url("**/psych/care?done=1")
    assert rows(server, "SELECT mood, is_zero FROM psych_crisis_report") == [("calm", True)]
    look(page, "care-done")
    assert page.locator("button[value=calm]").count() == 0
    page.click("button[value=refused]")
    page.wait_for_load_state()
    assert rows(server, "SELECT state FROM psych_crisis_care_request") == [("refused",)]
    page.click("summary")
    page.fill("textarea", "这两天没有去上课，晚上一个人坐在楼梯间")
    page.click("button[value=help]")
    page.wait_for_url("**/psych/receipt/**")
    look(page, "receipt-help")
    signal = rows(
        server, "SELECT room_id, urgency, create_uid FROM psych_crisis_signal ORDER BY id DESC LIMIT 1"
    )
    assert signal == [(world["room"], "talk", 1)]
    assert len(rows(server, "SELECT 1 FROM psych_crisis_report")) == 1, "one report a period"
    for path in ("/odoo", "/web"):
        page.goto(path)
        assert "psych_crisis_report" not in page.content()
    student = server.session(world["informant"], f"{world['informant']}-Passw0rd")
    for model in ("psych.crisis.report", "psych.crisis.signal", "psych.crisis.reporter"):
        with pytest.raises(Exception, match="AccessError"):
            student.search_read(model, [], ["id"])
    server.expect_log("AccessError", "不允许", "not allowed")
    assert page.console_errors == []


@pytest.mark.browser
def test_urgent_report_offline_and_online(server, browser, world):
    """Call buttons first; without a network the page still opens, says «NOT sent» and keeps the words; then it is sent."""
    page = phone(browser, server, world["member"])
    page.goto("/psych/care")  # the urgent page is kept on the phone although it was never opened
    page.wait_for_function(KEPT, arg="/psych/urgent")
    page.wait_for_timeout(1500)  # a worker that has just begun is asked after a breath
    page.context.set_offline(True)
    page.goto("/psych/urgent")
    lines = page.eval_on_selector_all(
        "a[href^='tel:']", "nodes => nodes.map(node => node.getAttribute('href'))"
    )
    assert "tel:13900000001" in lines, (
        f"the person on call, from the phone's memory: {lines} {page.inner_text('main')}"
    )
    calls = page.locator("a.btn[href^='tel:']").first.bounding_box()["y"]
    assert calls < page.locator("#urgent_form").bounding_box()["y"]
    look(page, "urgent-offline")
    page.fill("#u_who", world["number"])
    page.fill("#u_where", "1栋楼顶")
    page.fill("#u_fact", "说了告别的话")
    page.click("#urgent_form button.main")
    page.wait_for_selector("#not_sent:visible")
    look(page, "urgent-not-sent")
    assert page.input_value("#u_fact") == "说了告别的话", "what was typed stays"
    assert rows(server, "SELECT count(*) FROM psych_crisis_signal WHERE place = '1栋楼顶'") == [(0,)]
    page.context.set_offline(False)
    page.click("#urgent_form button.main")
    page.wait_for_url("**/psych/receipt/**")
    look(page, "receipt-urgent")
    found = rows(server, "SELECT id, urgency, student_id FROM psych_crisis_signal WHERE place = '1栋楼顶'")
    assert [row[1:] for row in found] == [("acute", world["students"][4])]
    assert "tel:13900000001" in page.content(), "call … until a person has confirmed"
    tutor = phone(browser, server, "tutor")
    tutor.goto("/psych/tutor")
    look(tutor, "tutor")
    tutor.click(f"form:has(input[value='{found[0][0]}']) button[value=acknowledge]")
    tutor.wait_for_load_state()
    page.wait_for_selector(".big", timeout=60_000)
    look(page, "receipt-confirmed")
    assert "陈可" not in page.inner_text("main") and "tutor" not in page.inner_text("main")


@pytest.mark.browser
def test_help_page_offline(server, browser, world):
    """The help page opens without signing in and without a network."""
    page = browser.open(server, phone=True)
    page.set_default_timeout(40_000)
    page.goto("/psych/help")
    page.wait_for_function(KEPT, arg="/psych/")
    page.wait_for_timeout(1500)
    page.context.set_offline(True)
    page.goto("/psych/help")
    assert page.locator("a[href^='tel:']").count() >= 2
    look(page, "help-offline")


@pytest.mark.browser
def test_public_form_is_a_switch(server, browser, world):
    """Off: nobody unknown writes, and the page says that nothing was sent. On by the administrator: it lands at the centre."""
    page = browser.open(server, phone=True)
    page.set_default_timeout(40_000)
    page.goto("/psych/urgent")
    assert page.locator("#urgent_form").count() == 0
    answer = server.session().post(
        "/psych/urgent", data={"who": world["number"], "fact": "x", "where": "夜间"}
    )
    assert (
        'id="not_sent"' in answer.text and "hidden" not in answer.text.split('id="not_sent"')[1].split(">")[0]
    )
    assert rows(server, "SELECT count(*) FROM psych_crisis_signal WHERE place = '夜间'") == [(0,)]
    registrar = server.session("registrar", "registrar-Passw0rd")
    company = {"allowed_company_ids": [world["company"]]}
    row = registrar.create("psych.crisis.settings", {"psych_crisis_public_form": True}, context=company)
    registrar.call("psych.crisis.settings", "action_confirm", [row], context=company)
    centre = server.session("centre", "centre-Passw0rd")
    with pytest.raises(Exception, match="AccessError"):
        centre.create("psych.crisis.settings", {}, context=company)
    server.expect_log("AccessError", "不允许", "not allowed")


@pytest.mark.browser
def test_night_roles(server, browser, world):
    """Where to go, whom to look for, arrived: for matters the desk was told of, and no others."""
    signal = step(server, "signal", ABOUT=str(world["students"][4]))["signal"]
    page = phone(browser, server, "desk")
    page.goto("/psych/night")
    assert "陈可" not in page.inner_text("main")
    rows(
        server,
        """INSERT INTO psych_crisis_addressee (signal_id, company_id, user_id, membership_id, at, is_live)
           SELECT %s, company_id, user_id, membership_id, now() AT TIME ZONE 'utc', true FROM psych_scope WHERE user_id = %s LIMIT 1""",
        signal,
        world["users"]["desk"],
    )
    page.goto("/psych/night")
    assert "陈可" in page.inner_text("main")
    look(page, "night")
    page.click(f"form:has(input[value='{signal}']) button[value=acknowledge]")
    page.wait_for_load_state()
    page.select_option(f"form:has(input[value='{signal}']) select[name=condition]", "upset")
    page.click(f"form:has(input[value='{signal}']) button[value=seen]")
    page.wait_for_load_state()
    assert rows(server, "SELECT seen_condition FROM psych_crisis_signal WHERE id = %s", signal) == [
        ("upset",)
    ]
    assert page.console_errors == []
