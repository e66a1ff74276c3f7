"""The inbox by keys alone, as the tutor: the lowest role that may. No mouse, no tap; wrong roles are refused at the door."""

import pytest
from harness.rpc import RpcError
from test_browser_import import shoot
from test_crisis_channels import rows, step

ACTION = "/odoo/action-psych_crisis.psych_crisis_signal_action"
WRONG = ("registrar", "desk")
VERBS = ("action_acknowledge", "action_no_concern", "action_take_over")


@pytest.fixture(scope="module")
def world(server):
    return step(server, "school")


def raised(server, world, student, source="dorm", urgency="talk"):
    """:return: number and id of a new signal about a student of the tutor's class"""
    about = str(world["students"][student])
    found = step(server, "signal", ABOUT=about, SOURCE=source, URGENCY=urgency)
    return found["name"], found["signal"]


def of(server, signal, *columns):
    return rows(server, f"SELECT {', '.join(columns)} FROM psych_crisis_signal WHERE id = %s", signal)[0]


class Keys:
    """A person who has a keyboard only; every step waits until the screen shows its effect."""

    def __init__(self, page):
        self.page = page
        page.add_init_script("window.addEventListener('mousedown', () => { window.moused = true })")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(150)

    def see(self, selector, state="visible"):
        self.page.wait_for_selector(selector, state=state)

    def open(self, number):
        """From the list: down from the search to the row of this number, Enter."""
        self.page.goto(ACTION)
        row = self.page.locator(f".o_data_row:has-text('{number}')")
        row.wait_for()
        place = self.page.locator(".o_data_row").evaluate_all(
            "(rows, number) => rows.findIndex(row => row.innerText.includes(number))", number
        )
        self.see(".o_searchview_input:focus")
        self.press("ArrowDown", *["ArrowDown"] * (place + 1))
        focused = self.page.evaluate("document.activeElement.closest('tr')?.innerText || ''")
        assert number in focused, f"the row of {number} has the focus, not: {focused}"
        self.press("Enter")
        self.see(f".o_form_view .oe_title:has-text('{number}')")

    def confirm(self):
        """Answer a dialog with its key."""
        self.see(".modal .btn-primary")
        self.press("Alt+q")
        self.see(".modal", "detached")


@pytest.mark.browser
def test_inbox_by_keys_alone(server, browser, world):
    first, second = raised(server, world, 4), raised(server, world, 4, source="class")
    calm, wrong = raised(server, world, 0), raised(server, world, 0, source="class")
    page = browser.open(server, "tutor", "tutor-Passw0rd")
    page.set_default_timeout(30_000)
    keys = Keys(page)

    # open, acknowledge
    keys.open(first[0])
    shoot(page, "keys-1-open")
    keys.press("Alt+a")
    keys.see(".o_form_view button[name=action_acknowledge]", "hidden")
    assert of(server, first[1], "state") == ("acknowledged",)
    page.keyboard.down("Alt")
    page.wait_for_timeout(300)
    shoot(page, "keys-2-overlay")
    page.keyboard.up("Alt")

    # student seen
    keys.press("Alt+l")
    keys.see(".modal .o_form_view")
    keys.press("Tab", "Space")
    shoot(page, "keys-3-seen")
    keys.confirm()
    keys.see(".o_form_view button[name=action_open_seen]", "hidden")
    assert of(server, first[1], "state", "seen_place IS NOT NULL") == ("seen", True)

    # same as …: the second signal merges into the first, both numbers stay
    keys.open(second[0])
    keys.press("Alt+m")
    keys.see(".modal div[name=target_id] input:focus")
    page.keyboard.type(first[0])
    keys.see(".o-autocomplete--dropdown-item:not(.o_m2o_no_result)")
    keys.press("Enter")
    shoot(page, "keys-4-same as")
    keys.confirm()
    keys.see(".o_form_view button[name=action_open_merge]", "hidden")
    assert of(server, second[1], "merged_into_id", "outcome", "is_open") == (first[1], "merged", False)
    assert of(server, first[1], "is_open", "merged_into_id") == (True, None)
    assert rows(
        server, "SELECT count(*) FROM psych_crisis_reporter WHERE signal_id IN %s", (first[1], second[1])
    ) == [(2,)], "both reporters are kept"

    # no concern: two taps
    keys.open(calm[0])
    keys.press("Alt+o")
    keys.see(".modal .btn-primary")
    shoot(page, "keys-5-no concern")
    keys.press("Enter")
    keys.see(".modal", "detached")
    keys.see(".o_form_view button[name=action_no_concern]", "hidden")
    assert of(server, calm[1], "outcome", "is_open") == ("no_concern", False)

    # wrong person: re-linked with a trace that names no student
    keys.open(wrong[0])
    keys.press("Alt+r")
    keys.see(".modal div[name=student_id] input:focus")
    page.keyboard.type("陈可")
    keys.see(".o-autocomplete--dropdown-item:has-text('陈可')")
    keys.press("Enter")
    keys.confirm()
    keys.see(".o_form_view div[name=student_id]:has-text('陈可')")
    shoot(page, "keys-6-relinked")
    student, trace = of(server, wrong[1], "student_id", "relink_trace")
    assert student == world["students"][4] and "tutor" in trace and "张小雨" not in trace

    assert not page.evaluate("window.moused"), "no mouse was used"
    assert page.console_errors == []


@pytest.mark.browser
def test_a_key_never_acts_on_another_row(server, browser, world):
    """In the list a verb's key presses nothing: it would press the button of the first row, whichever has the focus."""
    numbers = [raised(server, world, student) for student in (4, 0)]
    page = browser.open(server, "tutor", "tutor-Passw0rd")
    page.goto(ACTION)
    page.wait_for_selector(".o_data_row >> nth=1")
    keys = Keys(page)
    keys.see(".o_searchview_input:focus")
    keys.press("ArrowDown", "ArrowDown", "ArrowDown", "Alt+a", "Alt+o", "Alt+t")
    page.wait_for_timeout(500)
    assert page.locator(".modal").count() == 0
    for _number, signal in numbers:
        assert of(server, signal, "state", "acknowledged_at") == ("new", None)


def test_refused_to_the_wrong_role(server, world):
    """Whoever was not told and has no right there: no row, and each verb is refused."""
    _number, signal = raised(server, world, 4)
    server.expect_log(r"WARNING \S+ odoo\.http: ")
    for login in WRONG:
        session = server.session(login, f"{login}-Passw0rd")
        for verb in VERBS:
            with pytest.raises(RpcError, match="AccessError"):
                session.call("psych.crisis.signal", verb, [signal])
        for wizard, values in (
            ("psych.crisis.signal.merge", {"signal_id": signal, "target_id": signal}),
            ("psych.crisis.signal.relink", {"signal_id": signal, "student_id": world["students"][0]}),
            ("psych.crisis.signal.seen", {"signal_id": signal, "place": "dorm", "condition": "calm"}),
        ):
            with pytest.raises(RpcError, match="AccessError"):
                row = session.create(wizard, values)
                session.call(wizard, "action_confirm", [row])
    assert of(server, signal, "state", "owner_id") == ("new", world["users"]["tutor"])
