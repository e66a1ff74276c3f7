"""The roster import as the school administrator lives it: a dirty file of 5,000 rows in the browser, in Chinese."""

import os
from pathlib import Path

import pytest
from dirty_roster import build
from harness.rpc import RpcError

ADMINISTRATOR = """
company = env.company
company.sudo()._psych_create_root_unit()
user = env['res.users'].sudo().create({'name': '周管理', 'login': 'roster', 'password': 'roster-Passw0rd',
    'group_ids': [Command.set([env.ref('base.group_user').id])]})
post = env.ref('psych_health.psych_post_administrator')
m = env['psych.membership'].sudo().create({'post_id': post.id, 'unit_id': company.psych_unit_id.id, 'partner_id': user.partner_id.id,
    'training_date': '2026-09-01', 'training_mark': 90, 'pledge_date': '2026-09-01', 'date_start': '2026-01-01'})
m._do_appoint(env.ref('base.user_root'))
for index in range(20):
    env['res.partner'].sudo().create({'name': f'李老师{index}', 'psych_is_staff': True, 'company_id': company.id})
"""


def prepare(server):
    """A school administrator and the tutors of the file; their session and the action's id."""
    admin = server.admin()
    model = admin.search_read("ir.model", [("model", "=", "res.users")], ["id"])[0]["id"]
    action = admin.create(
        "ir.actions.server",
        {"name": "prepare", "model_id": model, "state": "code", "code": ADMINISTRATOR},
    )
    admin.call("ir.actions.server", "run", [action])
    return server.session("roster", "roster-Passw0rd"), admin.ref("psych_health.psych_roster_import_action")


def shoot(page, name):
    """Keep a picture when a folder is named: `PSYCH_SHOTS=folder`."""
    if folder := os.environ.get("PSYCH_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")


def press(page, name):
    """Press a button of the form's head and wait until the server has answered."""
    with page.expect_response(lambda answer: f"/{name}" in answer.url, timeout=180_000):
        page.click(f".o_statusbar_buttons button[name={name}]:visible")
    page.wait_for_selector(".o_form_view:not(.o_form_saving)")


def open_wizard(page, action):
    page.goto(f"/odoo/action-{action}")
    page.wait_for_selector(".o_psych_roster_import")


def counts(session, *names):
    """The figures of the preview that the page shows."""
    batch = session.search_read(
        "psych.roster.batch", [], [f"{name}_count" for name in names], order="id desc", limit=1
    )
    return [batch[0][f"{name}_count"] for name in names]


@pytest.mark.browser
@pytest.mark.slow
def test_dirty_file_of_5000_rows(server, browser, tmp_path):
    admin, action = prepare(server)
    data, expected = build()
    path = tmp_path / "2026级名册.xlsx"
    path.write_bytes(data)
    page = browser.open(server, "roster", "roster-Passw0rd")
    page.set_default_timeout(90_000)
    open_wizard(page, action)
    shoot(page, "1-file")
    page.set_input_files("div[name=file] input[type=file]", str(path))
    page.wait_for_selector("div[name=file] input[type=text], div[name=file] .o_input")
    press(page, "action_read")
    page.wait_for_selector("div[name=column_ids] .o_data_row", timeout=60_000)
    assert "身份证号" in page.inner_text(".o_psych_roster_import .alert-warning:visible")
    shoot(page, "2-columns")
    press(page, "action_preview")
    page.wait_for_selector("div[name=step_preview]:visible", timeout=120_000)
    shoot(page, "3-preview")
    assert counts(admin, "error", "new") == [expected["errors"], expected["students"]]
    assert page.locator(".o_statusbar_buttons button[name=action_apply]:visible").count() == 0
    for index, tab in enumerate(page.locator(".o_notebook .nav-link:visible").all()):
        tab.click()
        shoot(page, f"4-tab-{index}")
    with page.expect_download(timeout=60_000) as download:
        page.click("button[name=action_download_errors]:visible")
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    page.check("div[name=skip_errors] input")
    page.wait_for_selector(".o_statusbar_buttons button[name=action_apply]:visible")
    press(page, "action_apply")
    page.wait_for_selector("div[name=step_done]:visible", timeout=60_000)
    shoot(page, "5-done")
    assert page.console_errors == []
    assert admin.call("psych.student", "search_count", []) == expected["students"]
    classes = admin.call("psych.unit", "search_count", [("role", "=", "class")])
    assert classes == expected["classes"]
    rows = admin.search_read(
        "psych.student", [("number", "=", "0026000003")], ["phone", "room_id", "class_id"]
    )
    assert rows[0]["phone"] == "13800000003", "the leading zeros came back"
    # the same file again: nothing to do but the rows that stay wrong
    open_wizard(page, action)
    page.set_input_files("div[name=file] input[type=file]", str(path))
    page.wait_for_selector("div[name=file] input[type=text], div[name=file] .o_input")
    press(page, "action_read")
    press(page, "action_preview")
    page.wait_for_selector("div[name=step_preview]:visible", timeout=120_000)
    assert counts(admin, "new", "changed", "moved", "left") == [0, 0, 0, 0]
    shoot(page, "6-again")


def test_nobody_else_by_rpc(server):
    """The doors refuse a member of staff without the post."""
    server.make_user("colleague", ["base.group_user"])
    colleague = server.session("colleague", "colleague-Passw0rd")
    for method, arguments in (("create", [{}]), ("search_read", [[]])):
        with pytest.raises(RpcError, match="AccessError"):
            colleague.call("psych.roster.import", method, *arguments)
    server.expect_log("psych.roster.import", "Access Denied", "不允许")
