"""Promise 5 over the real models: a mark in every text box of every form, then the dump is read as a thief would.

Whatever stands in clear must be named in ``clear_text.csv`` with the kind of thing it is; ``docs/security.md`` says
for each kind why it may. A new model needs no line here: a confidential field is noise, a clear one fails by its name.
"""

import csv
import os
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from everything_typed import Typist
from harness.rpc import RpcError

REPO = Path(__file__).resolve().parents[1]
ROLES = (
    "counsellor",
    "centre",
    "vicedirector",
    "tutor",
    "station",
    "stationhead",
    "duty",
    "leader",
    "manager",
)
NOT_TYPED = {
    ("psych.response", "answers"): "numbers of items, written by the submit path, no box",
    ("psych.response.draft", "answers"): "the same",
    ("psych.session.measure", "answers"): "the same",
    ("psych.correction.request", "wish"): "typed on the student's page /my/data, see test_pages_of_students",
    ("psych.crisis.reporter", "contact"): "written by the intake of a report, no form",
}
TOLD = {
    "leader": {  # the matrix says so: sudden events are led by the leading group; a plan names its leader; own instructions and their answers
        "psych.crisis.event",
        "psych.crisis.event.entry",
        "psych.crisis.instruction",
        "psych.crisis.plan",
        "psych.crisis.signal",
    },
    "manager": {"psych.privacy.incident"},  # the register of leaks is kept by the administrator as well
    "operator": set(),
}
NOT_OURS = r"odoo\.|psych|Importing test framework"


def allowed():
    """:return: ``{(model, box): kind}``; both may hold ``*``"""
    with open(REPO / "tests" / "clear_text.csv", encoding="utf-8") as file:
        lines = (line for line in file if not line.startswith("#"))
        return {(row["model"], row["box"]): row["kind"] for row in csv.DictReader(lines)}


def build_college(server):
    """Build the demo college in the server's database. :return: ``{login: password}``"""
    python = os.environ.get("PSYCH_TEST_PYTHON") or sys.executable
    scripts = (REPO / "scripts" / "demo.py", REPO / "tests" / "world_typed.py")
    script = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "DEMO_STUDENTS": "300",
            "PSYCH_SECRETS": folder,
            "ODOO_ADDONS_PATH": f"{REPO / 'addons'},{REPO / 'tests' / 'addons'}",
            "ODOO_DATA_DIR": str(server.data_dir),
        }
        command = [
            python,
            "-m",
            "odoo",
            "shell",
            "-c",
            str(REPO / "odoo.conf"),
            "-d",
            server.database,
            "--no-http",
        ]
        done = subprocess.run(
            [*command, "--shell-interface=python", "--log-level=error"],
            input=script, env=env, cwd=REPO, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        path = Path(folder) / "demo-accounts.txt"
        assert path.exists(), done.stdout[-2000:] + done.stderr[-4000:]
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()[2:]]
    return {row[-2]: row[-1] for row in rows if len(row) >= 3}


@pytest.fixture(scope="module")
def typed(server):
    """Everything typed everywhere, scheduled actions run. :return: (typist, dump and files as bytes)"""
    server.expect_log(NOT_OURS)
    accounts = build_college(server)
    server.restart()
    sessions = {role: server.session(role, accounts[role]) for role in ROLES}
    sessions["operator"] = server.admin()
    typist = Typist(sessions, server.admin())
    for login in ("student", "member", "informant"):
        session = server.session(login, accounts[login])
        for start in ("/my/home", "/my/data", "/psych/booking", "/psych/help"):
            typist.type_on_pages(session, start)
    models = typist.models()
    typist.type_everywhere(models)
    typist.type_beside(models)
    run_scheduled(server)
    dump = subprocess.run(["pg_dump", "--inserts", server.database], capture_output=True, check=True).stdout
    files = [path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file()]
    return typist, dump, b"\n".join(files), server.log().encode()


def run_scheduled(server):
    """Run every scheduled action of ours once: what a nightly job copies somewhere would be found."""
    admin = server.admin()
    rows = admin.search_read("ir.cron", [["model_id.model", "=like", "psych.%"]], ["id"])
    for row in rows:
        try:
            admin.call("ir.cron", "method_direct_trigger", [row["id"]])
        except RpcError as error:
            raise AssertionError(f"scheduled action {row['id']}: {error}") from error


def matches(box, rows):
    return next((key for key in rows if fnmatchcase(box[0], key[0]) and fnmatchcase(box[1], key[1])), None)


@pytest.fixture(scope="module")
def clear(typed):
    """Boxes whose mark stands in clear in dump, files or log of the server."""
    typist, *places = typed
    return set().union(*(typist.marks.found(data) for data in places))


def test_nothing_in_clear_that_is_not_named(typed, clear):
    assert b"psych_access_log" in typed[1] and len(typed[0].accepted) > 150
    rows = allowed()
    unnamed = sorted(".".join(box) for box in clear if not matches(box, rows))
    assert not unnamed, "typed text stands in clear:\n" + "\n".join(unnamed)


def test_every_row_of_the_list_is_needed(clear):
    """A row that names nothing any more is taken off the list: it would hide the next leak of that name."""
    used = {matches(box, allowed()) for box in clear}
    assert not sorted(map(".".join, set(allowed()) - used))


def test_everything_was_typed(typed):
    """The proof is worth what was typed: each confidential field took its mark at least once."""
    typist, _dump, _files, _log = typed
    names = confidential_boxes(typist) - set(NOT_TYPED)
    lacking = sorted(".".join(box) for box in names if box not in typist.accepted)
    assert not lacking, "nobody could type into:\n" + "\n".join(
        f"{box}: {typist.refused.get(tuple(box.rsplit('.', 1)))}" for box in lacking
    )


@pytest.mark.parametrize("role", ["leader", "manager", "operator"])
def test_wrong_roles_read_no_confidential_text(typed, role):
    """Leadership, the school's administrator and the operator open no text but what the matrix tells them.

    Asked for every field of every model; what they may open is told in ``TOLD``, a new row of the matrix shows here.
    """
    typist = typed[0]
    seen = typist.seen_by(role, typist.models())
    assert seen, "the door was asked: clear text is seen"
    opened = {box for box in seen & confidential_boxes(typist) if box[0] not in TOLD[role]}
    assert not sorted(map(".".join, opened))


def test_pages_of_students(typed):
    pages = {box[1] for box in typed[0].accepted if box[0] == "page"}
    assert "/my/data/ask wish" in pages, pages


def confidential_boxes(typist):
    """:return: the boxes with an encrypted column beside them"""
    rows = typist.admin.search_read(
        "ir.model.fields", [["name", "=like", "%_cipher"], ["model", "=like", "psych.%"]], ["model", "name"]
    )
    return {(row["model"], row["name"].removesuffix("_cipher")) for row in rows}


def test_kinds_are_explained():
    page = (REPO / "docs" / "security.md").read_text(encoding="utf-8")
    for kind in set(allowed().values()):
        assert f"| {kind} |" in page, f"docs/security.md does not say why «{kind}» may stand in clear"
