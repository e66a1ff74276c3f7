"""Half filled in and pressed all the same: one sentence in Chinese or the empty box in red, what was typed stays, nothing is stored."""

import pytest
from test_browser_crisis_decisions import page_of
from test_crisis_channels import rows, step


@pytest.fixture(scope="module")
def world(server):
    found = step(server, "school")
    return {**found, **step(server, "case", ABOUT=str(found["students"][4]))}


def told(page):
    """:return: what the dialog says, which is closed again"""
    page.wait_for_selector(".o_error_dialog")
    text = page.inner_text(".o_error_dialog")
    assert "Traceback" not in text and "psycopg" not in text
    page.click(".o_error_dialog .modal-footer .btn-primary, .o_error_dialog footer .btn-primary")
    page.wait_for_selector(".o_error_dialog", state="detached")
    return text


def type_date(page, name, text):
    """Type a day as a person does, over whatever stands there."""
    page.locator(f"div[name={name}] :is(input, button)").first.focus()
    page.fill(f"div[name={name}] input", text)
    page.keyboard.press("Tab")


def new(page, action):
    page.goto(f"/odoo/action-{action}/new")
    page.wait_for_selector(".o_form_view .o_field_widget")


@pytest.mark.browser
def test_absence_with_its_end_before_its_start(server, browser, world):
    server.expect_log("bad query.*psych_leave", r"WARNING \S+ odoo\.http: ")
    page = page_of(browser, server, "registrar")
    new(page, "psych_health.psych_leave_action")
    page.click(".o_form_button_save")
    page.wait_for_selector("div[name=partner_id].o_field_invalid")
    assert page.locator(".o_field_widget.o_field_invalid").count() == 3
    page.click("div[name=partner_id] input")
    page.locator(".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)").first.click()
    page.wait_for_function("document.querySelector('div[name=partner_id] input').value")
    who = page.input_value("div[name=partner_id] input")
    type_date(page, "date_start", "2027/03/10")
    page.wait_for_selector("div[name=date_start] button:has-text('3月10日')")
    type_date(page, "date_end", "2027/03/01")
    page.click(".o_form_button_save")
    assert "请假结束日期应在开始日期之后" in told(page)
    assert who and page.input_value("div[name=partner_id] input") == who
    assert rows(server, "SELECT count(*) FROM psych_leave") == [(0,)]
    type_date(page, "date_end", "2027/03/12")
    page.locator(".o_form_button_save").dblclick()
    page.wait_for_selector(".o_form_saved, .o_form_status_indicator_buttons.invisible", state="attached")
    kept = rows(server, "SELECT date_start::text, date_end::text FROM psych_leave")
    assert kept == [("2027-03-10", "2027-03-12")]
    assert page.console_errors == []


@pytest.mark.browser
def test_closing_of_a_case_that_is_not_done(server, browser, world):
    server.expect_log(r"WARNING \S+ odoo\.http: ")
    page = page_of(browser, server, "centre")
    page.goto(f"/odoo/action-psych_crisis.psych_crisis_case_action/{world['case']}")
    page.click(".o_notebook .nav-link[name=closing]")
    page.click("div[name=closing_ids] .o_field_x2many_list_row_add a")
    page.wait_for_selector(".modal .o_form_view")
    page.click(".modal .o_form_button_save")
    page.wait_for_selector(".modal div[name=assessment].o_field_invalid")
    page.fill(".modal div[name=assessment] textarea", "情况稳定")
    page.click(".modal .o_form_button_save")
    page.wait_for_selector(".modal", state="detached")
    page.click(".o_form_button_save")
    assert "还不能结案：" in told(page)
    page.wait_for_selector("div[name=closing_ids] .o_data_row")
    page.click("div[name=closing_ids] .o_data_row .o_data_cell")
    assert page.input_value(".modal div[name=assessment] textarea") == "情况稳定"
    assert rows(server, "SELECT count(*) FROM psych_crisis_closing") == [(0,)]
    assert page.console_errors == []


@pytest.mark.browser
def test_call_back_without_a_number(server, browser, world):
    """Nobody to call is refused; danger is kept and told at once."""
    page = page_of(browser, server, "centre")
    new(page, "psych_health.psych_call_request_action")
    page.fill("div[name=name] input", "五栋楼顶")
    page.click(".o_form_button_save")
    page.wait_for_selector("div[name=phone].o_field_invalid")
    assert rows(server, "SELECT count(*) FROM psych_call_request") == [(0,)]
    page.click("div[name=is_danger] input")
    page.locator(".o_form_button_save").dblclick()
    page.wait_for_selector(".o_form_saved, .o_form_status_indicator_buttons.invisible", state="attached")
    assert rows(server, "SELECT name, is_danger FROM psych_call_request") == [("五栋楼顶", True)]
    signals = rows(
        server,
        "SELECT s.urgency, s.student_id FROM psych_crisis_signal s JOIN psych_crisis_origin o ON o.signal_id = s.id"
        " WHERE o.model = 'psych.call.request'",
    )
    assert signals == [("acute", None)]
    assert page.console_errors == []
