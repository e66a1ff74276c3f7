"""Debian's Chromium under Playwright, as a person in front of a desktop or a phone."""

import shutil

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
DESKTOP = {"viewport": {"width": 1366, "height": 850}}
TIMEOUT = 15_000


def executable() -> str | None:
    """:return: the path of a Chromium on this machine"""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return None


class Browser:
    """Opens pages against a server; each person gets a context (cookies, storage) of their own."""

    def __init__(self, playwright):
        self._browser = playwright.chromium.launch(
            executable_path=executable(), args=ARGUMENTS, headless=True
        )
        self._contexts = []

    def open(self, server, login: str | None = None, password: str | None = None, phone: bool = False):
        """Open a fresh browser context and sign in.

        :param server: a `Server`
        :param login: user to sign in; None stays anonymous
        :param phone: a phone's screen and touch instead of a desktop
        :return: the page; ``page.console_errors`` collects what the console complained about
        """
        context = self._browser.new_context(
            base_url=server.url, locale="zh-CN", timezone_id="Asia/Shanghai", **(PHONE if phone else DESKTOP)
        )
        self._contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        page = context.new_page()
        page.console_errors = []
        page.on("console", lambda line: line.type == "error" and page.console_errors.append(line.text))
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        if login:
            sign_in(page, login, password)
        return page

    def end_contexts(self) -> None:
        """Close what a test opened."""
        while self._contexts:
            self._contexts.pop().close()

    def close(self) -> None:
        """End the browser."""
        self._browser.close()


def sign_in(page, login: str, password: str) -> None:
    """Fill the login form and wait until it has let the person in."""
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_url(lambda url: "/web/login" not in url, timeout=60_000)
