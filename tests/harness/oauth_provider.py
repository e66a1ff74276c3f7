"""A small sign-in service of a school: OAuth 2 with the implicit flow, as core auth_oauth speaks it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


class OauthProvider:
    """Listens on a free port of the loopback address and lets everybody in who knows what to type.

    `claims` are answered for the access token; `down` makes it answer 503. Whoever comes to ``/authorize`` sees a
    page with one button and goes back with a token, as in real life.
    """

    def __init__(self):
        self.claims, self.down, self.asked = {}, False, []
        service = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_GET(self):
                """Answer the two addresses."""
                url = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                service.asked.append((url.path, query))
                if service.down and url.path == "/userinfo":
                    self.answer(503, "text/plain", "closed")
                elif url.path == "/authorize":
                    back = urlencode({"access_token": "token-1", "state": query["state"], "expires_in": "60"})
                    target = f"{query['redirect_uri']}#{back}"
                    self.answer(200, "text/html", f'<a id="enter" href="{target}">enter</a>')
                elif url.path == "/userinfo" and query.get("access_token") == "token-1":
                    self.answer(200, "application/json", json.dumps(service.claims))
                else:
                    self.answer(401, "application/json", '{"error": "invalid_token"}')

            def answer(self, status, kind, body):
                """Send one answer."""
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                """Be quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
