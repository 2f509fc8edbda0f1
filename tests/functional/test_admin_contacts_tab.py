"""The tab Contacts: rows, badge, pages, buttons, and the changes by one button."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from tests.host_app import LIMITS_STAFF, customer_url

Make = Callable[..., Any]
#: On a host's own page Flask-AppBuilder asks for each button of its own.
MOST_STATEMENTS = 40 if LIMITS_STAFF else 5


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def press(
    staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str], customer: Any
) -> Callable[..., Any]:
    """``press("make-primary", contact, …fields)`` posts to one of the tab's addresses."""

    def send(action: str, contact: Any, **fields: str) -> Any:
        token = csrf(staff_client, "/contacts-settings/")
        url = f"/customercontacts/{action}/{customer.id}/{getattr(contact, 'id', contact)}"
        return staff_client.post(url, data={**fields, "csrf_token": token})

    return send


def tab_of(client: FlaskClient, customer: Any, query: str = "") -> str:
    """The HTML of the tab alone."""
    html = client.get(f"{customer_url(customer)}{query}").text
    return re.split(r'<div id="(?!ContactsTab)', html[html.index('id="ContactsTab"') :])[0]


def said(client: FlaskClient, customer: Any) -> str:
    """The messages on the customer's page."""
    html = client.get(customer_url(customer)).text
    found = re.findall(r'(?s)<div class="alert.*?</div>', html)
    return unescape(re.sub(r"\s+", " ", " ".join(re.sub(r"<[^>]+>", " ", one) for one in found)))


@pytest.mark.bundled_only(reason="the tabs beside ours are the host's own")
def test_tabs_in_order(staff_client: FlaskClient, customer: Any) -> None:
    """C13: Profile, Contacts with its count, Notes, who looks after the customer."""
    html = staff_client.get(customer_url(customer)).text
    tabs = re.findall(r'(?s)data-toggle="tab"[^>]*>(.*?)</a>', html)
    assert tabs == [
        "Profile", 'Contacts <span class="badge">0</span>', "Notes", "Customer admins",
    ]  # fmt: skip


def test_empty_state(staff_client: FlaskClient, customer: Any) -> None:
    """A customer without contacts has a friendly word and the button."""
    tab = tab_of(staff_client, customer)
    assert "No contacts yet" in tab
    assert f'href="/customercontacts/new/{customer.id}"' in tab
    assert "<table" not in tab


def test_row(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """A row says who it is, what it may see, and has its buttons."""
    make_contact(
        customer,
        firstname="Ada",
        lastname="Lovelace",
        email="ada@example.com",
        position="Engineer",
        phone="+1 212 555 0123",
        permissions=["support"],
    )
    other = make_contact(customer, firstname="Grace", lastname="Hopper")
    with app.app_context():
        deactivate_contact(session, customer.id, other.id)
    tab = tab_of(staff_client, customer)
    assert "Contacts" in staff_client.get(customer_url(customer)).text
    ada, grace = re.findall(r"(?s)<tr.*?</tr>", tab)[1:]
    for text in (
        "Ada Lovelace",
        "ada@<wbr>example.<wbr>com",
        "Engineer",
        "+1 212 555 0123",
        "Primary",
        ">Support<",
        ">Never<",
        ">Invitation:<",
        "Deactivate",
        "Delete",
        "Edit",
    ):
        assert text in ada
    assert "Make primary" not in ada
    assert "Inactive" in grace
    assert "Reactivate" in grace
    assert "Make primary" not in grace


def test_who_may_only_look(app: Flask, customer: Any, make_contact: Make) -> None:
    """A name leads to the contact's activity where staff may not edit."""
    ada = make_contact(customer)
    page = customer_url(customer).split("/")[1]
    names = {"customers": "Contacts customers", "companyview": "CompanyView"}
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("North")  # the region, where the host has such
        for permission, view in (
            ("can_show", names[page]),
            ("can_show", "Customer contacts"),
            ("can_view_all", "Contacts customers"),
        ):
            sm.add_permission_role(role, sm.find_permission_view_menu(permission, view))
        sm.add_user("lou", "Lou", "Ker", "lou@example.com", role, "lou")
    client = app.test_client()
    assert testing.staff_sign_in(client, "lou", "lou").status_code == 302
    url = f"/customercontacts/activity/{customer.id}/{ada.id}"
    assert f'<a href="{url}"><strong>{ada.name}</strong></a>' in tab_of(client, customer)
    assert client.get(url).status_code == 200


def test_badge_counts_this_customer(
    staff_client: FlaskClient, customer: Any, make_contact: Make, make_customer: Make
) -> None:
    """The badge counts the contacts of the customer shown, and of no other."""
    other = make_customer()
    for _number in range(3):
        make_contact(customer)
    make_contact(other)
    assert '<span class="badge">3</span>' in staff_client.get(customer_url(customer)).text
    assert '<span class="badge">1</span>' in staff_client.get(customer_url(other)).text


def fill(session: Session, customer: Any, count: int) -> None:
    """Add contacts without a login, quickly."""
    session.add_all(
        Contact(customer_id=customer.id, email_scope=str(customer.id), firstname="F",
                lastname=f"L{number:03}", contact_preference="any")
        for number in range(count)
    )  # fmt: skip
    session.commit()


def test_pages(staff_client: FlaskClient, customer: Any, session: Session) -> None:
    """25 a page, with previous and next that stay on the tab."""
    fill(session, customer, 60)
    first, last = tab_of(staff_client, customer), tab_of(staff_client, customer, "?contacts_page=3")
    assert first.count("<tr") == 26
    assert "Page 1 of 3" in first
    assert f'href="{customer_url(customer)}?contacts_page=2#ContactsTab" rel="next"' in first
    assert 'rel="prev"' not in first
    assert last.count("<tr") == 11
    assert 'rel="next"' not in last


@pytest.mark.bundled_only(reason="the guard stands before our pages, not before the host's")
def test_no_page_with_a_nul(staff_client: FlaskClient, customer: Any) -> None:
    """A NUL in the address is 404, before any database could choke on it."""
    assert staff_client.get(f"{customer_url(customer)}?contacts_page=1%00").status_code == 404


@pytest.mark.parametrize("page", ["abc", "0", "-1", "4", "1.5", "9" * 40, "", "<b>"])
def test_no_such_page(
    staff_client: FlaskClient, customer: Any, session: Session, page: str
) -> None:
    """A page that is not there is said, never silently page 1 and never an error."""
    fill(session, customer, 60)
    response = staff_client.get(f"{customer_url(customer)}?contacts_page={page}")
    assert response.status_code == 200
    assert "There is no page" in response.text
    assert "<b>”" not in response.text
    assert "L000" not in response.text


def test_statements_do_not_grow(
    staff_client: FlaskClient, customer: Any, make_contact: Make, statements: Make
) -> None:
    """The profile takes as many statements with 20 contacts as with 2."""
    counts = []
    for more in (2, 18):
        for _number in range(more):
            make_contact(customer, permissions=["support", "invoices"], topics=["tickets"])
        staff_client.get(customer_url(customer))
        with statements() as seen:
            assert staff_client.get(customer_url(customer)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_STATEMENTS


def test_make_primary(
    press: Make, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """C4: one button makes a contact primary, and the page says who it was before."""
    make_contact(customer, firstname="Ada", lastname="Lovelace")
    grace = make_contact(customer, firstname="Grace", lastname="Hopper")
    assert press("make-primary", grace).location.endswith("#ContactsTab")
    session.expire_all()
    assert session.scalars(select(Contact.id).where(Contact.is_primary)).all() == [grace.id]
    assert "Grace Hopper is the primary contact now, no longer Ada Lovelace." in said(
        staff_client, customer
    )


def test_make_inactive_primary(
    app: Flask,
    press: Make,
    staff_client: FlaskClient,
    customer: Any,
    make_contact: Make,
    session: Session,
) -> None:
    """An inactive contact does not become primary; the page says why."""
    ada = make_contact(customer)
    grace = make_contact(customer)
    with app.app_context():
        deactivate_contact(session, customer.id, grace.id)
    press("make-primary", grace)
    session.expire_all()
    assert session.get_one(Contact, ada.id).is_primary
    assert "Only an active contact can be primary." in said(staff_client, customer)


def test_reactivate(
    app: Flask,
    press: Make,
    staff_client: FlaskClient,
    customer: Any,
    make_contact: Make,
    session: Session,
) -> None:
    """A contact is switched on again by one button."""
    make_contact(customer)
    grace = make_contact(customer, firstname="Grace", lastname="Hopper")
    with app.app_context():
        deactivate_contact(session, customer.id, grace.id)
    press("reactivate", grace)
    session.expire_all()
    assert session.get_one(Contact, grace.id).active
    assert "Grace Hopper is active again." in said(staff_client, customer)
    assert "has no login" not in said(staff_client, customer)


def test_back_from_the_archive(
    app: Flask, press: Make, staff_client: FlaskClient, customer: Any, make_contact: Make,
    session: Session,
) -> None:  # fmt: skip
    """Who was restored and reactivated has no login: the message says what to do, and on the
    form the box for it stands above the one for the link, not below the fold."""
    make_contact(customer)
    grace = make_contact(customer, firstname="Grace", lastname="Hopper")
    with app.app_context():
        archive_contact(session, customer.id, grace.id)
    press("restore", grace)
    press("reactivate", grace)
    words = said(staff_client, customer)
    assert "Grace Hopper has no login. To give one, press Edit, tick Is user" in words
    form = staff_client.get(f"/customercontacts/edit/{customer.id}/{grace.id}").text
    box, link, fold = (form.index(one) for one in (
        'name="is_user"', 'name="send_password_mail"', '<details class="contacts-more"'
    ))  # fmt: skip
    assert box < link < fold
    assert form.count('name="is_user"') == 1
    assert "keep the present password" not in form


@pytest.mark.parametrize("action", ["deactivate", "delete"])
def test_leaving_asks_first(
    staff_client: FlaskClient,
    press: Make,
    customer: Any,
    make_contact: Make,
    session: Session,
    action: str,
) -> None:
    """A page asks before a contact is deactivated or deleted; looking changes nothing."""
    make_contact(customer, firstname="Ada", lastname="Lovelace")
    grace = make_contact(customer, firstname="Grace", lastname="Hopper")
    pk = grace.id
    url = f"/customercontacts/{action}/{customer.id}/{pk}"
    page = staff_client.get(url).text
    staff_client.head(url)
    assert f"{action.capitalize()} Grace Hopper?" in page
    assert 'name="successor"' not in page
    session.expire_all()
    assert session.get_one(Contact, grace.id).active
    assert press(action, grace).status_code == 302
    session.expire_all()
    left = session.get(Contact, pk)
    assert left is None if action == "delete" else left is not None and not left.active
    assert "Grace Hopper" in said(staff_client, customer)


@pytest.mark.parametrize("action", ["deactivate", "delete"])
def test_successor(
    staff_client: FlaskClient,
    press: Make,
    customer: Any,
    make_contact: Make,
    session: Session,
    action: str,
) -> None:
    """C4: the primary contact leaves only when another active one is named."""
    ada = make_contact(customer, firstname="Ada", lastname="Lovelace")
    grace = make_contact(customer, firstname="Grace", lastname="Hopper")
    page = staff_client.get(f"/customercontacts/{action}/{customer.id}/{ada.id}").text
    assert f'<option value="{grace.id}">Grace Hopper' in page
    for wrong in ("", "0", "-1", "abc", "9" * 30, str(ada.id)):
        refused = press(action, ada, successor=wrong)
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
    session.expire_all()
    assert session.get_one(Contact, ada.id).is_primary
    assert press(action, ada, successor=str(grace.id)).status_code == 302
    session.expire_all()
    assert session.get_one(Contact, grace.id).is_primary
    assert "Grace Hopper is the primary contact now." in said(staff_client, customer)


def test_successor_of_another_customer(
    press: Make, customer: Any, make_contact: Make, make_customer: Make, session: Session
) -> None:
    """A contact of another customer cannot follow, by id or by address."""
    ada = make_contact(customer)
    make_contact(customer)
    stranger = make_contact(make_customer(), email="stranger@example.com")
    assert press("delete", ada, successor=str(stranger.id)).status_code == 422
    assert press("delete", ada, successor_email="stranger@example.com").status_code == 422
    session.expire_all()
    assert session.get(Contact, ada.id) is not None


def test_many_candidates(
    staff_client: FlaskClient, press: Make, customer: Any, make_contact: Make, session: Session
) -> None:
    """With more than 50 others the address is typed instead of a huge select."""
    ada = make_contact(customer)
    fill(session, customer, 50)
    grace = make_contact(customer, email="grace@example.com")
    page = staff_client.get(f"/customercontacts/delete/{customer.id}/{ada.id}").text
    assert "<select" not in page
    assert 'name="successor_email"' in page
    refused = press("delete", ada, successor_email="nobody")
    assert refused.status_code == 422
    assert 'value="nobody"' in refused.text
    assert press("delete", ada, successor_email=" Grace@Example.com ").status_code == 302
    session.expire_all()
    assert session.get_one(Contact, grace.id).is_primary


def test_last_contact_leaves(press: Make, customer: Any, make_contact: Make, session: Session):
    """The only contact needs no successor."""
    ada = make_contact(customer)
    assert press("delete", ada).status_code == 302
    assert session.scalars(select(Contact)).all() == []


@pytest.mark.parametrize("action", ["deactivate", "delete", "reactivate", "make-primary"])
def test_foreign_contact(
    press: Make,
    customer: Any,
    make_contact: Make,
    make_customer: Make,
    session: Session,
    action: str,
) -> None:
    """A contact of another customer, and one that does not exist, are 404 and stay as they are."""
    stranger = make_contact(make_customer())
    assert press(action, stranger).status_code == 404
    assert press(action, 99_999).status_code == 404
    session.expire_all()
    assert session.get_one(Contact, stranger.id).active


def test_list_permissions_follow_the_registry(
    staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """The small labels stand in the form's order; Email Notifications is not one of them."""
    make_contact(customer, permissions=["email_notifications", "projects", "invoices"])
    tab = tab_of(staff_client, customer)
    assert re.findall(r"contacts-permission\">(.*?)<", tab) == ["Invoices", "Projects"]
