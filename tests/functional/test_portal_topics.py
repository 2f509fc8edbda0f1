"""Choosing which mail to get: in the portal, by the link in a mail, by one click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_mail import Mail
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail.topic_links import topic_url
from flask_contacts.models import Contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.testing import csrf_token, make_contact
from tests.host_app import add_customer, create_host_app, db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def contact(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> Any:
    """A contact who may choose among the topics of invoices and projects."""
    return make_contact(
        make_customer(),
        permissions=["invoices", "projects", "email_notifications"],
        topics=["invoice", "project"],
    )


def address(app: Flask, contact: Contact, topic: str = "project") -> str:
    """The path of the link that stands in a mail about the topic."""
    with app.app_context():
        return topic_url(contact.uuid, topic).removeprefix("http://localhost")


def on(session: Session, contact: Contact) -> set[str]:
    """The topics that are on now."""
    session.expire_all()
    return set(session.get_one(Contact, contact.id).topic_names)


def test_the_choice_in_the_portal(
    session: Session, contact: Any, portal_client: Callable[..., FlaskClient]
) -> None:
    """Topics of permitted modules are shown and kept as chosen (P5)."""
    client = portal_client(contact)
    page = client.get("/portal/email-notifications").text
    assert "Credit Note" in page
    assert "Tickets" not in page
    form = {"topics": ["credit_note"], "csrf_token": csrf_token(client, "/portal/")}
    assert client.post("/portal/email-notifications", data=form).status_code == 303
    assert on(session, contact) == {"credit_note"}
    form["topics"] = ["tickets"]
    assert client.post("/portal/email-notifications", data=form).status_code == 422
    assert on(session, contact) == {"credit_note"}


def test_without_the_permission_there_is_no_page(
    contact: Any, make_contact: Callable[..., Any], portal_client: Callable[..., FlaskClient]
) -> None:
    """P9: Email Notifications is a permission too."""
    client = portal_client(make_contact(contact.customer_id, permissions=["invoices"]))
    assert client.get("/portal/email-notifications").status_code == 403
    assert "/portal/email-notifications" not in client.get("/portal/").text


def test_the_link_opens_the_choice_without_signing_in(
    app: Flask, session: Session, contact: Any, client: FlaskClient
) -> None:
    """GET shows and changes nothing, POST with the page's token changes."""
    url = address(app, contact)
    for _ in range(2):
        response = client.get(url)
        assert response.status_code == 200
        assert response.headers["Referrer-Policy"] == "no-referrer"
    assert on(session, contact) == {"invoice", "project"}
    assert client.post(url, data={"topics": ["project"]}).status_code == 400
    form = {"topics": ["project"], "csrf_token": csrf_token(client, url)}
    assert client.post(url, data=form).status_code == 303
    assert on(session, contact) == {"project"}


def test_one_click_stops_the_topic_of_the_mail(
    app: Flask, session: Session, contact: Any, client: FlaskClient
) -> None:
    """RFC 8058: a bare POST from a mail program, as often as it likes."""
    for _ in range(2):
        assert client.post(address(app, contact), data=ONE_CLICK).status_code == 204
    assert on(session, contact) == {"invoice"}
    assert client.get("/portal/").status_code == 302, "nobody is signed in by it"


def test_dead_links(app: Flask, session: Session, contact: Any, client: FlaskClient) -> None:
    """Cut, altered, of another kind, older than a year, or of who has left: one page."""
    url = address(app, contact)
    for attempt in (url[:-1], url + "x", "/portal/email-notifications/x"):
        assert client.get(attempt).status_code == 410
        assert client.post(attempt, data=ONE_CLICK).status_code == 410
    with time_machine.travel(utc_now().timestamp() + 366 * 86_400):
        assert client.get(url).status_code == 410
    with app.app_context():
        deactivate_contact(session, contact.customer_id, contact.id)
    assert client.post(url, data=ONE_CLICK).status_code == 410


def test_one_click_works_nowhere_else(
    contact: Any, portal_client: Callable[..., FlaskClient]
) -> None:
    """The exemption from the token is for that one address."""
    client = portal_client(contact)
    for path in ("/portal/email-notifications", "/portal/sign-out", "/portal/switch-company"):
        assert client.post(path, data={**ONE_CLICK, "topics": []}).status_code == 400


@pytest.mark.bundled_only(reason="a form is protected, whoever the customers are")
@pytest.mark.parametrize("before", [True, False])
def test_one_click_works_where_the_host_protects_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """RFC 8058: a mail program has no token, whether the host's ``CSRFProtect`` is set up before
    us or after; the page's own form still needs one."""
    init_mail = Mail.init_app

    def init_both(mail: Mail, app: Flask) -> Any:
        if before:
            CSRFProtect(app)
        return init_mail(mail, app)

    monkeypatch.setattr(Mail, "init_app", init_both)
    app = create_host_app(f"sqlite:///{tmp_path / 'protected.db'}")
    if not before:
        CSRFProtect(app)
    with app.app_context():
        customer = add_customer(db.session)
        contact = make_contact(db.session, customer, permissions=["projects"], topics=["project"])
        path = address(app, contact)
        contact_id = contact.id
        db.session.remove()
    client = app.test_client()
    assert client.post(path, data={"topics": []}).status_code == 400
    assert client.post(path, data=ONE_CLICK).status_code == 204
    with app.app_context():
        assert db.session.get(Contact, contact_id).topic_names == frozenset()
        db.session.remove()
        db.engine.dispose()
