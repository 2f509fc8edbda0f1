"""Staff users for tests: with some permissions or a role, and what they send and read."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from flask_contacts import testing
from tests.host_app import LIMITS_STAFF

Right = tuple[str, str]
#: What it takes to see every customer of this run's host.
VIEW_ALL = ("can_view_all", "Contacts customers")


def add_staff(app: Flask, username: str, *permissions: Right, role: str | None = None) -> int:
    """A staff user with exactly these permissions, or of a role that is there; the id."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        found = sm.find_role(role) if role is not None else sm.add_role(f"Role of {username}")
        for permission, view in permissions:
            pair = sm.find_permission_view_menu(permission, view)
            assert pair is not None, (permission, view)
            sm.add_permission_role(found, pair)
        roles = [found, *_sees_customers(sm)]
        first, email = username.title(), f"{username}@example.com"
        return int(sm.add_user(username, first, "Staff", email, roles, username).id)


def _sees_customers(sm: Any) -> list[Any]:
    """Where the host limits staff by the names of their roles, the one of the usual region."""
    return [sm.add_role("North")] if LIMITS_STAFF else []


def browser_of(app: Flask, username: str) -> FlaskClient:
    """A browser in which that staff user has signed in."""
    client = app.test_client()
    assert testing.staff_sign_in(client, username, username).status_code == 302
    return client


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    """Send a form with the token of that browser."""
    return client.post(url, data={**fields, "csrf_token": token_of(client)})


def token_of(client: FlaskClient) -> str:
    """The token of the browser's session, which the form of the sign-in put there."""
    from flask_wtf.csrf import generate_csrf

    with client.session_transaction() as session:
        raw = session.get("csrf_token")
    with client.application.test_request_context():
        from flask import session as inner

        inner["csrf_token"] = raw
        token: str = generate_csrf()
        return token


def words(html: str) -> str:
    """The words of a page in one line, without those of its scripts and lists of choices."""
    html = re.sub(r"(?s)<script.*?</script>|<datalist.*?</datalist>", " ", html)
    html = html.replace("<wbr>", "")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))
