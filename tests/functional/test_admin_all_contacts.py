"""CRM → Customer contacts: the list of all contacts (BEHAVIOUR S1, S7)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.admin.contact_list import bulk_actions as contact_bulk_actions
from flask_contacts.admin.contact_list.bulk_actions import BulkAction
from flask_contacts.clock import utc_now
from flask_contacts.models import (
    Contact,
    ContactPermission,
    ContactTopic,
    CustomerAdmin,
    StaffSetting,
)
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from tests.host_app import ADMIN, LIMITS_STAFF, customer_url

Make = Callable[..., Any]
URL = "/customer-contacts/"
EVERYBODY = ["Greta Gone", "Ivo Idle", "Mara Müller", "Zoe Zed"]
LIST, SHOW = ("can_list", "Customer contacts"), ("can_show", "Customer contacts")


@pytest.fixture
def staff(app: Flask, session: Session) -> Callable[..., FlaskClient]:
    """``staff(*permissions, sees=customer)`` is a browser of staff who see that one alone."""

    def sign_in(*permissions: tuple[str, str], sees: Any = None) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("North")
            for pair in permissions:
                sm.add_permission_role(role, sm.find_permission_view_menu(*pair))
            user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
            if sees is not None and not LIMITS_STAFF:
                session.add(CustomerAdmin(customer_id=sees.id, staff_id=user.id))
                session.commit()
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def names(client: FlaskClient, query: str = "") -> list[str]:
    """The names in the list, in its order."""
    html = client.get(f"{URL}{query}").text
    return [unescape(one) for one in re.findall(r"<strong>(.*?)</strong>", html)]


def chips(client: FlaskClient, query: str = "") -> dict[str, str]:
    """The filters that the page says, with the addresses that lift them."""
    html = client.get(f"{URL}{query}").text
    found = re.findall(r'contacts-filter-chip">(.*?) <a href="([^"]*)"', html)
    return {unescape(text): unescape(url) for text, url in found}


def columns(client: FlaskClient, query: str = "") -> list[str]:
    """The headings of the table."""
    html = client.get(f"{URL}{query}").text
    head = html[html.index("<thead>") : html.index("</thead>")]
    texts = [
        unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in re.findall(r"<th.*?</th>", head)
    ]
    return [one for one in texts if one]


def words(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture
def people(make_customer: Make, make_contact: Make, session: Session) -> dict[str, Any]:
    """An active contact, an inactive and an archived one at Acme, one at Zenith."""
    acme, zenith = make_customer("Acme"), make_customer("Zenith")
    return {
        "mara": make_contact(acme, firstname="Mara", lastname="Müller", email="mara@example.com"),
        "ivo": make_contact(acme, firstname="Ivo", lastname="Idle", email="ivo@example.com"),
        "gone": make_contact(acme, firstname="Greta", lastname="Gone", email="greta@example.com"),
        "zoe": make_contact(zenith, firstname="Zoe", lastname="Zed", email="zoe@example.com"),
        "acme": acme,
        "zenith": zenith,
    }


@pytest.fixture
def away(app: Flask, session: Session, people: dict[str, Any]) -> dict[str, Any]:
    """The same, with Ivo switched off and Greta archived."""
    key = people["acme"].id
    with app.app_context():
        deactivate_contact(session, key, people["ivo"].id)
        archive_contact(session, key, people["gone"].id)
    return people


def test_menu(app: Flask, staff_client: FlaskClient) -> None:
    """CRM → Customer contacts stands first after Customers."""
    with app.app_context():
        menu = app.appbuilder.menu.find("CRM")  # type: ignore[attr-defined]
    entries = [one.name for one in menu.childs]
    before = 0 if LIMITS_STAFF else 1  # this host's own customers stand in a section of its own
    assert entries[before] == "contacts_all"
    assert f'href="{URL}"' in staff_client.get("/contacts-settings/").text


def test_active_only_by_default(staff_client: FlaskClient, away: dict[str, Any]) -> None:
    """Who is away is not listed; the filter is shown, and its × lifts it."""
    assert names(staff_client) == ["Mara Müller", "Zoe Zed"]
    shown = chips(staff_client)
    assert list(shown) == ["Active"]
    lifted = shown["Active"].removeprefix(URL)
    assert names(staff_client, lifted) == ["Greta Gone", "Ivo Idle", "Mara Müller", "Zoe Zed"]
    assert chips(staff_client, lifted) == {}
    page = staff_client.get(URL + lifted).text
    assert page.count(">Inactive</span>") == page.count(">Archived</span>") == 1
    assert names(staff_client, "?state=inactive") == ["Ivo Idle"]
    assert names(staff_client, "?state=archived") == ["Greta Gone"]


def test_a_row(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """A row leads to the contact and to its company, and says how to reach the person, how far
    the invitation has come, and when the person was there last."""
    customer = make_customer("Größe & Söhne")
    contact = make_contact(
        customer,
        lastname="<b>Bold</b>",
        position="Buyer",
        phone="+49 30 1234567",
        email="b@example.com",
    )
    session.get_one(Contact, contact.id).last_signed_in_at = utc_now()
    session.commit()
    html = staff_client.get(URL).text
    assert f'href="{URL}show/{contact.id}"' in html
    assert f'href="{customer_url(customer)}#ContactsTab"' in html
    assert 'href="mailto:b@example.com"' in html
    assert 'href="tel:+49301234567"' in html
    assert "b@<wbr>example.<wbr>com</a>" in html
    text = words(html.replace("<wbr>", ""))
    for part in ("<b>Bold</b>", "Größe & Söhne", "Buyer", "b@example.com", "Accepted", "Primary"):
        assert part in text
    assert "<b>Bold" not in html
    assert staff_client.get(f"{URL}show/{contact.id}").status_code == 200


def test_a_number_with_the_digit_that_is_dialled_at_home(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """The (0) of a number with its country is for who calls from that country."""
    customer = make_customer("Acme")
    make_contact(customer, email="a@example.com", phone="+44 (0)1904 620147")
    assert 'href="tel:+441904620147"' in staff_client.get(URL).text


@pytest.mark.parametrize(
    ("query", "chip", "expected"),
    [
        ("primary=yes", "Primary contacts", ["Mara Müller", "Zoe Zed"]),
        ("primary=no", "Not primary", ["Greta Gone", "Ivo Idle"]),
        ("login=any", "With a login", EVERYBODY),
        ("login=no_login", "Invitation: No login", []),
        ("permission=invoices", "Permission: Invoices", ["Zoe Zed"]),
        ("topic=tickets", "Topic: Tickets", ["Mara Müller"]),
        ("manager=me", "Account manager: me", ["Ivo Idle"]),
        ("manager=admin", "Account manager: admin", ["Ivo Idle"]),
        ("language=pt_BR", "Language: Portuguese (Brazil)", ["Greta Gone"]),
        ("mails=no", "Wants no e-mails", ["Mara Müller"]),
        ("mails=yes", "May be mailed", ["Greta Gone", "Ivo Idle", "Zoe Zed"]),
        ("address=no", "Without an e-mail address", []),
        ("created_from=2020-01-31", "Created from Jan 31, 2020", EVERYBODY),
        ("created_until=2020-01-31", "Created until Jan 31, 2020", []),
        ("q=mull", None, ["Mara Müller"]),
    ],
)  # fmt: skip
def test_filters(
    app: Flask, staff_client: FlaskClient, session: Session, people: dict[str, Any],
    query: str, chip: str | None, expected: list[str],
) -> None:  # fmt: skip
    """Each filter narrows the list, says so in a chip, and is lifted by it; the address holds
    it, so that it can be kept."""
    rows = {
        name: session.get_one(Contact, people[name].id) for name in ("mara", "ivo", "gone", "zoe")
    }
    for row in rows.values():
        row.permissions.clear()
        row.topics.clear()
    rows["zoe"].permissions.append(ContactPermission(name="invoices"))
    rows["mara"].topics.append(ContactTopic(name="tickets"))
    rows["mara"].do_not_send_emails = True
    rows["gone"].language = "pt_BR"
    with app.app_context():
        rows["ivo"].account_manager_id = app.appbuilder.sm.find_user("admin").id  # type: ignore[attr-defined]
    session.commit()
    assert names(staff_client, f"?{query}") == expected
    shown = chips(staff_client, f"?{query}")
    if chip is not None:
        assert list(shown) == ["Active", chip]
        assert len(names(staff_client, shown[chip].removeprefix(URL))) == 4


def test_company_is_typed(staff_client: FlaskClient, people: dict[str, Any]) -> None:
    """A company is typed and offered while one types: by its name, or by its key."""
    offered = staff_client.get(f"{URL}lookup/companies?q=acm").json
    assert [one["value"] for one in offered] == ["Acme"]
    key = people["acme"].id
    for typed in ("Acme", "acme", f"Acme (#{key})", f"#{key}"):
        query = f"?company={quote(typed)}"
        assert names(staff_client, query) == ["Greta Gone", "Ivo Idle", "Mara Müller"]
        assert "Company: Acme" in chips(staff_client, query)
    assert staff_client.get(f"{URL}lookup/staff?q=ADA").json == [
        {"label": "Ada Min", "value": "admin"}
    ]
    assert staff_client.get(f"{URL}lookup/staff?q=" + "a" * 500).json == []
    assert "<select" in staff_client.get(URL).text
    assert '<option value="Zenith' not in staff_client.get(URL).text


@pytest.mark.parametrize(
    "junk",
    [
        "state=deleted", "company=Nobody+%26+Sons", "company=%23zz", "primary=maybe", "login=1",
        "permission=root", "topic=%27", "manager=nobody", "language=xx", "created_from=soon",
        "created_until=2026-13-01", "mails=", "address=x", "size=7", "size=1000000",
        "order=password",
        "direction=sideways", "q=" + "x" * 9000, "unknown=1", "state=active&state=archived",
        "company=" + "9" * 400, "manager=" + "a" * 5000,
    ],
)  # fmt: skip
def test_junk_in_the_address(staff_client: FlaskClient, people: dict[str, Any], junk: str) -> None:
    """What cannot be is left out, and said where it was a filter; never an error of the server."""
    answer = staff_client.get(f"{URL}?{junk}")
    assert answer.status_code == 200
    name, _, value = junk.partition("=")
    is_filter = (
        value and name not in {"size", "order", "direction", "q", "unknown"} and "&" not in junk
    )
    assert ("A filter was not understood" in answer.text) == bool(is_filter)
    menu, _, rest = answer.text.partition('id="contacts-filters"')
    assert ('href="#contacts-filters"' in menu) == bool(is_filter)
    assert ("contacts-error" in rest.partition("</form>")[0]) == bool(is_filter)
    assert ("All that match" in answer.text) != bool(is_filter)
    if name != "q":
        assert "Zoe Zed" in answer.text


@pytest.mark.parametrize(
    "junk", ["after=junk", "before=x", "after=%00", "q=%00", "_flt_0_x=1&page_x=a"]
)
def test_what_no_page_has(staff_client: FlaskClient, people: dict[str, Any], junk: str) -> None:
    """A page that there is not is a page that says so."""
    assert staff_client.get(f"{URL}?{junk}").status_code == 404


def test_pages(staff_client: FlaskClient, session: Session, make_customer: Make) -> None:
    """25 on a page, forwards and back; a page of another order, or of a search, is none."""
    fill(session, make_customer(), 60)
    seen, url, counts = [], URL, []
    while url:
        html = staff_client.get(url).text
        seen += re.findall(r"<strong>Ada (.*?)</strong>", html)
        counts += re.findall(r"(\d+–\d+ of \d+)", words(html))
        link = re.search(r'href="([^"]*)" rel="next"', html)
        last, url = url, unescape(link[1]) if link else ""
    assert seen == [f"Number {number:04}" for number in range(60)]
    assert counts == ["1–25 of 60", "26–50 of 60", "51–60 of 60"]
    back = re.search(r'href="([^"]*)" rel="prev"', staff_client.get(last).text)
    assert back is not None
    assert names(staff_client, unescape(back[1]).removeprefix(URL))[0] == "Ada Number 0025"
    cursor = last.partition("after=")[2]
    assert staff_client.get(f"{URL}?order=created&after={cursor}").status_code == 404
    assert staff_client.get(f"{URL}?q=ada&after={cursor}").status_code == 404


def test_a_page_of_another_search(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """The next page of one search is none of another, and trying it breaks neither."""
    customer = make_customer()
    for number in range(30):
        names = {"firstname": f"Yankee {number}", "lastname": "F"}
        for one in (names, {"firstname": "Q", "lastname": "Q", "email": f"zulu{number}@x.example"}):
            session.add(Contact(**one, customer_id=customer.id, email_scope="x"))
    session.commit()
    nexts = {}
    for typed in ("f yankee", "zulu"):
        html = staff_client.get(URL, query_string={"q": typed}).text
        link = re.search(r'href="([^"]*)" rel="next"', html)
        assert link is not None
        nexts[typed] = unescape(link[1])
    other = nexts["f yankee"].partition("after=")[2].partition("&")[0]
    for name in ("after", "before"):
        assert staff_client.get(f"{URL}?q=zulu&{name}={other}").status_code == 404
    for url in nexts.values():
        answer = staff_client.get(url)
        assert answer.status_code == 200
        assert "26–30 of 30" in words(answer.text)


def test_back_to_those_who_came(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """Previous leads to all who were added before the page that is shown."""
    customer = make_customer()
    fill(session, customer, 30)
    link = re.search(r'href="([^"]*)" rel="next"', staff_client.get(URL).text)
    for number in range(40):
        came = {"firstname": "New", "lastname": f"A {number:02}", "customer_id": customer.id}
        session.add(Contact(**came, email_scope="x"))
    session.commit()
    html = staff_client.get(unescape(link[1])).text if link else ""
    seen, counts = 0, []
    while (back := re.search(r'href="([^"]*)" rel="prev"', html)) is not None:
        html = staff_client.get(unescape(back[1])).text
        seen += html.count("<strong>")
        counts += re.findall(r"(\d+–\d+ of \d+)", words(html))
    assert seen == 25 + 40
    assert counts[-1] == "1–15 of 70"


def test_orders(staff_client: FlaskClient, people: dict[str, Any]) -> None:
    """The headings order the list, and the other way round when they are chosen again."""
    html = staff_client.get(URL).text
    head = html[html.index("<thead>") : html.index("</thead>")]
    links = [unescape(one) for one in re.findall(r'href="([^"]*)"', head)]
    assert [re.search(r"order=(\w+)", one)[1] for one in links] == ["name", "company", "signed_in"]  # type: ignore[index]
    assert names(staff_client, links[0].removeprefix(URL))[0] == "Greta Gone"
    again = staff_client.get(links[1]).text
    assert 'aria-sort="ascending"' in again
    assert names(staff_client, "?order=company&direction=desc")[0] == "Zoe Zed"
    assert names(staff_client, "?order=created&direction=desc")[0] == "Zoe Zed"


def test_columns_are_kept(
    app: Flask, staff_client: FlaskClient, session: Session, people: dict[str, Any]
) -> None:
    """Who chooses columns and rows finds them again in another browser, and nobody else does."""
    everybody = ["Name", "Company", "Job title", "Email", "Phone", "Invitation", "Last signed in"]
    assert columns(staff_client) == everybody
    fields = {
        "column": ["created", "email", "manager", "language"],
        "rows": "50",
        "back": "q=mara&state=all",
    }
    answer = post(staff_client, f"{URL}columns", **fields)
    assert answer.location == f"{URL}?q=mara&state=all"
    other = app.test_client()
    testing.staff_sign_in(other, *ADMIN)
    chosen = ["Name", "Email", "Created", "Account manager", "Language"]
    assert columns(other) == columns(staff_client) == chosen
    assert '<option value="50" selected>' in other.get(URL).text
    default = {
        "column": ["company", "position", "email", "phone", "state", "signed_in"],
        "rows": "25",
    }
    assert post(staff_client, f"{URL}columns", **default).status_code == 302
    assert session.scalars(select(StaffSetting)).all() == []
    assert columns(staff_client) == everybody


def test_columns_refuse_junk(staff_client: FlaskClient, session: Session) -> None:
    """A column, a number or a field that there is not, and a way back to elsewhere."""
    for status, fields in (
        (400, {"column": "password", "rows": "25"}),
        (400, {"column": "email", "rows": "26"}),
        (422, {"column": "email", "rows": "25", "staff_id": "1"}),
    ):
        assert post(staff_client, f"{URL}columns", **fields).status_code == status
    answer = post(staff_client, f"{URL}columns", rows="100", back="//evil.example/\r\nX: y")
    assert answer.location == URL
    assert staff_client.post(f"{URL}columns", data={"rows": "25"}).status_code == 400
    assert session.scalars(select(StaffSetting)).one().value == {"columns": [], "size": 100}


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    """Send a form with a token of that browser."""
    return client.post(url, data={**fields, "csrf_token": testing.csrf_token(client, URL)})


def test_settings_leave_with_the_user(
    app: Flask, staff: Callable[..., FlaskClient], session: Session, people: dict[str, Any]
) -> None:
    """What a deleted staff user had chosen is not the next user's."""
    client = staff(LIST)
    post(client, f"{URL}columns", rows="50")
    assert session.scalars(select(StaffSetting)).one()
    session.rollback()
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        sm.session.delete(sm.find_user("sam"))
        sm.session.commit()
    assert session.scalars(select(StaffSetting)).all() == []


def test_nobody_yet(staff_client: FlaskClient) -> None:
    """Without contacts the page says what one is, and where to begin."""
    html = staff_client.get(URL).text
    assert "No active contacts yet" in html
    assert f'href="{URL}new"' in html
    assert "<table" not in html


def test_nobody_found(staff_client: FlaskClient, away: dict[str, Any]) -> None:
    """Where nothing fits, there is a way on: to all states, and to all."""
    html = staff_client.get(f"{URL}?q=greta").text
    assert "Nobody found" in html
    assert names(staff_client, "?q=greta&state=all") == ["Greta Gone"]
    assert (
        f'href="{URL}?q=greta&amp;state=all"' in html
        or f'href="{URL}?state=all&amp;q=greta"' in html
    )


def test_words_as_they_stand(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """Who types a company or a name as it is written finds it, without the search index."""
    bakery, bread = make_customer("Aurora Bakery"), make_customer("Padaria São João")
    make_contact(bakery, firstname="Olivia", lastname="Hart")
    make_contact(bread, firstname="Felix", lastname="von der Tann")
    for typed in ("Aurora Bakery", "aurora ba", "Olivia Aurora Bakery", "Hart, Olivia"):
        assert names(staff_client, f"?q={quote(typed)}") == ["Olivia Hart"], typed
        assert names(staff_client, f"?order=name&q={quote(typed)}") == ["Olivia Hart"], typed
    # The names of a host's own customers are not folded: accents count there.
    company = "Padaria" if LIMITS_STAFF else "Padaria São"
    for typed in (company, "von der Tann", "VON DER"):
        assert names(staff_client, f"?q={quote(typed)}") == ["Felix von der Tann"], typed


def test_inside_of_names(
    app: Flask, staff: Callable[..., FlaskClient], staff_client: FlaskClient, people: dict[str, Any]
) -> None:
    """Where nobody is found, administrators read how words inside of names would be; others
    read how they are found now."""
    command = "flask contacts create-search-index"
    assert command in words(staff_client.get(f"{URL}?q=uller").text)
    assert command not in staff_client.get(f"{URL}?state=archived").text
    other = words(staff(LIST).get(f"{URL}?q=uller").text)
    assert "Words are found where a name" in other
    assert command not in other


def test_hidden_customers(
    staff: Callable[..., FlaskClient], session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Staff see the contacts of their customers and those without one that they made: in rows,
    numbers, searches, filters and what is offered (S7)."""
    own = make_customer("Own")
    hidden = make_customer("Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    for customer, last in ((own, "Seen"), (hidden, "Secret")):
        make_contact(customer, firstname="Mara", lastname=last, email=f"{last.lower()}@example.com")
    client = staff(LIST, sees=own)
    session.add(Contact(firstname="Mara", lastname="Alone", email_scope="", created_by_id=999))
    session.commit()
    for query in ("", "?state=all", "?q=mara", "?order=company", "?order=signed_in", "?login=any"):
        html = client.get(f"{URL}{query}").text
        assert names(client, query) == ["Mara Seen"], query
        assert "1–1 of 1" in html
        assert "Secret" not in html
    for query in ("?q=secret", "?q=secret@example.com", "?q=hidden"):
        assert names(client, query) == []
    assert "There is no such company" in client.get(f"{URL}?company=Hidden").text
    assert client.get(f"{URL}lookup/companies?q=hid").json == []
    assert "href" not in re.findall(r"<td data-label=\"Name\">.*?</td>", client.get(URL).text)[0]


def test_permissions(staff: Callable[..., FlaskClient], people: dict[str, Any]) -> None:
    """The list needs its own permission; who may not open a contact has no link to it."""
    assert staff(SHOW).get(URL).status_code == 403


def test_bulk_actions(
    staff_client: FlaskClient, people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boxes and buttons are there for what the reader may do with many."""
    monkeypatch.setattr(contact_bulk_actions, "BULK_ACTIONS", [])
    assert 'name="contact"' not in staff_client.get(URL).text
    offered = [
        BulkAction("all_contacts", "list", "Do it", "fa-star"),
        BulkAction("gone", "list", "Gone", ""),
    ]
    monkeypatch.setattr(contact_bulk_actions, "BULK_ACTIONS", offered)
    html = staff_client.get(f"{URL}?q=zoe").text
    form = html[html.index("data-contacts-select") :]
    assert re.findall(r'name="contact" value="(\d+)"', form) == [str(people["zoe"].id)]
    assert f'name="shown" value="{people["zoe"].id}"' in form
    assert 'name="q" value="zoe"' in form
    assert form.count(f'formaction="{URL}"') == 1
    assert "Gone" not in form


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("", 3),
        ("?q=ada", 9),
        ("?q=number+ada", 10),
        ("?q=ada+number", 12),
        ("?order=company", 3),
        ("?permission=invoices", 4),
        ("?order=signed_in&state=all", 4),
    ],
)
def test_statements_stay_flat(
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    statements: Any,
    query: str,
    most: int,
) -> None:
    """A page of the list costs as many statements with 2,000 contacts as with thirty: one for
    who asks, with the columns chosen, and one for all that a page of a list shows."""
    fill(session, make_customer(), 30)
    staff_client.get(URL + query)
    with statements() as few:
        staff_client.get(URL + query)
    for _ in range(4):
        fill(session, make_customer(), 500)
    with statements() as many:
        assert staff_client.get(URL + query).status_code == 200
    own_customers = 3 if LIMITS_STAFF else 0  # which they are, and how they are named
    bounds = 2 if LIMITS_STAFF else 0  # of a thousand that they see: how far to walk, a stretch
    assert len(many) - bounds <= len(few) <= most + own_customers


def fill(session: Session, customer: Any, count: int) -> None:
    """Many contacts, straight into the table."""
    known = session.query(Contact).count()
    rows = [
        {
            "firstname": "Ada", "lastname": f"Number {number:04}", "customer_id": customer.id,
            "email_scope": str(customer.id), "email": f"a{number}@example.com",
            "email_key": f"a{number}@example.com",
        }
        for number in range(known, known + count)
    ]  # fmt: skip
    session.execute(insert(Contact), rows)
    session.commit()


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Let the interpreter change threads after every few instructions."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_switching")
def test_four_threads_four_filters(app: Flask, session: Session, make_customer: Make) -> None:
    """Four browsers with a search, a company, an order and a state of their own at once: none
    sees a row, a chip or a number of another's."""
    marks = ("Alpha", "Bravo", "Chess", "Delta")
    customers = [make_customer(f"{mark} Ltd") for mark in marks]
    for number, (mark, customer) in enumerate(zip(marks, customers, strict=True)):
        for place in range(number + 1):
            session.add(
                Contact(
                    firstname=f"{mark}{place}", lastname=mark, customer_id=customer.id,
                    email_scope=str(customer.id),
                )
            )  # fmt: skip
    session.commit()
    browsers = [app.test_client() for _ in marks]
    for browser in browsers:
        testing.staff_sign_in(browser, *ADMIN)

    def visit(number: int) -> list[str]:
        mark, wrong = marks[number], []
        query = [
            f"?q={mark}",
            f"?company={mark}+Ltd",
            f"?q={mark}&order=company",
            f"?q={mark}&state=all",
        ][number]
        for _ in range(15):
            html = browsers[number].get(URL + query).text
            others = [one for one in marks if one != mark and one in html]
            if others or f"1–{number + 1} of {number + 1}" not in html:
                wrong.append(f"{mark}: {others}")
        return wrong

    with ThreadPoolExecutor(4) as pool:
        assert [one for found in pool.map(visit, range(4)) for one in found] == []
