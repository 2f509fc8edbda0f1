"""The language of a portal page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pt-BR,pt;q=0.9", "pt-BR"),
        ("pt", "pt-BR"),
        ("en-GB", "en"),
        ("fr, de;q=0.5", "en"),
        ("", "en"),
        ("*", "en"),
        (";;;q=x", "en"),
    ],
)
def test_a_stranger_gets_the_browsers(client: FlaskClient, header: str, language: str) -> None:
    """Before signing in the browser's wish counts, among the languages that are offered."""
    page = client.get("/portal/sign-in", headers={"Accept-Language": header})
    assert f'<html lang="{language}" dir="ltr"' in page.text


@pytest.mark.parametrize(
    ("own", "language"), [("pt_BR", "pt-BR"), ("en", "en"), ("xx", "en"), (None, "en")]
)
def test_a_contact_gets_the_own(
    session: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    own: str | None,
    language: str,
) -> None:
    """The contact's language wins over the browser's; one that is not offered does not."""
    contact = make_contact(make_customer())
    browser = portal_client(contact)
    row = session.get(type(contact), contact.id)
    row.language = own
    session.commit()
    page = browser.get("/portal/", headers={"Accept-Language": "en"})
    assert f'<html lang="{language}"' in page.text
