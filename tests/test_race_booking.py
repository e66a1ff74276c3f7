"""Fifty phones want the same hour: one gets it, the others read which hours are near, nothing is left behind."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
CLIENTS = 50


def build_world(server, students=CLIENTS):
    """Fill the server's database by `world_counselling.py` in Odoo's shell. :return: its plain values"""
    python = os.environ.get("PSYCH_TEST_PYTHON") or sys.executable
    addons = f"{REPO / 'addons'},{REPO / 'tests' / 'addons'}"
    env = {
        **os.environ,
        "STUDENTS": str(students),
        "ODOO_ADDONS_PATH": addons,
        "ODOO_DATA_DIR": str(server.data_dir),
        **server.env,
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
        "--log-level",
        "error",
    ]
    with open(REPO / "tests" / "world_counselling.py", encoding="utf-8") as script:
        done = subprocess.run(
            command, stdin=script, env=env, cwd=REPO, capture_output=True, text=True, timeout=300
        )
    line = next((row for row in done.stdout.splitlines() if "WORLD {" in row), None)
    assert line, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(line[line.index("{") :])


def enter(server, link):
    """Sign a student in by his link. :return: (session, form token)"""
    session = server.session()
    token = form_token(session.get(link))
    answer = session.post(link, data={"csrf_token": token})
    assert answer.url.endswith("/psych/booking"), answer.url
    return session


def form_token(answer):
    return re.search(r'name="csrf_token" value="([^"]+)"', answer.text).group(1)


@pytest.fixture(scope="module")
def world(server):
    return build_world(server)


def test_fifty_clients_one_hour(server, world):
    """The promise of no double booking, against real connections."""
    with server.cursor() as cr:
        cr.execute("SELECT count(*) FROM calendar_event")
        events = cr.fetchone()[0]
    clients = []
    for link in world["links"]:
        session = enter(server, link)
        how = session.get(f"/psych/booking/how?service={world['service']}&start={world['start']}")
        clients.append((session, form_token(how)))
    answers, barrier = [], threading.Barrier(len(clients))

    def book(session, token):
        barrier.wait()
        answers.append(
            session.post(
                "/psych/booking/book",
                data={
                    "csrf_token": token,
                    "service": world["service"],
                    "start": world["start"],
                    "consent": "1",
                },
            )
        )

    threads = [threading.Thread(target=book, args=client) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer for answer in answers if "?new=1" in answer.url]
    lost = [answer for answer in answers if answer not in won]
    assert len(won) == 1
    assert all(answer.status_code == 200 for answer in lost)
    assert all(world["near"] in answer.text for answer in lost), "each loser reads the nearest free hours"
    with server.cursor() as cr:
        cr.execute("SELECT count(*) FROM psych_appointment WHERE start = %s", [world["start"]])
        assert cr.fetchone()[0] == 1
        cr.execute(
            "SELECT kind, count(*) FROM psych_occupation WHERE start = %s AND active GROUP BY kind",
            [world["start"]],
        )
        assert dict(cr.fetchall()) == {"user": 1, "room": 1, "student": 1}
        cr.execute("SELECT count(*) FROM calendar_event")
        assert cr.fetchone()[0] == events + 1, "nothing is left behind"
        cr.execute(
            "SELECT count(*) FROM psych_appointment a WHERE NOT EXISTS (SELECT 1 FROM psych_occupation o"
            " WHERE o.owner_model = 'psych.appointment' AND o.owner_key = a.occupation_key)"
        )
        assert cr.fetchone()[0] == 0
