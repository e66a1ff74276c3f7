"""A client of the server's doors: signed-in session (`/web/dataset/call_kw`) and API key (`/json/2`)."""

import re

import requests

TIMEOUT = 60


class RpcError(Exception):
    """The server answered with an error; `name` is the exception's class, `message` what a user would read."""

    def __init__(self, name: str, message: str, debug: str = ""):
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.debug = name, message, debug


class Session:
    """One browser session without a browser. Not signed in until `login`."""

    def __init__(self, url: str, database: str):
        self.url, self.database = url, database
        self.http = requests.Session()
        self.uid = self._token = None

    def login(self, login: str, password: str) -> "Session":
        """Sign in.

        :raises RpcError: when the server refuses
        """
        params = {"db": self.database, "login": login, "password": password}
        self.uid = self.jsonrpc("/web/session/authenticate", **params)["uid"]
        return self

    def jsonrpc(self, path: str, **params):
        """Call a JSON-RPC route.

        :return: its result
        :raises RpcError: when it answers with an error
        """
        answer = self.http.post(
            self.url + path,
            json={"jsonrpc": "2.0", "id": 1, "method": "call", "params": params},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        body = answer.json()
        if "error" in body:
            data = body["error"].get("data") or {}
            raise RpcError(
                data.get("name", ""),
                data.get("message") or body["error"].get("message", ""),
                data.get("debug", ""),
            )
        return body.get("result")

    def call(self, model: str, method: str, *args, **kwargs):
        """Call a public method as the web client does."""
        return self.jsonrpc(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs=kwargs,
        )

    def search_read(self, model: str, domain, fields, **kwargs) -> list[dict]:
        """:return: rows"""
        return self.call(model, "search_read", domain, fields, **kwargs)

    def create(self, model: str, values: dict, **kwargs) -> int:
        """:return: the id of the new record"""
        return self.call(model, "create", [values], **kwargs)[0]

    def ref(self, xmlid: str) -> int:
        """:return: the id behind an external id"""
        module, name = xmlid.split(".", 1)
        rows = self.search_read("ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"])
        return rows[0]["res_id"]

    def token(self) -> str:
        """:return: the token that forms of the web client send along, asked for once"""
        if not self._token:
            self._token = re.search(r'csrf_token: "([^"]+)"', self.get("/odoo").text).group(1)
        return self._token

    def get(self, path: str, **kwargs) -> requests.Response:
        """GET a page with the session's cookie."""
        return self.http.get(self.url + path, timeout=TIMEOUT, **kwargs)

    def post(self, path: str, **kwargs) -> requests.Response:
        """POST with the session's cookie."""
        return self.http.post(self.url + path, timeout=TIMEOUT, **kwargs)


class ApiKey:
    """A program that uses an API key at `/json/2`."""

    def __init__(self, url: str, database: str, key: str):
        self.url, self.database, self.key = url, database, key

    def call(self, model: str, method: str, **kwargs):
        """Call a public method with named arguments (``ids``, ``context``, …).

        :raises RpcError: when the server answers with an error
        """
        answer = requests.post(
            f"{self.url}/json/2/{model}/{method}",
            json=kwargs,
            headers={"Authorization": f"bearer {self.key}", "X-Odoo-Database": self.database},
            timeout=TIMEOUT,
        )
        if answer.status_code >= 400:
            try:
                body = answer.json()
            except ValueError:
                body = {"message": answer.text[:500]}
            raise RpcError(
                body.get("name", str(answer.status_code)), body.get("message", ""), body.get("debug", "")
            )
        return answer.json()
