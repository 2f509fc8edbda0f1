"""The form of a contact in the agent interface: its fields, its buttons, what it refuses (S2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Login
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.testing import RecordingSmtp
from tests.agent_pages import (
    EVERYTHING,
    URL,
    error_of,
    hidden_customer,
    labels,
    post,
    sign_in_limited,
    tab,
    value_of,
    words,
)
from tests.host_app import ADMIN, LIMITS_STAFF

Make = Callable[..., Any]
NEW = f"{URL}/new"
NAMES = {"firstname": "Ada", "lastname": "Lovelace"}
#: The fields of seed 002, by tab and in its order; User and the buttons are tested apart.
FIELDS = {
    "main": [
        *("First name *", "Last name *", "Middle name", "Birthday", "Do not send emails"),
        *("Do not call", "Is user", "Contact preferences", "Notes"),
    ],
    "working": ["Company", "Manager", "Job title", "Certificate", "Timezone", "Language"],
    "contacts": [
        *("Mobile phone", "Mobile phone 2", "Work phone", "Email *", "Email 2", "Other contacts"),
    ],
}
#: A value for each of them but the company, the manager and the flags.
TYPED = {
    **NAMES,
    "middle_name": "Augusta King",
    "birthday": "1990-12-10",
    "contact_preference": "mobile_phone",
    "notes": "Likes <i>engines</i>.\nDoes not like Mondays.",
    "position": "Analyst",
    "certificate": "No. 7",
    "timezone": "Europe/London",
    "language": "pt_BR",
    "mobile_phone": "+44 7911 123456",
    "mobile_phone2": "+44 7911 123457",
    "phone": "+44 20 7946 0958",
    "email": "Ada@example.com",
    "email2": "ada@home.example",
    "other_contacts": "Matrix: @ada:example.com",
}


@pytest.fixture
def acme(make_customer: Make) -> Any:
    """A company."""
    return make_customer(company="Acme & Søn")


def label(customer: Any) -> str:
    """A company as it is offered where no other is called so."""
    return str(customer)


def save(client: FlaskClient, url: str = NEW, **fields: Any) -> Any:
    """Fill in the form and press Save."""
    return post(client, url, **{"then": "stay", **fields})


def only(session: Session, *conditions: Any) -> Contact:
    """The one contact for which these hold."""
    session.expire_all()
    return session.scalars(select(Contact).where(*conditions)).one()


def saved(client: FlaskClient, session: Session, **fields: Any) -> Contact:
    """A contact that was made by the form."""
    response = save(client, **{**NAMES, **fields})
    assert response.status_code == 302, words(response.text)
    return session.get_one(Contact, int(re.findall(r"/edit/(\d+)", response.location)[0]))


def test_fields(staff_client: FlaskClient) -> None:
    """The three tabs hold the seed's fields with its labels, in its order, and two buttons."""
    html = staff_client.get(NEW).text
    for name, expected in FIELDS.items():
        assert [one for one in labels(tab(html, name)) if one != ""] == expected
    titles = re.findall(r'<h2 id="tab-\w+-title">(.*?)</h2>', html)
    assert titles == ["Main", "Working data", "Contacts"]
    buttons = re.findall(r'name="then" value="(\w+)" class="btn[^>]*>(.*?)</button>', html)
    assert buttons == [("stay", "Save"), ("exit", "Save and Exit")]
    options = re.findall(r'<option value="(\w+)"[^>]*>(.*?)</option>', tab(html, "main"))
    assert [text for _value, text in options] == ["Any", "Work phone", "Mobile phone", "Email"]


def test_mandatory(staff_client: FlaskClient) -> None:
    """First name and Last name say that they are required; Email does with Is user only."""
    html = staff_client.get(NEW).text
    required = re.findall(r'<input[^>]*aria-required="true"[^>]*name="(\w+)"', html)
    assert sorted(required) == ["firstname", "lastname"]
    assert html.count("contacts-with-login") == 1
    assert value_of(html, "is_user") == ""


def test_company_is_looked_up(staff_client: FlaskClient, acme: Any) -> None:
    """Company and Manager are typed, with a look-up; neither is a list of all."""
    html = staff_client.get(NEW).text
    for name in ("company", "manager"):
        assert f'<select class="form-control" id="{name}"' not in html
        field = re.search(rf'<input[^>]* name="{name}"[^>]*>', html)
        assert field is not None
        assert f'data-lookup="{URL}/' in field[0]
    assert f'<option value="{escape(label(acme))}">' in html


def test_save_stays(staff_client: FlaskClient, session: Session) -> None:
    """Save comes back to the form, which holds what was saved, and says so."""
    response = save(staff_client, f"{NEW}?list=state%3Dall", **NAMES)
    contact = only(session)
    assert response.status_code == 302
    assert response.location == f"{URL}/edit/{contact.id}?list=state%3Dall"
    html = staff_client.get(response.location).text
    assert "Ada Lovelace is now a contact, without a company yet." in words(html)
    again = save(staff_client, response.location, **{**NAMES, "position": "Countess"})
    assert again.location == response.location
    html = staff_client.get(again.location).text
    assert "The changes to Ada Lovelace are saved." in words(html)
    assert value_of(html, "position") == "Countess"


def test_save_and_exit(staff_client: FlaskClient, session: Session) -> None:
    """Save and Exit goes to the list with the filters that it had; Cancel goes there too."""
    query = "list=q%3Dada%26state%3Dall"
    response = save(staff_client, f"{NEW}?{query}", **NAMES, then="exit")
    assert response.location == f"{URL}/?q=ada&state=all"
    pk = only(session).id
    html = staff_client.get(f"{URL}/edit/{pk}?{query}").text
    assert f'<a class="btn btn-link" href="{URL}/?q=ada&amp;state=all">Cancel</a>' in html
    response = save(staff_client, f"{URL}/edit/{pk}?{query}", **NAMES, then="exit")
    assert response.location == f"{URL}/?q=ada&state=all"
    assert save(staff_client, **{**NAMES, "firstname": "B"}, then="exit").location == f"{URL}/"
    far = save(staff_client, f"{NEW}?list=//evil.example/%0d%0aX:1", **{**NAMES, "firstname": "C"},
               then="exit")  # fmt: skip
    assert far.location.startswith(f"{URL}/")


def test_the_list_gives_its_filters_along(
    staff_client: FlaskClient, acme: Any, make_contact: Make
) -> None:
    """New and the contacts' pages know the list as it was."""
    contact = make_contact(acme, firstname="Ada", lastname="Lovelace")
    html = unescape(staff_client.get(f"{URL}/?state=all").text)
    assert f'href="{URL}/show/{contact.id}?list=state%3Dall"' in html
    assert f'href="{URL}/new?list=state%3Dall"' in html


def test_every_field_is_kept(staff_client: FlaskClient, session: Session, acme: Any) -> None:
    """What is typed into each field is saved, and shown again."""
    flags = {"do_not_send_emails": "y", "do_not_call": "y"}
    contact = saved(staff_client, session, **TYPED, **flags, company=label(acme))
    assert contact.customer_id == acme.id
    assert (contact.do_not_send_emails, contact.do_not_call) == (True, True)
    assert contact.phone_e164 == "+442079460958"
    html = staff_client.get(f"{URL}/edit/{contact.id}").text
    for name, value in {**TYPED, **flags}.items():
        assert value_of(html, name) == value, name
    assert value_of(html, "company") == label(acme)
    assert "<i>engines" not in html


def test_created_by(staff_client: FlaskClient, app: Flask, session: Session) -> None:
    """A contact without a company belongs to who made it, has no login and no permission."""
    contact = saved(staff_client, session)
    with app.app_context():
        admin = app.appbuilder.sm.find_user(ADMIN[0])  # type: ignore[attr-defined]
        assert contact.created_by_id == admin.id
    assert (contact.customer_id, contact.login_id, contact.email_scope) == (None, None, "")
    assert (contact.active, contact.is_primary, contact.permission_names) == (True, False, set())


@pytest.mark.parametrize("missing", ["firstname", "lastname"])
@pytest.mark.parametrize("value", ["", "   ", "\u00a0"])
def test_missing_name(
    staff_client: FlaskClient, session: Session, missing: str, value: str
) -> None:
    """Without a first or last name nothing is saved; the error is at the field in its tab, and
    everything else that was typed stands there still."""
    typed = {**TYPED, "company": "Nobody Ltd", "do_not_call": "y", missing: value}
    response = save(staff_client, **typed)
    assert response.status_code == 422
    assert error_of(tab(response.text, "main"), missing) == "This field is required."
    assert error_of(tab(response.text, "working"), "company").startswith("There is no such company")
    for name, text in {**TYPED, "do_not_call": "y", "company": "Nobody Ltd"}.items():
        assert name == missing or value_of(response.text, name) == text
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("birthday", "31.12.1990", "main"), ("birthday", "2990-01-01", "main"),
        ("contact_preference", "pigeon", "main"), ("notes", "x" * 10_001, "main"),
        ("timezone", "Mars/Base", "working"), ("language", "xx", "working"),
        ("certificate", "x" * 192, "working"), ("position", "a\x00b", "working"),
        ("phone", "call me", "contacts"), ("mobile_phone", "x" * 41, "contacts"),
        ("mobile_phone2", "?", "contacts"), ("email", "nonsense", "contacts"),
        ("email2", "a@b@c", "contacts"), ("other_contacts", "x" * 2001, "contacts"),
        ("firstname", "x" * 101, "main"), ("middle_name", "\u202eevil", "main"),
    ],
)  # fmt: skip
def test_bad_values(
    staff_client: FlaskClient, session: Session, name: str, value: str, place: str
) -> None:
    """What a field does not take is said at it, in the tab where it stands; nothing is saved."""
    response = save(staff_client, **{**TYPED, name: value})
    assert response.status_code == 422
    assert error_of(tab(response.text, place), name) != ""
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_email_only_for_users(staff_client: FlaskClient, session: Session) -> None:
    """Email is asked for when Is user is ticked, and only then."""
    response = save(staff_client, **NAMES, is_user="y")
    assert error_of(response.text, "email") == "This field is required."
    assert value_of(response.text, "is_user") == "y"
    assert saved(staff_client, session).email is None


def test_is_user(
    staff_client: FlaskClient, session: Session, acme: Any, smtp: RecordingSmtp, drain: Make
) -> None:
    """A user gets a login for the address and a link, and may open nothing yet; User shows the
    login and its state, and only where there is one."""
    contact = saved(
        staff_client, session, email="ada@example.com", is_user="y", company=label(acme)
    )
    assert contact.login is not None
    assert (contact.login.email, contact.permission_names) == ("ada@example.com", frozenset())
    drain()
    assert len(smtp.to("ada@example.com")) == 2  # the welcome, and the link
    shown = words(tab(staff_client.get(f"{URL}/edit/{contact.id}").text, "main"))
    assert re.search(r"User Sent ada@example\.com Sent on .*, valid until", shown)
    other = saved(staff_client, session, firstname="B")
    shown = words(tab(staff_client.get(f"{URL}/edit/{other.id}").text, "main"))
    assert "The login is made for the address in Email" in shown


def test_user_without_a_permission(
    staff_client: FlaskClient, session: Session, acme: Any, app: Flask
) -> None:
    """Whoever makes a portal user here reads that it has no permission, or no company, with the
    way to give it. Nobody without a login is remarked on, nor who got one before, and staff who
    may not give it see no way."""
    saying = "Ada Lovelace has no permission yet, and finds nothing in the portal."
    user = {"email": "ada@example.com", "is_user": "y"}
    contact = saved(staff_client, session, **user, company=label(acme))
    edit = f"{URL}/edit/{contact.id}"
    html = unescape(staff_client.get(edit).text)
    assert f"{saying} Give permissions" in words(html)
    way = f"/customercontacts/edit/{acme.id}/{contact.id}?tab=permissions#permissions"
    assert f'href="{way}">Give permissions' in html
    assert 'id="permissions"' in staff_client.get(way).text
    save(staff_client, edit, **NAMES, **user, company=label(acme), position="Countess")
    assert saying not in words(staff_client.get(edit).text)
    later = saved(staff_client, session, email="ada@other.example")
    assert saying not in words(staff_client.get(edit).text)
    save(staff_client, f"{URL}/edit/{later.id}", **{**user, **NAMES, "email": "ada@other.example"})
    html = staff_client.get(edit).text
    alone = "Ada Lovelace has no company yet, and finds nothing in the portal."
    assert f"{alone} Give a company" in unescape(words(html))
    assert f'href="{URL}/edit/{later.id}#company"' in html
    assert 'id="company"' in staff_client.get(f"{URL}/edit/{later.id}").text
    adds = sign_in_limited(app, session, acme, "can_add", "can_list")
    save(adds, **NAMES, **{**user, "email": "ada@third.example"}, then="exit")
    html = adds.get(f"{URL}/").text
    assert alone in words(html)
    assert "Give a company" not in html


def test_who_loses_the_login(staff_client: FlaskClient, session: Session, acme: Any) -> None:
    """Is user unticked takes the login away, which the message says; once."""
    user = {"email": "ada@example.com", "company": label(acme)}
    contact = saved(staff_client, session, **user, is_user="y")
    edit = f"{URL}/edit/{contact.id}"
    staff_client.get(edit)
    saying = "Ada Lovelace has no login any more, and cannot sign in."
    for is_said in (True, False):
        save(staff_client, edit, **NAMES, **user)
        assert (saying in words(staff_client.get(edit).text)) is is_said


def test_who_was_saved_is_a_link(
    staff_client: FlaskClient, session: Session, app: Flask, acme: Any
) -> None:
    """Back on the list the message leads to the contact's page, for who may open it; its name
    is text, whatever is in it."""
    typed = {"firstname": "<b>Ada</b>", "lastname": "O'Neil"}
    save(staff_client, f"{NEW}?list=q%3Dada", **typed, then="exit")
    html = staff_client.get(f"{URL}/").text
    url = f"{URL}/show/{only(session).id}?list=q%3Dada"
    assert f'href="{url}">&lt;b&gt;Ada&lt;/b&gt; O&#39;Neil</a>' in html
    adds = sign_in_limited(app, session, acme, "can_add", "can_list")
    save(adds, **NAMES, then="exit")
    html = adds.get(f"{URL}/").text
    assert "Ada Lovelace is now a contact, without a company yet." in words(html)
    assert 'alert-link"' not in html


def test_login_is_never_picked(staff_client: FlaskClient, session: Session) -> None:
    """There is no field for the login: who posts one is refused."""
    for name in ("login", "login_id", "user", "permissions", "is_primary", "password", "active"):
        assert save(staff_client, **NAMES, **{name: "1"}).status_code == 422
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_joining_a_login(
    staff_client: FlaskClient, session: Session, make_contact: Make, make_customer: Make, acme: Any
) -> None:
    """The login that the address has elsewhere is joined, in whatever spelling (C6)."""
    known = make_contact(make_customer(company="Elsewhere"), email="ada@example.com")
    contact = saved(
        staff_client, session, email="ADA@Example.com", is_user="y", company=label(acme)
    )
    assert contact.login_id == known.login_id
    assert session.scalar(select(func.count()).select_from(Login)) == 1


def test_login_given_and_taken_later(
    staff_client: FlaskClient, session: Session, acme: Any
) -> None:
    """Ticking Is user gives a login, unticking takes it, whatever else is on the form."""
    contact = saved(staff_client, session, email="ada@example.com", company=label(acme))
    fields = {**NAMES, "email": "ada@example.com", "company": label(acme)}
    url = f"{URL}/edit/{contact.id}"
    assert save(staff_client, url, **fields, is_user="y").status_code == 302
    login = only(session).login
    assert login is not None
    page = words(staff_client.get(url).text)
    assert login.email in page
    if not LIMITS_STAFF:
        assert "On its way to ada@example.com: the link to set a password." in page
    assert save(staff_client, url, **fields).status_code == 302
    assert only(session).login_id is None


def test_no_login_for_an_inactive_contact(
    staff_client: FlaskClient, app: Flask, session: Session
) -> None:
    """It is said at Is user, once."""
    contact = saved(staff_client, session, email="ada@example.com")
    with app.app_context():
        deactivate_contact(session, None, contact.id)
    url = f"{URL}/edit/{contact.id}"
    response = save(staff_client, url, **NAMES, email="ada@example.com", is_user="y")
    assert error_of(response.text, "is_user").count("This contact is not active") == 1


def test_address_without_a_company_is_one(staff_client: FlaskClient, session: Session) -> None:
    """An address is there once among the contacts without a company (C6)."""
    saved(staff_client, session, email="ada@example.com")
    response = save(staff_client, **NAMES, email="ADA@example.com")
    assert error_of(response.text, "email") == "Another contact without a company has this address."


def test_company_given_later(staff_client: FlaskClient, session: Session, acme: Any) -> None:
    """A contact without a company gets one by the form, with everything else that was typed;
    as its first contact it is primary, and the activity tells of it."""
    contact = saved(staff_client, session)
    url = f"{URL}/edit/{contact.id}"
    response = save(staff_client, url, **{**TYPED, "company": f" {acme} "})
    assert response.status_code == 302, words(response.text)
    row = only(session)
    assert (row.customer_id, row.email_scope) == (acme.id, str(acme.id))
    assert (row.is_primary, row.primary_of, row.position) == (True, acme.id, "Analyst")
    page = words(staff_client.get(url).text)
    assert "Moved to another customer" in page
    assert f"Company {acme}" in page


def test_company_given_where_the_address_is_taken(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """Then nothing is changed, and the error is at Email."""
    make_contact(acme, email="ada@example.com")
    contact = saved(staff_client, session, email="ada@example.com")
    fields = {**TYPED, "company": label(acme)}
    response = save(staff_client, f"{URL}/edit/{contact.id}", **fields)
    assert error_of(response.text, "email") == "Another contact of this customer has this address."
    assert value_of(response.text, "company") == label(acme)
    row = only(session, Contact.id == contact.id)
    assert (row.customer_id, row.position) == (None, None)


def test_company_changed(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make, make_customer: Make
) -> None:
    """Another company leads to the page that asks what a move asks, with the company filled in;
    the rest is saved. From there the way is back to the contact's page (C4)."""
    first = make_contact(acme, firstname="Ada", lastname="Lovelace", email="ada@example.com")
    grace = make_contact(acme, firstname="Grace", lastname="Hopper", email="grace@example.com")
    target = make_customer(company="Target")
    fields = {**NAMES, "email": "ada@example.com", "is_user": "y", "position": "Countess"}
    response = save(staff_client, f"{URL}/edit/{first.id}?list=q%3Da", **fields, company="Target")
    assert response.location.startswith(f"{URL}/move/{first.id}?list=q%3Da&customer=Target")
    assert only(session, Contact.id == first.id).position == "Countess"
    page = staff_client.get(response.location)
    assert f'value="{label(target)}"' in page.text
    assert "The contact is still at its old company." in words(page.text)
    assert 'name="successor"' in page.text
    refused = post(staff_client, response.location, customer=label(target))
    assert "Choose who becomes the primary contact." in words(refused.text)
    moved = post(staff_client, response.location, customer=label(target), successor=grace.id)
    assert moved.location == f"{URL}/show/{first.id}?list=q%3Da"
    assert only(session, Contact.id == first.id).customer_id == target.id


def test_company_emptied(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """A contact is not left without its company; the form says what to do."""
    contact = make_contact(acme)
    url = f"{URL}/edit/{contact.id}"
    response = save(staff_client, url, **{**TYPED, "timezone": "Mars/Base"}, company="")
    assert error_of(response.text, "company").startswith("A contact is not left without")
    assert error_of(response.text, "timezone") == "There is no such timezone."
    assert only(session).customer_id == acme.id


@pytest.mark.parametrize(
    "typed", ["Nobody", "(#1)", "%", "_", "x" * 5000, "a\x00b", "<script>alert(1)</script>"]
)
def test_unknown_company(
    staff_client: FlaskClient, session: Session, acme: Any, typed: str
) -> None:
    """What is no company is said at the field, and never shown as it is."""
    response = save(staff_client, **NAMES, company=typed)
    assert error_of(response.text, "company") == "There is no such company. Choose one of the list."
    assert "<script>alert" not in response.text
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


@pytest.mark.parametrize("typed", ["Grace Hopper (#{pk})", "grace hopper", " GRACE@example.com "])
def test_manager(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make, typed: str
) -> None:
    """The manager is typed as offered, by name or by address; without an address too."""
    grace = make_contact(acme, firstname="Grace", lastname="Hopper", email="grace@example.com")
    name = typed.format(pk=grace.id)
    contact = saved(staff_client, session, company=label(acme), manager=name)
    assert contact.manager_id == grace.id
    url = f"{URL}/edit/{contact.id}"
    assert value_of(staff_client.get(url).text, "manager") == "Grace Hopper"
    nameless = saved(staff_client, session, firstname="Joan", company=label(acme))
    fields = {**NAMES, "company": label(acme), "manager": f"Joan Lovelace (#{nameless.id})"}
    assert save(staff_client, url, **fields).status_code == 302
    assert only(session, Contact.id == contact.id).manager_id == nameless.id
    assert save(staff_client, url, **{**fields, "manager": ""}).status_code == 302
    assert only(session, Contact.id == contact.id).manager_id is None


def test_manager_of_another_company(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make, make_customer: Make
) -> None:
    """A manager is a contact of the same company; nobody is one's own, and no circle closes."""
    grace = make_contact(make_customer(), firstname="Grace", lastname="Hopper")
    ada = make_contact(acme, firstname="Ada", lastname="Lovelace", email="ada@example.com")
    joan = make_contact(
        acme, firstname="Joan", lastname="Clarke", email="j@example.com", manager="ada@example.com"
    )
    url = f"{URL}/edit/{ada.id}"
    fields = {**NAMES, "company": label(acme), "email": "ada@example.com", "is_user": "y"}
    unknown = "There is no such contact at this company. Choose another."
    for person in (grace, ada):
        typed = f"{person.name} (#{person.id})"
        response = save(staff_client, url, **fields, manager=typed)
        assert error_of(response.text, "manager") == unknown
        assert value_of(response.text, "manager") == typed
    circle = save(staff_client, url, **fields, manager=f"{joan.name} (#{joan.id})")
    assert "reports to this contact already" in error_of(circle.text, "manager")
    assert only(session, Contact.id == ada.id).manager_id is None


def test_the_rest_stays(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """What the form does not have (permissions, topics, account manager, primary flag, password)
    is as it was after Save."""
    contact = make_contact(
        acme, firstname="Ada", lastname="Lovelace", email="ada@example.com",
        permissions=["invoices", "support"], topics=["invoice"], account_manager=ADMIN[0],
    )  # fmt: skip
    before = session.get_one(Contact, contact.id)
    held = (before.permission_names, before.topic_names, before.account_manager_id)
    password = session.get_one(Login, contact.login_id).password_hash
    fields = {**NAMES, "email": "ada@example.com", "is_user": "y", "company": label(acme)}
    url = f"{URL}/edit/{contact.id}"
    assert save(staff_client, url, **fields, position="Countess").status_code == 302
    row = only(session)
    assert (row.permission_names, row.topic_names, row.account_manager_id) == held
    assert (row.position, row.is_primary) == ("Countess", True)
    assert session.get_one(Login, contact.login_id).password_hash == password


def test_the_last_recipient(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """Staff are told before a topic loses its last recipient, and confirm it (N6)."""
    contact = make_contact(
        acme, firstname="Ada", lastname="Lovelace", email="ada@example.com",
        permissions=["invoices"], topics=["invoice"],
    )  # fmt: skip
    fields = {**NAMES, "email": "ada@example.com", "is_user": "y", "company": label(acme)}
    fields["do_not_send_emails"] = "y"
    url = f"{URL}/edit/{contact.id}"
    asked = save(staff_client, url, **fields)
    assert asked.status_code == 422
    assert f"Nobody at {acme} will get mail about these any more" in words(asked.text)
    assert '<input type="hidden" name="silences" value="invoice">' in asked.text
    assert value_of(asked.text, "do_not_send_emails") == "y"
    assert save(staff_client, url, **fields, silences="invoice").status_code == 302
    assert only(session).do_not_send_emails


def test_the_same_person_elsewhere(
    staff_client: FlaskClient, acme: Any, make_contact: Make, make_customer: Make
) -> None:
    """The form can open with a person's names and addresses, for another company."""
    contact = make_contact(
        acme, firstname="Ada", lastname="Lovelace", email="ada@example.com", position="Analyst"
    )
    target = make_customer(company="Target")
    html = staff_client.get(f"{NEW}?person={contact.id}&company=Target").text
    shown = {name: value_of(html, name) for name in (*NAMES, "email", "company", "is_user")}
    assert shown == {**NAMES, "email": "ada@example.com", "company": label(target), "is_user": "y"}
    assert value_of(html, "position") == ""
    assert staff_client.get(f"{NEW}?person=999999").status_code == 404


def test_archived(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """An archived contact's form says so, has no button to save, and saves nothing."""
    contact = make_contact(acme, firstname="Ada", lastname="Lovelace")
    assert post(staff_client, f"{URL}/archive/{contact.id}").status_code == 302
    url = f"{URL}/edit/{contact.id}"
    html = staff_client.get(url).text
    assert "This contact is archived. Restore it first." in words(html)
    assert "Save and Exit" not in html
    response = save(staff_client, url, **{**NAMES, "company": label(acme), "position": "X"})
    assert response.status_code == 422
    assert only(session).position is None


def test_lookups(
    staff_client: FlaskClient, acme: Any, make_contact: Make, make_customer: Make
) -> None:
    """Both answer with labels; the manager's with contacts of the typed company, few at once."""
    make_customer(company="Zeta")
    assert staff_client.get(f"{URL}/companies?q=ACME").json == [label(acme)]
    assert staff_client.get(f"{URL}/companies?q=%25").json == []
    grace = make_contact(acme, firstname="Grace", lastname="Hopper", email="grace@example.com")
    other = make_contact(make_customer(), firstname="Gracia", lastname="Other")
    asked = {"q": "gra", "with": label(acme)}
    managers = f"{URL}/managers"
    expected = ["Grace Hopper"]
    for text in ("gra", "HOP", "Grace h", "grace@", ""):
        assert staff_client.get(managers, query_string={**asked, "q": text}).json == expected
    for text in ("%", "_", "x" * 400, "nobody"):
        assert staff_client.get(managers, query_string={**asked, "q": text}).json == []
    assert staff_client.get(managers, query_string={**asked, "but": grace.id}).json == []
    assert staff_client.get(managers, query_string={"q": "gra", "with": "Nobody"}).json == []
    assert other.name not in str(staff_client.get(managers, query_string=asked).json)
    assert staff_client.get(f"{managers}?q=a%00").status_code == 404


def test_limited_staff(
    app: Flask, staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make,
    make_customer: Make,
) -> None:  # fmt: skip
    """They find, name and open what is theirs alone: a hidden company is unknown, a hidden
    contact is no manager and 404, and so is one without a company of somebody else's (S7)."""
    far = hidden_customer(make_customer)
    hidden = make_contact(far, firstname="Hidden", lastname="Person")
    loose = saved(staff_client, session, firstname="Loose")
    north = acme
    client = sign_in_limited(app, session, north, *EVERYTHING)
    assert client.get(f"{URL}/companies?q=Hidden").json == []
    asked = {"q": "Hidden", "with": label(far)}
    assert client.get(f"{URL}/managers", query_string=asked).json == []
    assert client.get(f"{URL}/managers?q=Loose").json == []
    for typed in (str(far), label(far)):
        response = save(client, **NAMES, company=typed)
        assert error_of(response.text, "company").startswith("There is no such company")
        assert response.text.count("Hidden Ltd") == 1  # what was typed, and nothing offered
    for one in (hidden, loose):
        response = save(client, **NAMES, company=label(north), manager=f"{one.name} (#{one.id})")
        assert error_of(response.text, "manager") != ""
        assert client.get(f"{URL}/edit/{one.id}").status_code == 404
        assert save(client, f"{URL}/edit/{one.id}", **NAMES).status_code == 404
        assert client.get(f"{NEW}?person={one.id}").status_code == 404
    mine = saved(client, session, firstname="Mine")
    assert client.get(f"{URL}/edit/{mine.id}").status_code == 200
    assert saved(client, session, firstname="Theirs", company=label(north)).customer_id == north.id


@pytest.mark.parametrize(("right", "page"), [("can_add", "new"), ("can_edit", "edit")])
def test_permissions(
    app: Flask, session: Session, acme: Any, make_contact: Make, right: str, page: str
) -> None:
    """New needs the permission to add, Edit the one to edit."""
    contact = make_contact(acme)
    address = f"{URL}/{page}" if page == "new" else f"{URL}/{page}/{contact.id}"
    without = [one for one in EVERYTHING if one != right]
    assert sign_in_limited(app, session, acme, *without).get(address).status_code in {302, 403}
    client = sign_in_limited(app, session, acme, right, name="tim")
    assert client.get(address).status_code == 200


def test_guards(client: FlaskClient, staff_client: FlaskClient, session: Session) -> None:
    """Nobody who is not signed in, no form without its token, no key that cannot be."""
    assert client.get(NEW).status_code == 302
    assert staff_client.post(NEW, data=NAMES).status_code == 400
    for key in ("0", "999999", "abc", "-1", "2147483648", "1.5"):
        assert staff_client.get(f"{URL}/edit/{key}").status_code == 404
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_statements(
    staff_client: FlaskClient, acme: Any, make_contact: Make, make_customer: Make,
    statements: Make,
) -> None:  # fmt: skip
    """The forms take as many statements with many contacts and companies as with few."""
    contact = make_contact(acme, firstname="Ada", lastname="Lovelace")

    def count(url: str) -> int:
        staff_client.get(url)
        with statements() as seen:
            assert staff_client.get(url).status_code == 200
        return len(seen)

    pages = (NEW, f"{URL}/edit/{contact.id}")
    few = [count(url) for url in pages]
    for number in range(12):
        make_customer()
        make_contact(acme, firstname="Z", lastname=f"Z{number}", email=f"z{number}@example.com")
    assert [count(url) for url in pages] == few
    assert few[0] <= (5 if LIMITS_STAFF else 4)
