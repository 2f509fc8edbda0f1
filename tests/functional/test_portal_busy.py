"""A database that stays locked: a friendly page, and nothing that was typed is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from flask_contacts.services import transaction
from flask_contacts.testing import PASSWORD, RecordingSmtp, csrf_token, links_in

pytestmark = pytest.mark.bundled_only(reason="it locks the file; whose customers does not matter")

SIGN_IN, SET, FORGOT = "/portal/sign-in", "/portal/set-password", "/portal/forgot-password"
SORRY = "Too much is going on at this moment."
Locked = Callable[[], None]


@pytest.fixture
def locked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Locked]:
    """``locked()`` lets another program hold the database from then on."""
    monkeypatch.setattr(transaction, "_BUDGET_SECONDS", 0.0)

    def be_impatient(connection: Any, *_rest: object) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    event.listen(engine, "checkout", be_impatient)
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)

    def lock() -> None:
        other.execute("BEGIN IMMEDIATE")

    yield lock
    other.close()
    event.remove(engine, "checkout", be_impatient)


@pytest.fixture
def contact(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> Any:
    """A contact with a password."""
    return make_contact(make_customer(), permissions=["email_notifications"])


def test_sign_in_keeps_the_address(client: FlaskClient, contact: Any, locked: Locked) -> None:
    """503 with the form, the address in it and the password not."""
    form = {"csrf_token": csrf_token(client, SIGN_IN), "email": contact.email, "password": PASSWORD}
    locked()
    page = client.post(SIGN_IN, data=form)
    assert page.status_code == 503
    assert page.headers["Retry-After"]
    assert SORRY in page.text
    assert f'value="{contact.email}"' in page.text
    assert PASSWORD not in page.text


def test_forgot_password_keeps_the_address(
    client: FlaskClient, contact: Any, locked: Locked
) -> None:
    """The same for asking for a link."""
    form = {"csrf_token": csrf_token(client, FORGOT), "email": contact.email}
    locked()
    page = client.post(FORGOT, data=form)
    assert page.status_code == 503
    assert SORRY in page.text
    assert f'value="{contact.email}"' in page.text


def test_set_password_keeps_the_link(
    client: FlaskClient,
    contact: Any,
    smtp: RecordingSmtp,
    drain: Callable[[], None],
    locked: Locked,
) -> None:
    """The form comes again, and the link is not used."""
    client.post(FORGOT, data={"csrf_token": csrf_token(client, FORGOT), "email": contact.email})
    drain()
    [url] = [url for url in links_in(smtp.to(contact.email)[-1]) if "set-password" in url]
    client.get(url)
    new = "a quiet river under the bridge"
    form = {"csrf_token": csrf_token(client, SET), "password": new, "confirm": new}
    locked()
    page = client.post(SET, data=form)
    assert page.status_code == 503
    assert SORRY in page.text
    assert 'name="confirm"' in page.text
    assert new not in page.text
    assert client.get(SET).status_code == 200


def test_any_other_page_says_so(
    contact: Any, portal_client: Callable[[Any], FlaskClient], locked: Locked
) -> None:
    """Where there is no form to show again, a page with a way home."""
    browser = portal_client(contact)
    token = csrf_token(browser, "/portal/email-notifications")
    locked()
    for path in ("/portal/sign-out", "/portal/email-notifications"):
        page = browser.post(path, data={"csrf_token": token})
        assert page.status_code == 503
        assert page.headers["Retry-After"]
        assert SORRY in page.text
        assert 'href="/portal/"' in page.text
