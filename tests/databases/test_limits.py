"""Limits hold when the requests come at one moment, on every engine."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.errors import SignInRefused, TooManyAttempts
from flask_contacts.models import Mail
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.invitations.set_password import forgot_password
from tests.databases.test_races import together


@pytest.fixture(autouse=True)
def _limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits that ship."""
    monkeypatch.setitem(app.config, "CONTACTS_LINKS_PER_HOUR", 5)
    monkeypatch.setitem(app.config, "CONTACTS_SIGN_IN_FAILURES", 10)


def test_a_burst_of_requests_mails_no_more_than_the_limit(
    app: Flask, session: Session, make_customer: Any, make_contact: Any
) -> None:
    """2.4.1: sixteen at one moment are not more than one after the other."""
    email = make_contact(make_customer()).email
    session.rollback()
    together(app, [lambda own: forgot_password(own, email, None)] * 16)
    asked = select(func.count()).where(Mail.template == "reset_password")
    assert session.scalar(asked) == 5


def test_a_burst_of_guesses_is_judged_no_more_often_than_the_limit(
    app: Flask, session: Session, make_customer: Any, make_contact: Any
) -> None:
    """6.3.1: of sixteen parallel guesses ten are compared, the others are told to wait."""
    email = make_contact(make_customer()).email
    session.rollback()
    guesses = [lambda own: sign_in(own, email, "a guess", None, None)] * 16
    results = together(app, guesses)
    assert sum(isinstance(result, SignInRefused) for result in results) == 10
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 6
