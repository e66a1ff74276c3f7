"""Power cut in the ladder: the server dies by SIGKILL before, between and within its commits, and is started again.

Each cut is made where it hurts by a lock that the test holds or by a mail server that dawdles, never by luck.
"""

import time

import pytest
from harness.http_sink import HttpSink
from test_crisis_channels import ring, rows, step, wait_until

SIGNALS = 3
OVERDUE = """UPDATE psych_crisis_signal SET aware_at = aware_at - interval '12 minutes',
                    ring_at = now() AT TIME ZONE 'utc' WHERE is_open"""
BEATS = """INSERT INTO psych_crisis_heartbeat (code, beat_at, interval)
           VALUES ('ladder', now() AT TIME ZONE 'utc', 60), ('orphans', now() AT TIME ZONE 'utc', 900)"""
TABLES = ("psych_crisis_climb", "psych_crisis_addressee", "psych_crisis_message")
TWICE = {
    "climb": "SELECT signal_id, clock_id, started_at FROM psych_crisis_climb GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "told": "SELECT signal_id, user_id FROM psych_crisis_addressee GROUP BY 1, 2 HAVING count(*) > 1",
    "message": "SELECT addressee_id, climb_id, channel FROM psych_crisis_message GROUP BY 1, 2, 3 HAVING count(*) > 1",
}
QUEUED = "SELECT count(*) FROM psych_crisis_message WHERE state = 'queued'"
WAKE = "SELECT pg_notify('cron_trigger', current_database())"
WAITS_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def gateway():
    sink = HttpSink()
    yield sink
    sink.close()


def counts(server):
    return [rows(server, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def start(server):
    """Start the server again with its scheduler, the ladder being due."""
    server.cron = True
    server.restart()
    ring(server)


def running(server, check):
    """Wait for what the ladder does; a scheduler that was not yet listening hears the bell again."""

    def looked():
        rows(server, WAKE)
        return check()

    wait_until(looked, 120, 0.5)


def cut_at_lock(server, statement):
    """Hold a lock on what the ladder writes next, start the server, wait until it stands there, and cut the power."""
    with server.cursor() as cr:
        cr.execute(statement)
        start(server)
        # asked by a connection of its own: this one must go on holding the lock
        running(server, lambda: rows(server, WAITS_FOR_A_LOCK)[0][0] >= 1)
        server.kill()
    wait_until(lambda: rows(server, WAITS_FOR_A_LOCK)[0][0] == 0, 30, 0.2)
    time.sleep(1)  # the orphaned backend of the dead server rolls back


def test_the_power_is_cut_while_the_ladder_runs(make_server, smtp, gateway):
    """Every matter climbs exactly once, everybody is told once, nothing is lost, whichever moment the power chose."""
    server = make_server(smtp=smtp)
    world = step(server, "school", GATEWAY=gateway.url)
    signals = [
        step(server, "signal", ABOUT=str(student))["signal"] for student in world["students"][4 : 4 + SIGNALS]
    ]
    assert len(set(signals)) == SIGNALS
    rows(server, OVERDUE)
    rows(server, BEATS)
    before = counts(server)

    # 1. within the first transaction: the climbs are written, their addressees not yet, nothing is committed
    cut_at_lock(server, "LOCK TABLE psych_crisis_addressee IN SHARE ROW EXCLUSIVE MODE")
    assert counts(server) == before, "nothing half done stays"
    assert smtp.messages == [] and gateway.received == []

    # 2. between the commits: everything has climbed and is committed, nothing has been sent
    cut_at_lock(server, "SELECT 1 FROM psych_crisis_heartbeat WHERE code = 'ladder' FOR UPDATE")
    climbed = counts(server)
    assert climbed[0] >= before[0] + SIGNALS, "the silent step fired for each"
    assert smtp.messages == [] and gateway.received == []

    # 3. in the middle of a mail: the mail server has taken it, the proof was not committed
    smtp.delay = 3
    start(server)
    running(server, lambda: smtp.transfers >= 2)
    server.kill()
    smtp.delay = 0
    start(server)
    running(server, lambda: rows(server, QUEUED) == [(0,)])
    server.kill()  # the last cut: a job that is just beginning ends without a word

    assert counts(server) == climbed, "started again, no step fires a second time"
    for what, statement in TWICE.items():
        assert rows(server, statement) == [], what
    sent = rows(server, "SELECT channel, key, state FROM psych_crisis_message")
    assert {row[2] for row in sent} == {"sent"}, "nothing was lost"
    assert sorted(gateway.delivered) == sorted(key for channel, key, _state in sent if channel != "mail")
    by_id = {str(mail["message-id"]).strip("<>").split("@")[0] for mail in smtp.messages}
    mails = {key for channel, key, _state in sent if channel == "mail"}
    assert by_id == mails, (
        "each mail carries its own key: a mail handed over twice is the same one to its receiver"
    )
    assert len(smtp.messages) - len(mails) <= 1, (
        "at most the one mail in the middle of the cut was handed over again"
    )
    assert rows(
        server,
        """SELECT count(*) FROM psych_crisis_signal WHERE is_open AND owner_id IS NOT NULL
                AND ring_at > now() AT TIME ZONE 'utc' - interval '2 minutes'""",
    ) == [(SIGNALS,)], "each still has an owner and a next look"
