"""Students enter by the school's own sign-in service (portal and census): found by number, never created, refused in plain words."""

import pytest
from harness.oauth_provider import OauthProvider
from test_race_booking import build_world

CLIENT = "psych-college"


@pytest.fixture(scope="module")
def world(server):
    return build_world(server, students=2)


@pytest.fixture(scope="module")
def service(server, world):
    provider = OauthProvider()
    yield provider
    provider.close()


@pytest.fixture
def door(server, service, world, browser):
    """Press the service's button on the sign-in page, enter there, come back. Yields a function."""
    service.down = False

    def enter(**claims):
        service.claims = {"sub": "u-1", "aud": CLIENT, **claims}
        page = browser.open(server, phone=True)
        page.goto("/web/login")
        page.click(".o_auth_oauth_providers a, .o_login_auth a.list-group-item, a[href*='/authorize']")
        page.click("#enter")
        page.wait_for_url(lambda url: url.startswith(server.url) and "access_token" not in url)
        return page

    return enter


def users(server):
    with server.cursor() as cr:
        cr.execute("SELECT count(*) FROM res_users")
        return cr.fetchone()[0]


@pytest.mark.browser
def test_operator_sets_the_service_up_on_the_screen(server, service, world, browser):
    """No code, no console: the form of core with our three fields."""
    page = browser.open(server, "admin", "admin")
    page.goto("/odoo/action-auth_oauth.action_oauth_provider/new")
    for name, text in (
        ("name", "Yiban"),
        ("client_id", CLIENT),
        ("body", "易班登录"),
        ("auth_endpoint", f"{service.url}/authorize"),
        ("validation_endpoint", f"{service.url}/userinfo"),
    ):
        page.fill(f"div[name={name}] input", text)
    page.check("div[name=enabled] input")
    page.check("div[name=psych_for_students] input")
    page.fill("div[name=psych_company_id] input", "Test school")
    page.click(".o-autocomplete--dropdown-item:has-text('Test school')")
    page.fill("div[name=psych_number_claim] input", "xh")
    page.click(".o_form_button_save")
    page.wait_for_selector(
        ".o_form_saved, .o_form_button_create, .o_form_status_indicator_buttons.invisible", state="attached"
    )
    row = server.admin().search_read(
        "auth.oauth.provider",
        [("client_id", "=", CLIENT)],
        ["enabled", "psych_for_students", "psych_company_id", "psych_number_claim"],
    )[0]
    assert row["enabled"] and row["psych_for_students"] and row["psych_number_claim"] == "xh"
    assert row["psych_company_id"][0] == world["company"]
    others = server.admin().search_read("auth.oauth.provider", [("enabled", "=", True)], ["name"])
    assert [other["name"] for other in others] == ["Yiban"], "no sign-in outside the school is switched on"


@pytest.mark.browser
def test_known_student_enters(server, door):
    before = users(server)
    page = door(xh="R0001")
    assert page.url.endswith("/my")
    page.goto("/psych/booking")
    assert page.locator("h1").count() == 1 and "/login" not in page.url
    assert users(server) == before
    with server.cursor() as cr:
        cr.execute(
            "SELECT count(*) FROM res_users WHERE oauth_uid IS NOT NULL OR oauth_access_token IS NOT NULL"
        )
        assert cr.fetchone()[0] == 0, "nothing of the service is kept"


@pytest.mark.browser
def test_entrance_of_a_census_leads_through_the_service_and_back(server, service, world, browser):
    """Printed QR, not signed in: the service is offered, and behind it stands the own questionnaire, not the home page."""
    ann = server.session("ann", "ann-Passw0rd")
    forms = ann.search_read(
        "psych.scale", [("code", "in", ("PHQ-9", "GAD-7")), ("state", "=", "released")], ["id"]
    )
    values = {
        "name": "Census",
        "company_id": world["company"],
        "scale_ids": [[6, 0, [row["id"] for row in forms]]],
    }
    for name in ("Census", "Later census"):
        campaign = ann.create("psych.campaign", {**values, "name": name, "expected_share": 1})
        ann.call("psych.campaign", "action_open", [campaign])
    service.down, service.claims = False, {"sub": "u-1", "aud": CLIENT, "xh": "R0001"}
    page = browser.open(server, phone=True)
    for form in ("Census", "Later census"):
        page.goto("/psych/c#entrance")
        page.click("a[href='/my/psych/census']")
        if form == "Census":
            page.click(".o_auth_oauth_providers a, .o_login_auth a.list-group-item, a[href*='/authorize']")
            page.click("#enter")
        page.wait_for_url("**/psych/s#*")
        page.wait_for_selector("main h1")
        assert page.inner_text("main h1") == form, "the one that is not answered yet"
        page.click("main button.quiet")
        page.wait_for_selector("main .card.center")


@pytest.mark.browser
@pytest.mark.parametrize(
    "claims",
    [
        {"xh": "R9999"},
        {"xh": ""},
        {},
        {"xh": "tutor"},
        {"xh": "ann"},
        {"xh": ["R0001"]},
        {"xh": "%"},
        {"xh": "R0001", "aud": "another-application"},
    ],
)
def test_others_are_refused_and_nobody_is_made(server, door, claims):
    before = users(server)
    page = door(**claims)
    assert page.url.endswith("/psych/sign-in/unknown")
    assert page.locator("a[href='/psych/help']").count() >= 1
    page.goto("/psych/booking")
    assert "/login" in page.url, "nobody is signed in"
    assert users(server) == before


@pytest.mark.browser
def test_who_has_left_is_refused(server, door):
    with server.cursor() as cr:
        cr.execute("UPDATE psych_student SET enrolment_state = 'left' WHERE number = 'R0000'")
    assert door(xh="R0000").url.endswith("/psych/sign-in/unknown")


@pytest.mark.browser
def test_service_down_says_so(server, service, door):
    server.expect_log("Exception during request handling")
    service.down = True

    page = door(xh="R0001")
    assert page.url.endswith("/psych/sign-in/later")
