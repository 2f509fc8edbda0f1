"""People for tests: customers, contacts, and browsers in which they or staff have signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, inspect
from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flask_contacts.models import Contact

#: The password that :func:`make_contact` gives; long enough for the default policy.
PASSWORD = "correct horse battery staple"

_numbers = count(1)
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|value)\s*=\s*(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)


def csrf_token(client: FlaskClient, url: str) -> str:
    """The CSRF token of the first form at ``url``; raises AssertionError where there is none.

    It serves for every form of the same client, because the token belongs to the session.
    """
    response = client.get(url, follow_redirects=True)
    with response:
        tags = _INPUT.findall(response.text)
    for tag in tags:
        values = {name.lower(): unescape(text) for name, _, text in _ATTRIBUTE.findall(tag)}
        if values.get("name") == "csrf_token":
            return values["value"]
    raise AssertionError(f"no CSRF token at {url} ({response.status})")


def portal_url(app: Flask, path: str = "/") -> str:
    """The path of a portal page in ``app``, e.g. ``portal_url(app, "/invoices/")``."""
    return f"{app.config['CONTACTS_PORTAL_PREFIX']}{path}"


def portal_sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Sign a contact in to the portal through its form; gives the response of the POST.

    302 means signed in. The client keeps the portal's cookie beside a staff session.
    """
    url = portal_url(client.application, "/sign-in")
    form = {"email": email, "password": password, "csrf_token": csrf_token(client, url)}
    return client.post(url, data=form)


def staff_sign_in(client: FlaskClient, username: str, password: str) -> TestResponse:
    """Sign a Flask-AppBuilder user in through its login form; gives the response of the POST."""
    form = {"username": username, "password": password}
    return client.post("/login/", data={**form, "csrf_token": csrf_token(client, "/login/")})


@contextmanager
def count_statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the SQL statements that ``engine`` executes inside the block, all threads'.

    ``with count_statements(engine) as statements: …`` and then ``len(statements)``.
    """
    statements: list[str] = []

    def remember(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", remember)


def make_customer(session: Session, **values: object) -> Any:
    """Add and commit a customer; ``values`` are its columns.

    A bundled customer gets a name where none is given; what a host's own model needs, the
    host says.
    """
    from flask_contacts.models import Customer
    from flask_contacts.models.binding import bound_customer

    if bound_customer() is None:
        values = {"company": f"Customer {next(_numbers)}", **values}
    customer = Customer(**values)
    session.add(customer)
    session.commit()
    return customer


def make_contact(session: Session, customer: Any, **raw: object) -> Contact:
    """Create a contact through the service, as the form does, with a password and no mail.

    ``customer`` is a customer or its key, ``raw`` the form's fields by name. Give
    ``password=""`` for a contact that cannot sign in. Needs an application context.
    """
    from flask_contacts.models import Customer
    from flask_contacts.services.contacts.editing import create_contact

    number = next(_numbers)
    fields: dict[str, object] = {
        "firstname": "Ada",
        "lastname": f"Number {number}",
        "email": f"ada.{number}@example.com",
        "password": PASSWORD,
        "no_welcome_mail": True,
        "is_user": True,
    }
    key = inspect(customer).identity[0] if isinstance(customer, Customer) else customer
    contact: Contact = create_contact(session, key, {**fields, **raw}).contact
    return contact


class ContactClient(FlaskClient):
    """A browser in which ``contact`` (detached: its columns can be read) has signed in."""

    contact: Contact


@pytest.fixture
def customer_factory() -> Callable[[Session], Any]:
    """How :func:`contact_client` makes a customer; with a model of its own a host overrides it."""
    return make_customer


@pytest.fixture
def contact_client(
    app: Flask, customer_factory: Callable[[Session], Any]
) -> Callable[..., ContactClient]:
    """``contact_client(permissions=["invoices"])`` is a browser with a new, signed-in contact.

    ``customer=`` (a customer or its key) makes it a contact of that one, else it gets one of
    its own; all other arguments are fields of the contact, as for :func:`make_contact`.
    """

    def sign_in(customer: Any = None, **fields: object) -> ContactClient:
        from flask_contacts.state import current_contacts

        with app.app_context():
            session = current_contacts.session
            owner = customer_factory(session) if customer is None else customer
            contact = make_contact(session, owner, **fields)
            session.refresh(contact)
            session.expunge(contact)
        browser = ContactClient(app, app.response_class, use_cookies=True)
        browser.contact = contact
        password = str(fields.get("password", PASSWORD))
        response = portal_sign_in(browser, str(contact.email), password)
        assert response.status_code in {302, 303}, response.text
        return browser

    return sign_in
