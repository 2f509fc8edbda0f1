"""``example_app/own_customer.py``, served as its docstring says, and played by a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener, urlopen

import pytest

from flask_contacts.testing import RecordingSmtp, links_in
from tests.example import END_SECONDS, ROOT, START_SECONDS, free_ports

pytestmark = pytest.mark.bundled_only(reason="a process of its own; once is enough")
PASSWORD = "a perfectly good password"


class Browser:
    """Follows redirects and keeps cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        """The text of a page."""
        with self.opener.open(f"{self.url}{path}", timeout=20) as response:
            return str(response.read().decode())

    def post(self, path: str, **fields: str) -> str:
        """Send the form of a page with its token; the text of the page that follows."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path))
        assert token is not None
        data = urlencode({**fields, "csrf_token": token[1]}).encode()
        with self.opener.open(f"{self.url}{path}", data, timeout=20) as response:
            return str(response.read().decode())


@pytest.fixture
def url(tmp_path: Path, smtp_server: RecordingSmtp) -> Iterator[str]:
    """Where the example answers; its process has ended after the test."""
    port = free_ports()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "EXAMPLE_INSTANCE": str(tmp_path),
        "FLASK_CONTACTS_BASE_URL": url,
        "FLASK_MAIL_SUPPRESS_SEND": "false",
        "FLASK_MAIL_SERVER": smtp_server.hostname,
        "FLASK_MAIL_PORT": str(smtp_server.port),
    }
    command = [sys.executable, "-m", "flask", "--app", "example_app.own_customer", "run"]
    with open(tmp_path / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urlopen(f"{url}/login/", timeout=10).close()
                break
            except (URLError, OSError):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((tmp_path / "log").read_text()) from None
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def mailed_link(smtp: RecordingSmtp, email: str, page: str = "set-password") -> str:
    """The path of the link that this person is sent, as soon as it has come."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for message in smtp.to(email):
            for link in links_in(message):
                if f"/{page}/" in link:
                    return urlsplit(link).path
        time.sleep(0.1)
    raise AssertionError("no link came")


def test_the_example_works(url: str, smtp_server: RecordingSmtp) -> None:
    """Staff of one region see their companies and create a contact on the tab; the contact gets
    a link, sets a password, signs in to the portal, sees the company's invoice and changes its
    street."""
    staff = Browser(url)
    staff.post("/login/", username="nora", password="nora")
    welcome = staff.get("/")
    assert "Example Ltd" in welcome
    for opens in ("/companyview/list/", "/customer-contacts/"):  # all that the role may open
        assert f'href="{opens}"' in welcome
    assert "Duplicates" not in welcome
    assert "Zeta" not in staff.get("/companyview/list/")
    page = staff.get("/companyview/show/ACME")
    assert "A card of Acme" in page
    assert "No contacts yet" in page
    with pytest.raises(HTTPError, match="404"):
        staff.get("/customercontacts/new/ZETA")
    done = staff.post(
        "/customercontacts/new/ACME",
        firstname="Ada",
        lastname="Lovelace",
        email="ada@example.com",
        send_password_mail="y",
        is_user="y",
        permissions="invoices",
    )
    assert "Ada Lovelace</a> is now a contact of Acme Ltd." in done
    assert '<span class="badge">1</span>' in done
    contact = Browser(url)
    contact.get(mailed_link(smtp_server, "ada@example.com"))
    contact.post("/portal/set-password", password=PASSWORD, confirm=PASSWORD)
    portal = contact.post("/portal/sign-in", email="ada@example.com", password=PASSWORD)
    assert "Acme Ltd" in portal
    assert "2026-1" in contact.get("/portal/invoices/")
    details = "/portal/company-details/"
    mark = re.search(r'name="was.street" value="(\w+)"', contact.get(details))
    assert mark is not None
    saved = contact.post(details, **{"street": "2 Pier", "was.street": mark[1]})
    assert 'value="2 Pier"' in saved
    assert "2 Pier" in staff.get("/companyview/show/ACME")


def test_a_company_registers(url: str, smtp_server: RecordingSmtp) -> None:
    """Allowed in the settings, typed in the portal, confirmed, approved: a company of this host."""
    staff, person = Browser(url), Browser(url)
    staff.post("/login/", username="admin", password="admin")
    with pytest.raises(HTTPError, match="404"):
        person.get("/portal/register")
    staff.post("/contacts-settings/", registration="allowed")
    email = "mara@aurora.example"
    typed = {"company": "Aurora Coffee", "firstname": "Mara", "lastname": "Lind", "phone": ""}
    person.post("/portal/register", **typed, email=email, password=PASSWORD)
    person.get(mailed_link(smtp_server, email, "confirm-registration"))
    assert "You can sign in now" in person.post("/portal/confirm-registration", password=PASSWORD)
    assert "Aurora Coffee" in person.post("/portal/sign-in", email=email, password=PASSWORD)
    assert "Aurora Coffee" in staff.get("/companyview/list/")


def test_the_example_is_short() -> None:
    """It can be read in a minute, and it is what the documentation points to."""
    source = (ROOT / "example_app" / "own_customer.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 165
    guide = (ROOT / "docs" / "howto" / "own-customers.md").read_text(encoding="utf-8")
    assert "example_app/own_customer.py" in guide
