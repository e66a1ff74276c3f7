"""Confidential content at the doors of a real server: what opens, what does not, and what the log says."""

import subprocess
import xmlrpc.client

import pytest
from harness.rpc import RpcError

MARKER = "MARKER-41d7 words of a note"
BUILDER = "Importing test framework"  # the toy addon builds the school with the builders of the tests
DEPRECATED = r"endpoints are deprecated in Odoo 19"


@pytest.fixture(scope="module")
def world(server):
    """The small school of the toy addon."""
    server.expect_log(BUILDER)
    return server.admin().call("test_psych.world", "build", MARKER)


@pytest.fixture
def person(server, world):
    """Call it with a role to get a signed-in session."""
    return lambda role: server.session(world["logins"][role], world["password"])


def log_rows(server, **where):
    """Rows of the reading log, committed."""
    clause = " AND ".join(f"{column} = %s" for column in where) or "true"
    with server.cursor() as cr:
        cr.execute(f"SELECT * FROM psych_access_log WHERE {clause}", tuple(where.values()))
        return cr.fetchall()


READS = {
    "read": lambda s, w: s.call("test_psych.note", "read", [w["note"]], ["note"]),
    "search_read": lambda s, w: s.search_read("test_psych.note", [["id", "=", w["note"]]], ["note"]),
    "web_read": lambda s, w: s.call("test_psych.note", "web_read", [w["note"]], {"note": {}}),
    "web_search_read": lambda s, w: s.call("test_psych.note", "web_search_read", [], {"note": {}}),
    "nested": lambda s, w: s.call(
        "test_psych.case", "web_read", [w["case"]], {"note_ids": {"fields": {"note": {}}}}
    ),
    "onchange": lambda s, w: s.call(
        "test_psych.note", "onchange", [w["note"]], {"name": "x"}, ["name"], {"name": {}, "note": {}}
    ),
    "name_search": lambda s, w: s.call("test_psych.note", "name_search", "MARKER"),
    "copy": lambda s, w: s.call("test_psych.note", "copy_data", [w["note"]]),
}
SHOWS = ("read", "search_read", "web_read", "web_search_read", "nested")


@pytest.mark.parametrize("way", READS)
def test_read_doors(server, world, person, way):
    before = len(log_rows(server, user_id=world["uids"]["counsellor"]))
    answer = READS[way](person("counsellor"), world)
    assert (MARKER in str(answer)) == (way in SHOWS)
    rows = len(log_rows(server, user_id=world["uids"]["counsellor"])) - before
    assert rows == (1 if way in SHOWS else rows)
    for role in ("teacher", "leader"):
        assert "MARKER" not in str(READS[way](person(role), world))
        assert not log_rows(server, user_id=world["uids"][role])


REFUSED = {
    "search": ("search_read", [[["note", "ilike", "MARKER"]], ["name"]], {}),
    "search_below": ("search_read", [[["case_id.note_ids.note", "ilike", "M"]], ["name"]], {}),
    "count": ("search_count", [[["note", "ilike", "MARKER"]]], {}),
    "order": ("search_read", [[], ["name"]], {"order": "note"}),
    "group": ("formatted_read_group", [[], ["note"], ["__count"]], {}),
    "aggregate": ("formatted_read_group", [[], [], ["note:array_agg"]], {}),
    "cipher": ("search_read", [[["note_cipher", "!=", False]], ["name"]], {}),
    "cipher_read": ("search_read", [[], ["note_cipher", "row_key"]], {}),
    "private": ("_psych_open_texts", [[1], ["note"]], {}),
}


@pytest.mark.parametrize("way", REFUSED)
def test_refused_to_everyone(server, person, way):
    server.expect_log(
        r"confidential|not stored|Private methods|do not have enough rights|rights to access|array_agg"
    )
    server.expect_log(r"加密|机密|保密|搜索|权限|odoo.http: ")
    method, args, kwargs = REFUSED[way]
    with pytest.raises(RpcError) as error:
        person("counsellor").call("test_psych.note", method, *args, **kwargs)
    assert "MARKER" not in f"{error.value} {error.value.debug}"


def test_export_is_refused(server, world, person):
    server.expect_log(r"export|导出|odoo.http: ")
    with pytest.raises(RpcError) as error:
        person("counsellor").call("test_psych.note", "export_data", [world["note"]], ["note"])
    assert "MARKER" not in error.value.debug


def test_nobody_and_stranger(server, world):
    with pytest.raises(RpcError):
        server.session().call("test_psych.note", "read", [world["note"]], ["note"])
    answer = server.admin().call("test_psych.note", "read", [world["note"]], ["note"])
    assert "MARKER" not in str(answer)


def test_operator_become_root(server, world):
    admin = server.admin()
    admin.get("/web/become")
    assert "MARKER" not in str(admin.call("test_psych.note", "read", [world["note"]], ["note"]))


def test_api_key(server, world):
    key = server.admin().call("test_psych.world", "api_key", world["uids"]["tutor"])
    before = len(log_rows(server, door="api_key"))
    answer = server.api_key(key).call("test_psych.note", "search_read", domain=[], fields=["note"])
    assert MARKER in str(answer)
    assert len(log_rows(server, door="api_key")) == before + 1
    other = server.admin().call("test_psych.world", "api_key", world["uids"]["leader"])
    answer = server.api_key(other).call("test_psych.note", "search_read", domain=[], fields=["note"])
    assert "MARKER" not in str(answer)


def test_old_rpc_doors(server, world):
    server.expect_log(DEPRECATED, "Mute this logger")
    proxy = xmlrpc.client.ServerProxy(server.url + "/xmlrpc/2/object")
    ask = ("test_psych.note", "search_read", [[]], {"fields": ["note"]})
    uid, password = world["uids"]["tutor"], world["password"]
    before = len(log_rows(server, door="rpc"))
    assert MARKER in str(proxy.execute_kw(server.database, uid, password, *ask))
    answer = server.session().jsonrpc(
        "/jsonrpc", service="object", method="execute_kw", args=[server.database, uid, password, *ask]
    )
    assert MARKER in str(answer)
    assert len(log_rows(server, door="rpc")) == before + 2
    leader = world["uids"]["leader"]
    assert "MARKER" not in str(proxy.execute_kw(server.database, leader, password, *ask))


def test_log_stands_when_the_request_fails(server, world, person):
    server.expect_log("MARKER", r"odoo.http: ")
    before = len(log_rows(server, user_id=world["uids"]["counsellor"]))
    with pytest.raises(RpcError):
        person("counsellor").call("test_psych.note", "read_and_fail", [world["note"]])
    assert len(log_rows(server, user_id=world["uids"]["counsellor"])) == before + 1


@pytest.mark.parametrize("way", ["web_read", "nested", "fail"])
def test_no_log_no_text(server, world, person, way):
    server.expect_log("reading log", "psych_access_log", r"odoo.http: ", "阅读日志|查阅日志")
    session = person("counsellor")
    with server.cursor() as cr:
        cr.execute("ALTER TABLE psych_access_log RENAME TO psych_access_log_away")
    try:
        with pytest.raises(RpcError) as error:
            if way == "fail":
                session.call("test_psych.note", "read_and_fail", [world["note"]])
            else:
                READS[way](session, world)
        assert "MARKER" not in f"{error.value} {error.value.debug}"
    finally:
        with server.cursor() as cr:
            cr.execute("ALTER TABLE psych_access_log_away RENAME TO psych_access_log")
    assert MARKER in str(READS["web_read"](session, world))


def test_planted_code(server, world, person):
    """The operator plants code that runs in the counsellor's own session: it gets a mark (trap 1)."""
    server.expect_log(r"odoo.http: ", "Forbidden server action")
    admin = server.admin()
    model_id = admin.search_read("ir.model", [["model", "=", "test_psych.note"]], ["id"])[0]["id"]
    steal = f"env['test_psych.case'].sudo().browse({world['case']}).write({{'name': record.note}})"
    action = admin.create(
        "ir.actions.server", {"name": "planted", "model_id": model_id, "state": "code", "code": steal}
    )
    person("counsellor").jsonrpc(
        "/web/action/run",
        action_id=action,
        context={
            "active_model": "test_psych.note",
            "active_id": world["note"],
            "active_ids": [world["note"]],
        },
    )
    cron = admin.create(
        "ir.cron",
        {
            "name": "planted",
            "model_id": model_id,
            "state": "code",
            "user_id": world["uids"]["counsellor"],
            "code": f"env['test_psych.case'].sudo().browse({world['case']}).write("
            f"{{'name': env['test_psych.note'].browse({world['note']}).note}})",
            "interval_number": 1,
            "interval_type": "days",
        },
    )
    admin.call("ir.cron", "method_direct_trigger", [cron])
    with server.cursor() as cr:
        cr.execute("SELECT name FROM test_psych_case")
        assert "MARKER" not in str(cr.fetchall())


def test_chat_and_activity_are_refused(server, world, person):
    server.expect_log(r"odoo.http: ")
    session = person("counsellor")
    note = world["note"]
    for call in (
        lambda: session.call("test_psych.note", "message_post", [note], body=MARKER, message_type="comment"),
        lambda: session.call("test_psych.note", "message_post", [note], body=MARKER),
        lambda: session.call("test_psych.note", "message_notify", [note], body=MARKER, partner_ids=[1]),
        lambda: session.create(
            "mail.message",
            {"model": "test_psych.note", "res_id": note, "body": MARKER, "message_type": "notification"},
        ),
        lambda: session.jsonrpc(
            "/mail/message/post",
            thread_model="test_psych.note",
            thread_id=note,
            post_data={"body": MARKER, "message_type": "comment", "subtype_xmlid": "mail.mt_note"},
        ),
        lambda: session.create(
            "mail.activity",
            {
                "res_model_id": server.admin().search_read(
                    "ir.model", [["model", "=", "test_psych.note"]], ["id"]
                )[0]["id"],
                "res_id": note,
                "note": MARKER,
            },
        ),
        lambda: session.create(
            "mail.compose.message", {"model": "test_psych.note", "res_ids": f"[{note}]", "body": MARKER}
        ),
        lambda: session.create(
            "ir.attachment", {"name": "x", "res_model": "test_psych.note", "res_id": note, "raw": MARKER}
        ),
    ):
        with pytest.raises(RpcError):
            call()


def test_document_route(server, world, person):
    import base64

    session = person("counsellor")
    document = session.create(
        "psych.document",
        {
            "res_model": "test_psych.note",
            "res_id": world["note"],
            "file_name": f"{MARKER}.txt",
            "content": base64.b64encode(MARKER.encode()).decode(),
        },
    )
    answer = session.get(f"/psych/document/{document}")
    assert answer.text == MARKER and "attachment" in answer.headers["Content-Disposition"]
    assert log_rows(server, model="psych.document", res_id=document)
    assert person("teacher").get(f"/psych/document/{document}").status_code == 404
    with server.cursor() as cr:
        cr.execute("SELECT attachment_id FROM psych_document WHERE id = %s", (document,))
        attachment = cr.fetchone()[0]
    assert "MARKER" not in session.get(f"/web/content/{attachment}").text


def test_dump_reads_as_noise(server, world, person):
    """Promise 5; run last in this file: everything above has passed the marker through the server."""
    session = person("counsellor")
    session.call("test_psych.note", "web_save", [world["note"]], {"plan": MARKER + " changed"}, {"plan": {}})
    dump = subprocess.run(["pg_dump", "--inserts", server.database], capture_output=True, check=True).stdout
    assert b"psych_access_log" in dump
    assert b"MARKER-41d7" not in dump
    for path in (server.data_dir / "filestore").rglob("*"):
        if path.is_file():
            assert b"MARKER-41d7" not in path.read_bytes(), path


def test_row_survives_a_kill(make_server):
    """The row is committed before the answer leaves."""
    server = make_server()
    server.expect_log(BUILDER)
    world = server.admin().call("test_psych.world", "build", MARKER)
    session = server.session(world["logins"]["counsellor"], world["password"])
    assert MARKER in str(READS["web_read"](session, world))
    server.kill()
    assert len(log_rows(server, user_id=world["uids"]["counsellor"])) == 1
    server.restart()


def test_read_only_requests(make_server):
    """With a read-only cursor for reading routes the row is written all the same (trap 5)."""
    server = make_server(options=["--dev=replica"])
    server.expect_log(BUILDER)
    world = server.admin().call("test_psych.world", "build", MARKER)
    session = server.session(world["logins"]["counsellor"], world["password"])
    for count, way in enumerate(("web_read", "web_search_read", "nested"), 1):
        assert MARKER in str(READS[way](session, world))
        assert len(log_rows(server, user_id=world["uids"]["counsellor"])) == count
    assert "ReadOnlySqlTransaction" not in server.log()


@pytest.mark.browser
def test_browser_keeps_nothing(server, world, browser):
    """IndexedDB holds no record of our models after list and form were shown (trap 32)."""
    page = browser.open(server, world["logins"]["counsellor"], world["password"])
    page.goto("/odoo/toy-notes")
    page.wait_for_selector(".o_data_row")
    assert MARKER in page.content()
    page.click(".o_data_row .o_data_cell")
    page.wait_for_selector(".o_form_view textarea")
    page.wait_for_timeout(1500)
    kept = page.evaluate(
        """async () => {
            const out = [];
            for (const info of await indexedDB.databases()) {
                const db = await new Promise((ok) => {
                    const ask = indexedDB.open(info.name);
                    ask.onsuccess = () => ok(ask.result);
                });
                for (const name of db.objectStoreNames) {
                    const keys = await new Promise((ok) => {
                        const ask = db.transaction(name).objectStore(name).getAllKeys();
                        ask.onsuccess = () => ok(ask.result);
                    });
                    out.push(...keys.map((key) => name + ":" + key));
                }
                db.close();
            }
            return {out, local: JSON.stringify(localStorage), session: JSON.stringify(sessionStorage)};
        }"""
    )
    records = [
        key for key in kept["out"] if "test_psych.note" in key and "web_" in key and "get_views" not in key
    ]
    assert not [key for key in records if "web_read" in key or "web_search_read" in key], records
    assert "MARKER" not in kept["local"] + kept["session"]
