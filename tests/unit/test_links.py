"""Signed links: what a token opens, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.errors import LinkExpired, LinkInvalid, LinkUsed, LinkVoid
from flask_contacts.models import Link, Login

pytestmark = pytest.mark.usefixtures("app_context")
START = 1_800_000_000


@pytest.fixture
def login(
    session: Session, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> Login:
    """A login with an active contact."""
    contact = make_contact(make_customer())
    return session.get_one(Login, contact.login_id)


def issued(session: Session, login: Login, purpose: str = links.SET_PASSWORD) -> tuple[Link, str]:
    """A link whose life has started, and its token."""
    link = links.issue(session, login, purpose)
    links.start_life(link)
    session.commit()
    return link, links.sign(link)


def test_it_works_until_its_last_second(session: Session, login: Login) -> None:
    """172,799 seconds after the sending a link opens; 172,801 after it does not (C9)."""
    with time_machine.travel(START, tick=False) as clock:
        link, token = issued(session, login)
        clock.move_to(START + 172_799)
        assert links.find_live(session, links.read_token(token)).uuid == link.uuid
        clock.move_to(START + 172_801)
        with pytest.raises(LinkExpired):
            links.find_live(session, links.read_token(token))


def test_a_forgotten_password_has_an_hour(session: Session, login: Login) -> None:
    """The link for a forgotten password dies after 3,600 seconds (P5)."""
    with time_machine.travel(START, tick=False) as clock:
        _, token = issued(session, login, links.RESET_PASSWORD)
        clock.move_to(START + 3_599)
        links.find_live(session, links.read_token(token))
        clock.move_to(START + 3_600)
        with pytest.raises(LinkExpired):
            links.find_live(session, links.read_token(token))


def test_its_life_counts_from_the_first_sending(session: Session, login: Login) -> None:
    """A mail sent again hours later does not make the link live longer."""
    with time_machine.travel(START, tick=False) as clock:
        link, _ = issued(session, login)
        clock.move_to(START + 100_000)
        links.start_life(link)
        later = links.sign(link)
        clock.move_to(START + 172_801)
        with pytest.raises(LinkExpired):
            links.find_live(session, links.read_token(later))


@pytest.mark.parametrize(("ahead", "works"), [(200, True), (400, False)])
def test_a_clock_that_is_off(session: Session, login: Login, ahead: int, works: bool) -> None:
    """A signature up to five minutes from the future counts as fresh, an older one not."""
    with time_machine.travel(START + ahead, tick=False) as clock:
        _, token = issued(session, login)
        clock.move_to(START)
        if works:
            assert links.read_token(token).age == 0
        else:
            with pytest.raises(LinkInvalid):
                links.read_token(token)


def forged(key: str, salt: str, payload: object) -> str:
    """A token made by somebody else, or for something else."""
    return str(URLSafeTimedSerializer(key, salt=salt).dumps(payload))


def test_nothing_else_opens(app: Flask, session: Session, login: Login) -> None:
    """Cut, altered, empty, of another key, salt or type: all the same error (9.2.1)."""
    _, token = issued(session, login)
    key = str(app.config["SECRET_KEY"])
    salt = f"flask-contacts.link.{links.SET_PASSWORD}"
    attempts = ["", token[:-1], token[1:], token + "a", "a.b.c", "é", "\0", token.replace(".", "")]
    attempts += [forged("another key", salt, "x"), forged(key, "session", "x")]
    for attempt in attempts:
        with pytest.raises(LinkInvalid):
            links.find_live(session, links.read_token(attempt))


@pytest.mark.parametrize("payload", ["", None, 0, [], {}, "00000000-0000-0000-0000-000000000000"])
def test_a_payload_that_names_no_link(session: Session, login: Login, payload: object) -> None:
    """Even with our own signature, only an existing link's uuid opens anything."""
    token = str(links._serializer(links.SET_PASSWORD).dumps(payload))
    with pytest.raises(LinkInvalid):
        links.find_live(session, links.read_token(token))


def test_a_rotated_key_still_opens(app: Flask, session: Session, login: Login) -> None:
    """Links signed with the former key live on while it is listed after the new one."""
    _, token = issued(session, login)
    app.config["CONTACTS_SECRET_KEYS"] = ["new key", app.config["SECRET_KEY"]]
    links.find_live(session, links.read_token(token))
    app.config["CONTACTS_SECRET_KEYS"] = ["new key"]
    with pytest.raises(LinkInvalid):
        links.read_token(token)


def test_a_newer_link_voids_the_older(session: Session, login: Login) -> None:
    """Of two links for the same purpose only the newer works; other purposes stay."""
    _, first = issued(session, login)
    _, reset = issued(session, login, links.RESET_PASSWORD)
    _, second = issued(session, login)
    with pytest.raises(LinkVoid, match="newer_link"):
        links.find_live(session, links.read_token(first))
    links.find_live(session, links.read_token(second))
    links.find_live(session, links.read_token(reset))


def test_it_is_used_once(session: Session, login: Login) -> None:
    """The second to consume a link is told that it was used."""
    link, token = issued(session, login)
    links.consume(session, link)
    session.commit()
    with pytest.raises(LinkUsed):
        links.consume(session, link)
    with pytest.raises(LinkUsed):
        links.find_live(session, links.read_token(token))


def test_reading_changes_nothing(session: Session, login: Login) -> None:
    """A mail scanner may open a link as often as it likes."""
    _, token = issued(session, login)
    for _ in range(3):
        links.find_live(session, links.read_token(token))
    assert not session.dirty
    link = session.scalars(select(Link)).one()
    assert (link.used_at, link.void_reason) == (None, None)
