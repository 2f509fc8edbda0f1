"""The e-mail key gives one answer on the three engines (BEHAVIOUR C6, DESIGN 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput, SignInRefused
from flask_contacts.models import Contact, Login, Mail
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.invitations import account_contacts
from flask_contacts.testing import PASSWORD

pytestmark = pytest.mark.usefixtures("app_context")

SAME = [
    ("mike@example.com", "Mike@Example.COM"),
    ("mike@example.com", "  mike@example.com\t"),
    ("mike@example.com", "MIKE@EXAMPLE.COM"),
    ("info@bücher.example", "info@xn--bcher-kva.example"),
    ("info@bücher.example", "INFO@BÜCHER.EXAMPLE"),
    ("info@bücher.example", "info@bu\u0308cher.example"),
    ("info@example.com", "info@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com"),
    ("info@example.com", "info@example\u3002com"),
    ("mike@example.com", "mi\u212ae@example.com"),  # the Kelvin sign is a K by NFC
]
OTHERS = [
    ("mike@example.com", "mike+crm@example.com"),
    ("mike@example.com", "m.ike@example.com"),
    ("info@bücher.example", "info@bucher.example"),
    ("info@straße.example", "info@strasse.example"),
    ("info@mıke.example", "info@mike.example"),
    ("a@example.com", "a@example.com.br"),
    ("a_b@example.com", "axb@example.com"),
    ("a%b@example.com", "acb@example.com"),
]
REFUSED = [
    "mıke@example.com",
    "jösé@example.com",
    "jo\u0301se@example.com",
    "\uff4d\uff49\uff4b\uff45@example.com",
    "mike\u200b@example.com",
    "mike@exam\u200dple.com",
    "mike@example.com\x00",
    "mike\x00@example.com",
    "mike@@example.com",
    "mike@example",
    '"mike doe"@example.com',
    "mike@[127.0.0.1]",
    "mike\ud800@example.com",
    "ми́ша@example.com",
]


def form(email: str, **changes: object) -> dict[str, object]:
    """A new contact's form with a password."""
    fields: dict[str, object] = {
        "firstname": "Mike",
        "lastname": "Key",
        "email": email,
        "password": PASSWORD,
        "no_welcome_mail": True,
    }
    return {**fields, **changes}


@pytest.mark.parametrize(("first", "second"), SAME)
def test_spellings_of_one_address(
    session: Session, make_customer: Callable[..., Any], first: str, second: str
) -> None:
    """The second is refused at the same customer, and joins the login at another."""
    here, there = make_customer().id, make_customer().id
    contact = create_contact(session, here, form(first)).contact
    with pytest.raises(InvalidInput) as refused:
        create_contact(session, here, form(second))
    assert set(refused.value.errors) == {"email"}
    joined = create_contact(session, there, form(second))
    assert joined.joined_login
    assert joined.contact.login_id == contact.login_id
    assert session.scalar(select(func.count()).select_from(Login)) == 1


@pytest.mark.parametrize(("first", "second"), OTHERS)
def test_addresses_that_only_look_alike(
    session: Session, make_customer: Callable[..., Any], first: str, second: str
) -> None:
    """They are two people: two contacts at one customer, two logins."""
    here = make_customer().id
    create_contact(session, here, form(first))
    other = create_contact(session, here, form(second))
    assert other.login_created
    assert session.scalar(select(func.count()).select_from(Login)) == 2


@pytest.mark.parametrize("email", REFUSED)
def test_addresses_that_nobody_gets(
    session: Session, make_customer: Callable[..., Any], email: str
) -> None:
    """Look-alikes of the local part, control characters and half addresses are no address.

    As a sign-in they open nothing, whoever has the address that they look like.
    """
    here = make_customer().id
    create_contact(session, here, form("mike@example.com"))
    with pytest.raises(InvalidInput) as refused:
        create_contact(session, here, form(email))
    assert set(refused.value.errors) == {"email"}
    with pytest.raises(SignInRefused):
        sign_in(session, email, PASSWORD, None, None)


def test_an_edit_obeys_the_same_key(session: Session, make_customer: Callable[..., Any]) -> None:
    """Changing an address to a spelling of a colleague's is refused; its own spelling is fine."""
    here = make_customer().id
    create_contact(session, here, form("ada@example.com"))
    contact = create_contact(session, here, form("bob@example.com")).contact
    contact_id, login_id = contact.id, contact.login_id
    with pytest.raises(InvalidInput) as refused:
        edit_contact(session, here, contact_id, form("ADA@Example.com", password=""))
    assert set(refused.value.errors) == {"email"}
    saved = edit_contact(session, here, contact_id, form("Bob@Example.com", password=""))
    assert (saved.contact.email, saved.contact.email_key) == ("Bob@Example.com", "bob@example.com")
    assert saved.contact.login_id == login_id


def test_mail_goes_to_the_key(session: Session, make_customer: Callable[..., Any]) -> None:
    """What is mailed is the stored, canonical address, never what somebody typed later."""
    create_contact(session, make_customer().id, form("info@Bücher.example"))
    create_contact(session, make_customer().id, form("INFO@bücher.EXAMPLE"))
    recipients = set(session.scalars(select(Mail.recipient)))
    assert recipients == {"info@xn--bcher-kva.example"}
    assert set(session.scalars(select(Contact.email_key))) == recipients


def test_signing_in_takes_any_spelling(session: Session, make_customer: Callable[..., Any]) -> None:
    """The address opens the login however it is typed."""
    contact = create_contact(session, make_customer().id, form("info@bücher.example")).contact
    for typed in (
        "INFO@xn--bcher-kva.EXAMPLE",
        " info@BÜCHER.example",
        "info@bu\u0308cher.example",
    ):
        assert sign_in(session, typed, PASSWORD, None, None).contact_id == contact.id


def test_whose_account_an_address_is(session: Session, make_customer: Callable[..., Any]) -> None:
    """The contacts that sign in by it, who has it at the same company first; a look-alike is
    nobody's, and what is not visible is not there."""
    here, there = make_customer().id, make_customer().id
    mine = create_contact(session, here, form("i@example.com")).contact
    other = create_contact(session, there, form("I@example.com", firstname="Aa")).contact
    quiet = {"is_user": False, "password": ""}
    asks = create_contact(session, here, form("new@example.com", **quiet)).contact
    again = create_contact(session, make_customer().id, form("i@example.com", **quiet)).contact
    found = account_contacts.contacts_of(session, asks, "i@example.com", true())
    assert ([one.id for one in found.first], found.in_all) == ([mine.id, other.id], 2)
    assert found.is_taken
    seen = Contact.customer_id == there
    found = account_contacts.contacts_of(session, asks, "i@example.com", seen)
    assert ([one.id for one in found.first], found.is_taken) == ([other.id], False)
    assert account_contacts.contacts_of(session, asks, "I@example.com", true()).first == []
    ids = [asks.id, again.id]
    assert account_contacts.count_joining(session, ids, true()) == 1
    assert account_contacts.count_joining(session, ids, seen) == 1
    assert account_contacts.count_joining(session, ids, Contact.id == again.id) == 0
