"""Rows written past the unit of work: what the session knows of them, also after a retry."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Login, Mail
from flask_contacts.models.together import insert_row_unless
from flask_contacts.services.contacts import login as contact_login
from flask_contacts.services.contacts.editing import create_contact

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
    mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert [one.template for one in mails] == ["welcome", "set_password"]
    stored = select(Mail.id).where(text("parameters IS NULL"))
    assert session.scalars(stored).all() == [mails[0].id]
