"""The demo's mailbox: what was caught is shown, and does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app.mail_store import KEPT, MailStore
from tests.example import filled_example


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data."""
    return filled_example(tmp_path_factory.mktemp("mailbox"))


@pytest.fixture
def store(example: Flask, tmp_path: Path) -> Iterator[MailStore]:
    """An empty mailbox that the example shows."""
    kept = example.config["EXAMPLE_MAILBOX"]
    example.config["EXAMPLE_MAILBOX"] = str(tmp_path / "mailbox.sqlite")
    yield MailStore(example.config["EXAMPLE_MAILBOX"])
    example.config["EXAMPLE_MAILBOX"] = kept


@pytest.fixture
def reader(example: Flask, store: MailStore) -> FlaskClient:
    """A browser of somebody who has not signed in anywhere."""
    return example.test_client()


def written(subject: str, text: str = "Hello", html: str | None = None) -> bytes:
    """A mail as it comes over the wire."""
    message = EmailMessage()
    message["From"] = "Northwind Studio <hello@northwind.example>"
    message["To"] = "zoe@aurora-bakery.example"
    message["Subject"] = subject
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def test_empty_mailbox_says_what_to_do(reader: FlaskClient) -> None:
    """Nobody signs in, and an empty list explains itself."""
    response = reader.get("/mailbox/")
    assert response.status_code == 200
    assert "No mail yet" in response.text
    assert "belongs to the example" in response.text


def test_newest_first(reader: FlaskClient, store: MailStore) -> None:
    """The list shows recipient, subject and time, and leads to each mail."""
    first = store.add("tom@aurora-bakery.example", written("Bon jour à Lyon"))
    second = store.add("zoe@aurora-bakery.example", written("Olá"))
    page = reader.get("/mailbox/").text
    assert page.index(f"/mailbox/{second}") < page.index(f"/mailbox/{first}")
    for shown in ("Bon jour à Lyon", "tom@aurora-bakery.example", "Olá", "<time"):
        assert shown in page
    assert reader.get("/mailbox/newest").get_json() == {"number": second}


def test_links_can_be_clicked(reader: FlaskClient, store: MailStore) -> None:
    """A link of the text part is a link on the page."""
    url = "http://127.0.0.1:8080/portal/set-password/abc.DEF-_x"
    number = store.add("zoe@aurora-bakery.example", written("Set your password", f"Open {url}\n"))
    assert f'<a href="{url}"' in reader.get(f"/mailbox/{number}").text


def test_script_in_html_is_caged(reader: FlaskClient, store: MailStore) -> None:
    """A mail's HTML gets a frame and a policy that run no script and submit no form."""
    html = "<html><head></head><body><script>alert(1)</script><a href='http://a.example/'>a</a>"
    number = store.add("zoe@aurora-bakery.example", written("<script>alert(2)</script>", "x", html))
    page = reader.get(f"/mailbox/{number}")
    assert "<script>alert" not in page.text
    sandbox = page.text.split('sandbox="')[1].split('"')[0]
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert "allow-top-navigation-by-user-activation" in sandbox
    part = reader.get(f"/mailbox/{number}/html")
    policy = part.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<head><base target="_top">' in part.text


@pytest.mark.parametrize("path", ["/mailbox/999", "/mailbox/999/html", f"/mailbox/{2**70}"])
def test_unknown_mail(reader: FlaskClient, path: str) -> None:
    """A mail that is not there is 404."""
    assert reader.get(path).status_code == 404


def test_text_mail_has_no_html(reader: FlaskClient, store: MailStore) -> None:
    """A mail without an HTML part shows its text alone."""
    number = store.add("zoe@aurora-bakery.example", written("Plain"))
    assert "<iframe" not in reader.get(f"/mailbox/{number}").text
    assert reader.get(f"/mailbox/{number}/html").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00 no mail at all",
        b"Subject: =?utf-8?b?!!!?=\r\nContent-Type: text/html; charset=nowhere\r\n\r\n<p>\xff</p>",
        b"Subject: \r\n\t\r\nTo: <<<>>>\r\nContent-Type: multipart/alternative\r\n\r\n--x",
    ],
)
def test_broken_mail_is_shown_all_the_same(
    reader: FlaskClient, store: MailStore, content: bytes
) -> None:
    """Anybody may send us anything; no page breaks over it."""
    number = store.add("zoe@aurora-bakery.example", content)
    assert reader.get("/mailbox/").status_code == 200
    assert reader.get(f"/mailbox/{number}").status_code == 200


def test_only_the_newest_are_kept(store: MailStore) -> None:
    """The file does not grow for ever."""
    for place in range(KEPT + 3):
        last = store.add("zoe@aurora-bakery.example", b"Subject: %d\r\n\r\nx" % place)
    assert len(store.newest(KEPT * 2)) == KEPT
    assert store.get(last - KEPT) is None
    assert store.get(last) is not None
