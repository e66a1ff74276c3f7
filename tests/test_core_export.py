"""A list with names leaves only by an approved request: core's own ways are shut for everybody (S1-Art20-c)."""

import json

import pytest
import requests
from harness.rpc import RpcError

BUILDER = "Importing test framework"
ROLES = ("tutor", "head", "counsellor", "manager", "operator")
PASSWORD = "Test-Passw0rd-1"


@pytest.fixture(scope="module")
def world(server):
    """The small school; everybody holds core's right to export, so that only our rule stands in the way."""
    server.expect_log(BUILDER)
    admin = server.admin()
    world = admin.call("test_psych.world", "build", "MARKER")
    admin.call("test_psych.world", "grant", list(world["uids"].values()), "base.group_allow_export")
    return world


@pytest.fixture
def person(server, world):
    """Call it with a role to get a signed-in session."""
    return lambda role: (
        server.admin() if role == "operator" else server.session(world["logins"][role], PASSWORD)
    )


def export(session, kind, model, fields, groupby=()):
    """Ask core's export route as the list view does."""
    data = {
        "model": model,
        "fields": [{"name": name, "label": name, "type": "char"} for name in fields],
        "ids": False,
        "domain": [],
        "groupby": list(groupby),
        "import_compat": False,
        "context": {},
    }
    return session.post(f"/web/export/{kind}", data={"data": json.dumps(data), "csrf_token": session.token()})


NAMED = (
    ("psych.student", ["number", "name"]),
    ("psych.family.contact", ["phone"]),
    ("psych.unit", ["name", "student_ids/name"]),
    ("psych.crisis.attention", ["student_id"]),
)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("model", "fields"), NAMED)
def test_core_export_of_names_is_refused(server, person, role, model, fields):
    server.expect_log(r"odoo\.http: ", r"controllers\.export: Exception", "Lists with names|带姓名|名单|名册")
    session = person(role)
    for kind in ("csv", "xlsx"):
        answer = export(session, kind, model, fields)
        assert answer.status_code != 200, (role, kind)
        assert "Student 0" not in answer.text
    with pytest.raises(RpcError) as error:
        session.call(model, "export_data", [1], fields)
    assert error.value.name == "odoo.exceptions.AccessError"


def test_tables_without_names_still_leave(person):
    answer = export(person("head"), "csv", "psych.unit", ["name"])
    assert answer.status_code == 200 and "College A" in answer.text


def test_pivot(server, person):
    server.expect_log(r"odoo\.http: ", r"controllers\.export: Exception", "Lists with names|带姓名|名单|名册")
    session = person("head")
    pivot = {
        "title": "x",
        "model": "psych.student",
        "measure_count": 1,
        "origin_count": 1,
        "col_group_headers": [],
        "measure_headers": [],
        "origin_headers": [],
        "rows": [{"indent": 0, "title": "Student 0", "values": []}],
    }
    ask = lambda: session.post(  # noqa: E731
        "/web/pivot/export_xlsx", data={"data": json.dumps(pivot), "csrf_token": session.token()}
    )
    assert ask().status_code != 200
    pivot["model"] = "psych.unit"
    assert ask().status_code == 200


@pytest.mark.parametrize("role", ["tutor", "station"])
def test_json_of_an_action(server, world, role):
    """``/json/1`` shows an action's list to a program; names stop there as well."""
    server.expect_log(r"odoo\.http: ", r"controllers\.export: Exception", "Lists with names|带姓名|名单|名册")
    admin = server.admin()
    action = admin.ref("psych_health.psych_student_action")
    admin.call("ir.config_parameter", "set_param", "web.json.enabled", "True")
    key = admin.call("test_psych.world", "api_key", world["uids"][role])
    answer = requests.get(
        f"{server.url}/json/1/action-{action}",
        params={"view_type": "list"},
        headers={"Authorization": f"bearer {key}", "X-Odoo-Database": server.database},
        timeout=60,
    )
    assert answer.status_code != 200 and "Student 0" not in answer.text
