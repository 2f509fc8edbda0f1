"""Whether a person has a login at a customer that one does not see (BEHAVIOUR C6, S7).

Staff who look after two customers do the same with an address that is known at a hidden one
and with an address that nobody has; what they read afterwards must be the same, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.clock import utc_now
from flask_contacts.models import Contact, CustomerAdmin, Login, Mail
from tests.host_app import customer_url

Make = Callable[..., Any]
pytestmark = pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
PERMISSIONS = (
    *((f"can_{name}", "Contacts customers") for name in ("list", "show")),
    *((f"can_{name}", "Customer contacts") for name in ("show", "add", "edit", "delete")),
    *((f"can_{name}", "Contacts outgoing mail") for name in ("show", "edit")),
    *((f"can_{name}", "Contacts invitations") for name in ("show", "send")),
)
KNOWN, UNKNOWN = "jo@known.example.org", "jo@nowhere.example.org"


@pytest.fixture
def sam(app: Flask, session: Session) -> FlaskClient:
    """A browser of staff who may do everything at the customers that they look after."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("Customer admin")
        for permission, view in PERMISSIONS:
            pair = sm.find_permission_view_menu(permission, view)
            assert pair is not None, (permission, view)
            sm.add_permission_role(role, pair)
        sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
    client = app.test_client()
    assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
    return client


@dataclass
class Place:
    """A customer that sam looks after, and the contact that is worked on."""

    sam: FlaskClient
    customer: Any
    contact_id: int = 0

    @property
    def pages(self) -> dict[str, str]:
        """All that sam can read of the contact, without what is the customer's own."""
        key, pk = self.customer.id, self.contact_id
        addresses = {
            "tab": customer_url(self.customer),
            "form": f"/customercontacts/edit/{key}/{pk}",
            "activity": f"/customercontacts/activity/{key}/{pk}",
            "access": f"/customercontacts/access/{key}/{pk}",
            "deletion": f"/customercontacts/delete/{key}/{pk}",
        }
        return {name: self._words(self.sam.get(url).text) for name, url in addresses.items()}

    def post(self, page: str, **fields: Any) -> str:
        """Send a form, and what is read then."""
        form = f"/customercontacts/new/{self.customer.id}"
        fields["csrf_token"] = testing.csrf_token(self.sam, form)
        answer = self.sam.post(f"/customercontacts/{page}", data=fields, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return self._words(answer.text)

    def _words(self, html: str) -> str:
        """The words of a page, without the few that differ for another reason."""
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("<wbr>", "")))
        words = re.sub(r"\S+@\S+", "EMAIL", words.replace(str(self.customer), "COMPANY"))
        return re.sub(r"\d{1,2}:\d\d", "TIME", words)


@pytest.fixture
def places(
    app: Flask, sam: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> list[Place]:
    """Two customers of sam's, each with a primary contact of its own."""
    found = []
    with app.app_context():
        sam_id = app.appbuilder.sm.find_user("sam").id  # type: ignore[attr-defined]
    for name in ("Ltd of the first", "Ltd of the other"):
        customer = make_customer(company=name)
        make_contact(customer, firstname="Pri", lastname="Mary")
        session.add(CustomerAdmin(customer_id=customer.id, staff_id=sam_id))
        found.append(Place(sam, customer))
    session.commit()
    return found


@pytest.fixture(params=["proven", "unproven"])
def known(request: Any, session: Session, make_customer: Make, make_contact: Make) -> None:
    """KNOWN has a login at a hidden customer: its holder's, or one with a password of staff."""
    make_contact(make_customer(company="Hidden"), email=KNOWN)
    if request.param == "proven":
        its = update(Login).where(Login.email_key == KNOWN)
        session.execute(its.values(held=True, proven_at=utc_now()))
        session.commit()


def pages_of_all_contacts(sam: FlaskClient) -> dict[str, str]:
    """The lists over all customers, which must tell of both places alike."""
    return {
        url: sam.get(url).text for url in ("/contacts-outgoing-mail/", "/contacts-invitations/")
    }


def assert_same(places: list[Place], drain: Callable[[], None]) -> None:
    """Before the mail has left and afterwards, all pages are the same."""
    for _ in range(2):
        first, other = (place.pages for place in places)
        for name, words in first.items():
            assert words == other[name], name
        drain()
    for url, text in pages_of_all_contacts(places[0].sam).items():
        counts = [text.count(address) for address in (KNOWN, UNKNOWN)]
        assert counts[0] == counts[1], url
        for word in ("was added to your account", "Welcome aboard", "Set your password"):
            assert word not in text


@pytest.mark.usefixtures("known", "smtp")
def test_a_new_contact(places: list[Place], session: Session, drain: Callable[[], None]) -> None:
    """New Contact with a link to set the password; with the welcome mail and without."""
    for quiet in ({}, {"no_welcome_mail": "y"}):
        said = []
        for place, email in zip(places, (KNOWN, UNKNOWN), strict=True):
            said.append(
                place.post(
                    f"new/{place.customer.id}", firstname="Grace", lastname="Hopper", email=email,
                    is_user="y", send_password_mail="y", **quiet,
                )
            )  # fmt: skip
            query = select(Contact.id).where(
                Contact.customer_id == place.customer.id, Contact.email_key == email
            )
            place.contact_id = session.scalars(query).one()
        assert_same(places, drain)
        for place in places:
            place.post(f"delete/{place.customer.id}/{place.contact_id}")
        session.expire_all()


@pytest.mark.usefixtures("known", "smtp")
@pytest.mark.parametrize("state", ["with a password of staff", "invited", "inactive", "came"])
def test_another_address(
    places: list[Place], session: Session, make_contact: Make, state: str,
    drain: Callable[[], None],
) -> None:  # fmt: skip
    """Edit gives the address to a contact that has a login, in each state of its invitation."""
    for number, place in enumerate(places):
        access = {"password": "", "send_password_mail": True} if state != "came" else {}
        if state == "with a password of staff":
            access = {}
        contact = make_contact(
            place.customer,
            firstname="Grace",
            lastname="Hopper",
            email=f"former{number}@example.org",
            **access,
        )
        place.contact_id = contact.id
    drain()
    if state == "came":
        ids = [place.contact_id for place in places]
        came = update(Contact).where(Contact.id.in_(ids))
        session.execute(came.values(last_signed_in_at=utc_now()))
        session.commit()
    if state == "inactive":
        for place in places:
            place.post(f"deactivate/{place.customer.id}/{place.contact_id}")
    for place, email in zip(places, (KNOWN, UNKNOWN), strict=True):
        place.post(
            f"edit/{place.customer.id}/{place.contact_id}",
            firstname="Grace", lastname="Hopper", email=email, is_user="y",
        )  # fmt: skip
    session.expire_all()
    assert [session.get_one(Contact, place.contact_id).email_key for place in places] == [
        KNOWN, UNKNOWN,
    ]  # fmt: skip
    assert_same(places, drain)


@pytest.mark.usefixtures("smtp")
def test_mail_about_logins_is_not_there(
    places: list[Place], staff_client: FlaskClient, session: Session, make_contact: Make
) -> None:
    """By its address a hidden mail is 404, and it is neither sent again nor cancelled; staff
    who see every customer see it."""
    contact = make_contact(places[0].customer, no_welcome_mail=False)
    mail_id = session.scalars(select(Mail.id).where(Mail.contact_id == contact.id)).one()
    sam, url = places[0].sam, f"/contacts-outgoing-mail/mail/{mail_id}"
    assert staff_client.get(url).status_code == 200
    assert sam.get(url).status_code == 404
    token = testing.csrf_token(sam, f"/customercontacts/new/{places[0].customer.id}")
    sam.post("/contacts-outgoing-mail/cancel", data={"mail": mail_id, "csrf_token": token})
    session.expire_all()
    assert session.get_one(Mail, mail_id).state == "waiting"
    assert "stands under Invitations" in sam.get("/contacts-outgoing-mail/").text
