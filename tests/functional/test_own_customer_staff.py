"""A host whose companies existed before: text keys, base filters, a class named Contact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Base, Contact, Customer
from tests.host_app import HostInvoice, customer_url

pytestmark = pytest.mark.own_only(reason="about the host's own companies")
Make = Callable[..., Any]
MAY = (
    *(("can_list", "CompanyView"), ("can_show", "CompanyView"), ("can_delete", "CompanyView")),
    *((f"can_{verb}", "Customer contacts") for verb in ("show", "add", "edit", "delete")),
)
NEW = {
    "firstname": "Grace",
    "lastname": "Hopper",
    "email": "grace@example.com",
    "send_password_mail": "y",
    "is_user": "y",
}
CHANGED = {name: NEW[name] for name in ("firstname", "lastname", "email", "is_user")}


@pytest.fixture
def north(app: Flask) -> FlaskClient:
    """A browser with a staff user who sees the companies of the North."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("North")
        for permission, view in MAY:
            sm.add_permission_role(role, sm.find_permission_view_menu(permission, view))
        sm.add_user("nora", "No", "Ra", "nora@example.com", role, "nora")
    client = app.test_client()
    assert testing.staff_sign_in(client, "nora", "nora").status_code == 302
    return client


def post(client: FlaskClient, path: str, token_at: str, **fields: str) -> Any:
    """Post to ``path`` with the token of a form that this user may open."""
    data = {**fields, "csrf_token": testing.csrf_token(client, token_at)}
    return client.post(path, data=data)


def test_the_companies_are_the_customers(app: Flask) -> None:
    """The package brings no customers of its own, and no view of them."""
    assert "contacts_customer" not in Base.metadata.tables
    assert Customer.__name__ == "Company"
    assert app.test_client().get("/customers/list/").status_code == 404


def test_our_tab_stands_beside_the_hosts(staff_client: FlaskClient, make_customer: Make) -> None:
    """The host's own tabs first, in their order, then ours; nothing of the host's is lost."""
    html = staff_client.get(customer_url(make_customer(company="Aurora"))).text
    tabs = re.findall(r'href="#(\w+)" data-toggle="tab"', html)
    assert tabs[:3] == ["Home", "CardView", "ContactsTab"]
    assert "Aurora" in html


def test_the_hosts_class_of_the_same_name(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """``relationship("Contact")`` of the host finds the host's class; each tab has its own."""
    from tests.own_host import Contact as Card

    customer = make_customer(company="Aurora")
    make_contact(customer, firstname="Ada", lastname="Lovelace")
    customer.cards.append(Card(name="A card of Aurora"))
    session.commit()
    session.expire_all()
    assert [card.name for card in customer.cards] == ["A card of Aurora"]
    assert session.scalar(select(func.count()).select_from(Contact)) == 1
    html = staff_client.get(customer_url(customer)).text
    ours, theirs = html.index('<div id="ContactsTab"'), html.index('<div id="CardView"')
    assert ours < html.index("Ada Lovelace")
    assert theirs < html.index("A card of Aurora") < ours


def test_base_filters_hide_companies_and_their_contacts(
    north: FlaskClient,
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
) -> None:
    """Staff of a region work with its companies; others' are 404 at each address of ours, and
    stay as they were. An administrator sees all."""
    own = make_customer(company="Northern", region="North")
    other = make_customer(company="Southern", region="South")
    contact = make_contact(other, firstname="Ada")
    listed = north.get("/companyview/list/").text
    assert "Northern" in listed
    assert "Southern" not in listed
    form = f"/customercontacts/new/{own.id}"
    for path in (
        *(
            f"new/{other.id}",
            f"edit/{other.id}/{contact.id}",
            f"deactivate/{other.id}/{contact.id}",
        ),
        *(f"delete/{other.id}/{contact.id}", f"edit/{own.id}/{contact.id}"),
    ):
        assert north.get(f"/customercontacts/{path}").status_code == 404, path
        fields = NEW if path.startswith("new") else CHANGED
        posted = post(north, f"/customercontacts/{path}", form, **fields)
        assert posted.status_code == 404, path
    assert staff_client.get(f"/customercontacts/new/{other.id}").status_code == 200
    session.expire_all()
    assert session.scalars(select(Contact.firstname)).all() == ["Ada"]
    saved = post(north, form, form, **NEW)
    assert saved.location == f"{customer_url(own)}#ContactsTab"
    session.expire_all()
    assert session.get_one(Contact, 2).customer_id == own.id


@pytest.mark.parametrize(
    "key", ["A B", "Ü-1", "50%", "x#y", "a&b=c", "?", "O'Neil", "<b>", "1", "01", "-1", "None"]
)
def test_any_text_is_a_key(
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    captured_mail: Make,
    contact_client: Make,
    key: str,
) -> None:
    """Spaces, signs and what looks like a number: the tab, its form, the portal."""
    customer = make_customer(company="Aurora", id=key, region="North")
    make_customer(company="Another", id=f"{key}0")
    html = staff_client.get(customer_url(customer)).text
    (address,) = set(re.findall(r'href="(/customercontacts/new/[^"]+)"', html))
    address = unescape(address)
    saved = post(staff_client, address, address, **NEW)
    assert saved.status_code == 302
    assert staff_client.get(saved.location).status_code == 200
    contact = session.scalars(select(Contact)).one()
    assert (contact.customer_id, contact.primary_of, contact.email_scope) == (key, key, key)
    assert len(captured_mail("grace@example.com")) == 2
    session.add(HostInvoice(number="I-1", issued_on=date(2026, 1, 1), total=1, customer_id=key))
    session.commit()
    browser = contact_client(key, permissions=["invoices"])
    assert "I-1" in browser.get("/portal/invoices/").text
    assert (
        "I-1"
        not in contact_client(f"{key}0", permissions=["invoices"]).get("/portal/invoices/").text
    )


def test_a_company_with_contacts_is_not_deleted(
    north: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The host's own delete says how many contacts stand in the way; then it works."""
    customer = make_customer(company="Northern", region="North")
    contact = make_contact(customer)
    form = f"/customercontacts/new/{customer.id}"
    delete = f"/companyview/delete/{customer.id}"
    page = north.get(post(north, delete, form).location).text
    assert "This customer has 1 contact." in page
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    gone = f"/customercontacts/delete/{customer.id}/{contact.id}"
    assert post(north, gone, form).status_code == 302
    post(north, delete, form)
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_the_key_of_a_company_with_contacts(
    staff_client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    session: Session,
) -> None:
    """The host's form for editing changes the key of a company without contacts; one with
    contacts keeps its key, and a message says why."""
    free, taken = make_customer(), make_customer()
    make_contact(taken)
    keys = free.id, taken.id
    for company, kept in ((free, False), (taken, True)):
        url = f"/companyview/edit/{company.id}"
        fields = {"id": f"{company.id}-new", "name": "Renamed", "region": "North"}
        answer = post(staff_client, url, url, **fields)
        assert answer.status_code == 302
        page = staff_client.get("/companyview/list/").text
        assert ("customer admins belong to this customer: its key stays" in page) is kept
    session.expire_all()
    assert {one.id for one in session.scalars(select(Customer))} == {f"{keys[0]}-new", keys[1]}
