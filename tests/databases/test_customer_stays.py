"""A customer with contacts is neither deleted nor given another key, whoever tries.

On SQLite too, which does not check foreign keys unless a host says so: there the old
customer's contacts would come to the next customer with its id.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from flask_contacts.errors import CustomerHasContacts, CustomerKeyInUse, NotFound
from flask_contacts.models import Contact, Customer, CustomerAdmin, CustomerNote
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import make_primary
from flask_contacts.services.customers.admins import assign
from flask_contacts.services.customers.notes import add_note

Make = Callable[..., Any]


def test_a_session_does_not_delete_it(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """``session.delete`` is refused with the count, as SQLAlchemy's error, so that a host that
    saves rolls back; archived contacts count too. With its contacts it may go."""
    customer = make_customer()
    contact = make_contact(customer)
    make_contact(customer)
    key = customer.id
    session.delete(customer)
    with pytest.raises(CustomerHasContacts, match="The customer has 2 contacts") as refused:
        session.commit()
    assert isinstance(refused.value, SQLAlchemyError)
    assert (refused.value.count, refused.value.customer_id) == (2, key)
    session.rollback()
    customer = session.get(Customer, key)
    assert customer is not None
    for one in session.query(Contact).filter_by(customer_id=contact.customer_id):
        session.delete(one)
    session.delete(customer)
    session.commit()
    assert session.get(Customer, key) is None


def test_a_contact_that_comes_at_the_last_moment(
    app: Flask, engine: Engine, session: Session, make_customer: Make
) -> None:
    """Who creates a contact while the customer is being deleted has either: nobody is left
    without a customer. The deletion looks for contacts when nobody else can write any more."""
    key = make_customer().id
    raw = {"firstname": "Ada", "lastname": "Late", "email": "ada@example.com", "is_user": False}
    came: list[bool] = []

    def create() -> None:
        with app.app_context(), Session(engine) as own:
            create_contact(own, key, raw)
        came.append(True)

    def at_first_statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not came and statement.startswith("DELETE"):
            late = Thread(target=create)
            late.start()
            late.join(20)

    session.delete(session.get(Customer, key))
    event.listen(engine, "before_cursor_execute", at_first_statement)
    try:
        with pytest.raises((CustomerHasContacts, IntegrityError)):
            session.commit()
    finally:
        event.remove(engine, "before_cursor_execute", at_first_statement)
    session.rollback()
    assert came
    assert [row.customer_id for row in session.query(Contact)] == [key]
    assert session.get(Customer, key) is not None


def test_what_is_kept_about_it_goes_along(
    app: Flask, session: Session, make_customer: Make
) -> None:
    """Its notes and its admins are deleted with it: a customer that gets its id later has none."""
    customer, other = make_customer(), make_customer()
    for one in (customer, other):
        session.add(CustomerAdmin(customer_id=one.id, staff_id=1))
        session.add(CustomerNote(customer_id=one.id, body="Pays late", author="admin"))
    session.commit()
    kept = other.id
    session.delete(customer)
    session.commit()
    for table in (CustomerAdmin, CustomerNote):
        assert [row.customer_id for row in session.query(table)] == [kept]


def test_its_key_stays(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Another key is refused while contacts, notes or admins are on this one; without any it is
    the host's to change."""
    customer, free = make_customer(), make_customer()
    make_contact(customer)
    old, new = customer.id, other_key(free.id)
    customer.id = new
    with pytest.raises(CustomerKeyInUse):
        session.commit()
    session.rollback()
    assert session.get(Customer, old) is not None
    session.add(CustomerNote(customer_id=free.id, body="Pays late", author="admin"))
    session.commit()
    free.id = new
    with pytest.raises(CustomerKeyInUse):
        session.commit()
    session.rollback()
    session.query(CustomerNote).delete()
    session.get(Customer, free.id).id = new
    session.commit()
    assert inspect(session.get(Customer, new)).identity == (new,)


@pytest.mark.own_only(reason="the keys are text")
@pytest.mark.parametrize("spelling", ["ABC", "àbc", "abc "])
def test_another_spelling_is_another_key(
    app: Flask, session: Session, make_customer: Make, make_contact: Make, spelling: str
) -> None:
    """MariaDB compares text without regard to case, accents and blanks at the end; for the
    services another spelling is no customer there either, so an address stays unique (C6)."""
    customer, other = make_customer(id="abc"), make_customer()
    contact = make_contact(customer, email="ada@example.com")
    moving = make_contact(other, email="grace@example.com")
    raw = {"firstname": "Ada", "lastname": "Again", "email": "ada@example.com", "is_user": False}
    contact_id, moving_id, other_id = contact.id, moving.id, other.id
    with app.app_context():
        for attempt in (
            lambda: create_contact(session, spelling, raw),
            lambda: make_primary(session, spelling, contact_id),
            lambda: move_contact(session, other_id, moving_id, spelling),
            lambda: move_contact(session, spelling, contact_id, other_id),
            lambda: assign(session, spelling, "admin"),
            lambda: add_note(session, spelling, "Pays late", "admin"),
        ):
            with pytest.raises(NotFound):
                attempt()
    assert session.query(Contact.email_scope).filter_by(customer_id="abc").all() == [("abc",)]


def other_key(key: Any) -> Any:
    """A key of the same type that no customer has."""
    return key + 1_000 if isinstance(key, int) else f"{key}-new"
