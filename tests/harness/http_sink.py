"""A gateway that keeps what it receives: delivers, refuses, dawdles, or lies (says «ok» and wakes nobody)."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HttpSink:
    """Listens on a free port of the loopback address.

    `received` holds every call as ``{"path", "key", "body", "at"}``; `delivered` the idempotency keys that woke somebody,
    once each; `refuse` is how many calls are answered by 503 from now on, `lie` makes it answer 200 and do nothing.
    """

    def __init__(self):
        self.received, self.delivered = [], []
        self.refuse, self.lie, self.delay = 0, False, 0.0
        sink = self

        class Handler(BaseHTTPRequestHandler):
            """One call."""

            def do_POST(self):  # noqa: N802 (the name is http.server's)
                """Take a message."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = sink.take(self.path, self.headers.get("Idempotency-Key"), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args):
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, path, key, body):
        """:return: status and body of the answer"""
        time.sleep(self.delay)
        self.received.append({"path": path, "key": key, "body": json.loads(body), "at": time.monotonic()})
        if self.refuse > 0:
            self.refuse -= 1
            return 503, b"not now"
        if not self.lie and key not in self.delivered:
            self.delivered.append(key)
        return 200, b"ok" if self.lie else f"receipt-{len(self.delivered)}".encode()

    def wait_for(self, count, seconds=20.0):
        """:return: the calls, once there are ``count`` or the time is over"""
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.received

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
