"""What only a real process shows about the ladder: committed messages, proof of delivery, gateways that fail or lie."""

import time

import pytest
from harness import shell
from harness.http_sink import HttpSink
from harness.server import REPO

WORLD = REPO / "tests" / "world_crisis.py"
MESSAGES = """SELECT m.channel, m.state, m.attempts, m.proof, m.key, m.user_id FROM psych_crisis_message m
                JOIN psych_crisis_addressee a ON a.id = m.addressee_id WHERE a.signal_id = %s ORDER BY m.id"""
SOON = """UPDATE psych_crisis_message SET send_at = now() AT TIME ZONE 'utc'
           WHERE state = 'queued' AND send_at > now() AT TIME ZONE 'utc'"""


@pytest.fixture
def gateway():
    sink = HttpSink()
    yield sink
    sink.close()


def step(server, name, **env):
    return shell.call(server, WORLD.read_text("utf-8"), STEP=name, **env)


def rows(server, statement, *values):
    with server.cursor() as cr:
        cr.execute(statement, values)
        return cr.fetchall() if cr.description else None


def wait_until(check, seconds=150, pause=5):
    """Ask now and then: whoever asks all the time writes into the rows that the job is about to write."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(pause)


def ring(server):
    """Let the scheduled action run now, as its minute would."""
    server.expect_log(
        "bad query.*psych_crisis_message"
    )  # the test and the job wrote the same row: tried again
    rows(server, SOON)
    rows(
        server,
        """UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' - interval '1 second'
            WHERE id = (SELECT res_id FROM ir_model_data WHERE module = 'psych_crisis' AND name = 'ir_cron_ladder')""",
    )
    rows(server, "SELECT pg_notify('cron_trigger', current_database())")


def test_messages_arrive_with_proof_and_without_a_name(make_server, gateway, smtp):
    """A gateway that is down is tried again with the same key; what it returns is the proof; nobody is named."""
    server = make_server(smtp=smtp, cron=True)
    world = step(server, "school", GATEWAY=gateway.url)
    gateway.refuse = 3
    signal = step(server, "signal", ABOUT=str(world["students"][4]))

    def sent():
        ring(server)
        return {row[1] for row in rows(server, MESSAGES, signal["signal"])} == {"sent"}

    wait_until(sent)
    messages = rows(server, MESSAGES, signal["signal"])
    assert {row[0] for row in messages} == {"mail", "webhook", "voice"}
    assert {world["users"][login] for login in ("tutor", "station", "centre")} <= {row[5] for row in messages}
    called = [row for row in messages if row[0] != "mail"]
    assert all(row[3].startswith("receipt-") for row in called), "the proof is what the gateway returned"
    assert max(row[2] for row in called) >= 2, "a gateway that was down was tried again"
    assert sorted(gateway.delivered) == sorted(row[4] for row in called), "each once, by its own key"
    text = " ".join(str(call["body"]) for call in gateway.received)
    assert signal["name"] in text
    mails = smtp.wait_for(len(messages) - len(called), 30)
    text += " ".join(str(mail) for mail in mails)
    for secret in ("杨帆", "陈可", "很难过", world["number"]):
        assert secret not in text
    assert any(call["body"]["to"] == "13900000001" for call in gateway.received), (
        "on call: the number answered"
    )


def test_a_gateway_that_lies_stops_no_clock(make_server, gateway):
    """«ok» is no person: the signal goes on climbing until somebody presses a button."""
    server = make_server(cron=True)
    world = step(server, "school", GATEWAY=gateway.url)
    gateway.lie = True
    signal = step(server, "signal", ABOUT=str(world["students"][4]))["signal"]
    ring(server)
    wait_until(lambda: len(gateway.received) >= 2)
    assert rows(server, "SELECT acknowledged_at FROM psych_crisis_signal WHERE id = %s", signal) == [(None,)]
    rows(
        server,
        """UPDATE psych_crisis_signal SET aware_at = aware_at - interval '12 minutes',
                  ring_at = now() AT TIME ZONE 'utc' WHERE id = %s""",
        signal,
    )

    def told_desk():
        ring(server)
        told = rows(server, "SELECT user_id FROM psych_crisis_addressee WHERE signal_id = %s", signal)
        return (world["users"]["desk"],) in told

    wait_until(told_desk)
