"""CRM → Data quality: numbers that are the lengths of their lists, charts, and who sees what."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from flask_contacts.admin.quality.figures import ARGUMENTS
from flask_contacts.clock import utc_now
from flask_contacts.models import Activity, Contact, ContactPermission, ContactTopic, Mail
from flask_contacts.services.quality import customers
from flask_contacts.services.quality.figures import FIGURES
from tests.agent_pages import hidden_customer, sign_in_limited
from tests.staff_people import VIEW_ALL, add_staff, browser_of, words

Make = Callable[..., Any]
URL = "/data-quality/"
RIGHT = ("can_list", "Data quality")
NUMBERS = {
    "Without an e-mail address": "1",
    "A permission without a topic of it": "1",
    "A topic without its permission": "1",
    "A login without any permission": "0",
    "Refused by the mail server": "1",
    "Dormant for 12 months": "0",
    "Primary contacts without a login": "1",
    "Customers without an active contact": "1",
    "Customers with active contacts and no primary one": "0",
}


def numbers(html: str) -> dict[str, str]:
    """The number by its label."""
    return {label: number for label, (number, _url) in figures(html).items()}


def figures(html: str) -> dict[str, tuple[str, str]]:
    """By label the number and the address of its list; empty where there is none."""
    found = {}
    for item in re.findall(r'(?s)<li class="contacts-figure.*?</li>', html):
        number = re.findall(r"contacts-figure-number\">([^<]*)<", item)[0]
        heading = re.findall(r"(?s)<h3>(.*?)</h3>", item)[0]
        url = re.findall(r'href="([^"]*)"', heading)
        found[words(heading).strip()] = (number, unescape(url[0]) if url else "")
    return found


def charted(html: str) -> dict[str, dict[str, tuple[str, str]]]:
    """By chart and label the number and the address of its list."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for figure in re.findall(r"(?s)<figure.*?</figure>", html):
        title = words(re.findall(r"<h3>(.*?)</h3>", figure)[0]).strip()
        body = figure.partition("<tbody>")[2]
        found[title] = {}
        for row in re.findall(r"(?s)<tr>(.*?)</tr>", body):
            cells = re.findall(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>", row)
            url = re.findall(r'href="([^"]*)"', row)
            number = words(cells[-1]).strip()
            found[title][words(cells[0]).strip()] = (number, unescape(url[0]) if url else "")
    return found


def length(client: FlaskClient, url: str) -> int:
    """How many rows the list at an address has, all on its first page."""
    response = client.get(url)
    assert response.status_code == 200, url
    body = response.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return body.count("<tr")


def trouble(session: Session, customer: Any, suffix: str = "") -> None:
    """A contact of a customer with each of the problems of contacts; one is primary."""
    common = {"customer_id": customer.id, "email_scope": str(customer.id), "firstname": "Ada"}
    people = {
        name: Contact(lastname=name, email=f"{name}{suffix}@example.com",
                      email_key=f"{name}{suffix}@example.com", **common)
        for name in ("primary", "untold", "unpermitted", "refused")
    }  # fmt: skip
    people["primary"].is_primary, people["primary"].primary_of = True, customer.id
    people["untold"].permissions = [ContactPermission(name="invoices")]
    people["unpermitted"].topics = [ContactTopic(name="invoice")]
    people["none"] = Contact(lastname="none", **common)
    session.add_all(people.values())
    session.flush()
    refused = people["refused"]
    session.add(
        Mail(
            message_id=f"<{suffix}@x>", template="welcome", language="en", subject="Welcome",
            recipient=refused.email, contact_id=refused.id, state="failed", error="550 unknown",
        )
    )  # fmt: skip
    twice = {"verb": "signed_in", "actor_kind": "contact", "actor_name": "Ada"}
    session.add_all(Activity(contact_id=refused.id, **twice) for _ in range(2))
    session.commit()


def test_an_empty_database(staff_client: FlaskClient, make_customer: Make) -> None:
    """Without contacts and customers the page says so, kindly; with a customer it counts, and says
    that the numbers of contacts come with the first of them."""
    html = staff_client.get(URL).text
    assert "Nothing to look after yet" in html
    assert not figures(html)
    assert 'href="/customer-contacts/"' in html
    make_customer()
    html = staff_client.get(URL).text
    assert numbers(html)["Customers without an active contact"] == "1"
    assert "Active contacts As soon as there are contacts" in words(html)
    assert "<figure" not in html


def test_numbers_lead_to_their_lists(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """Each number is the length of the list that it leads to, and the list names its filter."""
    make_customer(company="Nobody there")
    trouble(session, make_customer(company="Acme"))
    html = staff_client.get(URL).text
    assert numbers(html) == NUMBERS
    for label, (number, url) in figures(html).items():
        assert length(staff_client, url) == int(number), label
    html = staff_client.get("/customer-contacts/?quality=no_permission").text
    assert (
        "A topic without its permission"
        in re.findall(r'(?s)<ul class="list-inline contacts-filter-chips".*?</ul>', html)[0]
    )
    assert '<option value="no_permission" selected>' in html
    assert set(ARGUMENTS) == set(FIGURES)


def test_a_login_that_opens_nothing(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """Who signs in to an empty portal is counted, and is the list behind the number."""
    customer = make_customer()
    make_contact(customer, lastname="Empty", permissions=[], topics=[])
    make_contact(customer, lastname="Full", permissions=["invoices"])
    make_contact(customer, lastname="Mute", permissions=[], is_user=False, send_password_mail=False)
    number, url = figures(staff_client.get(URL).text)["A login without any permission"]
    html = staff_client.get(url).text
    assert (number, length(staff_client, url)) == ("1", 1)
    assert "Ada Empty" in words(html)
    assert '<option value="opens_nothing" selected>' in html


def test_charts(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The charts stand in tables as well, and their values lead to lists of that length."""
    customer = make_customer()
    trouble(session, customer)
    make_contact(customer, email="new@example.com")
    charts = charted(staff_client.get(URL).text)
    contacts, sign_ins, invitations = charts.values()
    assert list(charts) == ["New contacts", "Who signed in to the portal", "Invitations"]
    assert len(contacts) == len(sign_ins) == 12
    this_month = list(contacts.values())[-1]
    assert this_month[0] == "6"
    assert [number for number, _url in sign_ins.values()] == [*["0"] * 11, "1"]
    assert sum(int(number) for number, _url in invitations.values()) == 1
    for number, url in [*contacts.values(), *sign_ins.values(), *invitations.values()]:
        assert length(staff_client, url) == int(number), url


def test_limited_staff(app: Flask, session: Session, make_customer: Make) -> None:
    """Staff count and see what is theirs alone (S7): the same page as if nothing else existed."""
    mine, hidden = make_customer(company="Mine"), hidden_customer(make_customer)
    hidden_customer(make_customer, "Hidden and empty")
    trouble(session, mine)
    trouble(session, hidden, "2")
    client = sign_in_limited(app, session, mine, "can_list Data quality", "can_list")
    html = client.get(URL).text
    assert numbers(html) == {**NUMBERS, "Customers without an active contact": "0"}
    for label, (number, url) in figures(html).items():
        assert length(client, url) == int(number), label
        assert "Hidden" not in client.get(url).text
    contacts, sign_ins, _invitations = charted(html).values()
    assert sum(int(number) for number, _url in contacts.values()) == 5
    assert sum(int(number) for number, _url in sign_ins.values()) == 1
    for number, url in sign_ins.values():
        assert length(client, url) == int(number), url


def test_who_may_open_what(app: Flask, session: Session, make_customer: Make) -> None:
    """Without the right the page is refused; without that to the list of contacts its numbers
    lead nowhere, and the states of invitations to the page of those where it is open."""
    trouble(session, make_customer())
    sees = (VIEW_ALL,)
    add_staff(app, "nora", *sees, ("can_list", "Customer contacts"))
    assert browser_of(app, "nora").get(URL).status_code in {302, 403}
    add_staff(app, "olga", *sees, RIGHT, ("can_show", "Contacts invitations"))
    html = browser_of(app, "olga").get(URL).text
    shown = figures(html)
    assert shown["Refused by the mail server"] == ("1", "")
    assert shown["Customers without an active contact"][1].startswith("/data-quality/customers/")
    assert 'href="/customer-contacts/' not in html
    add_staff(app, "pia", *sees, RIGHT, ("can_list", "Customer contacts"))
    client = browser_of(app, "pia")
    assert "/contacts-invitations/" not in client.get(URL).text


@pytest.mark.parametrize(
    "address",
    ["customers/nothing", "customers/no_active_contact?after=%00", "customers/no_active_contact/"],
)
def test_bad_addresses(staff_client: FlaskClient, address: str) -> None:
    """What does not exist is 404, never an error of the server."""
    assert staff_client.get(URL + address).status_code == 404


def test_an_unknown_problem(staff_client: FlaskClient) -> None:
    """The list of contacts leaves out a filter that it does not know, and says so."""
    html = staff_client.get("/customer-contacts/?quality=nothing").text
    assert "A filter was not understood" in html


def test_pages_of_customers(staff_client: FlaskClient, make_customer: Make) -> None:
    """More customers than a page holds stand on the next one, each once."""
    names = [f"Empty {number:03}" for number in range(60)]
    for name in names:
        make_customer(company=name)
    url, seen = f"{URL}customers/{customers.NO_ACTIVE}", []
    while url:
        html = staff_client.get(url).text
        seen += re.findall(r"<strong>(Empty \d+)</strong>", html)
        after = re.findall(r'class="next"><a href="([^"]*)"', html)
        url = unescape(after[0]) if after else ""
    assert sorted(seen) == names
    assert "None of your customers" in staff_client.get(f"{URL}customers/no_primary_contact").text


def test_statements_stay_flat(
    staff_client: FlaskClient, session: Session, make_customer: Make, statements: Any
) -> None:
    """The page takes as many statements with 2,000 contacts as with two, and its list too."""
    make_customer()
    trouble(session, make_customer())
    pages = (URL, f"{URL}customers/no_active_contact", "/customer-contacts/?quality=no_topic")
    few = [count(staff_client, statements, page) for page in pages]
    others = [make_customer() for _ in range(30)]
    row = {"firstname": "Ada", "email_scope": "x", "created_at": utc_now()}
    rows = [
        {**row, "customer_id": others[number % 20].id, "lastname": f"L{number}"}
        for number in range(2000)
    ]
    session.execute(insert(Contact), rows)
    came = {"verb": "signed_in", "actor_kind": "contact", "actor_name": "Ada", "changes": {}}
    session.execute(insert(Activity), [
        {**came, "contact_id": pk} for pk in session.scalars(select(Contact.id)).all()
    ])  # fmt: skip
    session.commit()
    assert numbers(staff_client.get(URL).text)["Without an e-mail address"] == "1,000+"
    many = [count(staff_client, statements, page) for page in pages]
    assert all(more <= less for more, less in zip(many, few, strict=True)), (few, many)
    assert few[0] <= 20
    assert count(staff_client, statements, "/customer-contacts/?signed_in_from=2020-01-01") <= 7


def count(client: FlaskClient, statements: Any, url: str) -> int:
    """The statements of a page."""
    with statements() as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_numbers_in_the_readers_format(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """A Brazilian reader sees 1.000+ where an English one sees 1,000+."""
    customer = make_customer()
    row = {"firstname": "A", "lastname": "B", "email_scope": "x", "customer_id": customer.id}
    session.execute(insert(Contact), [row] * 1001)
    session.commit()
    staff_client.get("/lang/pt_BR")
    html = staff_client.get(URL).text
    assert re.search(r"contacts-figure-number\">1\.000\+<", html)
