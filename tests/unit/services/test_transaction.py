"""A service commits a transaction of its own, and only its own."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import signals
from flask_contacts.errors import InvalidInput, NotFound, TransactionOpen
from flask_contacts.models import Contact
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import delete_contact, make_primary
from flask_contacts.testing import PASSWORD
from tests.host_app import HostTicket, db, new_customer

pytestmark = pytest.mark.usefixtures("app_context")
FORM = {"firstname": "Ada", "lastname": "King", "email": "ada@example.com", "password": PASSWORD}


def tickets(session: Session) -> int:
    """How many there are once the session has let go of its own."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(HostTicket)) or 0


def ticket(customer: Any) -> HostTicket:
    """A row of the host's."""
    return HostTicket(subject="Printer", customer_id=customer.id)


@pytest.mark.parametrize("flushed", [False, True])
def test_changes_of_the_caller_are_not_committed(
    session: Session, make_customer: Any, flushed: bool
) -> None:
    """Pending or flushed: the service refuses before it commits or writes anything."""
    customer = make_customer()
    key = customer.id
    session.add(ticket(customer))
    if flushed:
        session.flush()
    with pytest.raises(TransactionOpen, match=r"contacts\.C061") as caught:
        create_contact(session, key, FORM)
    assert caught.value.code == "contacts.C061"
    assert tickets(session) == 0
    assert session.scalars(select(Contact)).all() == []
    create_contact(session, key, FORM)  # the rolled back session is free again


def test_a_changed_or_deleted_row_counts_too(session: Session, make_customer: Any) -> None:
    """Not only new rows; a value set to what it was is no change."""
    customer = make_customer()
    row = ticket(customer)
    session.add(row)
    session.commit()
    key = customer.id
    row.subject = str(row.subject)
    create_contact(session, key, FORM)
    row.subject = "Scanner"
    with pytest.raises(TransactionOpen):
        create_contact(session, key, {**FORM, "email": "b@example.com"})
    session.rollback()
    session.delete(row)
    with pytest.raises(TransactionOpen):
        create_contact(session, key, {**FORM, "email": "b@example.com"})
    assert tickets(session) == 1


def test_inside_a_transaction_of_the_caller(session: Session, make_customer: Any) -> None:
    """In ``begin()`` and ``begin_nested()`` as well, of a session and of a scoped one; the
    caller's transaction goes on."""
    key = make_customer().id
    session.commit()
    with session.begin():
        session.add(HostTicket(subject="Kept", customer_id=key))
        with pytest.raises(TransactionOpen):
            create_contact(session, key, FORM)
    assert tickets(session) == 1
    with session.begin_nested(), pytest.raises(TransactionOpen):
        create_contact(session, key, FORM)
    session.rollback()
    db.session.add(new_customer("Pending"))
    with pytest.raises(TransactionOpen):
        create_contact(db.session, key, FORM)
    db.session.rollback()
    assert create_contact(db.session, key, FORM).contact.id


def test_a_receiver_that_fails_is_logged(
    session: Session, make_customer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What it was told of is stored: the caller gets its answer, the next receiver is told."""
    heard = []

    def broken(_app: Any, contact_id: int) -> None:
        raise RuntimeError("a receiver of the host's")

    def told(_app: Any, contact_id: int) -> None:
        heard.append(contact_id)

    customer = make_customer()
    with (
        signals.contact_created.connected_to(broken),
        signals.contact_created.connected_to(told),
        signals.signed_in.connected_to(broken),
    ):
        saved = create_contact(session, customer.id, FORM)
        assert sign_in(session, "ada@example.com", PASSWORD, None, None).contact_id == heard[0]
    assert heard == [saved.contact.id]
    assert saved.contact.name == "Ada King"
    assert "a receiver of contacts-contact-created failed" in caplog.text
    assert "a receiver of contacts-signed-in failed" in caplog.text


def test_what_a_receiver_leaves_uncommitted_is_rolled_back(
    session: Session, make_customer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Added or flushed: it stops no later call, it is not there, and the log names the signal.
    What a receiver commits itself stays, and nothing is logged about it."""
    key = make_customer().id
    subjects: list[str] = []

    def adds(_app: Any, contact_id: int) -> None:
        subjects.append(f"Ticket {contact_id}")
        session.add(HostTicket(subject=subjects[-1], customer_id=key))
        if len(subjects) == 2:
            session.flush()

    def commits(_app: Any, contact_id: int) -> None:
        session.add(HostTicket(subject="Kept", customer_id=key))
        session.commit()

    with signals.contact_created.connected_to(adds):
        for number in range(3):
            saved = create_contact(session, key, {**FORM, "email": f"{number}@example.com"})
            assert saved.contact.email == f"{number}@example.com"
    session.commit()
    assert len(subjects) == 3
    assert tickets(session) == 0
    warnings = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert len([one for one in warnings if "contacts-contact-created" in one]) == 3
    caplog.clear()
    with signals.contact_created.connected_to(commits):
        create_contact(session, key, {**FORM, "email": "last@example.com"})
    assert tickets(session) == 1
    assert "uncommitted" not in caplog.text


def test_the_answer_outlives_its_contact(session: Session, make_customer: Any) -> None:
    """Somebody deletes the contact right after the commit: what was done can still be said."""
    key = make_customer().id
    create_contact(session, key, {**FORM, "email": "first@example.com"})

    def deletes(_app: Any, contact_id: int) -> None:
        with Session(session.get_bind()) as other:
            delete_contact(other, key, contact_id)

    with signals.contact_created.connected_to(deletes):
        saved = create_contact(session, key, FORM)
    assert (saved.contact.name, saved.contact.email) == ("Ada King", "ada@example.com")


@pytest.mark.parametrize("junk", [[2], {}, "2", 2.0, True, b"2"])
def test_wrong_types_are_refused_like_wrong_values(
    session: Session, make_customer: Any, make_contact: Any, junk: Any
) -> None:
    """A key or an id of another type is unknown; it never ends in a TypeError."""
    customer, other = make_customer(), make_customer()
    first, _second = make_contact(customer), make_contact(customer)
    key, other_key, contact_id = customer.id, other.id, first.id
    session.commit()
    with pytest.raises(InvalidInput, match="successor"):
        archive_contact(session, key, contact_id, junk)
    with pytest.raises(NotFound):
        make_primary(session, key, junk)
    wrong = [object()] if isinstance(key, type(junk)) else junk
    for keys in ((wrong, other_key), (key, wrong)):
        with pytest.raises(NotFound):
            move_contact(session, keys[0], contact_id, keys[1])


@pytest.mark.parametrize("raw", [None, [], "", 7])
def test_no_form_at_all(session: Session, make_customer: Any, raw: Any) -> None:
    """What is no mapping lacks what is required."""
    with pytest.raises(InvalidInput) as caught:
        create_contact(session, make_customer().id, raw)
    assert {"firstname", "lastname", "email"} <= set(caught.value.errors)
