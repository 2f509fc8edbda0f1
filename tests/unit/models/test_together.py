"""Rows written past the unit of work: what the session knows of them, also after a retry."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, event, func, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.models import Contact, ContactPermission, ContactTopic, Login, Mail
from flask_contacts.models.together import insert_row_unless
from flask_contacts.services.contacts import login as contact_login
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.state import current_contacts

pytestmark = pytest.mark.usefixtures("app_context")
FORM: dict[str, object] = {
    "firstname": "Mara", "lastname": "O'Neil", "email": "mara@example.com",
    "send_password_mail": True, "permissions": ["invoices"], "topics": ["invoice"],
}  # fmt: skip


def test_a_retry_writes_everything_anew(
    session: Session, make_customer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though SQLite gives the keys of the attempt that was rolled back again, and somebody holds
    on to what that attempt made."""
    attempts: list[Contact] = []
    real = contact_login.new_login

    def fails_once(session: Session, contact: Contact, *rest: Any, **more: Any) -> Any:
        attempts.append(contact)
        if len(attempts) == 1:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        return real(session, contact, *rest, **more)

    monkeypatch.setattr(contact_login, "new_login", fails_once)
    saved = create_contact(session, make_customer().id, FORM)
    assert len(attempts) == 2
    assert saved.contact is attempts[1] is not attempts[0]
    session.expire_all()
    assert saved.contact.permission_names == {"invoices"}
    assert saved.contact.login is not None
    assert saved.contact.login.email_key == "mara@example.com"
    assert session.scalars(select(Contact)).all() == [saved.contact]


def test_a_row_is_held_as_if_it_were_read(session: Session, make_customer: Any) -> None:
    """With its key and its defaults; nothing is left to write."""
    made = create_contact(session, make_customer().id, FORM).contact
    assert inspect(made).persistent
    assert not session.new
    assert not session.dirty
    read = session.execute(text("SELECT uuid, lastname_key, active FROM contacts_contact")).one()
    assert (read.uuid, read.lastname_key, bool(read.active)) == (made.uuid, "o'neil", True)
    assert made.is_primary
    assert made.archived_at is None


def test_a_row_that_an_event_has_put_into_the_session(session: Session, make_customer: Any) -> None:
    """A host may add what it hears is made, also the parts: each is written once, though the
    second becomes primary and wants no mail, for which recipients are asked for in between."""
    customer, heard = make_customer(), (Contact, ContactPermission, ContactTopic, Login)

    def add(target: Any, _given: Any, _values: Any) -> None:
        session.add(target)

    for model in heard:
        event.listen(model, "init", add)
    try:
        create_contact(session, customer.id, FORM)
        refuses: dict[str, object] = {"email": "zoe@example.com", "do_not_send_emails": True}
        other, staff = {**FORM, **refuses, "is_primary": True}, Actor("staff", staff_id=1)
        topics = current_contacts.registry.topics
        made = create_contact(session, customer.id, other, staff, silences=topics).contact
    finally:
        for model in heard:
            event.remove(model, "init", add)
    session.expire_all()
    assert made.is_primary
    assert (made.permission_names, made.topic_names) == ({"invoices"}, {"invoice"})
    written = [(Contact, 2), (ContactPermission, 2), (ContactTopic, 2), (Login, 2)]
    for model, number in written:
        assert session.scalar(select(func.count()).select_from(model)) == number


@pytest.mark.parametrize("returning", [True, False])
def test_only_where_nobody_has_it(
    session: Session, monkeypatch: pytest.MonkeyPatch, returning: bool
) -> None:
    """Who comes second gets nothing written, and the session nothing to write; also where the
    database knows no RETURNING, as SQLite before 3.35."""
    if not returning:
        monkeypatch.setattr(session.connection().dialect, "insert_returning", False)
    assert insert_row_unless(session, Login(email="a@b.cc", email_key="a@b.cc"), "email_key")
    second = Login(email="A@b.cc", email_key="a@b.cc")
    assert not insert_row_unless(session, second, "email_key")
    session.commit()
    assert [one.email for one in session.scalars(select(Login))] == ["a@b.cc"]
    assert inspect(second).transient


def test_a_mail_without_parameters_has_none(session: Session, make_customer: Any) -> None:
    """NULL, not the word ``null`` of JSON, beside one that has them."""
    create_contact(session, make_customer().id, FORM)
    session.execute(delete(Mail))
    session.commit()
    create_contact(session, make_customer(company="Another").id, FORM)
    mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert [one.template for one in mails] == ["company_added", "set_password"]
    stored = select(Mail.id).where(text("parameters IS NULL"))
    assert session.scalars(stored).all() == [mails[0].id]
