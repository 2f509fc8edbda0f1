"""Registering: what the services do beyond what the pages show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import RegistrationValues, links
from flask_contacts.actors import Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import (
    ConfigError,
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    LinkVoid,
    NotFound,
)
from flask_contacts.models import Activity, Contact, Login, Mail, Registration
from flask_contacts.services import limits
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.registration.decision import approve_registration, refuse_registration
from flask_contacts.services.registration.proof import (
    AccountExists,
    prove_registration,
    read_registration_link,
)
from flask_contacts.services.registration.registering import (
    RegistrationClosed,
    ask_for_new_registration_link,
    register,
)
from flask_contacts.testing import RecordingSmtp
from tests.host_app import new_customer
from tests.registrations import SECRET, TYPED, WHO, allow, proof_link, token_of

pytestmark = pytest.mark.usefixtures("app_context")
Drain = Callable[[], None]
STAFF = Actor("staff", "Ada Min", staff_id=1)


@pytest.fixture
def mailed(session: Session, smtp: RecordingSmtp, drain: Drain) -> Callable[..., str]:
    """``mailed(**changes)`` registers and gives the token that was mailed."""

    def run(**changes: object) -> str:
        register(session, {**TYPED, **changes}, "10.0.0.1", "en")
        drain()
        return token_of(proof_link(smtp))

    return run


def test_nothing_while_it_is_closed(session: Session) -> None:
    """Whoever calls the service past the page."""
    with pytest.raises(RegistrationClosed):
        register(session, TYPED, None, "en")
    assert session.scalars(select(Registration)).all() == []


@pytest.mark.parametrize("wrong", [None, 5, ["x"], True, {"a": 1}, b"bytes"])
@pytest.mark.parametrize("field", ["company", "firstname", "lastname", "email", "password"])
def test_what_is_no_text(session: Session, field: str, wrong: object) -> None:
    """2.2.2: refused at its field through any door, never a fault."""
    allow(session)
    with pytest.raises(InvalidInput) as caught:
        register(session, {**TYPED, field: wrong}, None, "en")
    assert field in caught.value.errors


def test_the_hook_gets_what_was_typed(
    app: Flask, session: Session, mailed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked and proven; what it returns is stored and is the contact's customer."""
    got: list[RegistrationValues] = []

    def make(values: RegistrationValues) -> Any:
        got.append(values)
        return new_customer(f"{values.company} (new)")

    monkeypatch.setattr(app.extensions["contacts"].registry, "register_customer", make)
    allow(session, approval=False)
    token = mailed(email=" Mara@Aurora.example ", phone="")
    prove_registration(session, token, SECRET, None)
    assert got == [
        RegistrationValues("Aurora Coffee", "Mara", "Lind", "Mara@Aurora.example", None, "en")
    ]
    contact = session.scalars(select(Contact)).one()
    assert str(contact.customer) == "Aurora Coffee (new)"
    assert (contact.email, contact.email_key) == ("Mara@Aurora.example", WHO)


@pytest.mark.parametrize(
    "fault", [RuntimeError("no"), KeyError("region"), ValueError("no"), None], ids=repr
)
def test_a_hook_that_fails(
    app: Flask,
    session: Session,
    mailed: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception | None,
) -> None:
    """Whatever the host's function raises, or where it gives no customer: the registration
    waits for staff, who are mailed; the log says why."""

    def make(_values: RegistrationValues) -> Any:
        if fault is not None:
            raise fault

    monkeypatch.setattr(app.extensions["contacts"].registry, "register_customer", make)
    allow(session, approval=False, notices="clerk@host.example")
    assert prove_registration(session, mailed(), SECRET, None).contact_id is None
    assert session.scalars(select(Registration.state)).one() == "waiting"
    assert session.scalars(select(Contact)).all() == []
    told = select(Mail.recipient).where(Mail.template == "registration_notice")
    assert session.scalars(told).all() == ["clerk@host.example"]
    assert "it waits for staff" in caplog.text


@pytest.mark.parametrize("field", ["company", "firstname", "lastname"])
@pytest.mark.parametrize(
    "typed", ["Win: https://evil.example/x", "See www.evil.example", "a.com/x"]
)
def test_no_web_address_in_a_name(session: Session, field: str, typed: str) -> None:
    """Names go out in mail to others under our letterhead."""
    allow(session)
    with pytest.raises(InvalidInput) as caught:
        register(session, {**TYPED, field: typed}, None, "en")
    assert list(caught.value.errors) == [field]


def test_a_company_called_after_its_site(session: Session) -> None:
    """It may register; a person is not called so."""
    allow(session)
    register(session, {**TYPED, "company": "Booking.com", "firstname": "St.John"}, None, "en")
    with pytest.raises(InvalidInput) as caught:
        register(session, {**TYPED, "firstname": "booking.com"}, None, "en")
    assert list(caught.value.errors) == ["firstname"]


def test_registering_somebody_else_takes_no_link_of_theirs(app: Flask, session: Session) -> None:
    """Who posts an address five times does not keep its holder from a new password."""
    allow(session)
    for _ in range(app.config["CONTACTS_LINKS_PER_HOUR"]):
        register(session, dict(TYPED), None, "en")
    assert limits.take_link_slot(session, WHO)
    assert not limits.take_registration_slot(session, WHO)


def test_a_hook_that_gives_something_else(
    app: Flask, session: Session, mailed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """C082 to who approves, and the registration waits as before."""
    monkeypatch.setattr(
        app.extensions["contacts"].registry, "register_customer", lambda values: values
    )
    allow(session)
    registration_id = prove_registration(session, mailed(), SECRET, None).registration_id
    with pytest.raises(ConfigError) as caught:
        approve_registration(session, registration_id, STAFF)
    assert caught.value.code == "contacts.C082"
    assert session.scalars(select(Registration.state)).one() == "waiting"


def test_a_registration_can_be_proven_by_nothing_else(
    session: Session, mailed: Callable[..., str]
) -> None:
    """9.2: another purpose, another key's signature, a uuid that is none."""
    allow(session)
    mailed()
    row = session.scalars(select(Registration)).one()
    for purpose in links.PURPOSES:
        with pytest.raises(LinkInvalid):
            read_registration_link(session, links.sign_uuid(purpose, row.link_uuid))
    with pytest.raises(LinkVoid):
        read_registration_link(session, links.sign_uuid(links.REGISTER, "no such row"))
    for payload in ("", None, 0, ["x"]):
        token = links._serializer(links.REGISTER).dumps(payload)
        with pytest.raises((LinkInvalid, LinkVoid)):
            read_registration_link(session, token)
        ask_for_new_registration_link(session, token)


def test_an_old_signature_of_what_is_gone_has_expired(
    session: Session, mailed: Callable[..., str]
) -> None:
    """The page can say so although the row was purged; asking for a new one does nothing."""
    allow(session)
    token = mailed()
    session.delete(session.scalars(select(Registration)).one())
    session.commit()
    with pytest.raises(LinkVoid):
        read_registration_link(session, token)
    with time_machine.travel(utc_now().timestamp() + links.REGISTER_SECONDS + 2):
        with pytest.raises(LinkExpired):
            read_registration_link(session, token)
        ask_for_new_registration_link(session, token)
    assert len(session.scalars(select(Mail)).all()) == 1


def test_new_links_are_limited(
    app: Flask, session: Session, mailed: Callable[..., str], smtp: RecordingSmtp, drain: Drain
) -> None:
    """2.4.1: from the dead link's page too; each is the only one that works."""
    allow(session)
    token = mailed()
    for _ in range(20):
        ask_for_new_registration_link(session, token)
        drain()
        token = token_of(proof_link(smtp))
    assert len(smtp.to(WHO)) == app.config["CONTACTS_LINKS_PER_HOUR"]
    assert read_registration_link(session, token).email == WHO


def test_the_account_is_looked_for_when_it_counts(
    session: Session, mailed: Callable[..., str], make_customer: Any, make_contact: Any
) -> None:
    """An account that has come and gone again is none."""
    allow(session, approval=False)
    token = mailed()
    contact = make_contact(make_customer(), email=WHO)
    with pytest.raises(AccountExists):
        prove_registration(session, token, SECRET, None)
    deactivate_contact(session, contact.customer_id, contact.id)
    prove_registration(session, mailed(), SECRET, None)
    assert session.scalars(select(Login)).one().held


def test_anonymising_leaves_no_name_of_who_registered(
    session: Session, mailed: Callable[..., str]
) -> None:
    """The person is the actor of the own registration, and goes with the rest; what staff were
    told of it is forgotten as well, sent or not."""
    allow(session, approval=False, notices="sales@host.example")
    proven = prove_registration(session, mailed(), SECRET, "10.0.0.1")
    assert proven.contact_id is not None
    contact = session.get_one(Contact, proven.contact_id)
    customer_id, contact_id = contact.customer_id, contact.id
    verbs = session.execute(select(Activity.verb, Activity.actor_name, Activity.address)).all()
    assert ("registered", "Mara Lind", "10.0.0.1") in [tuple(row) for row in verbs]
    archive_contact(session, customer_id, contact_id)
    anonymise_contact(session, customer_id, contact_id)
    kept = session.execute(select(Activity.actor_name, Activity.address)).all()
    assert "Mara" not in str(kept)
    assert "10.0.0.1" not in str(kept)
    columns = (Mail.recipient, Mail.subject, Mail.message, Mail.parameters, Mail.state)
    mails = session.execute(select(*columns)).all()
    assert "sales@host.example" in str(mails)
    for personal in ("Mara", "Lind", "Aurora", WHO):
        assert personal not in str(mails)


def test_deciding_what_is_not_there(session: Session) -> None:
    """An unknown id raises, and makes nothing."""
    for decide in (approve_registration, refuse_registration):
        with pytest.raises(NotFound):
            decide(session, 77, STAFF)


def test_attaching_to_a_customer_that_is_gone(session: Session, mailed: Callable[..., str]) -> None:
    """It waits as before."""
    allow(session)
    key = prove_registration(session, mailed(), SECRET, None).registration_id
    for customer_id in (2**40, "no such key", None.__class__):
        with pytest.raises(NotFound):
            approve_registration(session, key, STAFF, customer_id=customer_id)
    assert session.get_one(Registration, key, populate_existing=True).state == "waiting"
