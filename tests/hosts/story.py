"""What every host must be able to do, played inside of its environment: ``python story.py``.

It has the wheel and nothing of the repository. Staff sign in, make a customer and a contact by the
forms that the pages show, the contact sets the password by the mailed link and signs in, and all
pages answer. Meanwhile nothing of the host's may change that is not ours.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import Client

from flask_contacts import Contacts
from flask_contacts.testing import links_in, running_smtp

PASSWORD = "a very long password of hers"
STAFF = ("boss", "a password of the boss")
_SEEN: dict[str, Any] = {}


class Forms(HTMLParser):
    """The forms of a page, with the values that a browser would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._select, self._many, self._area = "", False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        at = dict(attrs)
        name = at.get("name") or ""
        if tag == "form":
            method = (at.get("method") or "get").lower()
            self.forms.append({"action": at.get("action") or "", "method": method, "fields": {}})
        if not self.forms:
            return
        fields = self.forms[-1]["fields"]
        if tag == "input" and name and at.get("type") not in {"submit", "button", "file"}:
            if at.get("type") in {"checkbox", "radio"}:
                if "checked" in at:
                    fields.setdefault(name, []).append(at.get("value") or "y")
                return
            fields.setdefault(name, []).append(at.get("value") or "")
        elif tag == "select":
            self._select, self._many = name, "multiple" in at
        elif tag == "option" and self._select:
            chosen = fields.setdefault(self._select, [])
            if "selected" in at or (not chosen and not self._many):
                fields[self._select] = [*(chosen if self._many else []), at.get("value") or ""]
        elif tag == "textarea" and name:
            self._area = name
            fields[name] = [""]

    def handle_data(self, data: str) -> None:
        """The words of a text area."""
        if self._area:
            self.forms[-1]["fields"][self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area


class Browser:
    """A browser before the host's proxy, where it has one."""

    def __init__(self, application: Any, base_url: str) -> None:
        self._client, self._base, self.at = Client(application), base_url, ""
        self.page: Any = None

    def get(self, url: str) -> Any:
        """Open an address, and go where it sends us."""
        return self._go(url, "GET", {})

    def submit(self, *, having: str, **changes: object) -> Any:
        """Post the page's form that has a field ``having``, some fields changed."""
        forms = [one for one in Forms(self.page.text).forms if having in one["fields"]]
        assert forms, f"no form with {having} at {self.at}"
        values = {**forms[0]["fields"], **changes}
        return self._go(urljoin(self.at, forms[0]["action"] or self.at), "POST", values)

    def cookies(self) -> Any:
        """Set one by hand."""
        return self._client

    def _go(self, url: str, method: str, data: dict[str, Any]) -> Any:
        for _step in range(8):
            parts = urlsplit(urljoin(f"{self._base}/", url))
            self.at = parts._replace(scheme="", netloc="").geturl()
            headers = {"Referer": self._base + self.at} if method == "POST" else {}
            self.page = self._client.open(
                self.at, base_url=self._base, method=method, data=data, headers=headers
            )
            if self.page.status_code not in {301, 302, 303, 307, 308}:
                return self.page
            url = urljoin(self._base + self.at, self.page.location)
            assert urlsplit(url).netloc == urlsplit(self._base).netloc, url
            method, data = "GET", {}
        raise AssertionError(f"{url} sends us in circles")


def proxied(application: Any, prefix: str) -> Any:
    """The application behind a proxy that takes ``prefix`` off, as nginx does."""

    def proxy(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if not path.startswith(prefix):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"outside of the application"]
        environ["HTTP_X_FORWARDED_PREFIX"] = prefix
        environ["HTTP_X_FORWARDED_PROTO"] = environ["wsgi.url_scheme"]
        environ["HTTP_X_FORWARDED_HOST"] = environ["HTTP_HOST"]
        environ["HTTP_X_FORWARDED_FOR"] = "192.0.2.7"
        environ["wsgi.url_scheme"], environ["HTTP_HOST"] = "http", "127.0.0.1:8000"
        environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return application(environ, start_response)

    return proxy


def watch_init_app() -> None:
    """See what ``init_app`` changes of the host's settings and extensions."""
    original = Contacts.init_app

    def watched(self: Contacts, app: Any, *arguments: Any, **named: Any) -> None:
        config, extensions = dict(app.config), dict(app.extensions)
        loaders = app.login_manager._user_callback
        original(self, app, *arguments, **named)
        _SEEN["config"] = sorted(
            key
            for key in config | app.config
            if not key.startswith("CONTACTS_") and config.get(key) != app.config.get(key, _SEEN)
        )
        _SEEN["extensions"] = sorted(
            key
            for key in extensions | app.extensions
            if extensions.get(key, _SEEN) is not app.extensions.get(key, _SEEN)
            and not (key not in extensions and key.startswith("contacts"))
        )
        _SEEN["loaders"] = loaders is not None

    Contacts.init_app = watched  # type: ignore[method-assign]


def flask(*command: str, **environment: str) -> str:
    """A command of the host's in a process of its own; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "host:create_app()", *command],
        env={**os.environ, **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def make_tables(host: Any) -> None:
    """As the README and docs/howto/tables.md say."""
    kind = getattr(host, "TABLES", "")
    if kind == "migrations":
        for command in ("init", "migrate", "upgrade", "check", "migrate"):
            said = flask("db", command, FLASK_FAB_CREATE_DB="false")
        assert "No changes in schema detected" in said
        return
    if kind == "fab":  # the host's own, where its db has other metadata
        flask("fab", "create-db")
    assert re.search(
        r"tables created|tables of flask_contacts are there", flask("contacts", "init-db")
    )


def add_staff(app: Any) -> int:
    """The administrator; the id."""
    with app.app_context():
        manager = app.appbuilder.sm
        role = manager.find_role(manager.auth_role_admin)
        user = manager.add_user(STAFF[0], "Bea", "Boss", "boss@example.com", role, STAFF[1])
        assert user, "no staff user could be added"
        return int(user.id)


def sign_in(app: Any, host: Any, staff: Browser, user_id: int) -> None:
    """By the form; where an OAuth provider is needed, as it would leave the session."""
    if getattr(host, "SIGN_IN", "form") == "session":
        assert "provider.example" in staff.page.location if staff.page else True
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user_id), True
        name = app.config["SESSION_COOKIE_NAME"]
        staff.cookies().set_cookie(name, client.get_cookie(name).value)
        return
    assert staff.get(prefix(host) + "/login/").status_code == 200
    staff.submit(having="username", username=STAFF[0], password=STAFF[1])
    assert "logout" in staff.page.text, f"staff did not sign in: {staff.page.status}"


def prefix(host: Any) -> str:
    """The path that the host is served under."""
    return str(getattr(host, "PREFIX", ""))


def play(app: Any, host: Any, smtp: Any) -> None:
    """The whole story."""
    base = str(getattr(host, "BASE_URL", "http://localhost"))
    application = proxied(app, prefix(host)) if prefix(host) else app
    staff, contact = Browser(application, base), Browser(application, base)
    sign_in(app, host, staff, add_staff(app))
    at = prefix(host)
    assert staff.get(f"{at}/customers/add").status_code == 200
    staff.submit(having="company", company="Northgate Bakeries")
    key = re.search(r"/customers/show/(\d+)", staff.page.text + staff.at)
    assert key is not None, staff.page.status
    assert staff.get(f"{at}/customercontacts/new/{key[1]}").status_code == 200
    staff.submit(
        having="firstname",
        firstname="Ada", lastname="Whitfield", email="ada@northgate.example",
        permissions=["invoices", "support", "email_notifications"],
        send_password_mail="y",
    )  # fmt: skip
    assert staff.page.status_code == 200, complaints(staff.page)
    result = app.test_cli_runner().invoke(args=["contacts", "mail-drain"])
    assert result.exit_code == 0, result.output
    mails = smtp.to("ada@northgate.example")
    links = [link for mail in mails for link in links_in(mail) if "/set-password/" in link]
    assert links, f"no link in {len(mails)} mails: {result.output}"
    assert links[0].startswith(f"{base}{at}/portal/set-password/"), links[0]
    assert contact.get(links[0]).status_code == 200
    contact.submit(having="password", password=PASSWORD, confirm=PASSWORD, password2=PASSWORD)
    contact.get(f"{at}/portal/sign-in")
    if "password" in contact.page.text and "sign-in" in contact.at:
        contact.submit(having="password", email="ada@northgate.example", password=PASSWORD)
    assert contact.get(f"{at}/portal/").status_code == 200
    assert contact.at == f"{at}/portal/", contact.at
    assert "Ada" in contact.page.text
    walk(app, host, staff, contact)


def complaints(page: Any) -> str:
    """What a refused form says."""
    found = re.findall(
        r'class="[^"]*(?:help-block|error|danger)[^"]*"[^>]*>(.*?)<', page.text, re.S
    )
    return f"{page.status}: {[text.strip() for text in found if text.strip()]}"


def walk(app: Any, host: Any, staff: Browser, contact: Browser) -> None:
    """Open every address of ours that has no variable, in the world that it belongs to.

    Some ask for arguments and say so (400, 404), some are closed by Settings (403); what the
    menus lead to must be a page.
    """
    views = {
        view.endpoint
        for view in app.appbuilder.baseviews
        if type(view).__module__.startswith("flask_contacts.")
    }
    opened = {"staff": 0, "contact": 0}
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods:
            continue
        place = rule.endpoint.rpartition(".")[0]
        who = "staff" if place in views else "contact" if place == "contacts_portal" else None
        if who is None or rule.rule.startswith("/api/"):
            continue
        page = (staff if who == "staff" else contact).get(prefix(host) + rule.rule)
        assert page.status_code in {200, 400, 403, 404, 410}, f"{rule.rule}: {page.status}"
        opened[who] += page.status_code == 200
        if getattr(host, "STRICT", False):
            check_policy(page, rule.rule, ours=who == "contact")
    for who, browser, start in (
        ("staff", staff, "/customers/list/"),
        ("contact", contact, f"{app.config['CONTACTS_PORTAL_PREFIX']}/"),
    ):
        browser.get(prefix(host) + start)
        found = set(re.findall(r'href="(/[^"#?]*)"', browser.page.text))
        links = sorted(one for one in found if "logout" not in one and "/lang/" not in one)
        assert len(links) > 5, f"{who}: {links}"
        for link in links:
            assert browser.get(link).status_code == 200, f"{who}: {link}: {browser.page.status}"
    missing = contact.get(f"{prefix(host)}{app.config['CONTACTS_PORTAL_PREFIX']}/nowhere")
    assert missing.status_code == 404
    assert "contacts-assets/portal" in missing.text, "the portal has another page for 404"
    print(f"opened {opened['staff']} pages of staff, {opened['contact']} of the contact")


def check_policy(page: Any, where: str, *, ours: bool) -> None:
    """A strict policy is sent, once, and no script of the page is against it."""
    policies = page.headers.getlist("Content-Security-Policy")
    assert len(policies) == 1, f"{where}: {policies}"
    assert "unsafe-inline" not in policies[0].partition("script-src")[2].partition(";")[0]
    if page.mimetype != "text/html":
        return
    nonce = re.search(r"'nonce-([^']+)'", policies[0])
    for tag in re.findall(r"<script\b[^>]*>", page.text):
        allowed = "src=" in tag or (nonce is not None and f'nonce="{nonce[1]}"' in tag)
        assert allowed, f"{where}: {tag} against {policies[0]}"
    if ours:
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=\"", page.text), where


def check_untouched(differences: Iterable[tuple[str, Any]]) -> None:
    """Nothing of the host's was changed by init_app."""
    found = {name: value for name, value in differences if value not in ([], True)}
    assert not found, f"init_app changed {found}"
    assert _SEEN, "init_app was not seen"


def main() -> int:
    """Play it; gives 0 where all went well."""
    watch_init_app()
    with running_smtp() as smtp:
        os.environ["HOST_MAIL_PORT"] = str(smtp.port)
        import host

        make_tables(host)
        app = host.create_app()
        check_untouched(_SEEN.items())
        play(app, host, smtp)
        doctor = app.test_cli_runner().invoke(args=["contacts", "doctor", "--json"])
        print("doctor:", " ".join(re.findall(r'"code": "(\w+)"', doctor.output)))
    print("played")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    sys.exit(main())
