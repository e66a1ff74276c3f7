"""Coming and going: an upgrade keeps log, seals and texts; an uninstall leaves nothing of ours behind (trap 6)."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from harness import database as databases

REPO = Path(__file__).resolve().parents[1]
MARKER = "MARKER-up text of a note"
PASSWORD = "Test-Passw0rd-1"
BUILDER = "Importing test framework"


def odoo(database, *arguments, script=None, data_dir=None):
    """Run one Odoo process on ``database`` to its end. :return: what it logged"""
    python = os.environ.get("PSYCH_TEST_PYTHON") or sys.executable
    env = {**os.environ, "ODOO_ADDONS_PATH": f"{REPO / 'addons'},{REPO / 'tests' / 'addons'}"}
    if data_dir:
        env["ODOO_DATA_DIR"] = str(data_dir)
    command = [python, "-m", "odoo", *arguments, "-c", str(REPO / "odoo.conf"), "-d", database, "--no-http"]
    done = subprocess.run(
        command, input=script, env=env, cwd=REPO, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


def uninstall(database, module):
    """Uninstall as the operator does, in a process of its own."""
    script = (
        "import os, traceback\n"
        "try:\n"
        f"    env['ir.module.module'].search([('name', '=', '{module}')]).button_immediate_uninstall()\n"
        "except BaseException:\n"
        "    traceback.print_exc(); os._exit(1)\n"
        "os._exit(0)\n"
    )
    odoo(database, "shell", "--shell-interface=python", "--log-level=warn", script=script)


LEFT = {
    "tables": "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relname LIKE %s",
    "functions": "SELECT proname FROM pg_proc WHERE proname LIKE %s",
    "triggers": "SELECT tgname FROM pg_trigger WHERE tgname LIKE %s",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns "
    "WHERE column_name LIKE %s AND table_schema = 'public'",
    "constraints": "SELECT conname FROM pg_constraint WHERE conname LIKE %s",
    "models": "SELECT model FROM ir_model WHERE replace(model, '.', '_') LIKE %s",
    "fields": "SELECT model || '.' || name FROM ir_model_fields WHERE name LIKE %s",
    "external ids": "SELECT module || '.' || name FROM ir_model_data WHERE module LIKE %s",
    "settings": "SELECT key FROM ir_config_parameter WHERE key LIKE %s",
    "actions": "SELECT res_model FROM ir_act_window WHERE replace(res_model, '.', '_') LIKE %s",
    "attachments": "SELECT res_model FROM ir_attachment WHERE replace(res_model, '.', '_') LIKE %s",
}


def left(database, prefix):
    """:return: ``{kind: names}`` of what still carries ``prefix`` in the database"""
    result = {}
    with databases.cursor(database) as cr:
        for kind, query in LEFT.items():
            cr.execute(query, (prefix.replace("_", r"\_") + "%",))
            if names := sorted({name for (name,) in cr.fetchall()}):
                result[kind] = names
    return result


@pytest.fixture
def copied(template):
    """A copy of the template that nobody serves."""
    name = databases.copy(template)
    yield name
    databases.drop(name)


def test_uninstall_leaves_nothing(copied):
    assert left(copied, "psych_crisis")["tables"], "the queries find something while it is installed"
    assert {"functions", "triggers", "columns"} <= set(left(copied, "psych"))
    uninstall(copied, "test_psych")
    uninstall(copied, "psych_crisis")
    assert left(copied, "psych_crisis") == {}
    odoo(copied, "--stop-after-init")  # psych_health alone still starts
    uninstall(copied, "psych_health")
    assert left(copied, "psych") == {}
    odoo(copied, "--stop-after-init")


def read(server, world):
    session = server.session(world["logins"]["counsellor"], PASSWORD)
    return str(session.call("test_psych.note", "web_read", [world["note"]], {"note": {}}))


def rows(server):
    """:return: log and seals as they lie in their tables"""
    with server.cursor() as cr:
        cr.execute("SELECT * FROM psych_access_log ORDER BY id")
        log = cr.fetchall()
        cr.execute("SELECT * FROM psych_access_seal ORDER BY id")
        return log, cr.fetchall()


def test_upgrade_keeps_log_seals_and_texts(make_server, tmp_path):
    server = make_server(env={"PSYCH_HEALTH_SEAL_FILE": str(tmp_path / "seals")})
    server.expect_log(BUILDER)
    world = server.admin().call("test_psych.world", "build", MARKER)
    assert MARKER in read(server, world)
    seal(server)
    before = rows(server)
    assert before[0] and before[1]
    server.stop()
    odoo(
        server.database,
        "-u",
        "psych_health,psych_crisis,test_psych",
        "--stop-after-init",
        data_dir=server.data_dir,
    )
    assert rows(server) == before
    server.start()
    assert MARKER in read(server, world)
    seal(server)
    log, seals = rows(server)
    assert log[: len(before[0])] == before[0] and len(log) == len(before[0]) + 1
    assert seals[: len(before[1])] == before[1]
    for statement in (
        "DELETE FROM psych_access_log",
        "UPDATE psych_access_log SET user_id = 1",
        "TRUNCATE psych_access_log",
        "DELETE FROM psych_access_seal",
    ):
        with pytest.raises(psycopg2.Error), server.cursor() as cr:
            cr.execute(statement)


def seal(server):
    """Seal what is written, as the scheduled action does, and have the chain checked."""
    server.admin().call("test_psych.world", "seal")
    answer = server.admin().call("test_psych.world", "check_log")
    assert answer["ok"] and answer["seals"], answer
