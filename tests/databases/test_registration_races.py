"""Registrations that meet each other at one moment, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.actors import Actor
from flask_contacts.errors import ContactsError, LinkUsed, LinkVoid
from flask_contacts.models import Contact, Customer, Login, Mail, Registration
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.registration.decision import (
    AlreadyDecided,
    approve_registration,
    refuse_registration,
)
from flask_contacts.services.registration.proof import AccountExists, Proven, prove_registration
from flask_contacts.services.registration.registering import register
from tests.databases.test_races import together
from tests.registrations import SECRET, TYPED, WHO, allow

ROUNDS = 5
CLERKS = (Actor("staff", "Ada Min", staff_id=1), Actor("staff", "Bo Min", staff_id=2))


def counted(session: Session, table: Any) -> int:
    """How many rows there are."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def registered(app: Flask, session: Session, email: str = WHO, **changes: str) -> str:
    """The token of a new registration's link."""
    with app.app_context():
        register(session, {**TYPED, "email": email, **changes}, None, "en")
        query = select(Registration).where(
            Registration.email_key == email, Registration.state == "pending"
        )
        token = links.sign_uuid(links.REGISTER, session.scalars(query).one().link_uuid)
        session.rollback()
        return token


def prove(token: str, own: Session) -> Proven:
    """Use the link with the password."""
    return prove_registration(own, token, SECRET, None)


def approve(key: int, clerk: Actor, own: Session) -> Any:
    """Staff approve it as a new customer."""
    return approve_registration(own, key, clerk)


def refuse(key: int, own: Session) -> Any:
    """Staff refuse it."""
    return refuse_registration(own, key, CLERKS[0], "no")


def post(typed: dict[str, str], own: Session) -> None:
    """Somebody registers."""
    register(own, typed, None, "en")


def create(customer_id: Any, email: str, own: Session) -> Any:
    """Staff create a contact with the address."""
    form = {"firstname": "Mara", "lastname": "Lind", "email": email, "send_password_mail": True}
    return create_contact(own, customer_id, form)


@pytest.fixture
def opened(app: Flask, session: Session) -> None:
    """People may register, and staff approve."""
    with app.app_context():
        allow(session)


@pytest.fixture
def opened_at_once(app: Flask, session: Session) -> None:
    """People may register, and need no approval."""
    with app.app_context():
        allow(session, approval=False)


@pytest.mark.usefixtures("opened")
def test_one_pending_registration_of_an_address(app: Flask, session: Session) -> None:
    """Many post the same address at once, in several spellings: there is one row, and its
    text and its password are of one posting."""
    for round_ in range(ROUNDS):
        typed = [
            {**TYPED, "company": f"Company {number}", "lastname": f"Number {number}"}
            for number in range(8)
        ]
        spellings = [{**form, "email": WHO.upper()} for form in typed[:4]] + typed[4:]
        jobs: list[Callable[[Session], Any]] = [partial(post, form) for form in spellings]
        results = together(app, jobs)
        assert results == [None] * 8
        assert counted(session, Registration) == 1
        row = session.scalars(select(Registration)).one()
        assert row.company.rpartition(" ")[2] == row.lastname.rpartition(" ")[2]
        assert counted(session, Mail) == 8 * (round_ + 1)


@pytest.mark.usefixtures("opened_at_once")
def test_a_link_used_many_times_at_once_makes_one_customer(app: Flask, session: Session) -> None:
    """One wins; the others read that it was used."""
    for round_ in range(ROUNDS):
        token = registered(app, session, f"p{round_}@example.com")
        results = together(app, [partial(prove, token)] * 8)
        assert sum(isinstance(one, Proven) for one in results) == 1
        lost = [one for one in results if not isinstance(one, Proven)]
        assert all(isinstance(one, LinkUsed) for one in lost), lost
        for table in (Customer, Contact, Login):
            assert counted(session, table) == round_ + 1


@pytest.mark.usefixtures("opened")
def test_two_staff_decide_at_once(app: Flask, session: Session) -> None:
    """Approved twice and refused at the same moment: one customer, or none; one answer."""
    for round_ in range(ROUNDS):
        token = registered(app, session, f"p{round_}@example.com")
        with app.app_context():
            key = prove(token, session).registration_id
            session.rollback()
        before = counted(session, Customer)
        jobs: list[Callable[[Session], Any]] = [
            *(partial(approve, key, clerk) for clerk in CLERKS * 2),
            partial(refuse, key),
        ]
        results = together(app, jobs)
        lost = [one for one in results if isinstance(one, ContactsError)]
        assert len(lost) == len(jobs) - 1
        assert all(isinstance(one, AlreadyDecided) for one in lost), lost
        session.rollback()
        state = session.get_one(Registration, key, populate_existing=True).state
        assert counted(session, Customer) == before + (state == "approved")


@pytest.mark.usefixtures("opened_at_once")
def test_the_address_becomes_a_contacts_meanwhile(
    app: Flask, session: Session, make_customer: Any
) -> None:
    """Staff create a contact with the address while its link is used: one login in the end,
    and the person is a contact of both customers or of staff's alone."""
    for round_ in range(ROUNDS):
        email = f"p{round_}@example.com"
        token, customer_id = registered(app, session, email), make_customer().id
        session.rollback()
        proven, created = together(
            app,
            [partial(prove, token), partial(create, customer_id, email)],
        )
        assert isinstance(proven, (Proven, AccountExists)), proven
        assert not isinstance(created, ContactsError), created
        session.rollback()
        logins = session.scalars(select(Login).where(Login.email_key == email)).all()
        contacts = session.scalars(select(Contact).where(Contact.email_key == email)).all()
        assert len(logins) == 1
        assert {contact.login_id for contact in contacts} == {logins[0].id}
        assert len(contacts) == 1 + isinstance(proven, Proven)


@pytest.mark.usefixtures("opened")
def test_a_second_proof_meets_the_approval_of_the_first(app: Flask, session: Session) -> None:
    """What waits is replaced or approved, never both: one contact at most, one open row at most."""
    for round_ in range(ROUNDS):
        email = f"p{round_}@example.com"
        with app.app_context():
            key = prove(registered(app, session, email), session).registration_id
            session.rollback()
        token = registered(app, session, email, company="Another")
        proven, approved = together(
            app,
            [partial(prove, token), partial(approve, key, CLERKS[0])],
        )
        session.rollback()
        rows = session.scalars(select(Registration).where(Registration.email_key == email)).all()
        states = sorted(row.state for row in rows)
        if isinstance(approved, ContactsError):
            assert isinstance(proven, Proven)
            assert states == ["waiting"]
        else:
            assert isinstance(proven, AccountExists), proven
            assert states == ["approved"]


@pytest.mark.usefixtures("opened")
def test_something_else_is_typed_while_the_link_is_used(app: Flask, session: Session) -> None:
    """The link proves what it was mailed for, or nothing."""
    for round_ in range(ROUNDS):
        email = f"p{round_}@example.com"
        token = registered(app, session, email)
        other = {**TYPED, "email": email, "company": "Another", "password": f"another {SECRET}"}
        proven, _posted = together(app, [partial(prove, token), partial(post, other)])
        session.rollback()
        rows = session.scalars(select(Registration).where(Registration.email_key == email)).all()
        found = {row.state: row.company for row in rows}
        if isinstance(proven, Proven):
            assert found == {"waiting": "Aurora Coffee", "pending": "Another"}
        else:
            assert isinstance(proven, (LinkUsed, LinkVoid)), proven
            assert found == {"pending": "Another"}
