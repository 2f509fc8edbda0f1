"""Setup → Silent topics, and the setting that lets topics fall back."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.mail.recipients import fallback_topics
from flask_contacts.models import CustomerAdmin
from flask_contacts.services import settings
from flask_contacts.services.mailing import silent_topics
from tests.host_app import LIMITS_STAFF, customer_url

Make = Callable[..., Any]
URL = "/contacts-silent-topics/"


def listed(html: str) -> dict[str, list[str]]:
    """The topics by the customers' names."""
    rows = re.findall(r"(?s)<tr>(.*?)</tr>", html[html.find("<tbody>") :])
    found = {}
    for row in rows:
        name = unescape(re.findall(r"<strong>(.*?)</strong>", row)[0])
        found[name] = re.findall(r'<span class="label[^"]*">(.*?)</span>', row)
    return found


@pytest.fixture
def limited(app: Flask, session: Session) -> Callable[..., FlaskClient]:
    """``limited(customer, *permissions)`` is a browser of staff who see that one alone."""

    def sign_in(customer: Any, *permissions: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("North")
            for pair in (("can_show", "Contacts silent topics"), *permissions):
                sm.add_permission_role(role, sm.find_permission_view_menu(*pair))
            user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
            if not LIMITS_STAFF:
                session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
                session.commit()
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def test_list(staff_client: FlaskClient, make_customer: Make, make_contact: Make) -> None:
    """Each customer with what nobody gets there, with the way to its matrix."""
    make_customer(company="Nobody yet")
    acme = make_customer(company="Acme <& Sons>")
    make_contact(acme, permissions=["invoices", "projects", "support"],
                 topics=["invoice", "credit_note", "project", "tickets", "contract"])  # fmt: skip
    html = staff_client.get(URL).text
    assert listed(html) == {"Acme <& Sons>": ["Estimate", "Contract", "Task"]}
    assert f'href="/customercontacts/who-gets-what/{acme.id}"' in html
    assert listed(staff_client.get(f"{URL}?topic=task").text).keys() == {"Acme <& Sons>"}
    html = staff_client.get(f"{URL}?topic=invoice").text
    assert "No silent topics" in html
    assert '<option value="invoice" selected>' in html
    assert 'href="/contacts-silent-topics/"' in staff_client.get("/contacts-settings/").text


@pytest.mark.parametrize("query", ["?topic=nothing", "?after=%00", "?topic=invoice%00"])
def test_bad_addresses(staff_client: FlaskClient, query: str) -> None:
    """What does not exist is 404, never an error of the server."""
    assert staff_client.get(URL + query).status_code == 404


def test_pages(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make, statements: Any
) -> None:
    """50 a page, by key, at one cost, the topic kept; behind the last a word."""
    names = [f"Customer number {n:02}" for n in range(53)]
    for name in names:
        make_contact(make_customer(company=name), password="", send_password_mail=True)
    with statements() as full:
        html = staff_client.get(f"{URL}?topic=task").text
    first = listed(html)
    assert len(first) == 50
    found = re.search(r'href="([^"]+)" rel="next"', html)
    assert found is not None
    assert "topic=task" in found[1]
    with statements() as short:
        html = staff_client.get(unescape(found[1])).text
    second = listed(html)
    assert sorted([*first, *second]) == names
    assert len(full) == len(short)
    assert 'rel="next"' not in html


def test_only_visible_customers(
    limited: Callable[..., FlaskClient], make_customer: Make, make_contact: Make
) -> None:
    """S7: of a customer that is not theirs, staff learn nothing here; nor open its matrix."""
    regions = ({"region": "North"}, {"region": "South"}) if LIMITS_STAFF else ({}, {})
    own, hidden = (
        make_customer(company=name, **region)
        for name, region in zip(("Own", "Hidden"), regions, strict=True)
    )
    contacts = [make_contact(one, lastname="Person") for one in (own, hidden)]
    client = limited(own, ("can_show", "Customer contacts"), ("can_edit", "Customer contacts"))
    html = client.get(URL).text
    assert listed(html).keys() == {"Own"}
    assert "Hidden" not in html
    assert client.get(f"/customercontacts/who-gets-what/{own.id}").status_code == 200
    address = f"/customercontacts/who-gets-what/{hidden.id}"
    assert client.get(address).status_code == 404
    token = testing.csrf_token(client, f"/customercontacts/who-gets-what/{own.id}")
    form = {"contact": contacts[1].id, "on": f"{contacts[1].id}:task", "csrf_token": token}
    assert client.post(address, data=form).status_code == 404
    assert client.post(f"/customercontacts/who-gets-what/{own.id}", data=form).status_code == 422


def test_without_permission(
    app: Flask, limited: Callable[..., FlaskClient], make_customer: Make, make_contact: Make
) -> None:
    """Staff who see no contacts get a link to the customer; visitors nothing."""
    customer = make_customer(company="Acme", **({"region": "North"} if LIMITS_STAFF else {}))
    make_contact(customer)
    html = limited(customer).get(URL).text
    assert "/customercontacts/" not in html
    assert f'href="{customer_url(customer)}' in html
    assert app.test_client().get(URL).status_code == 302


def test_fallback_setting(
    app: Flask,
    staff_client: FlaskClient,
    csrf: Make,
    make_customer: Make,
    make_contact: Make,
    session: Session,
) -> None:
    """A ticked topic goes to the primary contact and leaves the list; saved with the rest."""
    make_contact(make_customer())
    assert listed(staff_client.get(f"{URL}?topic=task").text)
    token = csrf(staff_client, "/contacts-settings/")
    form = {"fallback_topics": ["task", "invoice"], "permissions": ["support"]}
    response = staff_client.post("/contacts-settings/", data={**form, "csrf_token": token})
    assert response.status_code == 302
    assert listed(staff_client.get(f"{URL}?topic=task").text) == {}
    html = staff_client.get("/contacts-settings/").text
    ticked = re.findall(r'name="fallback_topics" value="(\w+)" checked', html)
    assert ticked == ["invoice", "task"]
    for wrong in ({"fallback_topics": ["nothing"]}, {"fallback_topics": ["task"], "x": "1"}):
        response = staff_client.post("/contacts-settings/", data={**wrong, "csrf_token": token})
        assert response.status_code == 422
    session.expire_all()
    with app.app_context():
        assert fallback_topics(session) == {"invoice", "task"}
        assert settings.default_permissions(session) == {"support"}


def test_page_of_those_that_are_well(
    staff_client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page that found nothing among the customers it looked at leads to the next ones."""
    monkeypatch.setattr(silent_topics, "customers_with_silence", partial(
        silent_topics.customers_with_silence, look_at=1))  # fmt: skip
    for name in ("Well", "Silent"):
        make_contact(make_customer(company=name), permissions=["invoices"],
                     topics=["invoice"] if name == "Well" else [])  # fmt: skip
    html = staff_client.get(f"{URL}?topic=invoice").text
    assert listed(html) == {}
    found = re.search(r'href="([^"]+)">Look at the next ones', html)
    assert found is not None
    assert listed(staff_client.get(unescape(found[1])).text).keys() == {"Silent"}
