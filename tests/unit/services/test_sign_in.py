"""Signing in, sessions, forgotten passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput, LinkUsed, SignInRefused, TooManyAttempts
from flask_contacts.models import Base, Link, Login, Mail, PortalSession
from flask_contacts.services.accounts import passwords
from flask_contacts.services.accounts.sign_in import resolve, sign_in, sign_out
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.invitations.set_password import (
    ask_for_new_link,
    forgot_password,
    read_password_link,
    set_password,
)
from flask_contacts.testing import PASSWORD, RecordingSmtp, links_in

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> Any:
    """A contact whose password is PASSWORD."""
    return make_contact(make_customer(), email="mara@example.com")


def token_in(smtp: RecordingSmtp, address: str = "mara@example.com") -> str:
    """The token of the last mailed link."""
    return links_in(smtp.to(address)[-1])[0].rsplit("/", 1)[1]


def attempt(session: Session, email: str, password: str) -> bool:
    """Whether these open the portal."""
    try:
        sign_in(session, email, password, "127.0.0.1", "a browser")
    except SignInRefused:
        return False
    return True


def test_a_session_is_a_row_and_ends(session: Session, contact: Any) -> None:
    """The token opens until signed out, and never again (7.2.4, 7.4.1)."""
    first = sign_in(session, "Mara@Example.com", PASSWORD, "10.0.0.1", "UA\r\nx")
    second = sign_in(session, "mara@example.com", PASSWORD, None, None)
    assert first.token != second.token
    visit = resolve(session, first.token)
    assert visit is not None
    assert visit.contact.id == contact.id
    assert first.token not in session.scalars(select(PortalSession.token_hash)).all()
    sign_out(session, first.token)
    assert resolve(session, first.token) is None
    assert resolve(session, second.token) is not None
    for junk in ("", "x", "\0", "\ud800"):
        assert resolve(session, junk) is None


def test_what_does_not_open(session: Session, contact: Any, monkeypatch: Any) -> None:
    """Known, unknown, password-less and inactive are refused alike: one hash each, one row."""
    verified: list[bool] = []
    genuine = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *args: verified.append(True) or genuine(*args))
    create_contact(
        session,
        contact.customer_id,
        {"firstname": "No", "lastname": "Password", "email": "none@example.com",
         "send_password_mail": True},
    )  # fmt: skip
    for email, password in (
        ("mara@example.com", "wrong"), ("unknown@example.com", PASSWORD),
        ("none@example.com", ""), ("none@example.com", PASSWORD), ("no address", PASSWORD),
        ("mara@example.com", PASSWORD + "\0"), ("mara@example.com", "x" * 5000),
    ):  # fmt: skip
        verified.clear()
        before = database(session)
        assert not attempt(session, email, password)
        after = database(session)
        assert verified == [True]
        assert {name for name in after if after[name] != before[name]} == {
            "contacts_sign_in_attempt"
        }


def database(session: Session) -> dict[str, int]:
    """Rows in each of our tables."""
    session.expire_all()
    tables = [table for table in Base.metadata.sorted_tables if table.name.startswith("contacts_")]
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
    }


def test_too_many_failures_wait_and_open_again(app: Flask, session: Session, contact: Any) -> None:
    """Ten failures within the window, for known and unknown alike; nobody for good (6.3.1)."""
    for email in ("mara@example.com", "unknown@example.com"):
        for _ in range(10):
            assert not attempt(session, email, "wrong")
        with pytest.raises(TooManyAttempts) as caught:
            attempt(session, email, PASSWORD)
        assert 0 < caught.value.retry_after <= 901
    with time_machine.travel(utc_now().timestamp() + 901):
        assert attempt(session, "mara@example.com", PASSWORD)


def test_too_many_requests_from_one_network_address(app: Flask, session: Session) -> None:
    """The address is limited whoever is asked for."""
    app.config["CONTACTS_REQUESTS_PER_ADDRESS"] = "3 per minute"
    for number in range(3):
        with pytest.raises(SignInRefused):
            sign_in(session, f"a{number}@example.com", "x", "203.0.113.9", None)
    with pytest.raises(TooManyAttempts):
        forgot_password(session, "a@example.com", "203.0.113.9")


def test_sessions_time_out_on_the_server(app: Flask, session: Session, contact: Any) -> None:
    """Idle and absolute time-outs (7.3.1, 7.3.2)."""
    start = utc_now().timestamp()
    token = sign_in(session, "mara@example.com", PASSWORD, None, None).token
    idle = app.config["CONTACTS_SESSION_IDLE_SECONDS"]
    with time_machine.travel(start + idle - 60):
        assert resolve(session, token) is not None
    with time_machine.travel(start + 2 * idle):
        assert resolve(session, token) is None
    with time_machine.travel(start + app.config["CONTACTS_SESSION_SECONDS"] + 1):
        session.scalars(select(PortalSession)).one().last_seen_at = utc_now()
        session.commit()
        assert resolve(session, token) is None


def test_deactivation_ends_it_at_the_next_request(session: Session, contact: Any) -> None:
    """P7, and the person cannot sign in any more."""
    token = sign_in(session, "mara@example.com", PASSWORD, None, None).token
    deactivate_contact(session, contact.customer_id, contact.id)
    assert resolve(session, token) is None
    assert not attempt(session, "mara@example.com", PASSWORD)


def test_another_active_contact_keeps_its_session(
    session: Session, contact: Any, make_customer: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """P7: a person with another active contact goes on as that one."""
    other = make_customer()
    create_contact(
        session, other.id,
        {"firstname": "M", "lastname": "N", "email": "mara@example.com",
         "send_password_mail": True},
    )  # fmt: skip
    drain()
    set_password(session, token_in(smtp), "the holder's own words", "the holder's own words")
    token = sign_in(session, "mara@example.com", "the holder's own words", None, None).token
    visit = resolve(session, token)
    assert visit is not None
    leaving = visit.contact
    deactivate_contact(session, leaving.customer_id, leaving.id)
    visit = resolve(session, token)
    assert visit is not None
    assert visit.contact.id != leaving.id


def test_the_link_sets_the_password_once(
    session: Session, contact: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """C9: proven, other sessions ended, a notice mailed, the link used."""
    before = sign_in(session, "mara@example.com", PASSWORD, "127.0.0.1", "a browser").token
    forgot_password(session, " MARA@example.com", None)
    drain()
    token = token_in(smtp)
    assert read_password_link(session, token).email == "mara@example.com"
    for password, confirm, field in (
        ("short", "short", "password"),
        ("the holder's own words", "the holder's other words", "confirm"),
    ):
        with pytest.raises(InvalidInput) as caught:
            set_password(session, token, password, confirm)
        assert list(caught.value.errors) == [field]
    set_password(session, token, "the holder's own words", "the holder's own words")
    with pytest.raises(LinkUsed):
        set_password(session, token, "somebody else's words", "somebody else's words")
    assert resolve(session, before) is None
    assert attempt(session, "mara@example.com", "the holder's own words")
    assert session.scalars(select(Login.proven_at)).one() is not None
    drain()
    assert smtp.to("mara@example.com")[-1]["Subject"] == "Your password was changed"


def test_forgotten_passwords_write_the_same_for_everybody(
    session: Session, contact: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """6.3.8: the same rows for a known and an unknown address; the unknown is forgotten."""
    changes = []
    for email in ("mara@example.com", "unknown@example.com"):
        before = database(session)
        forgot_password(session, email, None)
        after = database(session)
        changes.append({name: after[name] - before[name] for name in after})
    assert changes[0] == changes[1]
    drain()
    assert [len(smtp.to(a)) for a in ("mara@example.com", "unknown@example.com")] == [1, 0]
    assert "unknown@example.com" not in session.scalars(select(Mail.recipient)).all()


def test_a_live_invitation_is_sent_again(
    session: Session, contact: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """C9: a forgotten password never voids an invitation: the same link goes out again."""
    create_contact(
        session, contact.customer_id,
        {"firstname": "In", "lastname": "Vited", "email": "in@example.com",
         "send_password_mail": True, "no_welcome_mail": True},
    )  # fmt: skip
    drain()
    invitation = token_in(smtp, "in@example.com")
    forgot_password(session, "in@example.com", None)
    drain()
    again = token_in(smtp, "in@example.com")
    assert read_password_link(session, invitation).uuid == read_password_link(session, again).uuid
    assert len(session.scalars(select(Link)).all()) == 1


def test_a_thousand_requests_mail_no_more_than_the_limit(
    app: Flask, session: Session, contact: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """2.4.1: an address is mailed CONTACTS_LINKS_PER_HOUR links at most, silently."""
    for _ in range(1_000):
        forgot_password(session, "mara@example.com", None)
    drain()
    assert len(smtp.to("mara@example.com")) == app.config["CONTACTS_LINKS_PER_HOUR"]


def test_a_dead_link_brings_a_new_one_of_its_kind(
    session: Session, contact: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """C9: from its page, capped within the hour, silent for what we never signed."""
    forgot_password(session, "mara@example.com", None)
    drain()
    token = token_in(smtp)
    set_password(session, token, "the holder's own words", "the holder's own words")
    ask_for_new_link(session, "junk")
    ask_for_new_link(session, token)
    drain()
    fresh = token_in(smtp)
    assert read_password_link(session, fresh).uuid != token
    assert read_password_link(session, fresh).purpose == "reset_password"
    for _ in range(20):
        ask_for_new_link(session, token)
    drain()
    assert read_password_link(session, fresh), "the live one is sent again, never made void"
    assert len(smtp.to("mara@example.com")) <= 7, "five links in an hour and two notices"


@pytest.mark.usefixtures("real_hashes")
def test_a_hash_of_weaker_parameters_is_made_anew(session: Session, contact: Any) -> None:
    """11.4.2: at the next sign-in, without anybody noticing."""
    from argon2 import PasswordHasher

    login = session.scalars(select(Login)).one()
    login.password_hash = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    session.commit()
    assert attempt(session, "mara@example.com", PASSWORD)
    session.refresh(login)
    assert not passwords.needs_rehash(login.password_hash or "")
    assert attempt(session, "mara@example.com", PASSWORD)
