"""What staff choose about registering."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from flask_contacts import Contacts
from flask_contacts.errors import ConfigError, InvalidInput
from flask_contacts.models.binding import bound_customer
from flask_contacts.services.registration.settings import (
    is_open,
    notified_addresses,
    registration_rules,
    warn_where_closed,
)
from flask_contacts.services.settings import current_settings, save_settings

pytestmark = pytest.mark.usefixtures("app_context")


def test_until_staff_choose(session: Session) -> None:
    """Off, with approval, and nobody is told."""
    assert not is_open(session)
    assert registration_rules(session) == {"approval"}
    assert notified_addresses(session) == []


def test_what_is_left_out_stays(session: Session) -> None:
    """Each field is saved apart; the page shows what is kept."""
    save_settings(session, {"registration": ["allowed", "approval"]})
    save_settings(
        session, {"registration_notices": " A@Example.com; b@example.com,,a@example.com "}
    )
    save_settings(session, {"permissions": ["invoices"]})
    assert is_open(session)
    assert notified_addresses(session) == ["a@example.com", "b@example.com"]
    shown = current_settings(session)
    assert shown["registration"] == ["allowed", "approval"]
    assert shown["registration_notices"] == "a@example.com, b@example.com"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registration", ["everybody"]),
        ("registration_notices", "a@example.com, nobody"),
        ("registration_notices", "a@exa\nmple.com"),
        ("registration_notices", ", ".join(f"a{number}@example.com" for number in range(21))),
        ("registration_notices", ["a@example.com"]),
        ("registration_notices", None),
    ],
)
def test_what_cannot_be_chosen(session: Session, field: str, value: Any) -> None:
    """Refused at its field, and nothing else of the form is saved either."""
    with pytest.raises(InvalidInput) as caught:
        save_settings(session, {"registration": ["allowed"], field: value})
    assert list(caught.value.errors) == [field]
    assert not is_open(session)


def test_a_host_without_its_function(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Customers of its own and no register_customer: refused at the field, closed where it was
    allowed before, and said at start (C081). The package's customers need none."""
    save_settings(session, {"registration": ["allowed"]})
    monkeypatch.setattr(app.extensions["contacts"].registry, "register_customer", None)
    with caplog.at_level(logging.WARNING):
        warn_where_closed(session)
    if bound_customer() is None:
        assert is_open(session)
        assert "C081" not in caplog.text
        return
    assert not is_open(session)
    assert "contacts.C081" in caplog.text
    with pytest.raises(InvalidInput) as caught:
        save_settings(session, {"registration": ["allowed"]})
    assert "register_customer=" in str(caught.value.errors["registration"][0])


def test_the_function_can_be_called() -> None:
    """C080, where the Contacts object is made."""
    with pytest.raises(ConfigError) as caught:
        Contacts(register_customer="Company")  # type: ignore[arg-type]
    assert caught.value.code == "contacts.C080"
