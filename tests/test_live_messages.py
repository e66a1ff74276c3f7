"""Live messages (the alarm in the top bar) with workers, as a college runs it: Odoo starts a process of its own for them."""

import json
import time
import urllib.error
import urllib.request

WITHIN = 60  # seconds that a loaded machine may take


def ask(port: int) -> dict:
    """:return: what the process for live messages says of its health, empty while it is not there"""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/websocket/health", timeout=5) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError):
        return {}


def test_the_process_for_live_messages_lives(make_server):
    """Started by ``python -m odoo`` it died at once and was started again without end."""
    server = make_server(options=["--workers", "2"])
    until = time.monotonic() + WITHIN
    while not (health := ask(server.gevent_port)) and time.monotonic() < until:
        time.sleep(0.5)
    assert health == {"status": "pass"}
    assert "relative import" not in server.log_path.read_text()
