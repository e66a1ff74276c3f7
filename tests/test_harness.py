"""The ground under the other tests: a server that starts, survives a kill, sends mail, shows pages in Chinese."""

import pytest
from harness.rpc import RpcError


def test_sign_in_and_call(server):
    """A session signs in, reads, and is refused with a readable error."""
    admin = server.admin()
    assert admin.call("res.users", "read", [admin.uid], ["login"])[0]["login"] == "admin"
    with pytest.raises(RpcError):
        server.session("admin", "wrong")
    server.expect_log("Login failed", "Access Denied")


def test_committed_rows_survive_a_kill(make_server):
    """What the server acknowledged is there after SIGKILL."""
    server = make_server()
    partner = server.admin().create("res.partner", {"name": "survivor"})
    server.kill()
    with server.cursor() as cr:
        cr.execute("SELECT name FROM res_partner WHERE id = %s", (partner,))
        assert cr.fetchone() == ("survivor",)
    server.restart()
    assert server.admin().call("res.partner", "read", [partner], ["name"])[0]["name"] == "survivor"


def test_mail_reaches_the_sink(make_server, smtp):
    """Outgoing mail leaves the process."""
    server = make_server(smtp=smtp)
    admin = server.admin()
    values = {
        "subject": "你好",
        "body_html": "<p>你好</p>",
        "email_to": "a@example.com",
        "email_from": "b@example.com",
    }
    mail = admin.create("mail.mail", values)
    admin.call("mail.mail", "send", [mail])
    assert smtp.wait_for(1)[0]["subject"] == "你好"


@pytest.mark.browser
def test_backend_in_chinese(server, browser):
    """The web client opens in Chinese without a complaint on the console."""
    page = browser.open(server, "admin", "admin")
    page.wait_for_selector(".o_main_navbar")
    page.wait_for_function("/[\\u4e00-\\u9fff]/.test(document.querySelector('.o_action_manager').innerText)")
    assert page.console_errors == []
    assert (
        server.admin().call("discuss.channel", "search_count", [("channel_type", "=", "chat")]) == 0
    )  # no bot that asks staff to type
