"""The main job end to end on real input: roster file → census → acute answers → signal → seen → triage → case → plan →
follow-ups → referral → return → closing → tier down. Each step by the right role, and refused to a wrong one.

Screens of daily use in Chromium, the rest through the RPC door of the same person.
"""

import io
from datetime import datetime, timedelta

import pytest
import xlsxwriter
from harness import shell
from harness.rpc import RpcError
from harness.server import REPO
from test_browser_import import open_wizard, press, shoot

STUDENTS = 24
WATCHED = "0026000003"
REFUSAL = r"WARNING \S+ odoo\.http: "  # the server's line about a refused call


def in_shell(server, step, **env):
    """Run one step of `world_main_flow.py` on the server's database. :return: its plain values"""
    return shell.call(server, (REPO / "tests" / "world_main_flow.py").read_text("utf-8"), STEP=step, **env)


def roster():
    """:return: a small roster as a workbook: two colleges, two classes, rooms, tutors"""
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    head = ["学号", "姓名", "性别", "学院", "专业", "年级", "班级", "楼栋", "房间", "手机", "辅导员"]
    sheet.write_row(0, 0, head)
    for index in range(STUDENTS):
        nurse = index < STUDENTS // 2
        row = [
            f"0026{index:06d}",
            f"学生{'甲乙丙丁戊己庚辛壬癸子丑'[index % 12]}{'东西'[index // 12]}",
            "女" if index % 3 else "男",
            "护理学院" if nurse else "药学院",
            "护理" if nurse else "药学",
            "2026级",
            "护理2601班" if nurse else "药学2601班",
            "1栋",
            f"{401 + index // 6}",
            f"138{index:08d}",
            "李老师0" if nurse else "李老师1",
        ]
        sheet.write_row(index + 1, 0, row)
    book.close()
    return output.getvalue()


class Flow:
    """The college of one test: sessions of its people, and what has to be refused to whom."""

    def __init__(self, server, browser):
        self.server, self.browser, self.sessions = server, browser, {}
        self.world = in_shell(server, "staff")

    def __getitem__(self, login):
        if login not in self.sessions:
            self.sessions[login] = self.server.session(login, f"{login}-Passw0rd")
        return self.sessions[login]

    def ref(self, xmlid):
        """:return: the id behind an external id, asked by the operator"""
        if "operator" not in self.sessions:
            self.sessions["operator"] = self.server.admin()
        return self.sessions["operator"].ref(xmlid)

    def page(self, login, phone=False):
        page = self.browser.open(self.server, login, f"{login}-Passw0rd", phone=phone)
        page.set_default_timeout(60_000)
        return page

    def refused(self, login, model, method, *args, error="AccessError", **kwargs):
        """``login`` tries and is refused."""
        with pytest.raises(RpcError, match=error):
            self[login].call(model, method, *args, **kwargs)
        self.server.expect_log(
            "You are not allowed", "不允许", "Access Denied", "Access Error", "AccessError"
        )

    def unseen(self, login, model, domain):
        """``login`` finds nothing: neither by reading nor by counting."""
        try:
            assert self[login].call(model, "search_count", domain) == 0, (login, model)
        except RpcError as refusal:
            assert "AccessError" in refusal.name
            self.server.expect_log(REFUSAL)

    def ask(self, statement, *values):
        """:return: committed rows, read beside the server"""
        with self.server.cursor() as cr:
            cr.execute(statement, values)
            return cr.fetchall()

    def refused_step(self, login, wizard, values, error="AccessError"):
        """``login`` fills a wizard, presses its button and is refused."""
        with pytest.raises(RpcError, match=error):
            row = self[login].create(wizard, values)
            self[login].call(wizard, "action_confirm", [row])
        self.server.expect_log(REFUSAL)


def import_roster(flow, tmp_path):
    """The administrator imports the file in the browser; nobody else may."""
    path = tmp_path / "名册.xlsx"
    path.write_bytes(roster())
    page = flow.page("registrar")
    open_wizard(page, flow.ref("psych_health.psych_roster_import_action"))
    page.set_input_files("div[name=file] input[type=file]", str(path))
    page.wait_for_selector("div[name=file] input[type=text], div[name=file] .o_input")
    press(page, "action_read")
    page.wait_for_selector("div[name=column_ids] .o_data_row")
    press(page, "action_preview")
    page.wait_for_selector("div[name=step_preview]:visible")
    press(page, "action_apply")
    page.wait_for_selector("div[name=step_done]:visible")
    assert page.console_errors == []
    assert flow["registrar"].call("psych.student", "search_count", []) == STUDENTS
    flow.refused("centre", "psych.roster.import", "create", [{}])
    assert in_shell(flow.server, "tutors")["appointed"] == 2


def open_census(flow):
    """The centre opens the census in the browser; a tutor may not."""
    centre = flow["centre"]
    scales = [flow.ref(f"psych_health.psych_scale_{code}") for code in ("phq_9", "gad_7")]
    now = datetime.utcnow()
    values = {
        "name": "2026级新生普查",
        "entry_years": "2026",
        "date_open": f"{now - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}",
        "date_close": f"{now + timedelta(days=5):%Y-%m-%d %H:%M:%S}",
        "scale_ids": [(6, 0, scales)],
        "followup_scale_id": flow.ref("psych_health.psych_scale_safe_5"),
    }
    flow.refused("tutor", "psych.campaign", "create", [values])
    campaign = centre.create("psych.campaign", values)
    page = flow.page("centre")
    page.goto(f"/odoo/action-{flow.ref('psych_health.psych_campaign_action')}/{campaign}")
    page.click("button[name=action_open]")
    page.click(".modal-footer .btn-primary")
    page.wait_for_selector("button[name=action_close]:visible")
    assert page.console_errors == []


def answer(flow):
    """The student answers on the phone; when the server has answered, the signal stands there with its addressees."""
    slip = in_shell(flow.server, "code", NUMBER=WATCHED)
    flow.student, flow.student_login = slip["student"], slip["login"]
    page = flow.browser.open(flow.server, phone=True)
    page.goto(f"/psych/{slip['entrance']}")
    page.fill("#number", WATCHED)
    page.fill("#code", slip["code"])
    page.click("button.main")
    page.wait_for_url(lambda url: "/psych/s#" in url)
    page.click("main button.main[type=button]")
    page.wait_for_selector("fieldset")
    shoot(page, "10-census")
    fill(page, [2, 2, 1, 2, 1, 2, 1, 1, 3, 1, 1, 0, 1, 1, 0, 1])
    with page.expect_response(lambda answered: "/psych/answer/submit" in answered.url):
        page.click("#send")
    # sixteen questions make way for the few that follow; the page's own rule allows no evaluated predicate
    page.locator("fieldset").nth(9).wait_for(state="detached")
    shoot(page, "11-follow-up questions")
    fill(page, [1] * page.locator("fieldset").count())
    with page.expect_response(lambda answered: "/psych/answer/submit" in answered.url) as answered:
        page.click("#send")
    assert answered.value.ok
    rows = flow.ask(
        """SELECT s.id, s.urgency, s.owner_id, count(a.id) FROM psych_crisis_signal s
             JOIN psych_crisis_addressee a ON a.signal_id = s.id WHERE s.student_id = %s AND s.is_open GROUP BY s.id""",
        flow.student,
    )
    assert len(rows) == 1 and rows[0][1] == "acute" and rows[0][2] and rows[0][3] >= 2, rows
    flow.signal = rows[0][0]
    page.wait_for_selector(".calls")
    shoot(page, "12-end page")
    text = page.inner_text("main")
    assert not any(word in text for word in ("分数", "阳性", "危机", "异常", "！"))


def fill(page, values):
    """Tap the options of the cards in order."""
    cards = page.locator("fieldset")
    for index, value in enumerate(values):
        options = cards.nth(index).locator("label")
        option = options.nth(min(value, options.count() - 1))
        option.evaluate("node => node.scrollIntoView({block: 'center'})")
        option.click()


def acknowledge(flow):
    """The teacher of the centre on duty takes it in the inbox; tutor, station, leader and student do not see it."""
    for login in ("tutor", "station", "leader", "other_tutor", "registrar"):
        flow.unseen(login, "psych.crisis.signal", [("id", "=", flow.signal)])
        flow.refused(login, "psych.crisis.signal", "action_acknowledge", [flow.signal])
    student = flow.server.session(flow.student_login, "student-Passw0rd")
    with pytest.raises(RpcError, match="AccessError"):
        student.call("psych.crisis.signal", "action_acknowledge", [flow.signal])
    page = flow.page("centre")
    page.goto(f"/odoo/action-{flow.ref('psych_crisis.psych_crisis_signal_action')}")
    page.wait_for_selector(".o_data_row")
    shoot(page, "20-inbox")
    page.click(".o_data_row button[name=action_acknowledge]")
    page.wait_for_selector(".o_data_row button[name=action_acknowledge]", state="hidden")
    page.click(".o_data_row td[name=name]")
    page.wait_for_selector(".o_form_view")
    shoot(page, "21-signal")
    assert page.console_errors == []
    assert flow.ask("SELECT acknowledged_by_id FROM psych_crisis_signal WHERE id = %s", flow.signal)[0][0]


def see(flow):
    """The person on call meets the student and says so on the phone; before that it cannot be closed."""
    flow.refused("centre", "psych.crisis.signal", "action_no_concern", [flow.signal], error="UserError")
    flow.refused_step(
        "tutor", "psych.crisis.signal.seen", {"signal_id": flow.signal, "place": "dorm", "condition": "upset"}
    )
    page = flow.page("oncall", phone=True)
    page.goto("/psych/night")
    shoot(page, "22-night page")
    page.select_option("select[name=place]", "dorm")
    page.select_option("select[name=condition]", "upset")
    page.click("button[value=seen]")
    page.wait_for_load_state()
    shoot(page, "23-night page after")
    row = flow.ask(
        "SELECT seen_place, seen_condition, state FROM psych_crisis_signal WHERE id = %s", flow.signal
    )
    assert row == [("dorm", "upset", "seen")]


def triage(flow):
    """The centre triages in the browser and opens a case."""
    flow.refused_step("tutor", "psych.crisis.signal.triage", {"signal_id": flow.signal, "outcome": "talk"})
    page = flow.page("centre")
    page.goto(f"/odoo/action-{flow.ref('psych_crisis.psych_crisis_signal_action')}/{flow.signal}")
    page.fill("div[name=assessment] textarea", "近两周情绪低落，有危险想法，无具体计划")
    page.fill("div[name=proposal] textarea", "当晚由值班老师陪同，联系家长，建立个案")
    page.click(".o_form_button_save")
    page.wait_for_selector(".o_form_saved, .o_form_readonly, .o_form_view:not(.o_form_dirty)")
    page.click("button[name=action_open_triage]")
    page.wait_for_selector(".modal .o_form_view")
    choose(page, "outcome", "case")
    choose(page, "danger", "1")
    choose(page, "support", "2")
    shoot(page, "24-triage")
    page.click(".modal-footer button[name=action_confirm]")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_form_view div[name=leader_id]")
    shoot(page, "30-case")
    assert page.console_errors == []
    rows = flow.ask("SELECT case_id, is_open, outcome FROM psych_crisis_signal WHERE id = %s", flow.signal)
    flow.case = rows[0][0]
    assert flow.case and rows[0][1:] == (False, "case")
    flow.level = flow.ask("SELECT level FROM psych_crisis_case WHERE id = %s", flow.case)[0][0]
    assert flow.level in ("red", "orange")


def choose(page, field, value):
    """Choose in a selection, shown as a list or as buttons."""
    box = page.locator(f".modal div[name={field}]")
    if box.locator("select").count():
        box.locator("select").select_option(f'"{value}"')
    elif box.locator("input[type=radio]").count():
        box.locator(
            f"input[type=radio][data-value='{value}'], input[type=radio][value='{value}']"
        ).first.check()
    else:
        box.locator("input").first.click()
        index = {"outcome": ["case"], "danger": ["0", "1", "2"], "support": ["0", "1", "2"]}[field].index(
            value
        )
        page.locator(".o_select_menu_menu .o_select_menu_item, .o-dropdown--menu .dropdown-item").nth(
            index
        ).click()


def five_ones(flow):
    """Leader, team, plan: written by one, approved by another."""
    centre, case = flow["centre"], flow.case
    leader_uid, tutor_uid, station_uid = flow["leader"].uid, flow["tutor"].uid, flow["station"].uid
    assert flow["tutor"].call("psych.crisis.case", "search_count", [("id", "=", case)]) == 1
    flow.unseen("other_tutor", "psych.crisis.case", [("id", "=", case)])
    flow.unseen("other_station", "psych.crisis.case", [("id", "=", case)])
    flow.unseen("leader", "psych.crisis.case.subject", [("case_id", "=", case)])
    flow.refused("leader", "psych.crisis.case", "write", [case], {"leader_id": leader_uid})
    centre.call("psych.crisis.case", "write", [case], {"leader_id": leader_uid})
    for user, role in ((tutor_uid, "tutor"), (station_uid, "station")):
        centre.create("psych.crisis.case.member", {"case_id": case, "user_id": user, "role": role})
    flow.refused(
        "leader",
        "psych.crisis.case.member",
        "create",
        [{"case_id": case, "user_id": leader_uid, "role": "office"}],
    )
    flow.refused("other_tutor", "psych.crisis.plan", "create", [{"case_id": case, "goals": "x"}])
    plan = centre.create(
        "psych.crisis.plan", {"case_id": case, "goals": "安全", "measures": "每日见面，就医，家校沟通"}
    )
    centre.call("psych.crisis.plan", "action_submit", [plan])
    flow.refused("centre", "psych.crisis.plan", "action_approve", [plan], error="UserError")
    flow.refused("tutor", "psych.crisis.plan", "action_approve", [plan], error="UserError")
    move(flow, "centre", "plan", via=("assess",))
    flow.refused(
        "centre",
        "psych.crisis.case",
        "write",
        [case],
        {"stage_id": stage(flow, "intervene")},
        error="UserError",
    )
    page = flow.page("leader")
    page.goto(f"/odoo/action-{flow.ref('psych_crisis.psych_crisis_case_action')}")
    page.wait_for_selector(".o_kanban_record:not(.o_kanban_ghost)")
    shoot(page, "31-kanban of leadership")
    page.click(".o_kanban_record:not(.o_kanban_ghost)")
    page.click(".o_notebook .nav-link[name=five]")
    page.click("button[name=action_approve]")
    page.wait_for_selector("button[name=action_approve]", state="hidden")
    shoot(page, "32-case of the leader")
    assert page.console_errors == []
    assert flow.ask("SELECT state FROM psych_crisis_plan WHERE id = %s", plan) == [("approved",)]
    move(flow, "centre", "intervene")


def stage(flow, code):
    return flow["centre"].search_read("psych.crisis.stage", [("code", "=", code)], ["id"])[0]["id"]


def move(flow, login, code, via=()):
    """Drag the card along the stages."""
    for name in (*via, code):
        flow[login].call("psych.crisis.case", "write", [flow.case], {"stage_id": stage(flow, name)})


def follow_up(flow):
    """The tutor finishes a follow-up on the phone; the next one is planned; another tutor may not."""
    due = f"{datetime.utcnow():%Y-%m-%d %H:%M:%S}"
    row = flow["centre"].create(
        "psych.crisis.followup", {"case_id": flow.case, "user_id": flow["tutor"].uid, "due_at": due}
    )
    flow.refused("other_tutor", "psych.crisis.followup", "action_not_reached", [row])
    page = flow.page("tutor", phone=True)
    page.goto("/psych/tutor")
    shoot(page, "40-tutor")
    form = page.locator(f"form:has(input[name=followup_id][value='{row}'])")
    form.locator("select[name=place]").select_option("dorm")
    form.locator("button[value=same]").click()
    page.wait_for_load_state()
    shoot(page, "41-tutor after")
    assert flow.ask("SELECT state, result FROM psych_crisis_followup WHERE id = %s", row) == [
        ("done", "same")
    ]
    planned = flow.ask(
        "SELECT count(*) FROM psych_crisis_followup WHERE case_id = %s AND state = 'planned'", flow.case
    )
    assert planned[0][0] >= 1


def refer(flow):
    """Referral with consent and escort, answer, time at home, return with all four conditions."""
    centre, case = flow["centre"], flow.case
    values = {"case_id": case, "hospital_id": flow.world["hospital"], "reason": "建议专科评估"}
    flow.refused("leader", "psych.crisis.referral", "create", [values])
    flow.refused("other_station", "psych.crisis.referral", "create", [values])
    row = centre.create("psych.crisis.referral", values)
    flow.refused("centre", "psych.crisis.referral", "action_send", [row], error="UserError")
    today = f"{datetime.utcnow():%Y-%m-%d}"
    centre.call(
        "psych.crisis.referral", "write", [row], {"consent_date": today, "escort_id": flow["tutor"].uid}
    )
    centre.call("psych.crisis.referral", "action_send", [row])
    move(flow, "centre", "referral")
    flow.refused(
        "centre", "psych.crisis.case", "write", [case], {"stage_id": stage(flow, "leave")}, error="UserError"
    )
    flow.refused("other_tutor", "psych.student", "write", [flow.student], {"whereabouts_state": "home"})
    flow["tutor"].call("psych.student", "write", [flow.student], {"whereabouts_state": "home"})
    centre.call("psych.crisis.referral", "action_received", [row])
    centre.call("psych.crisis.referral", "action_answered", [row])
    move(flow, "centre", "leave")
    move(flow, "centre", "return")
    flow.refused(
        "centre", "psych.crisis.case", "write", [case], {"stage_id": stage(flow, "back")}, error="UserError"
    )
    done = dict.fromkeys(("return_certificate", "return_talk", "return_meeting", "return_pledge"), True)
    centre.call("psych.crisis.referral", "write", [row], done)
    flow["tutor"].call("psych.student", "write", [flow.student], {"whereabouts_state": "dorm"})
    move(flow, "centre", "back")


def close(flow):
    """Closing and lowering of the tier: each by two people."""
    centre, head, case = flow["centre"], flow["head"], flow.case
    move(flow, "centre", "closing")
    tier = centre.search_read(
        "psych.crisis.attention", [("student_id", "=", flow.student), ("is_current", "=", True)], ["tier"]
    )[0]
    assert tier["tier"] == "crisis"
    centre.call("psych.crisis.attention", "action_propose_lower", [tier["id"]])
    flow.refused("head", "psych.crisis.attention", "action_confirm_lower", [tier["id"]], error="UserError")
    flow.refused("leader", "psych.crisis.closing", "create", [{"case_id": case, "grade": "good"}])
    closing = centre.create(
        "psych.crisis.closing", {"case_id": case, "grade": "better", "assessment": "稳定"}
    )
    flow.refused("centre", "psych.crisis.closing", "action_confirm", [closing], error="UserError")
    flow.refused("other_station", "psych.crisis.closing", "action_confirm", [closing])
    page = flow.page("head")
    page.goto(f"/odoo/action-{flow.ref('psych_crisis.psych_crisis_case_action')}/{case}")
    page.click(".o_notebook .nav-link[name=closing]")
    page.click("button[name=action_confirm]")
    page.wait_for_selector("button[name=action_confirm]", state="hidden")
    shoot(page, "50-closed case")
    assert page.console_errors == []
    assert flow.ask("SELECT is_open, outcome_grade FROM psych_crisis_case WHERE id = %s", case) == [
        (False, "better")
    ]
    flow.refused("centre", "psych.crisis.attention", "action_confirm_lower", [tier["id"]], error="UserError")
    flow.refused("other_tutor", "psych.crisis.attention", "action_confirm_lower", [tier["id"]])
    head.call("psych.crisis.attention", "action_confirm_lower", [tier["id"]])
    rows = flow.ask(
        "SELECT tier, is_current, lower_by_id, second_id FROM psych_crisis_attention WHERE student_id = %s ORDER BY id",
        flow.student,
    )
    assert [row[:2] for row in rows][-2:] == [("crisis", False), ("key", True)]
    assert rows[-2][2] and rows[-2][3] and rows[-2][2] != rows[-2][3]


@pytest.mark.browser
@pytest.mark.slow
def test_from_the_roster_file_to_the_lowered_tier(server, browser, tmp_path):
    flow = Flow(server, browser)
    import_roster(flow, tmp_path)
    open_census(flow)
    answer(flow)
    acknowledge(flow)
    see(flow)
    triage(flow)
    five_ones(flow)
    follow_up(flow)
    refer(flow)
    close(flow)
