"""The example's leads and opportunities: their rooms, the contacts who have to do with them, and
the way from a lead to a customer (BEHAVIOUR S6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from example_app import lead_conversion
from example_app.database import db
from example_app.lead_conversion import LeadConvertedError, convert_lead
from example_app.models import Lead, Opportunity
from flask_contacts.actors import SYSTEM
from flask_contacts.models import Contact, Customer, CustomerAdmin
from flask_contacts.services.agent.contacts import create_agent_contact
from flask_contacts.testing import csrf_token, staff_sign_in
from tests.example import filled_example, post_form, record_numbers
from tests.first_state import keep_first_state
from tests.staff_people import VIEW_ALL, add_staff, browser_of, words

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and what puts it back to that."""
    app = filled_example(tmp_path_factory.mktemp("leads"))
    return app, keep_first_state(app)


@pytest.fixture
def example(filled: tuple[Flask, Callable[[], None]]) -> Flask:
    """The example as it is at first."""
    app, put_back = filled
    put_back()
    return app


@pytest.fixture
def admin(example: Flask) -> FlaskClient:
    """A browser in which the administrator has signed in."""
    client = example.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    return client


def add_lead(example: Flask, **fields: Any) -> int:
    """A lead of the test's own."""
    with example.app_context():
        lead = Lead(**{"firstname": "Mina", "lastname": "Okoro", "source": "fair", **fields})
        db.session.add(lead)
        db.session.commit()
        return lead.id


def press(client: FlaskClient, lead: int) -> Any:
    """The button of the page that asks, or its form where the page is not shown any more."""
    page = f"/leadview/convert/{lead}"
    if client.get(page).status_code == 200:
        return post_form(client, page)
    return client.post(page, data={"csrf_token": csrf_token(client, "/leadview/add")})


def count(model: Any) -> int:
    """How many rows there are."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("room", ["leadview", "opportunityview"])
def test_rooms(example: Flask, admin: FlaskClient, room: str) -> None:
    """List, detail and forms answer; nobody who is not signed in gets in."""
    listed = admin.get(f"/{room}/list/")
    assert listed.status_code == 200
    number = min(record_numbers(listed.text, f"/{room}/show/"))
    for page in (f"show/{number}", f"edit/{number}", "add"):
        assert admin.get(f"/{room}/{page}").status_code == 200
    assert example.test_client().get(f"/{room}/list/").status_code == 302
    assert "Leads" in admin.get("/").text


def test_lists_in_our_look(example: Flask, admin: FlaskClient) -> None:
    """A search over what a lead is known by, an empty state with a way on, the name as the link,
    days in words."""
    add_lead(example, firstname="Nia", lastname="Sought", company="Kites & Co")
    add_lead(example, firstname="Bare", lastname="Name")
    add_lead(example, firstname="Only", lastname="Mailed", email="who@kestrel.example")
    url = "/leadview/list/"
    listed = admin.get(url).text
    assert 'class="table table-hover contacts-table"' in listed
    assert re.search(r'<a href="/leadview/show/\d+"><strong>Nia Sought</strong></a>', listed)
    assert "New Lead" in words(listed)
    field = re.search(r'<input type="search"[^>]* name="([^"]+)"', listed)
    assert field is not None
    for typed, name in {
        "sough": "Nia Sought", "nia": "Nia Sought", "nia sought": "Nia Sought",
        "kites %26": "Nia Sought", "bare n": "Bare Name", "KESTREL": "Only Mailed",
    }.items():  # fmt: skip
        found = admin.get(f"{url}?{field[1]}={typed}").text
        assert name in found, typed
        assert "Ishaan Mehta" not in found
    assert 'placeholder="Name, company or e-mail"' in listed
    nobody = words(admin.get(f"{url}?{field[1]}=zzz").text)
    assert "Nothing found" in nobody
    assert "Show all" in nobody
    opportunities = words(admin.get("/opportunityview/list/").text)
    assert re.search(r"[A-Z][a-z]{2}\s\d+,\s\d{4}", opportunities)


def test_forms(example: Flask, admin: FlaskClient) -> None:
    """A lead and an opportunity are written by their forms; a lead is not converted by one."""
    fields = {"firstname": "Nia", "lastname": "Obi", "email": "nia@example.com", "value": "120.50"}
    assert post_form(admin, "/leadview/add", **fields).status_code == 302
    wrong = post_form(admin, "/leadview/add", **{**fields, "email": "nonsense", "lastname": "Y"})
    assert wrong.status_code == 200
    wrong = post_form(admin, "/leadview/add", **{**fields, "status": "converted", "lastname": "Z"})
    assert wrong.status_code == 200
    offer = {"customer": "Aurora Bakery", "title": "Van", "amount": "12", "stage": "won"}
    assert post_form(admin, "/opportunityview/add", **offer).status_code == 302
    with example.app_context():
        assert db.session.scalars(select(Lead.email).where(Lead.lastname == "Obi")).all() == [
            "nia@example.com"
        ]
        assert not db.session.scalars(select(Lead).where(Lead.lastname.in_(["Y", "Z"]))).all()


def test_one_sentence_for_one_slip(admin: FlaskClient) -> None:
    """What is no number is told so, and not that it is out of range as well; a number that is,
    is told that; nothing at all is a value, and not for an amount that is required."""
    lead = {"firstname": "Nia", "lastname": "Obi"}
    page = words(post_form(admin, "/leadview/add", **lead, value="a lot").text)
    assert "Not a valid decimal value." in page
    assert "Number must be between" not in page
    page = words(post_form(admin, "/leadview/add", **lead, value="-1").text)
    assert "Number must be between 0 and" in page
    assert post_form(admin, "/leadview/add", **lead, value=" ").status_code == 302
    page = words(post_form(admin, "/opportunityview/add", title="Van", amount="").text)
    assert "This field is required." in page
    assert "Not a valid decimal value." not in page


def test_saving_is_said_in_words(example: Flask, admin: FlaskClient) -> None:
    """Not as what becomes of a row in a table."""
    lead = add_lead(example)
    for address in ("/leadview/add", f"/leadview/edit/{lead}"):
        post_form(admin, address, firstname="Nia", lastname="Obi")
        page = words(admin.get("/leadview/list/").text)
        assert "Saved." in page
        assert "Row" not in page
    token = csrf_token(admin, "/leadview/add")
    admin.post(f"/leadview/delete/{lead}", data={"csrf_token": token})
    assert "Deleted." in words(admin.get("/leadview/list/").text)


def test_under_the_contact(example: Flask, admin: FlaskClient) -> None:
    """Leads and opportunities stand under their contacts, and can be linked and parted there."""
    with example.app_context():
        olivia = db.session.scalars(select(Contact.id).where(Contact.lastname == "Hart")).one()
        lead = db.session.scalars(select(Lead).where(Lead.lastname == "de Wit")).one()
        label, key = f"{lead} (#{lead.id})", lead.id
    page = f"/customer-contacts/show/{olivia}"
    html = admin.get(page).text
    assert "A second shop in Clifton" in words(html)
    assert "€8,400.00" in words(html)
    token = csrf_token(admin, page)
    data = {"record": label, "csrf_token": token}
    assert admin.post(f"/customer-contacts/link/{olivia}/leads", data=data).status_code == 302
    assert f'href="/leadview/show/{key}"' in admin.get(page).text
    data = {"record": key, "csrf_token": token}
    assert admin.post(f"/customer-contacts/unlink/{olivia}/leads", data=data).status_code == 302
    assert f'href="/leadview/show/{key}"' not in admin.get(page).text


def test_linked_by_a_name(example: Flask, admin: FlaskClient) -> None:
    """A lead is linked by its full name; one that fits in part, or several, are there to be
    chosen without typing."""
    for number in range(2):
        add_lead(example, firstname="Nia", lastname=f"Obi {number}")
    with example.app_context():
        olivia = db.session.scalars(select(Contact.id).where(Contact.lastname == "Hart")).one()
        lead = db.session.scalars(select(Lead).where(Lead.lastname == "de Wit")).one()
        name, key = f"{lead.firstname} {lead.lastname}", lead.id
    page, link = f"/customer-contacts/show/{olivia}", f"/customer-contacts/link/{olivia}/leads"
    for typed in (name, name.lower()):
        data = {"record": typed, "csrf_token": csrf_token(admin, page)}
        assert admin.post(link, data=data).status_code == 302, typed
    assert f'href="/leadview/show/{key}"' in admin.get(page).text
    data = {"record": "de wit", "csrf_token": csrf_token(admin, page)}
    refused = admin.post(link, data=data)
    assert refused.status_code == 422
    assert f'name="record" value="{name} (#{key})"' in refused.text
    data = {"record": "nia obi", "csrf_token": csrf_token(admin, page)}
    refused = admin.post(link, data=data)
    assert refused.status_code == 422
    chosen = re.findall(r'type="radio" name="record" value="([^"]*)"', refused.text)
    assert [one.partition(" (#")[0] for one in chosen] == ["Nia Obi 1", "Nia Obi 0"]
    assert admin.post(link, data={**data, "record": chosen[1]}).status_code == 302
    assert "Nia Obi 0" in words(admin.get(page).text)


def test_conversion(example: Flask, admin: FlaskClient) -> None:
    """The lead becomes a customer with its primary contact, who is linked to it; once."""
    lead = add_lead(
        example, company="Okoro Kites", email="mina@okoro.example", phone="+1 212 555 0100"
    )
    assert f'href="/leadview/convert/{lead}"' in admin.get(f"/leadview/show/{lead}").text
    assert press(admin, lead).location == f"/leadview/show/{lead}"
    page = words(admin.get(f"/leadview/show/{lead}").text)
    assert "Okoro Kites is a customer now, Mina Okoro its primary contact." in page
    assert "Convert to customer" not in page
    with example.app_context():
        row = db.session.get_one(Lead, lead)
        [contact] = row.contacts
        assert (row.status, row.customer.company) == ("converted", "Okoro Kites")
        assert (contact.customer_id, contact.is_primary) == (row.customer_id, True)
        assert (contact.email, contact.login_id) == ("mina@okoro.example", None)
        customers, people = count(Customer), count(Contact)
    press(admin, lead)
    assert "This lead is a customer already." in words(admin.get(f"/leadview/show/{lead}").text)
    with example.app_context():
        assert (count(Customer), count(Contact)) == (customers, people)


def test_a_converted_lead_stays_so(example: Flask, admin: FlaskClient) -> None:
    """Its form shows and keeps the status, and takes no other; the moment is shown as on all
    pages of staff, with its zone under the pointer."""
    lead, edit = add_lead(example, company="Okoro Kites"), "/leadview/edit/{}"
    press(admin, lead)
    page = admin.get(edit.format(lead)).text
    assert re.findall(r'<option[^>]* value="(converted|new|lost)"', page) == ["converted"]
    assert post_form(admin, edit.format(lead), notes="Met again").status_code == 302
    refused = post_form(admin, edit.format(lead), status="new")
    assert "Not a valid choice" in words(refused.text)
    assert re.findall(r'<option[^>]* value="(converted|new|lost)"', refused.text) == ["converted"]
    with example.app_context():
        row = db.session.get_one(Lead, lead)
        assert (row.status, row.notes) == ("converted", "Met again")
    other = add_lead(example)
    assert post_form(admin, edit.format(other), status="converted").status_code == 200
    assert post_form(admin, edit.format(other), status="lost").status_code == 302
    html = admin.get(f"/leadview/show/{lead}").text
    shown = re.search(r'<time datetime="[^"]+\+00:00" title="([^"]+) UTC">([^<]+)</time>', html)
    assert shown is not None
    assert shown[1] == shown[2]


def test_who_may_be_there_already(example: Flask, admin: FlaskClient) -> None:
    """The page that asks names the customers of a like name and the contacts who may be the lead,
    with their pages, before a second one is made; staff see their own ones only (S7)."""
    fields = {"firstname": "Olivia", "lastname": "Hart"}
    lead = add_lead(
        example, **fields, company="Aurora Bakery", email="Olivia.Hart@aurora-bakery.example"
    )
    with example.app_context():
        olivia = db.session.scalars(select(Contact).where(Contact.lastname == "Hart")).one()
        person, customer = olivia.id, olivia.customer_id
    page, contact = f"/leadview/convert/{lead}", f'href="/customer-contacts/show/{person}"'
    html = admin.get(page).text
    assert re.search(rf'href="/[a-z]+/show/{customer}[^"]*">Aurora Bakery</a>', html)
    assert contact in html
    assert "Same email" in words(html)
    assert "a contact there already" in words(html)
    assert "studio-known" not in admin.get(f"/leadview/convert/{add_lead(example)}").text
    rights = [(f"can_{one}", "LeadView") for one in ("show", "convert")]
    pages = [("can_show", "Customer contacts"), ("can_show", "Contacts customers")]
    add_staff(example, "bare", *rights)
    own = add_staff(example, "own", *rights, *pages)
    add_staff(example, "all", *rights, *pages, VIEW_ALL)
    for name, sees in {"bare": False, "own": False, "all": True}.items():
        html = browser_of(example, name).get(page).text
        assert "Olivia Hart, Aurora Bakery" in words(html)
        assert (contact in html, "studio-known" in html) == (sees, sees), name
    with example.app_context():
        db.session.add(CustomerAdmin(customer_id=customer, staff_id=own))
        db.session.commit()
    assert contact in browser_of(example, "own").get(page).text


def choices(html: str) -> dict[str, tuple[str, bool]]:
    """What becomes of the lead, by its words: the customer's key, and whether it is proposed."""
    found = re.findall(
        r'(?s)<input type="radio" name="customer" value="(\d*)" required( checked)?>(.*?)</label>',
        html,
    )
    return {words(text).strip(): (key, bool(checked)) for key, checked, text in found}


@pytest.mark.parametrize(
    ("fields", "linked", "told"),
    [
        ({"email": "mina@okoro.example"}, None, "a new contact without a login"),
        ({"firstname": "Olivia", "lastname": "Hart"}, None, "a contact there already"),
        ({"email": "OLIVIA.hart@aurora-bakery.example"}, None, "a contact there already"),
        ({}, "Hart", "a contact there already"),
        ({}, "Mehta", "who is linked to the lead and joins the customer"),
    ],
)
def test_a_lead_of_a_customer(
    example: Flask, admin: FlaskClient, fields: dict[str, str], linked: str | None, told: str
) -> None:
    """A lead whose company is a customer already becomes a contact of that customer: a new one,
    who is linked to it, or who is there by that address or name. The page says which and proposes
    it; no customer is made, and the customer's primary contact stays."""
    lead = add_lead(example, **{"company": " aurora bakery ", **fields})
    with example.app_context():
        customer = db.session.scalars(select(Customer).filter_by(company="Aurora Bakery")).one()
        key, company = customer.id, customer.company
        primary = select(Contact.id).where(Contact.primary_of == key)
        before = db.session.scalars(primary).one()
        if linked:
            row = db.session.get_one(Lead, lead)
            row.contacts += db.session.scalars(select(Contact).where(Contact.lastname == linked))
            db.session.commit()
        customers, people = count(Customer), count(Contact)
    page = f"/leadview/convert/{lead}"
    offered = choices(admin.get(page).text)
    [proposed] = [text for text, (_key, is_proposed) in offered.items() if is_proposed]
    assert offered[proposed][0] == str(key)
    assert proposed.startswith("A contact of a customer: Aurora Bakery")
    assert told in proposed
    assert any(text.startswith("A customer: aurora bakery , a new") for text in offered)
    press(admin, lead)
    said = words(admin.get(f"/leadview/show/{lead}").text)
    assert f"is a contact of {company} now." in said
    with example.app_context():
        row = db.session.get_one(Lead, lead)
        [contact] = row.contacts
        assert (row.status, row.customer_id, contact.customer_id) == ("converted", key, key)
        assert count(Customer) == customers
        assert count(Contact) == people + (told == "a new contact without a login")
        assert db.session.scalars(primary).one() == before


def test_a_namesake_of_a_customer(example: Flask, admin: FlaskClient) -> None:
    """Staff can still make a new customer of a lead whose company is called like one that is
    there: it has the company's name without blanks around it."""
    lead = add_lead(example, company=" aurora bakery ")
    page = f"/leadview/convert/{lead}"
    assert post_form(admin, page, customer="").location == f"/leadview/show/{lead}"
    assert "aurora bakery is a customer now" in words(admin.get(f"/leadview/show/{lead}").text)
    with example.app_context():
        assert db.session.get_one(Lead, lead).customer.company == "aurora bakery"


def test_a_refused_conversion_leaves_the_choice(example: Flask, admin: FlaskClient) -> None:
    """Where the linked person cannot join the chosen customer, because another contact there has
    the address, the lead is no customer's: another one may be chosen."""
    lead = add_lead(example, company="Aurora Bakery")
    with example.app_context():
        olivia = db.session.scalars(select(Contact).where(Contact.lastname == "Hart")).one()
        key, customers = olivia.customer_id, count(Customer)
        raw = {"firstname": "Ann", "lastname": "Other", "email": olivia.email, "is_user": False}
        person = create_agent_contact(db.session, None, raw).contact
        row = db.session.get_one(Lead, lead)
        row.contacts.append(person)
        db.session.commit()
    page = f"/leadview/convert/{lead}"
    post_form(admin, page, customer=str(key))
    assert "Another contact of this customer" in words(admin.get(f"/leadview/show/{lead}").text)
    assert str(key) in {value for value, _is_proposed in choices(admin.get(page).text).values()}
    with example.app_context():
        row = db.session.get_one(Lead, lead)
        assert (row.customer_id, row.converted_at, count(Customer)) == (None, None, customers)


def test_customers_that_one_may_see(example: Flask, admin: FlaskClient) -> None:
    """A customer that staff do not see (S7), or that there is not, is no choice."""
    lead = add_lead(example, company="Aurora Bakery")
    page = f"/leadview/convert/{lead}"
    add_staff(example, "own", *((f"can_{one}", "LeadView") for one in ("show", "convert")),
              ("can_show", "Customer contacts"), ("can_show", "Contacts customers"))  # fmt: skip
    with example.app_context():
        key = db.session.scalars(select(Customer.id).filter_by(company="Aurora Bakery")).one()
    own = browser_of(example, "own")
    assert choices(own.get(page).text) == {}
    for client, typed in ((own, str(key)), (admin, "999999"), (admin, "x"), (admin, "9" * 30)):
        answer = client.post(page, data={"customer": typed, "csrf_token": csrf_token(client, page)})
        assert answer.location == page
        assert "There is no such customer. Choose again." in words(client.get(page).text)
    with example.app_context():
        assert db.session.get_one(Lead, lead).customer_id is None


def test_it_asks_before(example: Flask, admin: FlaskClient) -> None:
    """The page says which customer and contact will be made; opening it makes nothing."""
    lead = add_lead(example, email="mina@okoro.example")
    with example.app_context():
        customers, people = count(Customer), count(Contact)
    page = words(admin.get(f"/leadview/convert/{lead}").text)
    assert "Mina Okoro , a new customer" in page
    assert "The lead has no company, so the customer gets the name of the person." in page
    assert "Mina Okoro , mina@okoro.example, a new contact without a login" in page
    assert "lost" not in page
    with example.app_context():
        assert (count(Customer), count(Contact)) == (customers, people)
        ishaan = db.session.scalars(select(Lead.id).where(Lead.lastname == "Mehta")).one()
    page = words(admin.get(f"/leadview/convert/{ishaan}").text)
    assert "Paper Lantern Workshop , a new customer" in page
    assert "Ishaan Mehta , who is linked to the lead and joins the customer" in page
    assert "no company" not in page
    for wrong in ("9999999", "x", "-1", "9" * 30):
        assert admin.get(f"/leadview/convert/{wrong}").status_code == 404
    press(admin, lead)
    answer = admin.get(f"/leadview/convert/{lead}")
    assert answer.location == f"/leadview/show/{lead}"


def test_what_links_a_contact_is_named(example: Flask, admin: FlaskClient) -> None:
    """A contact's deletion says what it is linked to by the titles that staff know, and not by the
    name of the table in between."""
    lead = add_lead(example)
    with example.app_context():
        contact = db.session.scalars(
            select(Contact).where(Contact.is_primary, Contact.customer_id.is_not(None))
        ).first()
        assert contact is not None
        pk = contact.id
        linked = [db.session.get_one(Lead, lead), *db.session.scalars(select(Opportunity).limit(1))]
        for record in linked:
            record.contacts.append(contact)
        db.session.commit()
    page = words(admin.get(f"/customer-contacts/delete/{pk}").text)
    assert "Links to Leads: 1 (deleted with the contact)" in page
    assert "Links to Opportunities: " in page
    assert "Lead contact" not in page


def test_the_way_to_edit(example: Flask, admin: FlaskClient) -> None:
    """A lead's and an opportunity's page lead to their form, and so does the page that asks, where
    the lead lacks a company; nobody without the permission finds it."""
    lead = add_lead(example)
    button = f'<a class="btn btn-default" href="/leadview/edit/{lead}">'
    assert button in admin.get(f"/leadview/show/{lead}").text
    assert f'<a href="/leadview/edit/{lead}">' in admin.get(f"/leadview/convert/{lead}").text
    whole = add_lead(example, company="Kites")
    assert f"/leadview/edit/{whole}" not in admin.get(f"/leadview/convert/{whole}").text
    number = min(record_numbers(admin.get("/opportunityview/list/").text, "/opportunityview/show/"))
    shown = admin.get(f"/opportunityview/show/{number}").text
    assert f'href="/opportunityview/edit/{number}"' in shown
    add_staff(example, "reader", *((f"can_{one}", "LeadView") for one in ("show", "convert")))
    reader = browser_of(example, "reader")
    for page in ("show", "convert"):
        html = reader.get(f"/leadview/{page}/{lead}").text
        assert "Mina Okoro" in html
        assert "/leadview/edit/" not in html


def test_a_lost_lead_asks(example: Flask, admin: FlaskClient) -> None:
    """Before somebody who said no becomes a customer, the page says that the lead is lost."""
    with example.app_context():
        lost = db.session.scalars(select(Lead.id).where(Lead.status == "lost")).one()
    assert "This lead is lost." in words(admin.get(f"/leadview/convert/{lost}").text)


def test_what_is_missing_is_empty(example: Flask, admin: FlaskClient) -> None:
    """A lead without company, e-mail, phone and value shows nothing there, and not None."""
    lead = add_lead(example)
    for page in ("/leadview/list/", f"/leadview/show/{lead}"):
        assert "None" not in words(admin.get(page).text), page


def test_contacts_on_the_page(example: Flask, admin: FlaskClient) -> None:
    """A lead's and an opportunity's page name their contacts, as far as one sees contacts (S7)."""
    with example.app_context():
        lead = db.session.scalars(select(Lead).where(Lead.lastname == "Mehta")).one()
        [ishaan], key = lead.contacts, lead.id
        person = ishaan.id
        made = db.session.scalars(select(Opportunity.id).where(Opportunity.stage == "negotiation"))
        opportunity = made.one()
    html = admin.get(f"/leadview/show/{key}").text
    assert f'href="/customer-contacts/show/{person}">Ishaan Mehta</a>' in html
    page = words(admin.get(f"/opportunityview/show/{opportunity}").text)
    assert "Olivia Hart · Aurora Bakery · olivia.hart@aurora-bakery.example" in page
    assert "Nobody is linked yet" in admin.get(f"/leadview/show/{add_lead(example)}").text
    with example.app_context():
        manager = example.extensions["appbuilder"].sm
        role = manager.add_role("Own leads")
        for right, place in (("can_show", "LeadView"), ("can_show", "Customer contacts")):
            pair = manager.find_permission_view_menu(right, place)
            manager.add_permission_role(role, pair)
        manager.add_user("bo", "Bo", "Own", "bo@northwind.example", role, "bo")
    client = example.test_client()
    assert staff_sign_in(client, "bo", "bo").status_code == 302
    html = client.get(f"/leadview/show/{key}").text
    assert "Nobody is linked yet" in html
    assert f"/customer-contacts/show/{person}" not in html


def test_the_linked_person_becomes_the_contact(example: Flask, admin: FlaskClient) -> None:
    """Who is linked to the lead and has no company yet is not made a second time."""
    with example.app_context():
        ishaan = db.session.scalars(select(Contact).where(Contact.lastname == "Mehta")).one().id
        lead = db.session.scalars(select(Lead.id).where(Lead.lastname == "Mehta")).one()
        people = count(Contact)
    press(admin, lead)
    with example.app_context():
        contact = db.session.get_one(Contact, ishaan)
        assert (contact.customer.company, contact.is_primary) == ("Paper Lantern Workshop", True)
        assert contact.notes.startswith("Met at the spring fair")
        assert count(Contact) == people


def test_what_cannot_be_a_contact(example: Flask, admin: FlaskClient) -> None:
    """Then nothing is made, and the page says why."""
    lead = add_lead(example, email="nonsense")
    with example.app_context():
        customers = count(Customer)
    press(admin, lead)
    assert "Type an e-mail address" in words(admin.get(f"/leadview/show/{lead}").text)
    with example.app_context():
        assert count(Customer) == customers


@pytest.mark.parametrize("step", ["_contact", "_finish"])
def test_cut_short(example: Flask, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A conversion that was killed goes on where it stopped: one customer, one contact."""
    lead = add_lead(example, company="Okoro Kites")
    with example.app_context():
        customers, people = count(Customer), count(Contact)
        with monkeypatch.context() as patch:
            patch.setattr(lead_conversion, step, lambda *_given: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                convert_lead(db.session, lead, SYSTEM)
        db.session.rollback()
        contact = convert_lead(db.session, lead, SYSTEM)
        assert contact.is_primary
        assert (count(Customer), count(Contact)) == (customers + 1, people + 1)
        with pytest.raises(LeadConvertedError):
            convert_lead(db.session, lead, SYSTEM)


def test_pressed_twice_at_once(example: Flask) -> None:
    """Two presses at the same moment make one customer with one contact."""
    lead = add_lead(example, company="Okoro Kites")
    with example.app_context():
        customers, people = count(Customer), count(Contact)
    barrier, ends = Barrier(2), list[str]()

    def convert() -> None:
        with example.app_context():
            barrier.wait(10)
            try:
                convert_lead(db.session, lead, SYSTEM)
            except LeadConvertedError:
                ends.append("refused")
            else:
                ends.append("made")
            db.session.remove()

    threads = [Thread(target=convert) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(ends) == ["made", "refused"]
    with example.app_context():
        assert (count(Customer), count(Contact)) == (customers + 1, people + 1)
        assert len(db.session.get_one(Lead, lead).contacts) == 1


def test_staff_who_may_not(example: Flask) -> None:
    """Without the permission there is no button, and no conversion."""
    lead = add_lead(example)
    client = example.test_client()
    assert staff_sign_in(client, "sam", "sam").status_code == 302
    token = csrf_token(client, "/ticketview/add")
    client.post(f"/leadview/convert/{lead}", data={"csrf_token": token})
    assert client.get(f"/leadview/convert/{lead}").status_code == 403
    with example.app_context():
        assert db.session.get_one(Lead, lead).customer_id is None
