"""The fixtures and checks that hosts get from ``flask_contacts.testing``."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from flask_contacts.services.invitations.set_password import forgot_password
from flask_contacts.testing import ContactClient, assert_two_worlds, links_in, make_contact

Clients = Callable[..., ContactClient]


def test_a_contact_client_is_signed_in_with_its_permissions(contact_client: Clients) -> None:
    """It sees the modules that it was given, and no others; the contact can be asked."""
    browser = contact_client(permissions=["invoices"], firstname="Grace")
    assert browser.get("/portal/invoices/").status_code == 200
    assert browser.get("/portal/support/").status_code == 403
    assert browser.contact.firstname == "Grace"
    assert browser.contact.is_primary


def test_contact_clients_do_not_meet(
    contact_client: Clients, make_customer: Callable[..., Any]
) -> None:
    """Each has a customer of its own, or the one that it was given, by object or key."""
    customer = make_customer()
    browsers = [contact_client() for _ in range(2)]
    browsers += [contact_client(customer), contact_client(customer=customer.id)]
    owners = [browser.contact.customer_id for browser in browsers]
    assert owners[2:] == [customer.id, customer.id]
    assert len(set(owners)) == 3
    for browser in browsers:
        assert browser.contact.name in browser.get("/portal/").text


def test_captured_mail_is_what_went_out(
    app: Flask,
    session: Any,
    make_customer: Callable[..., Any],
    captured_mail: Callable[..., list[EmailMessage]],
) -> None:
    """Everything that was promised, delivered and parsed; of all or of one address."""
    with app.app_context():
        contact = make_contact(session, make_customer(), no_welcome_mail=False)
        email = contact.email
        forgot_password(session, email, None)
    welcome, link = captured_mail()
    assert welcome["To"] == email
    assert any("/portal/set-password/" in url for url in links_in(link))
    assert captured_mail("nobody@example.com") == []
    assert len(captured_mail(email)) == 2


def test_two_worlds_find_a_leak(
    app: Flask, staff_client: FlaskClient, contact_client: Clients, monkeypatch: Any
) -> None:
    """A staff page that a contact's cookie opens, and a portal page that staff's opens, are
    both named."""

    def leak(**arguments: object) -> Response:
        from flask import request

        name = "contacts_session"
        return Response(status=200 if name in request.cookies else 403)

    browser = contact_client()
    monkeypatch.setitem(app.view_functions, "HostInvoiceView.list", leak)
    monkeypatch.setitem(app.view_functions, "contacts_portal.sign_in", leak)
    with pytest.raises(AssertionError) as caught:
        assert_two_worlds(app, staff_client, browser)
    assert "GET /hostinvoiceview/list/" in str(caught.value)
    assert "GET /portal/sign-in" in str(caught.value)


def test_two_worlds_prove_nothing_with_strangers(
    app: Flask, client: FlaskClient, staff_client: FlaskClient, contact_client: Clients
) -> None:
    """A client that has not signed in is an error, never a silent success."""
    with pytest.raises(AssertionError, match="the contact has not signed in"):
        assert_two_worlds(app, staff_client, client)
    with pytest.raises(AssertionError, match="no staff user has signed in"):
        assert_two_worlds(app, client, contact_client())
