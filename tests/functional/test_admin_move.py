"""Move a contact to another customer: which customers can be typed, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.models import Contact
from tests.host_app import customer_url

Make = Callable[..., Any]
UNKNOWN = "There is no such company. Choose one of the list."


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """The customer that the contact leaves."""
    return make_customer(company="Acme")


@pytest.fixture
def target(make_customer: Make) -> Any:
    """The customer that it moves to."""
    return make_customer(company="Ødegård & Søn")


@pytest.fixture
def grace(customer: Any, make_contact: Make) -> Any:
    """A contact that is not the primary one."""
    make_contact(customer, firstname="Ada", lastname="Lovelace")
    return make_contact(customer, firstname="Grace", lastname="Hopper", email="grace@example.com")


@pytest.fixture
def move(staff_client: FlaskClient, csrf: Make, customer: Any) -> Make:
    """``move(contact, customer="…")`` posts the form."""

    def send(contact: Any, **fields: Any) -> Any:
        token = csrf(staff_client, "/contacts-settings/")
        url = f"/customercontacts/move/{customer.id}/{contact.id}"
        return staff_client.post(url, data={**fields, "csrf_token": token})

    return send


def said(client: FlaskClient, customer: Any) -> str:
    """The messages on the customer's page."""
    html = client.get(customer_url(customer)).text
    found = re.findall(r'(?s)<div class="alert.*?</div>', html)
    return unescape(re.sub(r"\s+", " ", " ".join(re.sub(r"<[^>]+>", " ", one) for one in found)))


def test_page(staff_client: FlaskClient, customer: Any, target: Any, grace: Any) -> None:
    """The page asks for the customer, offering those that staff may see by their names."""
    html = staff_client.get(f"/customercontacts/move/{customer.id}/{grace.id}").text
    assert "Move Grace Hopper to another customer" in html
    assert '<option value="Ødegård &amp; Søn">' in html
    assert '<option value="Acme' not in html
    assert 'name="successor"' not in html
    assert "manager" not in html


def test_managers(
    staff_client: FlaskClient, move: Make, customer: Any, target: Any, make_contact: Make,
    grace: Any,
) -> None:  # fmt: skip
    """The page says who loses a manager, some by name; it is in their activity, with the name of
    the manager who is at the other customer now."""
    boss = make_contact(customer, firstname="Olivia", lastname="Boss", email="boss@example.com")
    url = f"/customercontacts/move/{customer.id}"
    team = [
        make_contact(customer, firstname=name, lastname="<b>Report</b>", manager="boss@example.com")
        for name in ("Ana", "Ben", "Cid", "Dan", "Eve")
    ]
    page = staff_client.get(f"{url}/{boss.id}").text
    assert "Cid &lt;b&gt;Report&lt;/b&gt; and 2 more have Olivia Boss as manager" in page
    page = staff_client.get(f"{url}/{team[0].id}").text
    assert "Olivia Boss stays here, so Ana &lt;b&gt;Report&lt;/b&gt; will have no manager." in page
    assert move(boss, customer=f"Ødegård & Søn (#{target.id})").status_code == 302
    activity = staff_client.get(f"/customercontacts/activity/{customer.id}/{team[0].id}").text
    assert "Lost the manager, who moved to another customer" in activity
    assert "<del>Olivia Boss</del>" in activity


@pytest.mark.parametrize(
    "typed", ["Ødegård & Søn (#{key})", "Ødegård & Søn", "  Ødegård & Søn ", "ØDEGåRD & SøN"]
)
def test_move(
    staff_client: FlaskClient, move: Make, customer: Any, target: Any, grace: Any,
    session: Session, typed: str,
) -> None:  # fmt: skip
    """What the list offers works, and so does a name that only one customer has."""
    response = move(grace, customer=typed.format(key=target.id))
    assert response.status_code == 302
    session.expire_all()
    row = session.get_one(Contact, grace.id)
    assert (row.customer_id, row.is_primary) == (target.id, True)
    page = staff_client.get(customer_url(customer)).text
    link = f'href="{customer_url(target)}#ContactsTab">Ødegård &amp; Søn</a>.'
    assert f'Grace Hopper moved to <a class="alert-link" {link}' in page


@pytest.mark.bundled_only(reason="where a filter hides customers, nothing is told of logins")
def test_a_password_of_staff(
    staff_client: FlaskClient, move: Make, customer: Any, target: Any, grace: Any
) -> None:
    """Staff read that it does not work any more, and that a link is on its way (C7)."""
    assert move(grace, customer=str(target)).status_code == 302
    words = said(staff_client, customer)
    assert "The password that staff had set for Grace Hopper does not work any more." in words
    assert "is on its way to grace@example.com" in words


@pytest.mark.parametrize(
    "typed",
    [
        "", "   ", "Nobody Ltd", "Nobody (#999999)", "Ødegård (#{key})", "{key}", "(#{key})",
        "Ødegård & Søn (#0{key})", "x" * 5000, "a\x00b", "'; DROP TABLE x--", "%", "_", "\\",
        "Ødegård & Søn (#)", " (#1)", "<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_unknown_customer(
    move: Make, customer: Any, target: Any, grace: Any, session: Session, typed: str
) -> None:
    """What is no visible customer is told at the field; nothing typed is lost, nobody moves."""
    response = move(grace, customer=typed.format(key=target.id) if "{" in typed else typed)
    assert response.status_code == 422
    error = response.text[response.text.index('id="customer-error"') :]
    assert UNKNOWN in error[:200] or "No record is called exactly so." in error[:200]
    assert "<script>alert" not in response.text
    session.expire_all()
    assert session.get_one(Contact, grace.id).customer_id == customer.id


def test_missing_field(move: Make, grace: Any) -> None:
    """Without the field the answer is the same; with a foreign one nothing is read."""
    assert move(grace).status_code == 422
    assert move(grace, customer="x", customer_id="1").status_code == 422


def test_same_name_twice(move: Make, make_customer: Make, grace: Any, session: Session) -> None:
    """Two customers of one name are told apart by the key only."""
    first, second = make_customer(company="Twin"), make_customer(company="Twin")
    refused = move(grace, customer="Twin")
    assert refused.status_code == 422
    for one in (first, second):
        assert f"Twin (#{one.id})" in refused.text
    assert move(grace, customer=f"Twin (#{second.id})").status_code == 302
    session.expire_all()
    assert session.get_one(Contact, grace.id).customer_id == second.id


def test_error_narrows_the_list(move: Make, make_customer: Make, grace: Any) -> None:
    """After an error the list holds the customers with that text in them, at most 50."""
    for number in range(60):
        make_customer(company=f"Bulk {number:02}")
    make_customer(company="Zeta Needle")
    options = re.findall(r'<option value="([^"]+)"', move(grace, customer="needle").text)
    assert options == ["Zeta Needle"]
    assert len(re.findall(r"<option value=", move(grace, customer="bulk").text)) == 50


def test_own_customer(move: Make, customer: Any, grace: Any) -> None:
    """A contact does not move to where it is; the error stands at the field."""
    response = move(grace, customer=f"Acme (#{customer.id})")
    assert response.status_code == 422
    error = response.text[response.text.index('id="customer-error"') :]
    assert "belongs to this customer already" in error


def test_taken_address(
    move: Make, target: Any, grace: Any, make_contact: Make, session: Session
) -> None:
    """Where a contact of the other customer has the address, nobody moves."""
    make_contact(target, email="grace@example.com")
    response = move(grace, customer=f"Ødegård & Søn (#{target.id})")
    assert response.status_code == 422
    assert "A contact there has the same e-mail address." in response.text


def test_primary_contact(
    staff_client: FlaskClient, move: Make, customer: Any, target: Any, make_contact: Make,
    session: Session,
) -> None:  # fmt: skip
    """C4: the primary contact moves only when another active one is named."""
    ada = make_contact(customer, firstname="Ada", lastname="Lovelace")
    grace = make_contact(customer)
    page = staff_client.get(f"/customercontacts/move/{customer.id}/{ada.id}").text
    assert f'<option value="{grace.id}">' in page
    to = f"Ødegård & Søn (#{target.id})"
    for wrong in ("", "0", "abc", str(ada.id)):
        refused = move(ada, customer=to, successor=wrong)
        assert refused.status_code == 422
        assert f'value="{to.replace("&", "&amp;")}"' in refused.text
    assert move(ada, customer=to, successor=str(grace.id)).status_code == 302
    session.expire_all()
    assert session.get_one(Contact, grace.id).is_primary
    assert session.get_one(Contact, ada.id).customer_id == target.id
