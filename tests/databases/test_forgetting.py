"""Nothing of a person is left after anonymising or deleting, on each engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail.delivery import drain
from flask_contacts.mail.smtp_failures import TemporaryFailure
from flask_contacts.mail.transport import Transport
from flask_contacts.models import Base, Contact, Link, Login, Mail, PortalSession
from flask_contacts.services.accounts.sign_in import sign_in, sign_out
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.invitations.set_password import forgot_password
from flask_contacts.services.mailing import template_preview
from flask_contacts.services.retention import purge
from flask_contacts.testing import PASSWORD
from tests.host_app import add_customer

pytestmark = pytest.mark.usefixtures("app_context")
Forget = Callable[[Session, Any, int], object]


def anonymise(session: Session, customer_id: Any, contact_id: int) -> None:
    """Archive and anonymise."""
    archive_contact(session, customer_id, contact_id)
    anonymise_contact(session, customer_id, contact_id)


@pytest.fixture(params=[anonymise, delete_contact])
def forget(request: pytest.FixtureRequest) -> Forget:
    """Both ways to forget a person."""
    way: Forget = request.param
    return way


def form(**fields: object) -> dict[str, object]:
    """A contact with a login."""
    return {"firstname": "Zelda", "lastname": "Quux", "email": "zelda@quux.example",
            "password": PASSWORD, **fields}  # fmt: skip


def prove(session: Session, email: str) -> None:
    """The login of an address becomes its holder's."""
    its = update(Login).where(Login.email_key == email)
    session.execute(its.values(held=True, proven_at=utc_now()))
    session.commit()


def found(session: Session, needle: str) -> list[str]:
    """The columns of our tables that hold a text somewhere."""
    session.expire_all()
    columns = set()
    for table in Base.metadata.sorted_tables:
        if table.name.startswith("contacts_"):
            for row in session.execute(select(table)).mappings():
                for name, value in row.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                    if needle in str(text).lower():
                        columns.add(f"{table.name}.{name}")
    session.commit()
    return sorted(columns)


def test_nothing_joins_the_contact_to_a_shared_login(session: Session, forget: Forget) -> None:
    """The login stays with the other customer's contact; mails, links and sessions of the
    forgotten one no longer lead to it."""
    customer_id = add_customer(session, "Aurora").id
    other = create_contact(session, add_customer(session, "Borealis").id, form()).contact
    prove(session, "zelda@quux.example")
    contact_id = create_contact(session, customer_id, form(send_password_mail=True)).contact.id
    opened = update(Contact).where(Contact.id == contact_id)
    session.execute(opened.values(last_signed_in_at=utc_now()))
    session.commit()
    visit = sign_in(session, "zelda@quux.example", PASSWORD, "203.0.113.7", "Browser")
    assert visit.contact_id == contact_id
    sign_out(session, visit.token)
    its_mails = session.scalars(select(Mail.id).where(Mail.contact_id == contact_id)).all()
    session.commit()
    assert its_mails
    forget(session, customer_id, contact_id)
    mails = select(Mail.login_id, Mail.link_uuid, Mail.recipient).where(Mail.id.in_(its_mails))
    assert set(session.execute(mails).all()) == {(None, None, "")}
    for table in (Link, PortalSession):
        assert session.scalars(select(table).where(table.contact_id == contact_id)).all() == []
    session.refresh(other)
    assert other.login_id is not None


def test_a_login_at_a_former_address_goes_too(session: Session, forget: Forget) -> None:
    """Kept because its holder had proven it, though the contact has another address by now."""
    customer_id = add_customer(session, "Aurora").id
    contact_id = create_contact(session, customer_id, form()).contact.id
    prove(session, "zelda@quux.example")
    edit_contact(session, customer_id, contact_id, form(is_user=False, password=""))
    moved = form(is_user=False, password="", email="zelda@new.example")
    edit_contact(session, customer_id, contact_id, moved)
    assert "contacts_portal_user.email" in found(session, "zelda@quux.example")
    forget(session, customer_id, contact_id)
    assert found(session, "quux") == found(session, "zelda") == []


def test_the_login_kept_for_another_contact_stays(session: Session, forget: Forget) -> None:
    """Whose address was once the same loses nothing."""
    customer_id = add_customer(session, "Aurora").id
    kept = create_contact(session, customer_id, form(email="kim@quux.example")).contact.id
    prove(session, "kim@quux.example")
    edit_contact(
        session, customer_id, kept, form(email="kim@quux.example", is_user=False, password="")
    )
    contact_id = create_contact(session, customer_id, form()).contact.id
    forget(session, customer_id, contact_id)
    assert session.scalars(select(Login.email_key)).all() == ["kim@quux.example"]
    session.commit()


def test_tests_of_templates_and_requests_are_forgotten(session: Session, forget: Forget) -> None:
    """A test mail shows the contact's data to staff; a request for a new password is kept by
    its address until it is looked into."""
    customer_id = add_customer(session, "Aurora").id
    contact = create_contact(session, customer_id, form()).contact
    contact_id = contact.id
    words = ("Welcome {contact_firstname} {contact_lastname}", "<p>{contact_email}</p>")
    template_preview.send_test(session, "welcome", "en", *words, contact, "staff@example.com")
    forgot_password(session, "Zelda@Quux.example", None)
    assert "contacts_mail.recipient" in found(session, "zelda@quux.example")
    forget(session, customer_id, contact_id)
    assert found(session, "quux") == found(session, "zelda") == []
    assert set(session.scalars(select(Mail.state))) == {"cancelled"}
    session.commit()


def test_a_request_of_the_other_contact_stays(session: Session, forget: Forget) -> None:
    """The same address at another customer is still that person's."""
    customer_id = add_customer(session, "Aurora").id
    contact_id = create_contact(session, customer_id, form()).contact.id
    create_contact(session, add_customer(session, "Borealis").id, form(send_password_mail=True))
    forgot_password(session, "zelda@quux.example", None)
    forget(session, customer_id, contact_id)
    query = select(Mail.recipient).where(Mail.needs == "known_address", Mail.state == "waiting")
    assert session.scalars(query).all() == ["zelda@quux.example"]
    session.commit()


@pytest.mark.parametrize("reply", ["450 <{recipient}>: mailbox busy", None])
def test_while_the_mail_is_being_sent(
    app: Flask, session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch,
    forget: Forget, reply: str | None,
) -> None:  # fmt: skip
    """What the server answers afterwards brings nothing back: a refused mail stays cancelled,
    one that was taken is marked as sent, without a word of the person."""
    customer_id = add_customer(session, "Aurora").id
    contact_id = create_contact(session, customer_id, form(no_welcome_mail=False)).contact.id

    def forgotten_meanwhile() -> None:
        with app.app_context(), Session(engine) as other:
            forget(other, customer_id, contact_id)

    def send(_self: Transport, recipient: str, _message: bytes, *_rest: object) -> None:
        thread = threading.Thread(target=forgotten_meanwhile)
        thread.start()
        thread.join()
        if reply is not None:
            raise TemporaryFailure(reply.format(recipient=recipient), server_down=False)

    monkeypatch.setattr(Transport, "send_bytes", send)
    drain(session)
    state = "sent" if reply is None else "cancelled"
    assert session.scalars(select(Mail.state)).all() == [state]
    session.commit()
    assert found(session, "zelda") == []


def test_purge_forgets_what_servers_answered(app: Flask, session: Session) -> None:
    """The answer names the recipient; why a mail was cancelled is a word and stays."""
    customer_id = add_customer(session, "Aurora").id
    create_contact(session, customer_id, form(no_welcome_mail=False, send_password_mail=True))
    outcomes = {
        "welcome": ("failed", "550 <zelda@quux.example>: unknown"),
        "set_password": ("cancelled", "login_changed"),
    }
    for name, (state, error) in outcomes.items():
        its = update(Mail).where(Mail.template == name)
        session.execute(its.values(state=state, error=error))
    session.commit()
    app.config["CONTACTS_KEEP_MAIL_DAYS"] = 0
    assert purge(session)["mail bodies"] == 2
    rows = session.execute(select(Mail.template, Mail.recipient, Mail.error)).all()
    assert {tuple(row) for row in rows} == {
        ("welcome", "", None),
        ("set_password", "", "login_changed"),
    }
    assert purge(session)["mail bodies"] == 0
