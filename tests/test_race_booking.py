"""Fifty phones want the same hour: one gets it, the others read which hours are near, nothing is left behind."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from harness.rpc import RpcError

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


def test_all_kinds_of_meeting_race_for_one_person(server, world):
    """Phones, group meetings and interviews want the same counsellor at once: she is in one place."""
    calls, done, barrier_size = [], [], 0
    for link in world["links"][:8]:
        session = enter(server, link)
        how = session.get(f"/psych/booking/how?service={world['service']}&start={world['second']}")
        calls.append(("phone", session, form_token(how)))
    for _again in range(3):
        calls.append(("group", server.session("ann", "ann-Passw0rd"), None))
    for interview in world["interviews"]:
        calls.append(("interview", server.session("ann", "ann-Passw0rd"), interview))
    barrier_size = len(calls)
    barrier = threading.Barrier(barrier_size)

    def run(kind, session, value):
        barrier.wait()
        try:
            if kind == "phone":
                answer = session.post(
                    "/psych/booking/book",
                    data={
                        "csrf_token": value,
                        "service": world["service"],
                        "counsellor": world["counsellor"],
                        "start": world["second"],
                        "consent": "1",
                    },
                )
                done.append((kind, "?new=1" in answer.url))
            elif kind == "group":
                session.create("psych.group.session", {"group_id": world["group"], "start": world["second"]})
                done.append((kind, True))
            else:
                session.call("psych.interview", "action_plan", [value])
                done.append((kind, True))
        except RpcError:
            done.append((kind, False))

    threads = [threading.Thread(target=run, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == barrier_size, "every caller got an answer in words"
    assert sum(won for _kind, won in done) == 1, done
    with server.cursor() as cr:
        cr.execute(
            "SELECT count(*) FROM psych_occupation WHERE active AND kind = 'user' AND ref_id = %s"
            " AND tsrange(start, stop) && tsrange(%s::timestamp, %s::timestamp + interval '50 minutes')",
            [world["person"], world["second"], world["second"]],
        )
        assert cr.fetchone()[0] == 1
