"""CRM → Customers: list, profile, form, deletion, and lists under threads."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, Customer, CustomerNote
from tests.host_app import ADMIN, HostInvoice

pytestmark = pytest.mark.bundled_only(reason="the bundled customers' view")

Make = Callable[..., Any]


@pytest.fixture
def post(staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str]) -> Make:
    """``post(url, **fields)`` with a token."""

    def send(url: str, **fields: str) -> Any:
        return staff_client.post(
            url, data={**fields, "csrf_token": csrf(staff_client, "/customers/add")}
        )

    return send


def test_menu(staff_client: FlaskClient) -> None:
    """The menu has CRM → Customers, Setup → Settings and Setup → Email Templates."""
    html = staff_client.get("/").text
    for href in ("/customers/list/", "/contacts-settings/", "/contacts-email-templates/"):
        assert f'href="{href}"' in html


def test_list(staff_client: FlaskClient, make_customer: Make) -> None:
    """The list shows the companies by name, and a button New Customer."""
    make_customer(company="Zeta <b>", city="Lisboa")
    make_customer(company="Alpha")
    html = staff_client.get("/customers/list/").text
    assert html.index("Alpha") < html.index("Zeta &lt;b&gt;") < html.index("2 customers")
    assert "New Customer" in html
    assert 'href="/customers/add"' in html


def test_search(staff_client: FlaskClient, make_customer: Make) -> None:
    """The search finds a part of the company's name; wildcards and quotes are no error, and what
    a database would refuse to look for is a page that says that there is nothing."""
    make_customer(company="Alpha Trading")
    make_customer(company="Beta")
    html = staff_client.get("/customers/list/?_flt_2_company=trad").text
    assert "Alpha Trading" in html
    assert ">Beta<" not in html
    for term in ("'", "%27%20OR%201=1--", '"', ";"):
        response = staff_client.get(f"/customers/list/?_flt_2_company={term}")
        assert response.status_code == 200
        assert "No customers here" in response.text
    assert "There is nothing here" in staff_client.get("/customers/list/?_flt_2_company=\\").text


def test_search_has_no_unbounded_select(
    staff_client: FlaskClient, make_customer: Make, statements: Make
) -> None:
    """The list's page holds no option for each row, and its statements do not grow."""
    counts = []
    for more in (2, 20):
        for _number in range(more):
            make_customer()
        staff_client.get("/customers/list/")
        with statements() as seen:
            html = staff_client.get("/customers/list/").text
        counts.append(len(seen))
    assert "<option" not in html
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "query",
    [
        "page_CustomerView=abc",
        "page_CustomerView=-1",
        "page_CustomerView=",
        "page_X=abc",
        "page_=x",
        "psize_CustomerView=abc",
        "psize_CustomerView=-5",
        "page_CustomerView=" + "9" * 40,
        "_oc_CustomerView=nothing&_od_CustomerView=asc",
        "_oc_CustomerView=id&_od_CustomerView=asc",
        "_flt_0_company=%00",
        "x=%00",
    ],
)
def test_junk_in_the_address(staff_client: FlaskClient, make_customer: Make, query: str) -> None:
    """What names nothing is 404 with a way back, never a server error, on list and profile."""
    customer = make_customer()
    for url in ("/customers/list/", f"/customers/show/{customer.id}"):
        response = staff_client.get(f"{url}?{query}")
        assert response.status_code == 404
        assert "Go back" in response.text


@pytest.mark.parametrize(
    "query",
    [
        "_flt_9_company=x",
        "_flt_99_company=x",
        "_flt_0_nothing=x",
        "_flt_0_id=x",
        "_flt_0_company=%FF",
        "_oc_Other=nothing&_od_Other=asc",
        "_od_CustomerView=sideways",
        "_oc_CustomerView=city&_od_CustomerView=desc",
        "page_CustomerView=500",
        "psize_CustomerView=0",
        "psize_CustomerView=100000",
    ],
)
def test_odd_but_harmless(staff_client: FlaskClient, make_customer: Make, query: str) -> None:
    """What FAB ignores or can answer stays a page."""
    make_customer()
    assert staff_client.get(f"/customers/list/?{query}").status_code == 200


def test_page_size_is_capped(staff_client: FlaskClient, session: Session, statements: Make) -> None:
    """However many rows are asked for, a page has at most 100."""
    session.add_all(Customer(company=f"C{number:03}") for number in range(120))
    session.commit()
    html = staff_client.get("/customers/list/?psize_CustomerView=100000").text
    assert html.count('data-label="Company"') == 100


def test_profile(staff_client: FlaskClient, make_customer: Make) -> None:
    """The profile shows the fields, escaped; only http(s) addresses become links."""
    customer = make_customer(
        company="A & B", city="<i>Porto</i>", website="https://example.com/?a=1&b=2"
    )
    html = staff_client.get(f"/customers/show/{customer.id}").text
    assert "A &amp; B" in html
    assert "&lt;i&gt;Porto" in html
    assert '<a href="https://example.com/?a=1&amp;b=2"' in html
    other = make_customer(website="javascript:alert(1)")
    assert 'href="javascript' not in staff_client.get(f"/customers/show/{other.id}").text


@pytest.mark.parametrize("pk", ["0", "99", "abc", "-1", "01", "1.0", "9" * 30, "%00"])
def test_unknown_customer(staff_client: FlaskClient, pk: str) -> None:
    """An unknown customer is 404 on each of its pages."""
    for action in ("show", "edit", "delete"):
        assert staff_client.get(f"/customers/{action}/{pk}").status_code == 404


def test_create_and_edit(post: Make, session: Session) -> None:
    """New Customer keeps what was typed, trimmed; Edit changes it."""
    response = post("/customers/add", company="  Acme ", city="Lisboa", phone="")
    assert response.status_code == 302
    customer = session.scalars(select(Customer)).one()
    assert (customer.company, customer.city, customer.phone) == ("Acme", "Lisboa", None)
    assert response.location == f"/customers/show/{customer.id}#Home"
    assert post(f"/customers/edit/{customer.id}", company="Acme Ltd").status_code == 302
    session.expire_all()
    assert customer.company == "Acme Ltd"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("company", ""),
        ("company", "   "),
        ("company", "x" * 192),
        ("company", "a\x00b"),
        ("company", "a\nb"),
        ("vat_number", "x" * 51),
        ("phone", "\x07"),
        ("website", "javascript:alert(1)"),
        ("website", "example.com"),
        ("website", "https://"),
        ("website", "https://[broken"),
        ("website", "https://example.com/ a b"),
        ("address", "x" * 192),
        ("city", "a\u2028b"),
        ("state", "x" * 51),
        ("zip_code", "x" * 16),
        ("country", "a\x1bb"),
    ],
)
def test_bad_input(post: Make, session: Session, name: str, value: str) -> None:
    """Each field: 422, the message at the field, the rest still there, nothing written."""
    response = post("/customers/add", **{"company": "Acme", "city": "Porto", name: value})
    assert response.status_code == 422
    assert f'id="{name}-error"' in response.text
    if name != "city":
        assert 'value="Porto"' in response.text
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


@pytest.mark.parametrize("name", ["id", "created_at", "csrf", "customer_id"])
def test_foreign_fields_are_refused(post: Make, session: Session, name: str) -> None:
    """8.2.3: a field that the form does not have is refused."""
    assert post("/customers/add", company="Acme", **{name: "7"}).status_code == 422
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_delete(post: Make, staff_client: FlaskClient, make_customer: Make, session: Session):
    """A page asks; GET and HEAD change nothing; POST deletes the customer with its notes."""
    customer = make_customer(company="Acme")
    session.add(CustomerNote(customer_id=customer.id, body="x", author="y"))
    session.commit()
    url = f"/customers/delete/{customer.id}"
    assert "Delete Acme?" in staff_client.get(url).text
    staff_client.head(url)
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    assert post(url).location == "/customers/list/"
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert session.scalar(select(func.count()).select_from(CustomerNote)) == 0
    assert "Acme was deleted." in staff_client.get("/customers/list/").text


def test_delete_with_contacts(
    post: Make, staff_client: FlaskClient, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """A customer that has contacts stays, and the message counts them."""
    customer = make_customer()
    make_contact(customer)
    make_contact(customer)
    session.add(CustomerNote(customer_id=customer.id, body="x", author="y"))
    session.commit()
    url = f"/customers/delete/{customer.id}"
    assert "This customer has 2 contacts." in staff_client.get(url).text
    response = post(url)
    assert response.status_code == 422
    assert "This customer has 2 contacts." in response.text
    assert session.scalar(select(func.count()).select_from(Contact)) == 2
    assert session.scalar(select(func.count()).select_from(CustomerNote)) == 1


def test_lists_under_threads(app: Flask, make_customer: Make) -> None:
    """Eight threads search at once, and each sees its own company and no other's."""
    names = [f"Company {letter * 3}" for letter in "ABCDEFGH"]
    for name in names:
        make_customer(company=name)
    clients = [app.test_client() for _name in names]
    for client in clients:
        testing.staff_sign_in(client, *ADMIN)
    wrong: list[str] = []
    start = threading.Barrier(len(names))

    def search(client: FlaskClient, name: str) -> None:
        start.wait()
        for _round in range(8):
            html = client.get(f"/customers/list/?_flt_2_company={name[-3:]}").text
            seen = re.findall(r"<strong>(Company \w+)</strong>", html)
            if seen != [name]:
                wrong.append(f"{name} saw {seen}")

    for _tight in switching_often():
        threads = [
            threading.Thread(target=search, args=pair) for pair in zip(clients, names, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def switching_often() -> Iterator[None]:
    """One round in which threads are switched so often that a shared filter would show."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def test_host_records_stay(
    staff_client: FlaskClient, post: Make, make_customer: Make, session: Session
) -> None:
    """Records of the host's that forbid the deletion are named, on the page that asks and after
    a POST; nothing is deleted then, whether or not SQLite checks foreign keys."""
    from datetime import date

    customer = make_customer()
    session.add(
        HostInvoice(number="1", issued_on=date(2026, 1, 1), total=1, customer_id=customer.id)
    )
    session.commit()
    url = f"/customers/delete/{customer.id}"
    asked, answered = staff_client.get(url), post(url)
    assert (asked.status_code, answered.status_code) == (200, 422)
    for page in (asked.text, answered.text):
        assert "Delete them first: Invoices: 1." in page
        assert ">Delete</button>" not in page
    session.expire_all()
    assert session.get(Customer, customer.id) is not None


def test_records_that_go_with_the_customer(
    staff_client: FlaskClient, post: Make, make_customer: Make, session: Session
) -> None:
    """The page that asks says what the host's foreign keys take along and what they let stay;
    that is what happens."""
    for table, rule in (("host_order", "CASCADE"), ("host_visit", "SET NULL")):
        session.execute(
            text(
                f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, customer_id INTEGER "
                f"REFERENCES contacts_customer ON DELETE {rule})"
            )
        )
    customer, other = make_customer(), make_customer()
    for table in ("host_order", "host_visit"):
        rows = f"INSERT INTO {table} (customer_id) VALUES ({customer.id}), ({other.id})"
        session.execute(text(rows))
    session.commit()
    url = f"/customers/delete/{customer.id}"
    page = staff_client.get(url).text
    assert "Host order: 1 (deleted with the customer)" in page
    assert "Host visit: 1 (kept, they lose the customer)" in page
    kept = other.id
    assert post(url).status_code == 302
    assert session.scalars(text("SELECT customer_id FROM host_order")).all() == [kept]
    visits = session.scalars(text("SELECT customer_id FROM host_visit ORDER BY id")).all()
    assert visits == [None, kept]


@pytest.mark.parametrize("pk", ["99999999999999999999", "abc", "1e3", "0x1", "-", "1.0"])
def test_a_key_that_no_row_can_have(staff_client: FlaskClient, pk: str) -> None:
    """404 on every page of one customer, never the database's error."""
    for page in ("show", "edit"):
        assert staff_client.get(f"/customers/{page}/{pk}").status_code == 404
