"""The real models at every door: what a role may not read changes nothing that any door shows to it.

`tests/addons/test_psych/models/test_psych_doors.py` asks all doors of all models (found by introspection) in the person's own session of a
real server, changes by SQL whatever this person may not read (another student, level, day, author, text), asks
again and rolls back. A door that answers differently is a leak, whether it shows, counts, sorts, groups or refuses. The
second half knocks by hand where such a call cannot stand: reports, files, pages, chat, bus, errors, no session.

PSYCH_DOORS=all asks as everybody and along every column (an hour on two cores).
"""

import os
import re
from pathlib import Path

import pytest
import requests
from harness import rpc, shell
from harness.rpc import RpcError

WORLD = (Path(__file__).parent / "world_doors.py").read_text(encoding="utf-8")
EVERYTHING = os.environ.get("PSYCH_DOORS") == "all"
ROLES = ("student", "cadre_dorm", "tutor_b", "leader", "duty", "admin", "centre_head", "foreign")
REST = (
    "cadre_class", "tutor", "class_teacher", "station", "station_b", "college", "office", "counsellor", "centre",
    "security", "dorm_manager", "nobody", "operator",
)  # fmt: skip
TOLD = (  # doors that show figures or names made from rows of another table, on purpose and within their own rules
    r"^psych\.campaign\.coverage |^psych\.campaign nested coverage_ids",  # who of the own class has not answered yet
    r"^psych\.response\.level ",  # the band without the sheet: a view of its own, with rules of its own
)
PROVOKED = r"odoo\.|psych"
NAMES = r"(Sample|Student|Twin) \d|M\d{5}\b|[CS]-20\d\d-\d{4}"


@pytest.fixture(scope="module")
def world(server):
    """The small school with every sample of the access matrix, and a twin of each student."""
    server.expect_log(PROVOKED)
    rpc.TIMEOUT = 900
    return shell.call(server, WORLD)


@pytest.fixture
def person(server, world):
    """Call it with a role to get a signed-in session."""
    return lambda role: (
        server.admin() if role == "operator" else server.session(world["logins"][role], world["password"])
    )


@pytest.fixture
def hidden(server, person):
    """Call it with a session and a model to get some ids that the person may not read."""

    def ids(session, model, count=3):
        with server.cursor() as cr:
            cr.execute(f'SELECT id FROM "{model.replace(".", "_")}" ORDER BY id')
            rows = [row[0] for row in cr.fetchall()]
        try:
            own = session.call(model, "search", [], context={"active_test": False})
        except RpcError:
            own = []
        return [row for row in rows if row not in own][:count]

    return ids


def test_the_world_is_full(server, world):
    assert world["samples"] > 1000


@pytest.mark.parametrize("role", (*ROLES, *REST) if EVERYTHING else ROLES)
def test_what_is_hidden_changes_nothing(person, role):
    answer = person(role).call("test_psych.doors", "knock", EVERYTHING)
    assert answer["doors"] > 150 and len(answer["changed"]) > 45, answer["changed"]
    leaks = [leak for leak in answer["leaks"] if not any(re.search(told, leak[0]) for told in TOLD)]
    assert not leaks, "\n".join(f"{door}\n   {before}\n   {after}" for door, before, after in leaks[:10])


@pytest.mark.parametrize("role", ["student", "tutor_b"])
def test_the_test_sees_a_leak(person, role):
    """A toy door that reads with the rights of the program is found."""
    answer = person(role).call("test_psych.doors", "knock", False, "test_psych.leak")
    assert [leak[0] for leak in answer["leaks"]] == ["test_psych.leak search_read"]


@pytest.mark.parametrize("role", ["student", "tutor_b", "leader"])
def test_buttons_of_hidden_rows(person, role):
    """What a button answers names nobody: it refuses, or gives an action with the id that was sent."""
    answers = person(role).call("test_psych.doors", "press")
    assert len(answers) > 100
    assert not {button: answer for button, answer in answers.items() if re.search(NAMES, answer)}


REFUSALS = (
    "psych.student", "psych.session", "psych.appointment", "psych.waiting", "psych.response", "psych.interview",
    "psych.crisis.signal", "psych.crisis.case", "psych.crisis.case.subject", "psych.crisis.attention",
)  # fmt: skip


@pytest.mark.parametrize("role", ["tutor_b", "leader", "counsellor", "duty", "nobody"])
def test_refusals_name_nobody(person, hidden, role):
    """In debug mode core's refusal names the records; ids from one on would list the students."""
    session = person(role)
    session.get("/odoo?debug=1")
    asked = 0
    for model in REFUSALS:
        for row in hidden(session, model):
            asked += 1
            with pytest.raises(RpcError) as error:
                session.call(model, "read", [row], ["display_name"])
            assert not re.search(NAMES, f"{error.value} {error.value.debug}"), (model, row)
    assert asked > 10


REPORTS = """SELECT report_name, model FROM ir_act_report_xml WHERE model LIKE 'psych.%'"""
PAGES = {  # page → model of the id in it
    "/psych/sheet/{}": "psych.response",
    "/psych/document/{}": "psych.document",
    "/psych/booking/{}": "psych.appointment",
    "/psych/booking/{}.ics": "psych.appointment",
    "/psych/measure/{}": "psych.session",
    "/psych/export/{}": "psych.export.request",
    "/web/content/psych.document/{}/attachment_id": "psych.document",
    "/web/content?model=psych.crisis.reporter&field=contact&id={}": "psych.crisis.reporter",
    "/web/image/psych.student/{}/name": "psych.student",
    "/web/image?model=psych.consent&field=signature&id={}": "psych.consent",
}


@pytest.mark.parametrize(
    "role", ["student", "cadre_class", "tutor_b", "leader", "counsellor", "duty", "admin", None]
)
def test_pages_files_and_reports(server, world, person, hidden, role):
    session = person(role) if role else server.session()
    with server.cursor() as cr:
        cr.execute(REPORTS)
        doors = [
            (f"/report/{kind}/{name}/{{}}", model)
            for name, model in cr.fetchall()
            for kind in ("html", "text")
        ]
    doors += PAGES.items()
    asked = 0
    for path, model in doors:
        for row in hidden(session, model, 2):
            answer = session.get(path.format(row))
            asked += 1
            assert answer.status_code != 200 or not re.search(NAMES, answer.text), (path, row)
    assert asked > 20


@pytest.mark.parametrize("role", ["student", "tutor_b", "leader", "counsellor", "admin"])
def test_chat_followers_and_activities(person, hidden, role):
    """Messages, followers and reminders of a row follow its rights, by the routes of the client as well."""
    session = person(role)
    asked = 0
    for model in (
        "psych.appointment",
        "psych.crisis.case",
        "psych.crisis.signal",
        "psych.session",
        "psych.student",
    ):
        for row in hidden(session, model, 2):
            asked += 1
            texts = []
            for path, words in (
                ("/mail/thread/messages", {"thread_model": model, "thread_id": row}),
                (
                    "/mail/data",
                    {
                        "fetch_params": [
                            [
                                "mail.thread",
                                {
                                    "thread_model": model,
                                    "thread_id": row,
                                    "request_list": [
                                        "followers",
                                        "activities",
                                        "attachments",
                                        "suggestedRecipients",
                                    ],
                                },
                            ]
                        ]
                    },
                ),
                ("/mail/thread/recipients", {"thread_model": model, "thread_id": row}),
                ("/mail/read_subscription_data", {"follower_id": row}),
            ):
                try:
                    texts.append(str(session.jsonrpc(path, **words)))
                except (RpcError, requests.HTTPError) as error:
                    texts.append(str(error))
            assert not re.search(NAMES, " ".join(texts)), (model, row, texts)
            for table in ("mail.message", "mail.followers", "mail.activity", "ir.attachment"):
                field = "model" if table == "mail.message" else "res_model"
                try:
                    found = session.call(table, "search_count", [[field, "=", model], ["res_id", "=", row]])
                except RpcError:
                    found = 0
                assert not found, (table, model, row)
    assert asked > 3


ROOMS_OF_CORE = (
    "calendar.event", "calendar.attendee", "calendar.alarm", "mail.message", "mail.activity", "mail.followers", "mail.notification",
    "discuss.channel", "ir.attachment", "ir.filters", "res.partner", "res.users", "resource.calendar.leaves", "resource.resource",
)  # fmt: skip


@pytest.mark.parametrize(
    "role", ["student", "cadre_dorm", "tutor_b", "leader", "admin", "counsellor", "centre"]
)
def test_rooms_of_core_name_no_student(person, role):
    """Calendar, chat, contacts and files of core are open to all staff: no student is named there by us (H5)."""
    session = person(role)
    asked = 0
    for model in ROOMS_OF_CORE:
        try:
            fields = session.call(model, "fields_get", [], ["type"])
            names = [name for name, field in fields.items() if field["type"] not in ("binary", "image")]
            rows = session.search_read(model, [], names, limit=2000, context={"active_test": False})
        except RpcError:
            continue
        asked += len(rows)
        own = {"student": "Student 4", "cadre_dorm": "Student 1"}.get(role, "-")
        assert not re.search(r"(Sample|Student|Twin) \d", str(rows).replace(own, "")), model
    assert asked > 0 or role in ("student", "cadre_dorm")  # students read none of these tables at all


def test_bus_of_others(server, world, person):
    """A client that asks for the channel of another person hears nothing of him."""
    spy, victim = person("student"), person("tutor_b")
    (partner,) = victim.call("res.users", "read", [victim.uid], ["partner_id"])
    number = partner["partner_id"][0]
    channels = [
        f"res.partner_{number}",
        f"res.partner,{number}",
        f'["{server.database}","res.partner",{number}]',
        f"{server.database}_res.partner_{number}",
        f"res.users_{victim.uid}",
        "psych_crisis",
    ]

    def hear(who, first=False):
        return str(
            who.jsonrpc("/websocket/peek_notifications", channels=channels, last=0, is_first_poll=first)
        )

    before = hear(spy, True) + hear(victim, True)
    victim.call("res.users", "test_psych_ring")
    assert "test_psych_ring" in hear(victim)
    assert "test_psych_ring" not in before + hear(spy)


def test_api_key(server, world, person):
    """``/json/2`` gives a program what its person gets."""
    key = server.admin().call("test_psych.world", "api_key", person("tutor_b").uid)
    program = server.api_key(key)
    for model, domain in (
        ("psych.session", []),
        ("psych.student", [["psych_interview_ids.risk_text", "!=", False]]),
        ("psych.crisis.reporter", []),
    ):
        with pytest.raises(RpcError):
            program.call(model, "search_read", domain=domain, fields=[])
    with pytest.raises(RpcError):
        program.call("psych.crisis.advice", "onchange", values={"attention_id": 1}, field_names=["attention_id"], fields_spec={"student_id": {"fields": {"display_name": {}}}})  # fmt: skip


def test_no_session(server, world):
    stranger = server.session()
    with server.cursor() as cr:
        cr.execute("SELECT model FROM ir_model WHERE model LIKE 'psych.%'")
        models = [row[0] for row in cr.fetchall()]
    assert len(models) > 100
    for model in models:
        with pytest.raises(RpcError):
            stranger.call(model, "search_read", [], ["display_name"])
        answer = requests.post(f"{server.url}/json/2/{model}/search_read", json={"domain": []}, timeout=60)
        assert answer.status_code in (401, 403, 404)
