"""Look-ups without a script: what is typed comes back with the records that it may mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from flask_contacts.models import Contact, CustomerAdmin, MarketingList, MarketingMember
from flask_contacts.services.marketing.lists import archive_list, create_list
from tests import import_pages
from tests.agent_pages import (
    EVERYTHING,
    URL,
    error_of,
    hidden_customer,
    post,
    sign_in_limited,
    value_of,
)
from tests.host_app import CUSTOMER_NAME, HostTicket
from tests.page_forms import forms_of, press
from tests.staff_people import words

Make = Callable[..., Any]
SEVERAL = "Several records fit. Choose one of them, or type more of its name."
#: Another column than the name that companies are known by.
OTHER = "city" if CUSTOMER_NAME == "company" else "region"


def numbered(record: Any) -> str:
    """A record as it is offered beside another of its name."""
    return f"{record} (#{record.id})"


def of_one_name(contact: Contact) -> str:
    """A contact as it is offered beside another of its name: by the address, or by the key."""
    return f"{contact.name} ({contact.email or f'#{contact.id}'})"


def offered(page: TestResponse, name: str) -> list[str]:
    """The radio buttons of a field, which no page has before there is a choice."""
    return [value for form in forms_of(page.text) for field, value in form.boxes if field == name]


def only(session: Session) -> Contact:
    """The one contact whose first name is New."""
    session.expire_all()
    return session.scalars(select(Contact).where(Contact.firstname == "New")).one()


@pytest.fixture
def twins(make_customer: Make) -> list[Any]:
    """Two companies that begin alike."""
    return [make_customer(company=f"Acme {one}") for one in ("North", "South")]


@pytest.fixture
def adas(twins: list[Any], make_contact: Make) -> list[Any]:
    """Two of the same name at the first of them."""
    names = {"firstname": "Ada", "lastname": "Lovelace", "permissions": [], "topics": []}
    return [make_contact(twins[0], email=f"ada{one}@example.com", **names) for one in (1, 2)]


def test_the_filters_of_the_list(
    staff_client: FlaskClient, twins: list[Any], adas: list[Any]
) -> None:
    """Company and Account manager of the filters answer with links that set them, and keep what
    else is chosen; who fits nothing is told so."""
    page = staff_client.get(f"{URL}/?company=acme&state=all&manager=ada+min").text
    assert page.count(SEVERAL) == 1
    links = [unescape(one) for one in re.findall(r'<li><a href="([^"]+)">[^<]+<', page)]
    links = [one for one in links if "company=Acme+" in one or "manager=admin" in one]
    assert len(links) == 3
    north = staff_client.get(links[0]).text
    assert "Company: Acme North" in north
    assert "Ada Lovelace" in north
    assert "state=all" in links[0]
    assert "Account manager: admin" in staff_client.get(links[2]).text
    nothing = staff_client.get(f"{URL}/?company=zzz&manager=zzz").text
    assert "There is no such company." in nothing
    assert "contacts-candidates" not in nothing


def test_company_and_manager(
    staff_client: FlaskClient, session: Session, twins: list[Any], adas: list[Any]
) -> None:
    """The form of a contact asks which company is meant, and then which manager; nothing typed
    is lost, and what is chosen is saved."""
    page = staff_client.get(f"{URL}/new")
    assert offered(page, "company") == offered(page, "manager") == []
    typed = {
        "firstname": "New", "lastname": "Person", "position": "Clerk", "notes": "One\nTwo",
        "manager": "Ada Lovelace",
    }  # fmt: skip
    page = press(staff_client, page, "Save", company="acme", **typed)
    assert page.status_code == 422
    assert offered(page, "company") == [str(one) for one in twins]
    assert error_of(page.text, "company") == SEVERAL
    assert {name: value_of(page.text, name) for name in typed} == typed
    page = press(staff_client, page, "Save", company=["acme", str(twins[0])])
    assert page.status_code == 422
    assert value_of(page.text, "company") == str(twins[0])
    assert offered(page, "company") == []
    assert offered(page, "manager") == [of_one_name(one) for one in adas]
    assert error_of(page.text, "manager") == SEVERAL
    page = press(staff_client, page, "Save", manager=["Ada", of_one_name(adas[1])])
    assert page.status_code == 200
    found = only(session)
    assert (found.customer_id, found.manager_id) == (twins[0].id, adas[1].id)
    assert (found.position, found.notes) == ("Clerk", "One\nTwo")


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("London", ["Europe/London"]),
        (" new  york ", ["America/New_York"]),
        ("kerguelen", ["Indian/Kerguelen"]),
        ("america/", None),
        ("Mars/Base", []),
    ],
)
@pytest.mark.parametrize("form", ["agent", "tab"])
def test_timezones(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make,
    form: str, typed: str, zones: list[str] | None,
) -> None:  # fmt: skip
    """Who types a place instead of a time zone is offered those that hold it, at most ten; the
    one that is chosen is saved. What no zone holds is told so."""
    contact = make_contact(make_customer())
    url = f"{URL}/edit/{contact.id}"
    if form == "tab":
        url = f"/customercontacts/edit/{contact.customer_id}/{contact.id}"
    page = press(staff_client, staff_client.get(url), "Save", timezone=typed)
    assert page.status_code == 422
    found = offered(page, "timezone")
    assert found == zones if zones is not None else len(found) == 10
    unknown = "There is no such timezone."
    said = f"{unknown} Is it one of these?" if found else unknown
    assert error_of(page.text, "timezone") == said
    if found:
        assert press(staff_client, page, "Save", timezone=[typed, found[0]]).status_code == 200
        session.expire_all()
        assert session.get_one(Contact, contact.id).timezone == found[0]


def test_one_that_fits_in_part(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """A part of one name alone is not taken for it: it is asked, not several are said to fit."""
    customer = make_customer(company="Only Ltd")
    names = {"firstname": "New", "lastname": "Person"}
    page = press(staff_client, staff_client.get(f"{URL}/new"), "Save", company="onl", **names)
    assert offered(page, "company") == [str(customer)]
    assert error_of(page.text, "company") == "No record is called exactly so. Is it this one?"
    listed = staff_client.get(f"{URL}/?company=onl").text
    assert "No record is called exactly so. Is it this one?" in words(listed)
    page = press(staff_client, staff_client.get(f"{URL}/new"), "Save", company="only ltd", **names)
    assert page.status_code == 200
    assert only(session).customer_id == customer.id


def test_ten_at_most(staff_client: FlaskClient, make_customer: Make) -> None:
    """However many fit, ten are shown."""
    for number in range(12):
        make_customer(company=f"Many {number:02}")
    page = press(
        staff_client, staff_client.get(f"{URL}/new"), "Save",
        company="many", firstname="New", lastname="Person",
    )  # fmt: skip
    assert len(offered(page, "company")) == 10


def test_hidden_ones_are_not_meant(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Staff are asked among the companies and contacts that they see, and no others (S7)."""
    seen = make_customer(company="Acme Seen")
    hidden_customer(make_customer, "Acme Hidden")
    client = sign_in_limited(app, session, seen, *EVERYTHING)
    page = press(
        client, client.get(f"{URL}/new"), "Save", company="acme", firstname="N", lastname="P"
    )
    assert page.status_code == 422
    assert offered(page, "company") == [str(seen)]
    assert "Hidden" not in page.text


def save_new(client: FlaskClient, company: str | list[str]) -> TestResponse:
    """Save a new contact at the company that was typed."""
    page = client.get(f"{URL}/new")
    return press(client, page, "Save", company=company, firstname="New", lastname="Person")


def test_a_name_before_what_holds_it(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """The one company of a name is taken, however many older ones have it in another column;
    two of that name are asked about, wherever they lie among those."""
    first = make_customer(company="Paris")
    for number in range(55):
        make_customer(company=f"Atelier {number:02}", **{OTHER: "Paris"})
    assert save_new(staff_client, "paris").status_code == 200
    assert only(session).customer_id == first.id
    second = make_customer(company="Paris")
    page = save_new(staff_client, "Paris")
    assert page.status_code == 422
    assert error_of(page.text, "company") == SEVERAL
    assert set(offered(page, "company")[:2]) == {numbered(first), numbered(second)}
    assert len(offered(page, "company")) == 10


def test_a_lone_name_behind_what_holds_it(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """The youngest company is taken by its name as well."""
    for number in range(55):
        make_customer(company=f"Atelier {number:02}", **{OTHER: "Paris"})
    paris = make_customer(company="Paris")
    assert save_new(staff_client, "Paris").status_code == 200
    assert only(session).customer_id == paris.id


def test_equal_names_are_offered_first(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """Two companies of the very name are the first to choose from, on every page and while
    typing, whatever sorts before them; one chosen is the one that is meant."""
    crowd = [make_customer(company=f"A. Acme {number:02}") for number in range(60)]
    pair = [make_customer(company="Acme") for _ in range(2)]
    contact = make_contact(crowd[0], permissions=[], topics=[])
    both = {numbered(one) for one in pair}
    assert set(offered(save_new(staff_client, "acme"), "company")[:2]) == both
    page = staff_client.get(f"{URL}/move/{contact.id}")
    page = press(staff_client, page, "Move", customer="Acme")
    assert set(offered(page, "customer")[:2]) == both
    upload = import_pages.upload(staff_client, "First name,Last name\nAda,Byron\n")
    page = press(staff_client, staff_client.get(upload.location), "Check the rows", customer="ACME")
    assert set(offered(page, "customer")[:2]) == both
    typed = staff_client.get(f"{URL}/companies?q=acme").json
    assert typed is not None
    assert set(typed[:2]) == both
    assert len(typed) == 50
    assert SEVERAL in staff_client.get(f"{URL}/?company=Acme").text
    page = save_new(staff_client, ["acme", numbered(pair[1])])
    assert page.status_code == 200


def test_a_hidden_one_of_that_name(app: Flask, session: Session, make_customer: Make) -> None:
    """A company that is hidden is none of two of a name: the seen one is taken, and the hidden
    one is neither offered nor taken where nobody sees another (S7)."""
    seen = make_customer(company="Acme")
    hidden_customer(make_customer, "Acme")
    hidden_customer(make_customer, "Borealis")
    client = sign_in_limited(app, session, seen, *EVERYTHING)
    page = save_new(client, "Borealis")
    assert (page.status_code, offered(page, "company")) == (422, [])
    save_new(client, "acme")
    assert only(session).customer_id == seen.id


def test_case_of_umlauts(staff_client: FlaskClient, session: Session, make_customer: Make) -> None:
    """Letters that are no ASCII are found in either case, on any engine."""
    made = make_customer(company="Öde Übersee Ltd")
    for typed in ("öde", "ÖDE", "übersee"):
        assert offered(save_new(staff_client, typed), "company") == [str(made)]
    assert save_new(staff_client, "öde übersee ltd").status_code == 200
    assert only(session).customer_id == made.id


@pytest.mark.bundled_only(reason="a host's own customers have no folded names")
def test_accents_do_not_count(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """A company is found and taken without its accents; who else is called so makes it asked."""
    made = make_customer(company="Öde Ltd")
    assert offered(save_new(staff_client, "ode"), "company") == [str(made)]
    assert save_new(staff_client, "ode ltd").status_code == 200
    assert only(session).customer_id == made.id
    plain = make_customer(company="Ode Ltd")
    page = save_new(staff_client, "Öde Ltd")
    assert set(offered(page, "company")) == {numbered(made), numbered(plain)}


def test_keys_tell_apart_what_names_do_not(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """A key stands beside the names of two that are called alike, and beside what would be read
    as something else; the form of a contact keeps its company by the name alone."""
    first, second = make_customer(company="Twin"), make_customer(company="Twin")
    odd = make_customer(company="Twin #9 (#9)")
    alone = make_customer(company="Twin peaks")
    typed = staff_client.get(f"{URL}/companies?q=twin").json
    assert set(typed) == {numbered(first), numbered(second), numbered(odd), str(alone)}
    contact = make_contact(first, firstname="New", permissions=[], topics=[])
    page = staff_client.get(f"{URL}/edit/{contact.id}")
    assert value_of(page.text, "company") == numbered(first)
    assert press(staff_client, page, "Save", company="Twin").status_code == 200
    page = staff_client.get(f"{URL}/edit/{contact.id}")
    assert press(staff_client, page, "Save", company=numbered(odd)).request.path.endswith(
        f"/move/{contact.id}"
    )


def test_namesakes_are_told_apart_by_their_addresses(
    staff_client: FlaskClient, session: Session, twins: list[Any], adas: list[Any],
    make_contact: Make,
) -> None:  # fmt: skip
    """Managers of one name have their addresses beside it, and a key where there is none; the
    contact itself is not offered, and counts as one of that name."""
    managers = f"{URL}/managers"
    asked = {"q": "ada", "with": str(twins[0])}
    expected = [of_one_name(one) for one in adas]
    assert staff_client.get(managers, query_string=asked).json == expected
    but_one = staff_client.get(managers, query_string={**asked, "but": adas[0].id}).json
    assert but_one == expected[1:]
    names = {"firstname": "Ada", "lastname": "Lovelace", "email": "gone@example.com"}
    nameless = make_contact(twins[0], **names, permissions=[], topics=[])
    session.get_one(Contact, nameless.id).email = None
    session.commit()
    found = staff_client.get(managers, query_string=asked).json
    assert f"Ada Lovelace (#{nameless.id})" in found
    joan = make_contact(twins[0], firstname="New", lastname="P", permissions=[], topics=[])
    page = staff_client.get(f"{URL}/edit/{joan.id}")
    assert press(staff_client, page, "Save", manager=expected[1]).status_code == 200
    assert only(session).manager_id == adas[1].id
    page = staff_client.get(f"{URL}/edit/{joan.id}")
    assert value_of(page.text, "manager") == "Ada Lovelace"
    assert press(staff_client, page, "Save", notes="x").status_code == 200
    assert only(session).manager_id == adas[1].id


def linked_tickets(session: Session, contact: Contact) -> list[str]:
    """What is linked to the contact."""
    session.expire_all()
    found = session.scalars(select(HostTicket).where(HostTicket.contact_id == contact.id))
    return [numbered(one) for one in found]


def test_a_record_of_that_very_name(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The one record of a name is linked, however many newer ones hold it; of two none is
    unasked, and both are offered."""
    acme = make_customer(company="Acme")
    contact = make_contact(acme, permissions=[], topics=[])
    names = ["Printer", *(f"Printer {number}" for number in range(25)), "Screen"]
    tickets = [HostTicket(subject=name, customer_id=acme.id) for name in names]
    for one in tickets:  # one at a time: the newest has the greatest key
        session.add(one)
        session.commit()
    url = f"{URL}/link/{contact.id}/tickets"
    post(staff_client, url, record="printer")
    assert linked_tickets(session, contact) == [numbered(tickets[0])]
    tickets[0].contact_id = None
    twin = HostTicket(subject="Printer", customer_id=acme.id)
    session.add(twin)
    session.commit()
    both = {numbered(tickets[0]), numbered(twin)}
    page = post(staff_client, url, record="Printer")
    assert (page.status_code, linked_tickets(session, contact)) == (422, [])
    assert set(offered(page, "record")) == both
    post(staff_client, url, record=numbered(twin))
    assert linked_tickets(session, contact) == [numbered(twin)]


def test_a_part_of_a_name_is_asked_about(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """What was typed in part is not linked unasked, though it fits one record alone; the message
    says what was linked."""
    acme = make_customer(company="Acme")
    contact = make_contact(acme, permissions=[], topics=[])
    ticket = HostTicket(subject="Printer on fire", customer_id=acme.id)
    session.add(ticket)
    session.commit()
    url = f"{URL}/link/{contact.id}/tickets"
    page = post(staff_client, url, record="fire")
    assert (page.status_code, linked_tickets(session, contact)) == (422, [])
    assert "No record is called exactly so. Is it this one?" in words(page.text)
    assert offered(page, "record") == [numbered(ticket)]
    assert "> Printer on fire</label>" in page.text
    done = post(staff_client, url, record=offered(page, "record")[0])
    assert "Printer on fire is linked now." in words(staff_client.get(done.location).text)
    assert linked_tickets(session, contact) == [numbered(ticket)]


def test_staff_of_that_very_name(
    app: Flask, staff_client: FlaskClient, make_customer: Make
) -> None:
    """Colleagues of the very name are the first to choose from, whoever sorts before them."""
    customer = make_customer()
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.find_role("Admin")
        for number in range(11):
            name = f"a{number:02}"
            sm.add_user(name, "Svenja", "Aaltonen", f"{name}@example.com", role, name)
        for name in ("z0", "z1"):
            sm.add_user(name, "Sven", "Aalto", f"{name}@example.com", role, name)
    page = post(staff_client, f"/customeradmins/assign/{customer.id}", username="sven aalto")
    assert offered(page, "username")[:2] == ["z0", "z1"]
    assert len(offered(page, "username")) == 10


@pytest.fixture
def news(session: Session) -> list[MarketingList]:
    """Two lists that are meant by "news", and one that is archived."""
    made = [create_list(session, {"name": name}) for name in ("Big News", "News", "Old news")]
    archive_list(session, made.pop().id)
    return [*made, create_list(session, {"name": "News, the second"})]


def members(session: Session) -> set[tuple[str, int]]:
    """Who is on which list."""
    session.expire_all()
    rows = session.scalars(select(MarketingMember))
    return {(one.list.name, one.contact_id) for one in rows}


def test_marketing_list_of_one(
    staff_client: FlaskClient, session: Session, adas: list[Any], news: list[MarketingList]
) -> None:
    """A part of a list's name is asked about; the name itself is taken, though others hold it."""
    url = f"{URL}/marketing-list/{adas[0].id}"
    page = press(staff_client, staff_client.get(url), "Add to the list", list="ews")
    assert page.status_code == 422
    assert offered(page, "list") == ["Big News", "News", "News, the second"]
    assert error_of(page.text, "list") == SEVERAL
    page = press(staff_client, page, "Add to the list", list=["ews", "Big News"])
    assert "is on the list “Big News” now" in words(page.text)
    press(staff_client, staff_client.get(url), "Add to the list", list="news")
    assert members(session) == {("Big News", adas[0].id), ("News", adas[0].id)}
    page = press(staff_client, staff_client.get(url), "Add to the list", list="")
    assert (page.status_code, offered(page, "list")) == (422, [])


def test_marketing_list_of_many(
    staff_client: FlaskClient, session: Session, adas: list[Any], news: list[MarketingList]
) -> None:
    """The same for many; who was chosen stays chosen."""
    chosen = "&".join(f"contact={one.id}" for one in adas)
    page = staff_client.get(f"{URL}/marketing-list?choose=selected&{chosen}")
    page = press(staff_client, page, "Continue", list="%")
    assert (page.status_code, offered(page, "list")) == (422, [])
    page = press(staff_client, page, "Continue", list="big")
    assert offered(page, "list") == ["Big News"]
    page = press(staff_client, page, "Continue", list=["big", "Big News"])
    press(staff_client, page, "Add 2 contacts")
    assert members(session) == {("Big News", one.id) for one in adas}


def test_account_manager_of_many(
    app: Flask, staff_client: FlaskClient, session: Session, adas: list[Any]
) -> None:
    """A colleague's full name is no user name, and is asked about."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.find_role("Admin")
        sm.add_user("sven", "Sven", "Aalto", "sven@example.com", role, "sven")
        sm.add_user("svea", "Svea", "Aalto", "svea@example.com", role, "svea")
        sven = sm.find_user("sven").id
    page = staff_client.get(f"{URL}/bulk/account-manager?choose=selected&contact={adas[0].id}")
    page = press(staff_client, page, "Continue", account_manager="aalto")
    assert page.status_code == 422
    assert offered(page, "account_manager") == ["svea", "sven"]
    page = press(staff_client, page, "Continue", account_manager="sven aalto")
    assert offered(page, "account_manager") == ["sven"]
    page = press(staff_client, page, "Continue", account_manager=["sven aalto", "sven"])
    page = press(staff_client, page, "Change 1 contact")
    session.expire_all()
    assert session.get_one(Contact, adas[0].id).account_manager_id == sven


def test_moving(
    staff_client: FlaskClient, session: Session, twins: list[Any], adas: list[Any],
    make_customer: Make,
) -> None:  # fmt: skip
    """The page that moves a contact asks which customer, and never offers the one it is at."""
    target = make_customer(company="Acme West")
    page = staff_client.get(f"{URL}/move/{adas[1].id}")
    page = press(staff_client, page, "Move", customer="acme")
    assert page.status_code == 422
    assert offered(page, "customer") == [str(twins[1]), str(target)]
    press(staff_client, page, "Move", customer=["acme", str(target)])
    session.expire_all()
    assert session.get_one(Contact, adas[1].id).customer_id == target.id


def test_customer_of_an_import(staff_client: FlaskClient, twins: list[Any]) -> None:
    """So does the page of an import's columns, and keeps what was chosen for them."""
    page = import_pages.upload(staff_client, "First name,Last name,Unheard\nAda,Byron,x\n")
    page = staff_client.get(page.location)
    page = press(staff_client, page, "Check the rows", customer="acme", column_2="notes")
    assert page.status_code == 422
    assert offered(page, "customer") == [str(one) for one in twins]
    assert import_pages.columns_of(page.text)["Unheard"] == "notes"
    page = press(staff_client, page, "Check the rows", customer=["acme", str(twins[1])])
    assert page.status_code == 200
    assert offered(page, "customer") == []


def test_customer_admin(
    app: Flask, staff_client: FlaskClient, session: Session, twins: list[Any]
) -> None:
    """Staff of the same name are told apart by their user names."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        for name in ("sven", "sven2"):
            role = sm.find_role("Admin")
            sm.add_user(name, "Sven", "Aalto", f"{name}@example.com", role, name)
        second = sm.find_user("sven2").id
    page = post(staff_client, f"/customeradmins/assign/{twins[0].id}", username="Sven Aalto")
    assert (page.status_code, offered(page, "username")) == (422, ["sven", "sven2"])
    press(staff_client, page, "Add", username=["Sven Aalto", "sven2"])
    assert session.scalars(select(CustomerAdmin.staff_id)).all() == [second]


def test_another_contact_to_compare_with(
    staff_client: FlaskClient, twins: list[Any], adas: list[Any], make_contact: Make
) -> None:
    """Who is there twice is compared with one of two of a name, not with itself."""
    contact = make_contact(twins[0], firstname="Ada", lastname="Byron")
    page = staff_client.get(f"{URL}/duplicates/{contact.id}")
    page = press(staff_client, page, "Compare", other="ada")
    assert page.status_code == 422
    assert offered(page, "other") == [of_one_name(one) for one in adas]
    chosen = of_one_name(adas[1])
    page = press(staff_client, page, "Compare", other=["ada", chosen])
    assert page.request.path == f"{URL}/merge"
    assert page.request.args.getlist("contact") == [str(contact.id), str(adas[1].id)]
