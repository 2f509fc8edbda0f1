"""CRM → Customer contacts: the columns to choose from, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, CustomerAdmin

URL = "/customer-contacts/"
Make = Callable[..., Any]
FURTHER = [
    "timezone", "primary", "reports_to", "certificate", "birthday", "mobile_phone", "email2",
    "preference", "no_mail", "no_call", "created_by", "changed",
]  # fmt: skip


def choose(client: FlaskClient, *names: str) -> None:
    """Save a choice of columns."""
    form = {"column": list(names), "rows": "25", "csrf_token": testing.csrf_token(client, URL)}
    assert client.post(f"{URL}columns", data=form).status_code == 302


def cells(html: str, name: str) -> dict[str, str]:
    """The cells of the row of a contact, by the labels of their columns."""
    [row] = [one for one in re.findall(r"(?s)<tr.*?</tr>", html) if f"<strong>{name}<" in one]
    found = re.findall(r'(?s)<td data-label="([^"]*)"[^>]*>(.*?)</td>', row)
    return {unescape(label): unescape(re.sub(r"<[^>]+>", "", text)) for label, text in found}


def test_everything_about_a_contact_can_be_a_column(
    app: Flask,
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
) -> None:
    """Each column says what the contact's page says, and nothing where there is nothing."""
    acme = make_customer("Acme")
    grace = make_contact(acme, firstname="Grace", lastname="Hopper", email="grace@example.com")
    ada = make_contact(acme, firstname="Ada", lastname="<Lovelace>", email="ada@example.com")
    with app.app_context():
        [admin] = app.appbuilder.sm.get_all_users()  # type: ignore[attr-defined]
    ada.manager_id, ada.timezone, ada.certificate = grace.id, "Europe/Lisbon", "PhD & more"
    ada.birthday, ada.mobile_phone = date(1985, 3, 4), "+351 912 345 678"
    ada.email2, ada.contact_preference = "ada@home.example", "mobile_phone"
    ada.do_not_send_emails = ada.do_not_call = True
    ada.created_by_id, ada.updated_at = admin.id, datetime(2026, 11, 2, 15, 4, 5)
    session.commit()
    choose(staff_client, *FURTHER)
    html = staff_client.get(URL).text
    assert cells(html, "Ada &lt;Lovelace&gt;") == {
        "Name": cells(html, "Ada &lt;Lovelace&gt;")["Name"],
        "Timezone": "Europe/Lisbon",
        "Primary contact": "",
        "Manager": "Grace Hopper",
        "Certificate": "PhD & more",
        "Birthday": "Mar 4, 1985",
        "Mobile phone": "+351 912 345 678",
        "Email 2": "ada@home.example",
        "Contact preferences": "Mobile phone",
        "Do not send emails": "Yes",
        "Do not call": "Yes",
        "Created by": admin.get_full_name(),
        "Last change": "Nov 2, 2026, 3:04\u202fPM",
    }
    plain = cells(html, "Grace Hopper")
    assert plain["Primary contact"] == "Yes"
    assert plain["Manager"] == plain["Do not call"] == plain["Birthday"] == ""


@pytest.mark.bundled_only(reason="the host's own filter hides customers by its own rule")
def test_a_manager_who_is_hidden_is_not_named(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """A manager's name is asked for among the contacts that the reader may see (S7)."""
    acme = make_customer("Acme")
    ada = make_contact(acme, firstname="Ada", email="ada@example.com")
    hidden = make_contact(make_customer("Zenith"), firstname="Hidden", email="h@example.com")
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("North")
        sm.add_permission_role(role, sm.find_permission_view_menu("can_list", "Customer contacts"))
        user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
        session.add(CustomerAdmin(customer_id=acme.id, staff_id=user.id))
    ada.manager_id = hidden.id
    session.commit()
    client = app.test_client()
    testing.staff_sign_in(client, "sam", "sam")
    choose(client, "reports_to")
    html = client.get(URL).text
    assert cells(html, ada.name)["Manager"] == ""
    assert "Hidden" not in html


def test_all_columns_cost_a_statement_for_each_kind_of_name(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make,
    statements: Any,
) -> None:  # fmt: skip
    """Managers and staff are named in one statement each, however many rows there are."""
    acme = make_customer("Acme")
    people = [make_contact(acme, email=f"p{number}@example.com") for number in range(6)]
    choose(staff_client, *FURTHER)
    staff_client.get(URL)
    with statements() as without:
        staff_client.get(URL)
    for number, one in enumerate(people):
        one.manager_id, one.created_by_id = people[number - 1].id, number + 1
    session.commit()
    with statements() as many:
        assert staff_client.get(URL).status_code == 200
    assert len(many) == len(without) + 2


def test_created_until_before_created_from(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The end before the beginning is said at its field, with what was typed, and left out."""
    ada = make_contact(make_customer("Acme"), email="ada@example.com")
    session.get(Contact, ada.id).created_at = datetime(2026, 3, 3)  # type: ignore[union-attr]
    session.commit()
    html = staff_client.get(f"{URL}?created_from=2026-03-02&created_until=2026-03-01").text
    assert 'id="created_until-problem">This is before the first day. Choose a later one.' in html
    assert 'value="2026-03-01" aria-invalid="true"' in html
    assert "Created from Mar 2, 2026" in html
    assert "Created until" not in html[html.index("contacts-filter-chips") :]
    assert ada.name in html
    same = staff_client.get(f"{URL}?created_from=2026-03-03&created_until=2026-03-03").text
    assert "created_until-problem" not in same
    assert ada.name in same
