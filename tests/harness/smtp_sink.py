"""A mail server that keeps what it receives, and fails or dawdles on request."""

import socketserver
import threading
import time
from email import message_from_bytes, policy


class SmtpSink:
    """Listens on a free port of the loopback address.

    `messages` holds the received mails (`email.message.EmailMessage`, with the envelope in ``x-rcpt-to``);
    `refuse` makes it answer 451 to every mail; `delay` seconds pass before each answer to DATA; `transfers` counts the
    mails whose text has arrived, answered or not.
    """

    def __init__(self):
        self.messages, self.refuse, self.delay, self.transfers = [], False, 0.0, 0
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            """One connection."""

            def handle(self):
                """Speak just enough SMTP."""
                self.reply("220 sink")
                recipients = []
                for raw in self.rfile:
                    verb = raw.strip().upper()
                    if verb.startswith((b"EHLO", b"HELO")):
                        self.reply("250 sink")
                    elif verb.startswith(b"RCPT"):
                        recipients.append(raw.split(b"<", 1)[-1].split(b">", 1)[0].decode())
                        self.reply("250 ok")
                    elif verb.startswith(b"DATA"):
                        self.receive(recipients)
                        recipients = []
                    elif verb.startswith(b"QUIT"):
                        self.reply("221 bye")
                        return
                    else:
                        self.reply("250 ok")

            def receive(self, recipients):
                """Read one mail."""
                self.reply("354 go on")
                lines = []
                for raw in self.rfile:
                    if raw in (b".\r\n", b".\n"):
                        break
                    lines.append(raw[1:] if raw.startswith(b"..") else raw)
                sink.transfers += 1
                time.sleep(sink.delay)
                if sink.refuse:
                    self.reply("451 not now")
                    return
                message = message_from_bytes(b"".join(lines), policy=policy.default)
                message["x-rcpt-to"] = ", ".join(recipients)
                sink.messages.append(message)
                self.reply("250 ok")

            def reply(self, text):
                """Send one line."""
                self.wfile.write(text.encode() + b"\r\n")

        class ThreadedServer(socketserver.ThreadingTCPServer):
            """Ends with the test process."""

            allow_reuse_address = True
            daemon_threads = True

        self._server = ThreadedServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, count: int, seconds: float = 15) -> list:
        """:return: the mails, once there are ``count`` or the time is over"""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.messages

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
