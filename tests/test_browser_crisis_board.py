"""Cards of cases are dragged on the board: what the flow allows moves, the rest goes back and says in words why."""

import pytest
from test_browser_crisis_decisions import page_of
from test_browser_import import shoot
from test_crisis_channels import rows, step

ASSESS, PLAN, ACT = "评估中", "方案待批", "干预中"


@pytest.fixture(scope="module")
def world(server):
    found = step(server, "school")
    return {**found, **step(server, "card", ABOUT=str(found["students"][5]))}


def board(browser, server, login):
    page = page_of(browser, server, login)
    page.set_viewport_size({"width": 1900, "height": 900})
    page.goto("/odoo/action-psych_crisis.psych_crisis_case_action")
    page.wait_for_selector(".o_kanban_renderer .o_kanban_record:not(.o_kanban_ghost)")
    return page


def column(page, stage):
    return page.locator(f".o_kanban_group:has(.o_kanban_header_title:has-text('{stage}'))")


def drag(page, number, stage):
    """Take the card by the mouse and let it go over the column ``stage``."""
    card = page.locator(f".o_kanban_record:has-text('{number}')").bounding_box()
    goal = column(page, stage).bounding_box()
    page.mouse.move(card["x"] + 40, card["y"] + 12)
    page.mouse.down()
    page.mouse.move(card["x"] + 70, card["y"] + 30, steps=5)
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + 160, steps=15)
    page.mouse.up()


def stage_of(server, world):
    return rows(
        server,
        """SELECT s.code FROM psych_crisis_case c JOIN psych_crisis_stage s ON s.id = c.stage_id WHERE c.id = %s""",
        world["case"],
    )[0][0]


def refused(page, number, stage, words, name):
    """Drag to ``stage`` and read the refusal; afterwards the card stands where it was."""
    drag(page, number, stage)
    page.wait_for_selector(".modal .modal-body")
    shoot(page, name)
    text = page.inner_text(".modal .modal-body")
    for word in words:
        assert word in text, text
    page.click(".modal .modal-footer button")
    page.wait_for_selector(".modal", state="detached")
    assert column(page, stage).locator(f".o_kanban_record:has-text('{number}')").count() == 0


@pytest.mark.browser
def test_card_is_dragged_by_who_may(server, browser, world):
    """The station of the college moves the card one allowed step; the next one is refused with what is missing."""
    number = world["number"]
    server.expect_log("阶段之后可以进入|还不能进入")
    page = board(browser, server, "station")
    shoot(page, "board-before")
    refused(page, number, ACT, ("评估中", "方案待批"), "board-not-from-here")
    assert stage_of(server, world) == "assess"
    column(page, ASSESS).locator(f".o_kanban_record:has-text('{number}')").wait_for()
    with page.expect_response(lambda answer: "/web_save" in answer.url or "/write" in answer.url):
        drag(page, number, PLAN)
    column(page, PLAN).locator(f".o_kanban_record:has-text('{number}')").wait_for()
    assert stage_of(server, world) == "plan"
    shoot(page, "board-moved")
    refused(page, number, ACT, ("方案",), "board-lacks-plan")
    column(page, PLAN).locator(f".o_kanban_record:has-text('{number}')").wait_for()
    assert stage_of(server, world) == "plan"
    page.reload()
    column(page, PLAN).locator(f".o_kanban_record:has-text('{number}')").wait_for()


@pytest.mark.browser
def test_card_stays_with_who_only_reads(server, browser, world):
    """The leadership sees every card and moves none, though the flow would allow it: refused in words, the card goes back."""
    number = world["number"]
    rows(
        server,
        """UPDATE psych_crisis_case SET stage_id = (SELECT id FROM psych_crisis_stage WHERE code = 'plan') WHERE id = %s""",
        world["case"],
    )
    server.expect_log("psych.crisis.case")
    page = board(browser, server, "leader")
    refused(page, number, ASSESS, ("预警个案",), "board-leader")
    column(page, PLAN).locator(f".o_kanban_record:has-text('{number}')").wait_for()
    assert stage_of(server, world) == "plan"
    page.reload()
    column(page, PLAN).locator(f".o_kanban_record:has-text('{number}')").wait_for()
