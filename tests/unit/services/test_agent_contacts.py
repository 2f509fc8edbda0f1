"""Contacts without a customer, and what the agent interface's form leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.models import Activity, Contact, Login, Mail
from flask_contacts.services.agent.contacts import (
    create_agent_contact,
    edit_agent_contact,
    form_values,
    values_of_person,
)
from flask_contacts.services.contacts.archive import (
    anonymise_contact,
    archive_contact,
    restore_contact,
)
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.contacts.states import (
    deactivate_contact,
    delete_contact,
    reactivate_contact,
)
from flask_contacts.testing import PASSWORD

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=7)
LEE = {"firstname": "Lee", "lastname": "Dao", "is_user": False}

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


def verbs(session: Session, contact_id: int) -> list[str]:
    """What happened to a contact, the first first."""
    query = select(Activity.verb).where(Activity.contact_id == contact_id).order_by(Activity.id)
    return list(session.scalars(query))


def test_a_life_without_a_customer(session: Session) -> None:
    """Every change of state works; nobody becomes primary of nothing."""
    contact = create_agent_contact(session, None, LEE, STAFF).contact
    key = contact.id
    assert (contact.customer_id, contact.is_primary, contact.primary_of) == (None, False, None)
    assert contact.created_by_id == 7
    other = create_agent_contact(session, None, {**LEE, "firstname": "Li"}, STAFF)
    assert other.promoted is None
    for work in (deactivate_contact, reactivate_contact, archive_contact, restore_contact,
                 archive_contact, anonymise_contact, delete_contact):  # fmt: skip
        saved = work(session, None, key, actor=STAFF)
        assert (saved.promoted, saved.demoted) == (None, None)
    assert session.get(Contact, key) is None


def test_a_customers_contact_is_not_found_without_it(session: Session, customer: Any) -> None:
    """None as the customer finds contacts without one, and no others; the other way round too."""
    mine = create_agent_contact(session, customer.id, LEE).contact.id
    loose = create_agent_contact(session, None, LEE).contact.id
    for key, pk in ((None, mine), (customer.id, loose)):
        with pytest.raises(NotFound):
            edit_agent_contact(session, key, pk, LEE)
        with pytest.raises(NotFound):
            delete_contact(session, key, pk)


def test_an_address_is_there_once(session: Session, customer: Any) -> None:
    """Among the contacts without a customer (C6); at a customer it is free."""
    raw = {**LEE, "email": "lee@example.com"}
    create_agent_contact(session, None, raw)
    with pytest.raises(InvalidInput) as caught:
        create_agent_contact(session, None, {**raw, "email": "LEE@example.com"})
    assert list(caught.value.errors) == ["email"]
    assert create_agent_contact(session, customer.id, raw).contact.email_key == "lee@example.com"


def test_the_link_is_sent_by_itself(session: Session) -> None:
    """Who gets a login by the form is mailed the link and no password is asked for (S4, C7)."""
    raw = {**LEE, "email": "lee@example.com", "is_user": True}
    saved = create_agent_contact(session, None, raw)
    assert set(saved.mails) == {"welcome", "set_password"}
    assert saved.contact.permission_names == saved.contact.topic_names == frozenset()
    later = create_agent_contact(session, None, {**LEE, "email": "li@example.com"}).contact
    raw["email"] = "li@example.com"
    assert edit_agent_contact(session, None, later.id, raw).mails == ("set_password",)
    assert edit_agent_contact(session, None, later.id, raw).mails == ()


def test_joining_a_customer(session: Session, customer: Any) -> None:
    """The contact comes with all that was typed, primary where it is the first; once."""
    contact = create_agent_contact(session, None, {**LEE, "email": "lee@example.com"}).contact
    raw = {**LEE, "email": "lee@example.com", "position": "Buyer"}
    saved = edit_agent_contact(session, None, contact.id, raw, STAFF, joins=customer.id)
    assert saved.promoted is not None
    assert (saved.contact.customer_id, saved.contact.position) == (customer.id, "Buyer")
    assert verbs(session, contact.id) == ["created", "edited", "moved", "made_primary"]
    with pytest.raises(NotFound):
        edit_agent_contact(session, None, contact.id, raw, STAFF, joins=customer.id)
    with pytest.raises(NotFound):
        edit_agent_contact(session, customer.id, contact.id, raw, STAFF, joins=customer.id)


def test_a_company_is_told_of_when_there_is_one(
    session: Session, customer: Any, make_contact: Make, make_customer: Make
) -> None:
    """C6: a contact without a customer who joins a login has no company to be told of; the person
    is told when the contact comes to one, and not where the login is this contact's alone."""
    make_contact(customer, email="lee@example.com")
    raw = {**LEE, "email": "lee@example.com", "is_user": True, "no_welcome_mail": True}
    joined = create_agent_contact(session, None, raw)
    assert joined.joined_login
    assert "company_added" not in joined.mails
    came = edit_agent_contact(session, None, joined.contact.id, raw, joins=make_customer().id)
    assert "company_added" in came.mails
    raw["email"] = "alone@example.com"
    alone = create_agent_contact(session, None, {**raw, "send_password_mail": True}).contact
    came = edit_agent_contact(session, None, alone.id, raw, joins=make_customer().id)
    assert "company_added" not in came.mails


@pytest.mark.parametrize("key", [999, "abc", 1.5, True, ""])
def test_joining_nothing(session: Session, customer: Any, key: Any) -> None:
    """An unknown customer is NotFound, and the contact stays as it was."""
    contact = create_agent_contact(session, None, LEE).contact
    raw = {**LEE, "position": "Buyer"}
    with pytest.raises(NotFound):
        edit_agent_contact(session, None, contact.id, raw, STAFF, joins=key)
    session.refresh(contact)
    assert (contact.customer_id, contact.position) == (None, None)


def test_joining_where_the_address_is_taken(
    session: Session, customer: Any, make_contact: Make
) -> None:
    """It is refused at the field; with another address it works."""
    make_contact(customer, email="lee@example.com")
    contact = create_agent_contact(session, None, {**LEE, "email": "lee@example.com"}).contact
    raw = {**LEE, "email": "lee@example.com"}
    with pytest.raises(InvalidInput) as caught:
        edit_agent_contact(session, None, contact.id, raw, joins=customer.id)
    assert list(caught.value.errors) == ["email"]
    raw["email"] = "dao@example.com"
    saved = edit_agent_contact(session, None, contact.id, raw, joins=customer.id)
    assert saved.contact.customer_id == customer.id


def test_joining_erases_a_password_of_staff(session: Session, customer: Any) -> None:
    """As a move does: who set it must not get in where others look after the contact (C7)."""
    raw = {**LEE, "email": "lee@example.com", "is_user": True, "password": PASSWORD}
    contact = create_contact(session, None, raw).contact
    raw.pop("password")
    saved = edit_agent_contact(session, None, contact.id, raw, joins=customer.id)
    assert saved.password_erased
    assert "set_password" in saved.mails
    assert session.get_one(Login, saved.contact.login_id).password_hash is None


def test_the_manager_by_its_key(session: Session, customer: Any, make_customer: Make) -> None:
    """A contact of the same customer, or of none as well; nobody else, and not itself."""
    boss = create_agent_contact(session, customer.id, {**LEE, "firstname": "Boss"}).contact.id
    far = create_agent_contact(session, make_customer().id, LEE).contact.id
    loose = create_agent_contact(session, None, LEE).contact.id
    contact = create_agent_contact(session, customer.id, {**LEE, "manager_id": boss}).contact
    assert contact.manager_id == boss
    for wrong in (far, loose, contact.id, 0, -1, 2**40, 999):
        with pytest.raises(InvalidInput) as caught:
            edit_agent_contact(session, customer.id, contact.id, {**LEE, "manager_id": wrong})
        assert list(caught.value.errors) == ["manager"]
    with pytest.raises(InvalidInput) as caught:
        edit_agent_contact(session, customer.id, contact.id, {**LEE, "manager_id": True})
    assert list(caught.value.errors) == ["manager_id"]
    mine = create_agent_contact(session, None, {**LEE, "manager_id": loose}).contact
    assert mine.manager_id == loose


def test_an_archived_manager_stays(session: Session, customer: Any) -> None:
    """Whoever edits a note does not lose the manager who was archived since; others cannot get
    one."""
    boss = create_agent_contact(session, customer.id, {**LEE, "firstname": "Boss"}).contact.id
    raw = {**LEE, "manager_id": boss}
    contact = create_agent_contact(session, customer.id, raw).contact
    archive_contact(session, customer.id, boss, contact.id)
    saved = edit_agent_contact(session, customer.id, contact.id, {**raw, "notes": "x"})
    assert saved.contact.manager_id == boss
    with pytest.raises(InvalidInput):
        create_agent_contact(session, customer.id, raw)


def test_form_values_save_the_same(session: Session, customer: Any) -> None:
    """What the form opens with is what saving it writes: nothing changes, nothing is noted."""
    raw = {
        **LEE, "email": "Lee@example.com", "birthday": "1990-01-31", "notes": "a\nb",
        "phone": "+1 212 555 0100", "do_not_call": True, "contact_preference": "email",
    }  # fmt: skip
    contact = create_agent_contact(session, customer.id, raw).contact
    before = verbs(session, contact.id)
    edit_agent_contact(session, customer.id, contact.id, form_values(contact))
    assert verbs(session, contact.id) == before
    person = values_of_person(contact)
    assert "notes" not in person
    assert "position" not in person
    assert (person["email"], person["do_not_call"]) == ("Lee@example.com", True)


def test_nothing_is_mailed_by_an_edit(session: Session, customer: Any) -> None:
    """A contact without a login gets no mail, whatever is changed."""
    contact = create_agent_contact(session, customer.id, LEE).contact
    edit_agent_contact(session, customer.id, contact.id, {**LEE, "email": "lee@example.com"})
    assert session.scalars(select(Mail)).all() == []
