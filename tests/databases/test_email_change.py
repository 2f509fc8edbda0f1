"""A change of address against everything that may happen at the same moment.

Devise confirmed whatever address was pending when the link was used (CVE-2026-32700): who
asked for another at that moment got one confirmed that nobody had mailed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.errors import InvalidInput, LinkUsed, LinkVoid, NotFound
from flask_contacts.models import Contact, Link, Login, Mail
from flask_contacts.services.accounts import email_change
from flask_contacts.services.accounts.sign_in import resolve, sign_in
from flask_contacts.services.contacts import editing as contacts
from flask_contacts.testing import PASSWORD
from tests.databases.test_races import together

Make = Callable[..., Any]
OLD, MAILED, ATTACK, STAFF = (
    f"{name}@example.com" for name in ("old", "mailed", "attack", "staff")
)
ROUNDS = 6


@pytest.fixture(autouse=True)
def _many_links(app: Flask) -> None:
    """These tests are not about the limits."""
    app.config["CONTACTS_LINKS_PER_HOUR"] = app.config["CONTACTS_SIGN_IN_FAILURES"] = 1000


def signed_in(session: Session, email: str) -> str:
    """The token of a new session."""
    return sign_in(session, email, PASSWORD, "127.0.0.1", "a browser").token


def propose(token: str, email: str, own: Session) -> Any:
    """Ask for an address, signed in by ``token``, while that opens anything."""
    visit = resolve(own, token)
    if visit is None:
        raise NotFound("the session has ended")
    return email_change.propose_email(own, visit, email, PASSWORD, "127.0.0.1")


def mailed_link(session: Session, email: str) -> str:
    """The token that the mail to ``email`` carries."""
    is_open = (Link.used_at.is_(None), Link.void_reason.is_(None))
    query = select(Link).where(Link.new_email_key == email, *is_open)
    link = session.scalars(query).one()
    links.start_life(link)
    session.commit()
    return links.sign(link)


def confirm(link: str, own: Session) -> Any:
    """Use a link, with the password."""
    return email_change.confirm_email(own, link, "127.0.0.1", password=PASSWORD)


def change_by_staff(customer_id: Any, contact_id: int, own: Session) -> Any:
    """Staff give the contact another address at the same moment."""
    form = {"firstname": "Ada", "lastname": "Race", "email": STAFF}
    return contacts.edit_contact(own, customer_id, contact_id, form)


def state(session: Session, contact_id: int) -> tuple[str | None, str]:
    """The contact's address and its login's, which are one."""
    session.rollback()
    contact = session.get_one(Contact, contact_id, populate_existing=True)
    login = session.get_one(Login, contact.login_id, populate_existing=True)
    assert contact.email_key == login.email_key
    return contact.email, login.email


def test_no_address_is_confirmed_that_was_not_mailed(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """While a link is used, another address is asked for and staff type a third: what the
    login has in the end is the mailed address, or staff's, or still the old one."""
    for round_ in range(ROUNDS):
        customer_id = make_customer().id
        contact_id = make_contact(customer_id, email=OLD).id
        with app.app_context():
            token = signed_in(session, OLD)
            propose(token, MAILED, session)
            link = mailed_link(session, MAILED)
        jobs: list[Callable[[Session], Any]] = [
            partial(confirm, link),
            partial(propose, token, ATTACK),
            partial(confirm, link),
        ]
        if round_ % 2:
            jobs.append(partial(change_by_staff, customer_id, contact_id))
        confirmed, proposed, again, *_staff = together(app, jobs)
        wins = [one for one in (confirmed, again) if not isinstance(one, Exception)]
        assert len(wins) <= 1
        for lost in (confirmed, proposed, again):
            is_clear = (InvalidInput, LinkUsed, LinkVoid, NotFound)
            assert not isinstance(lost, Exception) or isinstance(lost, is_clear), lost
        expected = STAFF if round_ % 2 else MAILED if wins else OLD
        assert state(session, contact_id) == (expected, expected)
        told = session.scalars(select(Mail.recipient).where(Mail.template == "own_email_changed"))
        assert set(told) <= {OLD, MAILED}
        with app.app_context():
            contacts.edit_contact(
                session,
                customer_id,
                contact_id,
                {"firstname": "A", "lastname": "B", "email": f"done{round_}@example.com"},
            )


def test_an_address_goes_to_one(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Several people confirm the same address at once, while staff give it to a new contact
    of one of the companies: one gets it, the others keep theirs."""
    people = []
    for number in range(4):
        contact = make_contact(make_customer(), email=f"p{number}@example.com")
        with app.app_context():
            token = signed_in(session, contact.email)
            propose(token, MAILED, session)
        people.append((contact.id, contact.customer_id))
    waiting = session.scalars(select(Link).where(Link.new_email_key == MAILED)).all()
    for link in waiting:
        links.start_life(link)
    session.commit()
    with app.app_context():
        tokens = [links.sign(link) for link in waiting]
    raw = {"firstname": "New", "lastname": "One", "email": MAILED, "send_password_mail": True}
    jobs: list[Callable[[Session], Any]] = [partial(confirm, token) for token in tokens]
    jobs.append(lambda own: contacts.create_contact(own, people[0][1], raw))
    *confirmed, _created = together(app, jobs)
    wins = [one for one in confirmed if not isinstance(one, Exception)]
    assert all(one is None or isinstance(one, InvalidInput) for one in confirmed)
    assert len(wins) <= 1
    session.rollback()
    logins = session.scalars(select(Login).where(Login.email_key == MAILED)).all()
    assert len(logins) == 1
    for contact_id, _ in people:
        state(session, contact_id)
