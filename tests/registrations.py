"""What the tests of registering share: opening it, posting, the mailed link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.services.settings import save_settings
from flask_contacts.testing import RecordingSmtp, csrf_token, links_in

REGISTER, CONFIRM = "/portal/register", "/portal/confirm-registration"
SECRET = "a quiet river under the bridge"
WHO = "mara@aurora.example"
TYPED = {
    "company": "Aurora Coffee",
    "firstname": "Mara",
    "lastname": "Lind",
    "email": WHO,
    "phone": "+1 212 555 0123",
    "password": SECRET,
}


def allow(session: Session, *, approval: bool = True, notices: str = "") -> None:
    """Let people register, as staff do under Setup → Settings; needs an application context."""
    rules = ["allowed", "approval"] if approval else ["allowed"]
    save_settings(session, {"registration": rules, "registration_notices": notices})


def post(client: FlaskClient, **changes: str) -> Any:
    """Post the form; ``changes`` to what is typed in it."""
    form = {**TYPED, **changes, "csrf_token": csrf_token(client, REGISTER)}
    return client.post(REGISTER, data=form)


def proof_link(smtp: RecordingSmtp, address: str = WHO) -> str:
    """The path of the link in the last mail to an address."""
    found = [url for url in links_in(smtp.to(address)[-1]) if CONFIRM in url]
    assert len(found) == 1, found
    return found[0].removeprefix("http://localhost")


def token_of(path: str) -> str:
    """The token in a link's path."""
    return path.rpartition("/")[2]


def confirm(client: FlaskClient, path: str, password: str = SECRET) -> Any:
    """Open a link and post its page."""
    client.get(path)
    form = {"csrf_token": csrf_token(client, CONFIRM), "password": password}
    return client.post(CONFIRM, data=form)


Drain = Callable[[], None]
