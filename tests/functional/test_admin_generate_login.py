"""Generate login (BEHAVIOUR S4): for one contact, and for many that were chosen in the list."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Link, Login, Mail
from flask_contacts.services.agent.contacts import create_agent_contact
from flask_contacts.services.contacts import login as contact_login
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.testing import RecordingSmtp
from tests.host_app import LIMITS_STAFF
from tests.staff_people import VIEW_ALL, add_staff, browser_of, post, words

Make = Callable[..., Any]
ONE, MANY = "/customer-contacts/generate-login", "/customer-contacts/generate-logins"
RIGHTS = tuple((f"can_{name}", "Customer contacts") for name in ("list", "show", "generate_login"))
WITHOUT = {"is_user": False, "password": ""}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def make_mute(app: Flask, session: Session) -> Make:
    """``make_mute(customer, **fields)`` creates a contact without an e-mail address."""

    def make(customer: Any, **fields: object) -> Contact:
        raw = {"firstname": "Ada", "lastname": "Mute", "is_user": False, **fields}
        with app.app_context():
            return create_agent_contact(session, customer.id, raw).contact

    return make


def hidden(make_customer: Make) -> Any:
    """A customer that staff without more do not see."""
    return make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))


def templates(session: Session) -> list[str]:
    """The mails that were promised, by template."""
    session.expire_all()
    return sorted(session.scalars(select(Mail.template)))


def again(session: Session, contact: Any) -> Contact:
    """The contact as it is now."""
    session.expire_all()
    return session.scalars(select(Contact).where(Contact.id == contact.id)).one()


def test_the_whole_way(
    staff_client: FlaskClient, customer: Any, make_mute: Make, session: Session,
    drain: Callable[[], None], smtp: RecordingSmtp,
) -> None:  # fmt: skip
    """The page asks for the e-mail, which becomes the contact's; the login gets no permission,
    which is said with the way to give one, and the link to set a password is mailed because that
    was ticked."""
    contact = make_mute(customer)
    page = staff_client.get(f"/customer-contacts/show/{contact.id}").text
    assert f"{ONE}/{contact.id}" in page
    assert staff_client.get(f"{ONE}/{contact.id}").status_code == 200
    answer = post(staff_client, f"{ONE}/{contact.id}", email="Mara@Example.com", send_link="y")
    assert answer.status_code == 302
    said = staff_client.get(answer.location).text
    assert "has a login now" in words(said)
    now = again(session, contact)
    assert now.email == "Mara@Example.com"
    assert now.login is not None
    assert now.login.email_key == "mara@example.com"
    assert now.login.password_hash is None
    assert now.permission_names == frozenset()
    assert "has no permission yet" in words(said)
    assert f"/edit/{customer.id}/{contact.id}?tab=permissions#permissions" in said
    assert templates(session) == ["set_password"]
    drain()
    assert len(smtp.to("mara@example.com")) == 1
    assert f"{ONE}/{contact.id}" not in staff_client.get(answer.location).text


def test_no_mail_unless_asked(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Without the tick nothing is mailed, and the contact's address stands in the form."""
    contact = make_contact(customer, email="mara@example.com", permissions=["invoices"], **WITHOUT)
    assert 'value="mara@example.com"' in staff_client.get(f"{ONE}/{contact.id}").text
    post(staff_client, f"{ONE}/{contact.id}", email="mara@example.com")
    assert templates(session) == []
    assert session.scalars(select(Link)).all() == []
    assert again(session, contact).permission_names == {"invoices"}


def test_joining_a_known_login(
    staff_client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    make_mute: Make, session: Session,
) -> None:  # fmt: skip
    """The person of another customer is joined and told; a password that staff had set for a
    login that was never proven is erased, and a link is mailed though nobody asked (C6, C7)."""
    other = make_contact(make_customer(), email="mara@example.com")
    contact = make_mute(customer)
    post(staff_client, f"{ONE}/{contact.id}", email="mara@example.com")
    now = again(session, contact)
    assert now.login_id == other.login_id
    assert now.login is not None
    assert now.login.password_hash is None
    assert templates(session) == ["company_added", "set_password"]


@pytest.mark.parametrize(
    ("email", "problem"),
    [
        ("", "This field is required."),
        ("no address", "Type an e-mail address"),
        ("taken@example.com", "Another contact of this customer has this address."),
        ("a@b.example\r\nBcc: x@y.example", "cannot be shown"),
        ("x" * 300 + "@example.com", "Use at most 254 characters."),
    ],
)
def test_bad_addresses(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session, email: str,
    problem: str,
) -> None:  # fmt: skip
    """Each is told at the field, nothing typed is lost, nothing is written."""
    make_contact(customer, email="taken@example.com", **WITHOUT)
    contact = make_contact(customer, email="old@example.com", **WITHOUT)
    answer = post(staff_client, f"{ONE}/{contact.id}", email=email, send_link="y")
    assert answer.status_code == 422
    assert problem in words(answer.text)
    assert 'id="email-error"' in answer.text
    assert re.search(r'id="send_link"[^>]* checked', answer.text)
    if "\r" not in email:
        assert f'value="{email}"' in unescape(answer.text)
    assert again(session, contact).email == "old@example.com"
    assert session.scalars(select(Login)).all() == []


def test_who_can_have_none(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Who has one, is not active or is archived: the page says why, and posting changes nothing."""
    has = make_contact(customer)
    off = make_contact(customer, **WITHOUT)
    with app.app_context():
        deactivate_contact(session, customer.id, off.id)
    logins = session.scalar(select(func.count()).select_from(Login))
    for contact, why in ((has, "has a login already"), (off, "is not active")):
        assert why in words(staff_client.get(f"{ONE}/{contact.id}").text)
        answer = post(staff_client, f"{ONE}/{contact.id}", email="new@example.com")
        assert answer.status_code == 422
        assert why in words(answer.text)
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Login)) == logins


def test_permission_and_visibility(
    app: Flask, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """Without the permission no button and no page; a hidden contact is not there (S7)."""
    contact = make_contact(make_customer(company="Seen"), **WITHOUT)
    other = make_contact(hidden(make_customer), email="far@example.com", **WITHOUT)
    add_staff(app, "sam", *RIGHTS[:2], VIEW_ALL)
    client = browser_of(app, "sam")
    assert ONE not in client.get(f"/customer-contacts/show/{contact.id}").text
    assert "Generate login" not in client.get("/customer-contacts/").text
    post(client, f"{ONE}/{contact.id}", email="a@example.com")
    post(client, MANY, contacts=str(contact.id))
    add_staff(app, "una", *RIGHTS)
    client = browser_of(app, "una")
    assert client.get(f"{ONE}/{other.id}").status_code == 404
    assert post(client, f"{ONE}/{other.id}", email="a@example.com").status_code == 404
    assert "far@example.com" not in client.get(f"{MANY}?contact={other.id}").text
    post(client, MANY, contacts=str(other.id))
    session.expire_all()
    assert session.scalars(select(Login)).all() == []


@pytest.mark.bundled_only(reason="one host's limited staff is enough to ask about words")
def test_limited_staff_learn_nothing(
    app: Flask, make_customer: Make, make_contact: Make, make_mute: Make, session: Session
) -> None:
    """What is said is the same whether the address is known at a hidden customer or not (C6)."""
    from flask_contacts.models import CustomerAdmin

    seen = make_customer(company="Seen")
    make_contact(hidden(make_customer), email="known@example.com")
    una = add_staff(app, "una", *RIGHTS)
    session.add(CustomerAdmin(customer_id=seen.id, staff_id=una))
    session.commit()
    client, said = browser_of(app, "una"), []
    for address in ("known@example.com", "fresh@example.com"):
        contact = make_mute(seen, firstname="X", lastname="Y")
        answer = post(client, f"{ONE}/{contact.id}", email=address)
        html = client.get(answer.location).text
        said.append([words(one) for one in re.findall(r'(?s)class="alert.*?</div>', html)])
    assert said[0] == said[1]
    assert any("has a login now" in text for text in said[0])


class TestMany:
    """From the list of contacts."""

    def test_preview_and_done(
        self, app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make,
        make_mute: Make, session: Session,
    ) -> None:  # fmt: skip
        """The preview says how many, who is left out and why; then exactly those get one."""
        yes = [make_contact(customer, lastname=f"Yes {one}", **WITHOUT) for one in range(3)]
        has = make_contact(customer, lastname="Has")
        no_email = make_mute(customer)
        off = make_contact(customer, lastname="Off", **WITHOUT)
        with app.app_context():
            deactivate_contact(session, customer.id, off.id)
        chosen = [*yes, has, no_email, off]
        query = "&".join(f"contact={one.id}" for one in chosen)
        page = words(staff_client.get(f"{MANY}?{query}").text)
        assert "Generate logins for 3 contacts?" in page
        assert "Has a login already. 1 Ada Has" in page
        assert "No email address. 1 Ada Mute" in page
        assert "Not active. 1 Ada Off" in page
        assert templates(session) == []
        ids = ",".join(str(one.id) for one in chosen)
        answer = post(staff_client, MANY, contacts=ids, send_link="y")
        assert answer.location.startswith("/customer-contacts/")
        said = words(staff_client.get(answer.location).text)
        assert "3 contacts have a login now. The link to set a password is on its way." in said
        assert "Left out (1): Has a login already." in said
        assert templates(session) == ["set_password"] * 3
        assert all(again(session, one).login_id for one in yes)
        said = words(staff_client.get(post(staff_client, MANY, contacts=ids).location).text)
        assert "Left out (4): Has a login already." in said
        assert templates(session) == ["set_password"] * 3

    def test_all_that_match(
        self, staff_client: FlaskClient, make_customer: Make, make_contact: Make, session: Session
    ) -> None:
        """Everything that the list's search finds, not what stands on the page alone."""
        customer = make_customer(company="Acme")
        for number in range(30):
            make_contact(customer, lastname=f"Lind {number}", **WITHOUT)
        other = make_contact(customer, lastname="Berg", **WITHOUT)
        html = staff_client.get(f"{MANY}?choose=matching&q=lind").text
        assert "Generate logins for 30 contacts?" in words(html)
        ids = re.search(r'name="contacts" value="([^"]*)"', html)
        action = re.search(r'action="([^"]*generate-logins[^"]*)"', html)
        assert ids is not None
        assert action is not None
        answer = post(staff_client, unescape(action[1]), contacts=ids[1])
        assert "q=lind" in answer.location
        assert again(session, other).login_id is None
        with_login = select(func.count()).select_from(Contact).where(Contact.login_id.is_not(None))
        assert session.scalar(with_login) == 30

    def test_nobody_and_junk(self, staff_client: FlaskClient) -> None:
        """Nobody selected is said; what is no list of ids is 404, a foreign field refused."""
        answer = staff_client.get(MANY)
        assert "Nobody is selected" in words(staff_client.get(answer.location).text)
        assert staff_client.get(f"{MANY}?contact=abc").status_code == 404
        assert post(staff_client, MANY, contacts="").status_code == 400
        assert post(staff_client, MANY, contacts="1,x").status_code == 404
        assert post(staff_client, MANY, contacts="1", password="x").status_code == 422
        too_many = ",".join(map(str, range(1, 502)))
        assert post(staff_client, MANY, contacts=too_many).status_code == 400

    def test_one_that_fails_stops_no_other(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """It is reported by name; the others have their login."""
        good = make_contact(customer, **WITHOUT)
        bad = make_contact(customer, lastname="Bad", **WITHOUT)
        real = contact_login.new_login

        def failing(session: Session, contact: Any, *rest: Any, **more: Any) -> Any:
            if contact.id == bad.id:
                raise RuntimeError("no")
            return real(session, contact, *rest, **more)

        monkeypatch.setattr(contact_login, "new_login", failing)
        answer = post(staff_client, MANY, contacts=f"{bad.id},{good.id}")
        said = words(staff_client.get(answer.location).text)
        assert "1 contact has a login now. No link to set a password was sent. Invitations" in said
        assert "Something went wrong; the log says what. Ada Bad (" in said
        assert again(session, good).login_id is not None
        assert again(session, bad).login_id is None
