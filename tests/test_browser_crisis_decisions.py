"""Clicked through by the right person: an encrypted document of an event, the leader's decision when a family refuses, and the
key-attention list that leaves by two people. Wrong roles are refused."""

import json
from datetime import date, datetime, timedelta

import pytest
from harness.rpc import RpcError
from test_browser_import import shoot
from test_crisis_channels import rows, step

SECRET = b"%PDF-1.4 witness statement 7c2f"


@pytest.fixture(scope="module")
def world(server):
    found = step(server, "school")
    return {**found, **step(server, "case", ABOUT=str(found["students"][4]))}


def page_of(browser, server, login):
    page = browser.open(server, login, f"{login}-Passw0rd")
    page.set_default_timeout(40_000)
    return page


@pytest.mark.browser
def test_document_of_an_event(server, browser, world, tmp_path):
    """The centre uploads, the leader downloads; on disk stands noise without a name."""
    path = tmp_path / "证人陈述.pdf"
    path.write_bytes(SECRET)
    page = page_of(browser, server, "centre")
    page.goto(f"/odoo/action-psych_crisis.psych_crisis_event_action/{world['event']}")
    page.click(".o_notebook .nav-link[name=documents]")
    page.click("div[name=document_ids] .o_field_x2many_list_row_add a")
    page.wait_for_selector(".modal .o_form_view")
    page.set_input_files(".modal div[name=content] input[type=file]", str(path))
    page.wait_for_function(
        "document.querySelector('.modal div[name=file_name] textarea, .modal div[name=file_name] input')?.value.includes('证人')"
    )
    shoot(page, "event-document-upload")
    page.click(".modal .o_form_button_save")
    page.wait_for_selector(".modal", state="detached")
    page.click(".o_form_button_save")
    page.wait_for_selector("div[name=document_ids] .o_data_row:has-text('证人陈述')")
    page.wait_for_selector(".o_form_saved, .o_form_status_indicator_buttons.invisible", state="attached")
    shoot(page, "event-document")
    ((document, attachment),) = rows(server, "SELECT id, attachment_id FROM psych_document")
    stored = rows(
        server,
        "SELECT name, mimetype, db_datas, index_content, store_fname FROM ir_attachment WHERE id = %s",
        attachment,
    )[0]
    assert "证人" not in stored[0] and stored[1] == "application/octet-stream"
    raw = (
        bytes(stored[2])
        if stored[2]
        else (server.data_dir / "filestore" / server.database / stored[4]).read_bytes()
    )
    assert raw and SECRET[9:] not in raw
    reader = page_of(browser, server, "leader")
    reader.goto(f"/odoo/action-psych_crisis.psych_crisis_event_action/{world['event']}")
    reader.click(".o_notebook .nav-link[name=documents]")
    link = reader.locator("div[name=document_ids] .o_data_row a").first
    answer = reader.request.get(link.get_attribute("href"))
    assert answer.ok and answer.body() == SECRET
    for login in ("tutor", "station", "registrar"):
        other = page_of(browser, server, login)
        refused = other.request.get(f"/psych/document/{document}")
        assert SECRET not in refused.body(), login
    server.expect_log(r"WARNING \S+ odoo\.http: ")
    assert page.console_errors == [] and reader.console_errors == []


@pytest.mark.browser
def test_leader_decides_when_the_family_refuses(server, browser, world):
    """From the card to the decision by clicks; station and centre find no button and are refused at the door."""
    decision = rows(
        server,
        """SELECT l.id FROM psych_crisis_refusal_line l JOIN psych_crisis_refusal_step s ON s.id = l.step_id
            WHERE l.refusal_id = %s AND s.evidence = 'decision'""",
        world["path"],
    )[0][0]
    server.expect_log(r"WARNING \S+ odoo\.http: ")
    for login in ("station", "tutor"):
        session = server.session(login, f"{login}-Passw0rd")
        with pytest.raises(RpcError, match="AccessError"):
            wizard = session.create(
                "psych.crisis.refusal.decide", {"line_id": decision, "decision": "hospital"}
            )
            session.call("psych.crisis.refusal.decide", "action_decide", [wizard])
    page = page_of(browser, server, "leader")
    page.goto(f"/odoo/action-psych_crisis.psych_crisis_case_action/{world['case']}")
    page.click(".o_notebook .nav-link[name=refusal]")
    shoot(page, "refusal-case")
    page.click("div[name=refusal_ids] .o_data_row td.o_list_record_open_form_view button")
    page.wait_for_selector("button[name=action_decide]")
    shoot(page, "refusal-path")
    page.click("button[name=action_decide]")
    page.wait_for_selector(".modal div[name=decision] input[type=radio] >> nth=-1")
    page.check(".modal div[name=decision] input[type=radio] >> nth=0")
    shoot(page, "refusal-decide")
    page.click(".modal button.btn-primary[name=action_decide]")
    page.wait_for_selector(".modal button[name=action_decide].btn-primary >> nth=0", state="detached")
    done = rows(
        server,
        "SELECT decision IS NOT NULL, done_by_id FROM psych_crisis_refusal_line WHERE id = %s",
        decision,
    )
    assert done == [(True, world["users"]["leader"])]
    shoot(page, "refusal-decided")
    assert page.console_errors == []


@pytest.mark.browser
def test_key_attention_list_leaves_by_two_people(server, browser, world):
    """Asked with a reason by the centre, approved by the head, taken once; who asked cannot approve."""
    page = page_of(browser, server, "centre")
    page.goto("/odoo/action-psych_crisis.psych_crisis_attention_action")
    page.wait_for_selector(".o_data_row")
    shoot(page, "export-list")
    page.goto("/odoo/action-psych_health.psych_export_request_action/new")
    page.wait_for_selector("div[name=purpose] input")
    page.locator("div[name=kind] select, div[name=kind] input").first.wait_for()
    box = page.locator("div[name=kind] select")
    if box.count():
        box.select_option('"attention"')
    else:
        page.click("div[name=kind] input")
        page.locator(".o_select_menu_item:has-text('重点关注')").first.click()
    page.fill("div[name=purpose] input", "学院会商")
    page.fill("div[name=recipient] input", "分管校领导")
    page.fill("div[name=delete_on] input", f"{date.today() + timedelta(days=20):%Y/%m/%d}")
    page.keyboard.press("Tab")
    shoot(page, "export-typed")
    page.click(".o_statusbar_buttons button[special=save], .o_statusbar_buttons button.btn-primary")
    page.wait_for_selector("div[name=number]:visible")
    shoot(page, "export-asked")
    assert page.locator("button[name=action_approve]:visible").count() == 0
    request = rows(server, "SELECT id, kind, state FROM psych_export_request ORDER BY id DESC LIMIT 1")[0]
    assert request[1:] == ("attention", "asked")
    server.expect_log(r"WARNING \S+ odoo\.http: ")
    for login in ("centre", "leader", "station"):
        with pytest.raises(RpcError, match="AccessError"):
            server.session(login, f"{login}-Passw0rd").call(
                "psych.export.request", "action_approve", [request[0]]
            )
    head = page_of(browser, server, "head")
    head.goto(f"/odoo/action-psych_health.psych_export_request_action/{request[0]}")
    shoot(head, "export-to-approve")
    head.click("button[name=action_approve]")
    head.wait_for_selector("button[name=action_approve]", state="hidden")
    assert rows(
        server, "SELECT state, approved_by_id FROM psych_export_request WHERE id = %s", request[0]
    ) == [("approved", world["users"]["head"])]
    page.goto(f"/psych/export/{request[0]}")
    page.click("button.main")
    page.wait_for_selector("a[download], .big")
    shoot(page, "export-taken")
    state, count = rows(
        server, "SELECT state, row_count FROM psych_export_request WHERE id = %s", request[0]
    )[0]
    assert (state, count) == ("taken", 1)
    assert "没有" not in json.dumps(page.console_errors, ensure_ascii=False) and page.console_errors == []


@pytest.mark.browser
def test_guard_shifts_on_the_calendar(server, browser, world):
    """The week of the guard on a calendar; in the list the hours without anybody are red; nobody from another college sees it."""
    station = server.session("station", "station-Passw0rd")
    now = datetime.utcnow().replace(minute=0, second=0, microsecond=0)
    for start, stop, who in (
        (1, 5, {"kind": "staff", "user_id": world["users"]["tutor"]}),
        (9, 13, {"kind": "family", "relative": "mother"}),
    ):
        span = {
            name: f"{now + timedelta(hours=hour):%Y-%m-%d %H:%M:%S}"
            for name, hour in (("start", start), ("stop", stop))
        }
        station.create("psych.crisis.watch.shift", {"case_id": world["case"], **span, **who})
    page = page_of(browser, server, "station")
    page.set_viewport_size({"width": 1280, "height": 850})
    page.goto("/odoo/action-psych_crisis.psych_crisis_watch_shift_action")
    page.wait_for_selector(".fc-event")
    assert page.locator(".fc-event:has-text('tutor')").count() >= 1
    shoot(page, "guard-calendar")
    page.click(".o_switch_view.o_list")
    page.wait_for_selector(".o_data_row.text-danger td[name=gap_text]:not(:empty)")
    assert (page.locator(".o_data_row.text-danger").count(), page.locator(".o_data_row").count()) == (
        2,
        2,
    ), "while a family refuses, the hours before the first shift are a gap as well"
    shoot(page, "guard-list")
    page.goto(f"/odoo/action-psych_crisis.psych_crisis_case_action/{world['case']}")
    page.click(".o_notebook .nav-link[name=guard]")
    page.wait_for_selector("div[name=shift_ids] .o_data_row.text-danger")
    shoot(page, "guard-case")
    assert page.console_errors == []
    phone = browser.open(server, "station", "station-Passw0rd", phone=True)
    for name, path in (
        ("guard-phone", "psych_crisis_watch_shift_action"),
        ("case-phone", f"psych_crisis_case_action/{world['case']}"),
        ("supervision-empty-phone", "psych_crisis_meeting_action"),
    ):
        phone.goto(f"/odoo/action-psych_crisis.{path}")
        phone.wait_for_selector(".o_action .o_content")
        phone.wait_for_timeout(1500)
        shoot(phone, name)
    tutor = page_of(browser, server, "tutor")
    tutor.goto(f"/odoo/action-psych_crisis.psych_crisis_case_action/{world['case']}")
    tutor.wait_for_selector(".o_form_view")
    shoot(tutor, "tutor-case")
    desk = server.session("desk", "desk-Passw0rd")
    assert desk.call("psych.crisis.watch.shift", "search_count", []) == 0
