"""Modules, permissions, and whose records they show (BEHAVIOUR P1, P2, P4, P7, C12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from flask_contacts.models import Contact
from flask_contacts.services.contacts.editing import edit_contact
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact

Make = Callable[..., Any]
Browser = Callable[[Any], FlaskClient]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer with a name to look for."""
    return make_customer(company="Aurora Bakery")


@pytest.fixture
def add_invoice(session: Session) -> Make:
    """``add_invoice(customer, number)`` adds an invoice and gives its id."""
    from tests.host_app import HostInvoice

    def add(customer: Any, number: str) -> int:
        invoice = HostInvoice(
            number=number, issued_on=date(2026, 3, 9), total="12.50", customer_id=customer.id
        )
        session.add(invoice)
        session.commit()
        return invoice.id

    return add


@pytest.fixture
def add_ticket(session: Session) -> Make:
    """``add_ticket(customer, contact, subject)`` adds a ticket and gives its id."""
    from tests.host_app import HostTicket

    def add(customer: Any, contact: Any, subject: str) -> int:
        ticket = HostTicket(subject=subject, customer_id=customer.id, contact_id=contact.id)
        session.add(ticket)
        session.commit()
        return ticket.id

    return add


def test_the_navigation_shows_what_is_permitted(
    customer: Any, make_contact: Make, portal_client: Browser
) -> None:
    """P1: modules with the permission and a page; others appear nowhere."""
    page = portal_client(make_contact(customer, permissions=["invoices", "estimates"])).get(
        "/portal/"
    )
    assert page.text.count('href="/portal/invoices/"') == 2  # navigation and card
    assert "/portal/support/" not in page.text
    assert "Estimates" not in page.text  # permitted, but the host attached no page


def test_the_open_module_is_marked(
    customer: Any, make_contact: Make, portal_client: Browser
) -> None:
    """A screen reader hears where it is."""
    browser = portal_client(make_contact(customer, permissions=["invoices"]))
    assert 'href="/portal/invoices/" aria-current="page"' in browser.get("/portal/invoices/").text
    assert 'href="/portal/" aria-current="page"' in browser.get("/portal/").text


def test_revoking_counts_at_the_next_request(
    app: Flask, session: Session, customer: Any, make_contact: Make, portal_client: Browser
) -> None:
    """P1, 8.3.2: the permission is gone from the page and from the navigation at once."""
    contact = make_contact(customer, permissions=["invoices"])
    browser = portal_client(contact)
    assert browser.get("/portal/invoices/").status_code == 200
    raw = {
        "firstname": contact.firstname,
        "lastname": contact.lastname,
        "email": contact.email,
        "is_user": True,
        "permissions": [],
    }
    with app.app_context():
        edit_contact(session, customer.id, contact.id, raw)
    assert browser.get("/portal/invoices/").status_code == 403
    assert "/portal/invoices/" not in browser.get("/portal/").text


def test_a_module_without_its_permission_is_403(
    customer: Any, make_contact: Make, portal_client: Browser, add_invoice: Make
) -> None:
    """P2: a friendly page with a way home, for the list and for a record."""
    number = add_invoice(customer, "INV-1")
    make_contact(customer, firstname="Grace", lastname="Hopper")
    browser = portal_client(make_contact(customer, permissions=["support"]))
    for path in ("/portal/invoices/", f"/portal/invoices/{number}", "/portal/invoices/999"):
        response = browser.get(path)
        assert response.status_code == 403
        assert "INV-1" not in response.text
        assert "Grace Hopper" in response.text  # whom to ask
        assert 'href="/portal/"' in response.text


def test_nobody_without_a_permission_is_left_alone(
    customer: Any, make_contact: Make, portal_client: Browser
) -> None:
    """C12: a portal with no module, and a sentence that says whom to ask."""
    primary = make_contact(customer, firstname="Grace", lastname="Hopper", permissions=[])
    second = make_contact(customer, permissions=[])
    page = portal_client(second).get("/portal/")
    assert "Please ask Grace Hopper, the main contact of Aurora Bakery, or Test Host" in page.text
    page = portal_client(primary).get("/portal/")
    assert "Please ask Test Host to give you access." in page.text


def test_permissions_without_a_page_are_no_reason_to_ask(
    customer: Any, make_contact: Make, portal_client: Browser
) -> None:
    """What the host attached no page to is not there yet; nobody could give access to it."""
    contact = make_contact(customer, permissions=["projects", "email_notifications"])
    page = portal_client(contact).get("/portal/").text
    assert "There is nothing to show here yet" in page
    assert "Please ask" not in page


def test_another_customers_record_is_404(
    customer: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
    add_invoice: Make,
) -> None:
    """P2: it is not there, whoever asks; one's own is."""
    foreign = add_invoice(make_customer(), "FOREIGN-1")
    own = add_invoice(customer, "OWN-1")
    browser = portal_client(make_contact(customer, permissions=["invoices"]))
    assert "OWN-1" in browser.get(f"/portal/invoices/{own}").text
    listed = browser.get("/portal/invoices/").text
    assert "OWN-1" in listed
    assert "FOREIGN-1" not in listed
    response = browser.get(f"/portal/invoices/{foreign}")
    assert response.status_code == 404
    assert "FOREIGN-1" not in response.text
    assert "FOREIGN-1" not in browser.get("/portal/invoices/?q=FOREIGN").text


@pytest.mark.parametrize(
    "pk", ["999", "0", "-1", "x", "1%20", "1.0", "%00", "9" * 40, "1%0d%0a", "1'--", "%F0%9F"]
)
def test_a_key_that_is_none_is_404(
    customer: Any, make_contact: Make, portal_client: Browser, pk: str
) -> None:
    """Unknown and malformed keys are the portal's page of "not found"."""
    response = portal_client(make_contact(customer, permissions=["invoices"])).get(
        f"/portal/invoices/{pk}"
    )
    assert response.status_code == 404
    assert "Page not found" in response.text
    assert 'href="/portal/"' in response.text


def test_a_contact_without_a_customer_sees_no_record(
    session: Session,
    customer: Any,
    make_contact: Make,
    portal_client: Browser,
    add_invoice: Make,
) -> None:
    """ "No customer" is not a customer: rows that belong to nobody are not theirs."""
    add_invoice(customer, "INV-1")
    contact = make_contact(customer, permissions=["invoices"])
    browser = portal_client(contact)
    session.execute(
        update(Contact).where(Contact.id == contact.id).values(customer_id=None, primary_of=None)
    )
    session.commit()
    page = browser.get("/portal/invoices/")
    assert page.status_code == 200
    assert "INV-1" not in page.text
    assert "Nothing here yet" in page.text


def test_own_records_are_the_owners_and_the_primarys(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    customer: Any,
    make_contact: Make,
    portal_client: Browser,
    add_ticket: Make,
) -> None:
    """P4: with own records a contact sees the own ones, the primary contact all; the list,
    the record and the count obey."""
    from flask_contacts.portal.records.scope import Scope

    primary = make_contact(customer, permissions=["support"])
    second = make_contact(customer, permissions=["support"])
    first_ticket = add_ticket(customer, primary, "from the primary")
    second_ticket = add_ticket(customer, second, "from the second")
    view = app.view_functions["contacts_portal.support_list"].__wrapped__.__self__
    monkeypatch.setattr(view, "scope", Scope("customer_id", "contact_id"))
    browser = portal_client(second)
    assert "from the primary" not in browser.get("/portal/support/").text
    assert "1 record" in browser.get("/portal/").text
    assert browser.get(f"/portal/support/{first_ticket}").status_code == 404
    assert browser.get(f"/portal/support/{second_ticket}").status_code == 200
    browser = portal_client(primary)
    assert "2 records" in browser.get("/portal/").text
    assert browser.get(f"/portal/support/{second_ticket}").status_code == 200


@pytest.mark.parametrize("leave", [deactivate_contact, delete_contact])
def test_leaving_counts_at_the_next_request(
    app: Flask,
    session: Session,
    customer: Any,
    make_contact: Make,
    portal_client: Browser,
    leave: Callable[..., Any],
) -> None:
    """P7: a contact that is deactivated or deleted sees the sign-in page."""
    contact = make_contact(customer, permissions=["invoices"])
    browser = portal_client(contact)
    with app.app_context():
        leave(session, customer.id, contact.id)
    for path in ("/portal/", "/portal/invoices/"):
        assert browser.get(path).location.startswith("/portal/sign-in")


def test_markup_in_names_is_text(
    make_customer: Make, make_contact: Make, portal_client: Browser, add_invoice: Make
) -> None:
    """1.2.1: what staff and hosts typed is escaped, on every page."""
    evil = "<img src=x onerror=alert(1)>"
    customer = make_customer(company=f"Co {evil}")
    contact = make_contact(customer, firstname=f"A{evil}", permissions=["invoices"])
    pk = add_invoice(customer, evil[:20])
    browser = portal_client(contact)
    for path in (
        "/portal/",
        "/portal/invoices/",
        f"/portal/invoices/{pk}",
        f"/portal/invoices/?q={evil}",
        "/portal/support/",
    ):
        assert "<img" not in browser.get(path).text


def test_no_address_below_the_prefix_leaves_the_portal(
    client: FlaskClient, customer: Any, make_contact: Make, portal_client: Browser
) -> None:
    """What is nothing is the portal's own page, signed in or not, by any method."""
    for browser in (client, portal_client(make_contact(customer))):
        for path in ("/portal/nothing", "/portal/invoices/1/x/", "/portal/%0d%0a"):
            response = browser.get(path)
            assert response.status_code == 404
            assert "portal.css" in response.text
